package io.fullon.cache.bench;

import io.fullon.cache.bench.feed.FeedBench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The benchmark: ours and the peers, one after the other in each round. */
public final class Bench {

  private static final int ROUNDS = 5;
  private static final Set<String> PARTS =
      Set.of(
          "services",
          "start",
          "first",
          "light",
          "fan-out",
          "interests",
          "intervals",
          "outage",
          "memory",
          "comparison",
          "rest",
          "sources",
          "candles");

  private Bench() {}

  /** See {@code scripts/bench} for the arguments. */
  public static void main(String... arguments) throws IOException {
    boolean quick = false;
    int rounds = 0;
    Set<String> parts = PARTS;
    Path beside = null;
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--quick" -> quick = true;
        case "--rounds" -> rounds = Integer.parseInt(arguments[++i]);
        case "--only" -> parts = Set.of(arguments[++i]);
        case "--beside" -> beside = Path.of(arguments[++i]);
        default -> throw new IllegalArgumentException("Unknown: " + arguments[i]);
      }
    }
    if (!PARTS.containsAll(parts)) {
      throw new IllegalArgumentException("There are the parts " + PARTS);
    }
    run(
        parts,
        rounds > 0 ? rounds : quick ? 1 : ROUNDS,
        quick,
        beside,
        String.join(" ", "scripts/bench", String.join(" ", arguments)).strip());
  }

  private static void run(Set<String> parts, int rounds, boolean quick, Path beside, String command)
      throws IOException {
    Report report = new Report();
    Map<String, String> conditions = conditions(rounds, quick, command);
    if (parts.contains("services")) {
      ServiceBench.run(report, rounds, quick ? 1_000 : 2_000);
    }
    if (parts.contains("start")) {
      StartBench.run(report, rounds);
    }
    if (parts.contains("comparison")) {
      ComparisonBench.run(report, rounds, quick);
    }
    if (parts.contains("rest")) {
      RestBench.run(report, rounds, quick);
    }
    if (parts.contains("sources")) {
      SourcesBench.run(report, rounds, quick);
    }
    if (parts.contains("candles")) {
      CandlesBench.run(report, rounds, quick);
    }
    FeedBench.run(report, rounds, quick, parts, beside);
    String table = report.markdown(conditions);
    Files.writeString(Path.of("target", "bench.md"), table);
    Files.writeString(Path.of("target", "bench.json"), report.json(conditions).encodePrettily());
    System.out.println(table);
  }

  private static Map<String, String> conditions(int rounds, boolean quick, String command)
      throws IOException {
    Map<String, String> conditions = new LinkedHashMap<>();
    conditions.put("when", Instant.now().toString());
    conditions.put(
        "machine",
        Runtime.getRuntime().availableProcessors()
            + " processors, "
            + firstOf("/proc/cpuinfo", "model name")
            + ", "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.version"));
    conditions.put("load before", firstOf("/proc/loadavg", ""));
    conditions.put("Java", System.getProperty("java.vm.version"));
    conditions.put("rounds", rounds + (quick ? ", short windows" : ""));
    conditions.put("command", command);
    return conditions;
  }

  /** What the first line of a file of Linux that begins so says. */
  private static String firstOf(String file, String start) throws IOException {
    Path path = Path.of(file);
    List<String> lines = Files.exists(path) ? Files.readAllLines(path) : List.of();
    return lines.stream()
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }
}
