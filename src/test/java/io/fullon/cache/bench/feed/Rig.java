package io.fullon.cache.bench.feed;

import io.fullon.cache.app.EmbeddedRedis;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;

/** One server, the load, and the source of the ticks between them. */
final class Rig implements AutoCloseable {

  /** Of what was asked for, what must be delivered: the edges of a window are not exact. */
  private static final double DELIVERED = 0.98;

  private static final double MAX_P99_MS = 100;

  private final Subject subject;
  private final Child server;
  private final Child load;
  private final Publisher publisher;
  private final Pacer pacer;
  private final boolean quick;

  /** What came of one rate. */
  record Step(
      double asked,
      double delivered,
      JsonObject counts,
      double serverCpu,
      double loadCpu,
      double allocated) {

    /** Microseconds. */
    double p50() {
      return counts.getDouble("p50");
    }

    double p99() {
      return counts.getDouble("p99");
    }

    double ticksPerFrame() {
      return counts.getDouble("ticks") / counts.getDouble("frames");
    }

    /** Whether everybody has got every tick in time. */
    boolean holds() {
      return delivered >= DELIVERED * asked
          && counts.getLong("irregular") + counts.getLong("gaps") + counts.getLong("conflated") == 0
          && counts.getLong("lost") == 0
          && p99() < MAX_P99_MS * 1_000;
    }

    @Override
    public String toString() {
      return String.format(
          "%,.0f/s asked, %,.0f/s delivered, server %.0f %%, load %.0f %%, %s: %s",
          asked, delivered, serverCpu, loadCpu, counts, holds() ? "holds" : "fails");
    }
  }

  Rig(Subject subject, EmbeddedRedis redis, Child load, boolean quick) throws IOException {
    this.subject = subject;
    this.load = load;
    this.quick = quick;
    server = subject.start().on(redis);
    publisher = subject.source() ? null : new Publisher(redis.port(), subject.ours());
    pacer = publisher == null ? null : new Pacer(publisher::publish);
  }

  Subject subject() {
    return subject;
  }

  void connect(int sockets, LoadGenerator.Interest interest) throws IOException {
    LoadGenerator.Interest asked = subject.ours() ? interest : LoadGenerator.Interest.UNASKED;
    load.ask("connect " + server.ready().getInteger("port") + " " + sockets + " " + asked);
  }

  /** Only of ours. */
  JsonObject ask(String command) throws IOException {
    return server.ask(command);
  }

  private JsonObject rate(int symbols, int perSecond) throws IOException {
    if (subject.source()) {
      return ask("rate " + symbols + " " + perSecond);
    }
    pacer.rate(symbols, perSecond);
    return new JsonObject();
  }

  /**
   * Lets a new process compile what it uses, at a rate that it is measured with or begins at; and
   * every symbol has a tick then.
   */
  void warmUp(int symbols, int perSecond) throws IOException {
    for (int share = 4; share > 0; share--) {
      rate(symbols, perSecond / share);
      Child.pause(4_000);
    }
    rate(symbols, 0);
    load.ask("quiet");
  }

  /**
   * Sends ticks at a rate, and when all have arrived says how it went.
   *
   * @param asked how many should be delivered in a second
   */
  Step measure(int symbols, int perSecond, double asked) throws IOException {
    rate(symbols, perSecond);
    Child.pause(quick ? 1_000 : 2_000);
    JsonObject before = subject.ours() ? ask("state") : null;
    Duration serverBefore = server.cpu();
    Duration loadBefore = load.cpu();
    load.ask("window");
    long start = System.nanoTime();
    Child.pause(quick ? 2_000 : 4_000);
    JsonObject counts = load.ask("counts");
    double seconds = (System.nanoTime() - start) / 1e9;
    double serverCpu = percent(server.cpu().minus(serverBefore), seconds);
    double loadCpu = percent(load.cpu().minus(loadBefore), seconds);
    double ticks = counts.getLong("ticks");
    double allocated =
        subject.ours()
            ? (ask("state").getLong("allocated") - before.getLong("allocated")) / ticks
            : Double.NaN;
    rate(symbols, 0);
    load.ask("quiet");
    Step step = new Step(asked, ticks / seconds, counts, serverCpu, loadCpu, allocated);
    System.err.println("  " + subject.name() + ": " + step);
    return step;
  }

  static double percent(Duration cpu, double seconds) {
    return 100 * cpu.toNanos() / 1e9 / seconds;
  }

  @Override
  public void close() throws IOException {
    try (server;
        publisher) {
      if (pacer != null) {
        pacer.rate(1, 0);
      }
      load.ask("drop");
    }
  }
}
