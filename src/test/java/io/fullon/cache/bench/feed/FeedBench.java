package io.fullon.cache.bench.feed;

import com.sun.management.UnixOperatingSystemMXBean;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bench.Report;
import io.fullon.cache.bench.feed.LoadGenerator.Interest;
import io.fullon.cache.bench.feed.Rig.Step;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.CommandType;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** From a market's tick to many clients: how many, how fast, at which cost. */
public final class FeedBench {

  private static final int[] LADDER = {
    50, 100, 250, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 10_000, 12_000
  };
  private static final int FAN_OUT = 1_000;
  private static final int SYMBOLS = 100;
  private static final int FIRST_RATE = 500;
  private static final long FIRST_MS = 3_000;

  /** How many steps below its last highest one a ladder begins. */
  private static final int STEPS_BACK = 2;

  private static final Subject OURS = Subject.ours("ours", 1);
  private static final Subject HEARING = Subject.hearing("ours, ticks from elsewhere");

  private final Report report;

  /** This commit, and the other one that it is compared with if there is one. */
  private final List<Subject> ours;

  private final int rounds;
  private final boolean quick;
  private final EmbeddedRedis redis;
  private final Child load;
  private final Map<Subject, Integer> highest = new HashMap<>();

  private FeedBench(
      Report report,
      List<Subject> ours,
      int rounds,
      boolean quick,
      EmbeddedRedis redis,
      Child load) {
    this.report = report;
    this.ours = ours;
    this.rounds = rounds;
    this.quick = quick;
    this.redis = redis;
    this.load = load;
  }

