package io.fullon.cache.source;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each test has an exchange of its own on the node that they share. */
class ReplayTest {

  private static CacheNode node;

  @TempDir Path folder;
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());

  @BeforeAll
  static void start() {
    node = CacheNode.start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String line(String exchange, String symbol, String price, String time) {
    return String.format(
        Locale.ROOT,
        "{\"exchange\":\"%s\",\"symbol\":\"%s\",\"price\":%s,\"time\":%s,\"recv_time\":%s}",
        exchange,
        symbol,
        price,
        time,
        time);
  }

  private Path file(String... lines) throws IOException {
    return file((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("ticks.jsonl"), content);
  }

  private Replay replay(Path file, String speed) {
    return new Replay(file, new BigDecimal(speed), said::add);
  }

  /** Replays it flat out; gives what was said about bad lines. */
  private List<String> replay(Path file) {
    run(node.vertx(), replay(file, "0"));
    return said("replay: line ");
  }

  private List<String> said(String start) {
    synchronized (said) {
      return said.stream().filter(line -> line.startsWith(start)).toList();
    }
  }

  private static void run(Vertx vertx, Replay replay) {
    String deployment = get(replay.deployOn(vertx));
    get(replay.done());
    get(vertx.undeploy(deployment));
  }

  private static BigDecimal price(String exchange, String symbol) {
    return get(node.ticks().getPrice(symbol, exchange));
  }

  @Test
  void atEqualTimeTheLastLineWins() throws IOException {
    replay(file(line("equal", "A", "1", "5"), line("equal", "A", "2", "5")));

    assertThat(price("equal", "A")).isEqualTo("2");
  }

  @Test
  void anEarlierTimeFurtherDownDoesNotWin() throws IOException {
    replay(file(line("earlier", "A", "1", "5"), line("earlier", "A", "2", "4.999999")));

    assertThat(price("earlier", "A")).isEqualTo("1");
  }

  @Test
  void eachBadLineIsSaidOnceWithItsNumberAndTheRestGoesOn() throws IOException {
    String future = String.valueOf(System.currentTimeMillis() / 1000 + 100_000);
    String megabyte = "x".repeat(1_000_000);
    List<String> bad =
        replay(
            file(
                line("bad", "A", "1", "1"),
                "garbage",
                "{\"exchange\":\"bad\",\"symbol\":\"B\",\"time\":1}",
                line("bad", "C", "1", future),
                "{\"exchange\":\"bad\",\"symbol\":\"" + megabyte + "\",\"price\":1,\"time\":1}",
                "[" + line("bad", "D", "1", "1") + "]",
                line("bad", "E", "\"much\"", "1"),
                line("bad", "F", "1", "-1"),
                line("bad", "G", "1e999999999", "1"),
                line("bad", "H", "1", "1") + line("bad", "H", "1", "1"),
                "[".repeat(100_000),
                "null",
                line("bad", "I", "2", "1")));

    assertThat(bad)
        .extracting(text -> text.split(": ", 3)[1])
        .containsExactlyInAnyOrderElementsOf(
            IntStream.rangeClosed(2, 12).mapToObj(number -> "line " + number).toList());
    assertThat(bad).allMatch(text -> text.length() < 300 && !text.contains("\n"));
    assertThat(bad).anyMatch(text -> text.startsWith("replay: line 3: price: is missing"));
    assertThat(bad).anyMatch(text -> text.startsWith("replay: line 4: time: must not be more"));
    assertThat(get(node.ticks().getAllTickers("bad")))
        .extracting(tick -> tick.symbol())
        .containsExactly("A", "I");
  }

  @Test
  void emptyLinesAreNotBadButCount() throws IOException {
    assertThat(replay(file("", line("empty", "A", "1", "1"), "   ", "\t", "bad", "")))
        .singleElement()
        .asString()
        .startsWith("replay: line 5: ");
    assertThat(price("empty", "A")).isEqualTo("1");
  }

  @Test
  void onlyALineFeedEndsALine() throws IOException {
    assertThat(replay(file("bad\rbad\u0085bad\u2028bad", line("feed", "A", "1", "1"), "bad")))
        .extracting(text -> text.split(": ", 3)[1])
        .containsExactly("line 1", "line 3");
    assertThat(price("feed", "A")).isEqualTo("1");
  }

  @Test
  void windowsLineEndsAndAByteOrderMarkAreNoMatter() throws IOException {
    String text = "\uFEFF" + line("windows", "A", "1", "1") + "\r\n\r\n";
    assertThat(
            replay(file((text + line("windows", "B", "2", "1")).getBytes(StandardCharsets.UTF_8))))
        .isEmpty();

    assertThat(price("windows", "A")).isEqualTo("1");
    assertThat(price("windows", "B")).isEqualTo("2");
  }

  @Test
  void theLastLineNeedsNoEnd() throws IOException {
    replay(file(line("unended", "A", "1", "1").getBytes(StandardCharsets.UTF_8)));

    assertThat(price("unended", "A")).isEqualTo("1");
  }

  @Test
  void whatIsNotUtf8IsABadLine() throws IOException {
    String text = line("bytes", "\u00ff\u00fe", "1", "1") + "\n" + line("bytes", "A", "1", "1");

    assertThat(replay(file(text.getBytes(StandardCharsets.ISO_8859_1)))).hasSize(1);
    assertThat(price("bytes", "A")).isEqualTo("1");
  }

  @Test
  void anEmptyFileIsDoneAtOnce() throws IOException {
    assertThat(replay(file(new byte[0]))).isEmpty();

    assertThat(said).singleElement().asString().startsWith("replay: done: 0 lines");
  }

  @Test
  void aLineOfAnyLengthIsHeldInPart() throws IOException {
    Path file = folder.resolve("holes");
    try (RandomAccessFile holes = new RandomAccessFile(file.toFile(), "rw")) {
      holes.seek(3L * Lines.MAX_BYTES);
      holes.write(("\n" + line("holes", "A", "1", "1")).getBytes(StandardCharsets.UTF_8));
    }

    assertThat(replay(file))
        .singleElement()
        .asString()
        .contains("line 1: ", "(" + Lines.MAX_BYTES + " characters)");
    assertThat(price("holes", "A")).isEqualTo("1");
  }

  @Test
  void aKeyThatIsNoHashCostsItsLinesOnly() throws IOException {
    node.redis(Command.SET, "tickers:nohash", "a string");

    List<String> bad =
        replay(
            file(
                line("hash", "A", "1", "1"),
                line("nohash", "A", "1", "1"),
                line("hash", "B", "2", "1")));

    assertThat(bad).singleElement().asString().startsWith("replay: line 2: ").contains("WRONGTYPE");
    assertThat(price("hash", "B")).isEqualTo("2");
  }

  @Test
  void itDoesNotRunAheadOfItsPace() throws IOException {
    Path file = file(line("pace", "A", "1", "1000"), line("pace", "A", "2", "1006"));
    long begun = System.nanoTime();

    run(node.vertx(), replay(file, "20"));

    assertThat(System.nanoTime() - begun).as("nanoseconds for 6 s").isGreaterThan(300_000_000L);
    assertThat(price("pace", "A")).isEqualTo("2");
  }

  @Test
  void aPauseOfCenturiesIsWaitedFor() throws IOException {
    String last = line("pause", "A", "2", "1").replaceFirst("1}$", "253402300799}");
    Path file = file(line("pause", "A", "1", "0"), last);
    Replay replay = new Replay(file, new BigDecimal("1e-300"), said::add, 1);

    String deployment = get(replay.deployOn(node.vertx()));

    await().until(() -> !said("replay: 100%: 2 lines, 1 ticks stored").isEmpty());
    get(node.vertx().undeploy(deployment));
    assertThat(price("pause", "A")).isEqualTo("1");
  }

  @Test
  void aLongReplayShowsItsProgress() throws IOException {
    String last = line("progress", "A", "2", "1001");
    Path file = file(line("progress", "A", "1", "1000"), last, last);
    Replay replay = new Replay(file, BigDecimal.ONE, said::add, 10);

    run(node.vertx(), replay);

    assertThat(said.get(0)).matches("replay: 66%: 2 lines, [01] ticks stored, 0 bad lines .*");
    assertThat(said.get(said.size() - 1)).startsWith("replay: done: 3 lines, 3 ticks stored");
  }

  @Test
  void itStopsInTheMiddleOfAFile() throws IOException {
    int many = 200_000;
    Path file = file("bad\n".repeat(many).getBytes(StandardCharsets.UTF_8));
    Replay replay = replay(file, "0");

    String deployment = get(replay.deployOn(node.vertx()));
    get(node.vertx().undeploy(deployment));

    assertThat(said).hasSizeLessThan(many);
    assertThat(replay.done().isComplete()).isFalse();
  }

  @Test
  void itWaitsWhileRedisIsAwayAndLosesNothing(@TempDir Path data) throws IOException {
    int many = 300;
    String[] lines = new String[many];
    for (int i = 0; i < many; i++) {
      lines[i] =
          line("outage", "S" + i, "1", String.format(Locale.ROOT, "%d.%02d", i / 100, i % 100));
    }
    EmbeddedRedis redis = EmbeddedRedis.start(0, data, Map.of());
    try (CacheNode other = CacheNode.start(redis, new JsonObject())) {
      Replay replay = replay(file(lines), "1");
      Future<String> deployed = replay.deployOn(other.vertx());
      await().until(() -> get(other.ticks().getTicker("S0", "outage")) != null);

      redis.close();
      await().until(() -> !said("replay: waiting: ").isEmpty());
      redis = EmbeddedRedis.start(redis.port(), data, Map.of());
      get(replay.done());

      assertThat(other.redis(Command.HLEN, "tickers:outage").toInteger()).isEqualTo(many);
      assertThat(said("replay: done: 300 lines, 300 ticks stored, 0 bad lines")).hasSize(1);
      get(other.vertx().undeploy(get(deployed)));
    } finally {
      redis.close();
    }
  }
}