  /**
   * @param quick with windows of half the length
   * @param parts which of {@code first}, {@code light}, {@code fan-out}, {@code interests}, {@code
   *     intervals}, {@code outage} and {@code memory}
   * @param beside where another commit is built; null for none
   */
  public static void run(Report report, int rounds, boolean quick, Set<String> parts, Path beside) {
    try (EmbeddedRedis redis = EmbeddedRedis.start();
        Child load = Child.java(LoadGenerator.class)) {
      List<Subject> ours = beside == null ? List.of(OURS) : List.of(OURS, Subject.before(beside));
      FeedBench bench = new FeedBench(report, ours, rounds, quick, redis, load);
      if (parts.contains("first") || parts.contains("light") || parts.contains("fan-out")) {
        bench.besidePeers(parts);
      }
      if (parts.contains("interests")) {
        bench.interests();
      }
      if (parts.contains("intervals")) {
        bench.intervals();
      }
      if (parts.contains("outage")) {
        bench.outages();
      }
      if (parts.contains("memory")) {
        bench.memory();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void besidePeers(Set<String> parts) throws IOException {
    Path folder = Files.createTempDirectory("fullon-bench-");
    try {
      List<Subject> subjects = new ArrayList<>(ours);
      subjects.add(Subject.plain());
      if (!quick) {
        subjects.add(Subject.ours("ours, 2 event loops", 2));
      }
      subjects.addAll(new Peers(report, folder).subjects());
      if (parts.contains("first")) {
        first(subjects);
      }
      if (parts.contains("light")) {
        light(Stream.concat(Stream.of(HEARING), subjects.stream()).toList());
      }
      if (parts.contains("fan-out")) {
        fanOut(subjects);
      }
    } finally {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** All clients come back to a server that has just started; the source of the ticks was there. */
  private void first(List<Subject> subjects) throws IOException {
    Subject built = Subject.built("ours, built");
    try (Child source = Child.java(OurServer.class, redis.uri(), "0");
        Publisher publisher = new Publisher(redis.port(), false)) {
      Pacer pacer = new Pacer(publisher::publish);
      source.ask("rate " + SYMBOLS + " " + FIRST_RATE);
      pacer.rate(SYMBOLS, FIRST_RATE);
      first(built); // so that the load and the source are warm
      for (int round = 0; round < rounds; round++) {
        for (Subject subject : subjects) {
          if (subject.equals(OURS)) {
            addFirst(built);
          } else if (subject.name().equals(Peers.BUN)) { // not a tenth would fit through the others
            addFirst(subject);
          }
        }
      }
      pacer.rate(1, 0);
    }
  }

  private void addFirst(Subject subject) throws IOException {
    JsonObject counts = first(subject);
    String section = "first 3 s, 1,000 sockets";
    report.add(section, subject.name(), "p50 ms", counts.getDouble("p50") / 1e3);
    report.add(section, subject.name(), "p99 ms", counts.getDouble("p99") / 1e3);
  }

  private JsonObject first(Subject subject) throws IOException {
    try (Child server = subject.start().on(redis)) {
      load.ask("window " + FIRST_MS);
      long end = System.nanoTime() + FIRST_MS * 1_000_000;
      Interest interest = subject.name().equals(Peers.BUN) ? Interest.UNASKED : Interest.EVERYTHING;
      load.ask("connect " + server.ready().getInteger("port") + " " + FAN_OUT + " " + interest);
      Child.pause(Math.max(0, (end - System.nanoTime()) / 1_000_000));
      JsonObject counts = load.ask("counts");
      System.err.println("  " + subject.name() + ": " + counts);
      load.ask("drop");
      return counts;
    }
  }

  private void light(List<Subject> subjects) throws IOException {
    for (int round = 0; round < rounds; round++) {
      for (Subject subject : subjects) {
        try (Rig rig = new Rig(subject, redis, load, quick)) {
          lightLoad(rig);
        }
      }
    }
  }

  private void fanOut(List<Subject> subjects) throws IOException {
    loadAlone();
    for (int round = 0; round < rounds; round++) {
      for (Subject subject : subjects) {
        try (Rig rig = new Rig(subject, redis, load, quick)) {
          fanOut(rig);
        }
      }
    }
  }

  private void interests() throws IOException {
    for (int round = 0; round < rounds; round++) {
      for (Subject subject : ours) {
        differentInterests(subject);
        updateToClient(subject);
      }
    }
  }

  /** What the load could take: the servers are measured only as long as it is more. */
  private void loadAlone() throws IOException {
    for (int ticksPerFrame : new int[] {0, 10}) {
      try (Child flood = Child.java(FloodServer.class, String.valueOf(ticksPerFrame))) {
        Interest kind = ticksPerFrame == 0 ? Interest.UNASKED : Interest.UNASKED_UPDATES;
        load.ask("connect " + flood.ready().getInteger("port") + " " + FAN_OUT + " " + kind);
        flood.ask("go");
        Child.pause(3_000);
        Duration cpu = load.cpu();
        long start = System.nanoTime();
        load.ask("window");
        Child.pause(quick ? 2_000 : 4_000);
        double ticks = load.ask("counts").getLong("ticks");
        double seconds = (System.nanoTime() - start) / 1e9;
        String subject = ticksPerFrame == 0 ? "a tick a frame" : ticksPerFrame + " ticks a frame";
        String section = "load generator alone";
        report.add(section, subject, "ticks/s", ticks / seconds);
        report.add(section, subject, "CPU %", Rig.percent(load.cpu().minus(cpu), seconds));
        load.ask("drop");
      }
    }
  }

  private void fanOut(Rig rig) throws IOException {
    String section = "fan-out 1,000 sockets";
    rig.connect(FAN_OUT, Interest.EVERYTHING);
    int first = Math.max(0, highest.getOrDefault(rig.subject(), 0) - STEPS_BACK);
    rig.warmUp(SYMBOLS, LADDER[first]);
    Step best = climb(rig, first);
    if (best == null && first > 0) {
      best = climb(rig, 0);
    }
    String name = rig.subject().name();
    report.add(section, name, "delivered/s at p99<100ms", best == null ? 0 : best.delivered());
    if (best != null) {
      report.add(section, name, "p99 ms at that", best.p99() / 1e3);
      report.add(section, name, "server CPU % at that", best.serverCpu());
      report.add(section, name, "load generator CPU % at that", best.loadCpu());
      report.add(section, name, "ticks a frame at that", best.ticksPerFrame());
      addAllocated(rig, best, "fan-out");
    }
  }

  /**
   * Up the ladder until the second step that does not hold; gives the highest that did, or null.
   */
  private Step climb(Rig rig, int first) throws IOException {
    Step best = null;
    int failures = 0;
    for (int i = first; i < LADDER.length && failures < 2; i++) {
      Step step = rig.measure(SYMBOLS, LADDER[i], (double) LADDER[i] * FAN_OUT);
      if (step.holds()) {
        best = step;
        highest.put(rig.subject(), i);
      } else {
        failures++;
      }
    }
    return best;
  }

  private void lightLoad(Rig rig) throws IOException {
    int perSecond = 1_000;
    rig.connect(100, Interest.EVERYTHING);
    rig.warmUp(SYMBOLS, perSecond);
    Step step = rig.measure(SYMBOLS, perSecond, 100_000);
    addLatency("light load", rig.subject().name(), step, "µs", 1);
    report.add("light load", rig.subject().name(), "server CPU %", step.serverCpu());
    addAllocated(rig, step, "light load");
  }

  private void addLatency(String section, String subject, Step step, String unit, double micros) {
    if (!step.holds()) {
      report.note(section + ", " + subject + ": not everything came in time: " + step);
    }
    report.add(section, subject, "p50 " + unit, step.p50() / micros);
    report.add(section, subject, "p99 " + unit, step.p99() / micros);
  }

  private void addAllocated(Rig rig, Step step, String where) {
    if (rig.subject().ours()) {
      String subject = rig.subject().name() + ", " + where;
      report.add("memory", subject, "bytes allocated per delivered tick", step.allocated());
    }
  }

  private void differentInterests(Subject one) throws IOException {
    for (int sockets : new int[] {100, 1_000, 10_000}) {
      if (!fits(sockets)) {
        continue;
      }
      try (Rig rig = new Rig(one, redis, load, quick)) {
        rig.connect(sockets, Interest.TEN);
        int perSecond = 20_000;
        rig.warmUp(LoadGenerator.MANY_SYMBOLS, perSecond);
        double asked = (double) perSecond * sockets * Interest.SYMBOLS / LoadGenerator.MANY_SYMBOLS;
        Step step = rig.measure(LoadGenerator.MANY_SYMBOLS, perSecond, asked);
        String subject = String.format("%s, %,d sockets", one.name(), sockets);
        report.add("interests differ", subject, "delivered/s", step.delivered());
        report.add("interests differ", subject, "server CPU %", step.serverCpu());
        addLatency("interests differ", subject, step, "ms", 1e3);
      }
    }
  }

  /** Who asks for less should cost less. */
  private void intervals() throws IOException {
    int sockets = 500;
    int perSecond = 2_000;
    for (int round = 0; round < rounds; round++) {
      for (Interest interest :
          List.of(
              Interest.EVERYTHING,
              Interest.EVERYTHING_EACH_100_MS,
              Interest.EVERYTHING_EACH_1000_MS)) {
        try (Rig rig = new Rig(OURS, redis, load, quick)) {
          rig.connect(sockets, interest);
          rig.warmUp(SYMBOLS, perSecond);
          Step step = rig.measure(SYMBOLS, perSecond, 0);
          String subject = "ours, 500 sockets, " + interest.name().toLowerCase(Locale.ROOT);
          report.add("intervals", subject, "server CPU %", step.serverCpu());
          report.add("intervals", subject, "delivered/s", step.delivered());
        }
      }
    }
  }

  /** All symbols change while the node hears nothing; then everybody is told. */
  private void outages() throws IOException {
    int symbols = LoadGenerator.MANY_SYMBOLS;
    RedisClient client = RedisClient.create(redis.uri());
    try (Child source = Child.java(OurServer.class, redis.uri(), "0");
        StatefulRedisConnection<String, String> connection = client.connect()) {
      for (int round = 0; round < rounds; round++) {
        try (Rig rig = new Rig(OURS, redis, load, quick)) {
          rig.ask("watch");
          rig.warmUp(symbols, 2 * symbols);
          changeAll(source);
          rig.connect(FAN_OUT, Interest.EVERYTHING);
          outage("ours, the first", rig, source, connection.sync());
          outage("ours, the second", rig, source, connection.sync());
        }
      }
    } finally {
      client.shutdown();
    }
  }

  private void outage(String subject, Rig rig, Child source, RedisCommands<String, String> commands)
      throws IOException {
    load.ask("quiet");
    commands.aclSetuser("default", AclSetuserArgs.Builder.removeCommand(CommandType.SUBSCRIBE));
    commands.clientKill(KillArgs.Builder.typePubsub());
    changeAll(source);
    load.ask("quiet");
    load.ask("window");
    JsonObject before = rig.ask("state");
    commands.aclSetuser("default", AclSetuserArgs.Builder.addCommand(CommandType.SUBSCRIBE));
    long start = System.nanoTime();
    JsonObject counts = allTold((long) LoadGenerator.MANY_SYMBOLS * FAN_OUT);
    double seconds = (System.nanoTime() - start) / 1e9;
    JsonObject after = rig.ask("state");
    String section = "after an outage, 1,000 sockets, 10,000 changed symbols";
    report.add(section, subject, "s until all are told", seconds);
    report.add(section, subject, "longest hold of a loop ms", after.getDouble("held"));
    double allocated = after.getLong("allocated") - before.getLong("allocated");
    report.add(section, subject, "MB allocated", allocated / 1e6);
    report.add(section, subject, "lost", counts.getLong("lost"));
  }

  private static void changeAll(Child source) throws IOException {
    int symbols = LoadGenerator.MANY_SYMBOLS;
    source.ask("rate " + symbols + " " + symbols);
    Child.pause(3_000);
    source.ask("rate " + symbols + " 0");
  }

  private JsonObject allTold(long ticks) throws IOException {
    JsonObject counts = load.ask("counts");
    long end = System.nanoTime() + 60_000_000_000L;
    while (counts.getLong("snapshot_ticks") < ticks && System.nanoTime() < end) {
      Child.pause(20);
      counts = load.ask("counts");
    }
    System.err.println("  after an outage: " + counts);
    return counts;
  }

  private boolean fits(int sockets) {
    long files =
        ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getMaxFileDescriptorCount();
    if (files < sockets + 500) {
      report.note(
          "Left out: " + sockets + " sockets, because a process may have " + files + " files.");
      return false;
    }
    return true;
  }

  private void updateToClient(Subject subject) throws IOException {
    try (Rig rig = new Rig(subject, redis, load, quick)) {
      rig.connect(50, Interest.EVERYTHING);
      rig.warmUp(SYMBOLS, 10_000);
      Step step = rig.measure(SYMBOLS, 10_000, 500_000);
      addLatency("update to client", subject.name(), step, "ms", 1e3);
    }
  }

  private void memory() throws IOException {
    int sockets = 10_000;
    if (!fits(sockets)) {
      return;
    }
    try (Rig rig = new Rig(OURS, redis, load, quick)) {
      // What is there from the first connections on is not theirs.
      rig.connect(100, Interest.TEN);
      JsonObject before = rig.ask("gc");
      rig.connect(sockets, Interest.TEN);
      JsonObject after = rig.ask("gc");
      for (String kind : List.of("heap", "direct")) {
        double bytes = after.getLong(kind) - before.getLong(kind);
        report.add("memory", "ours, 10,000 idle", kind + " bytes per connection", bytes / sockets);
      }
    }
  }
}
