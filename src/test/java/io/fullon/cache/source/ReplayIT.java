package io.fullon.cache.source;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each test has an exchange of its own on the node that they share. */
class ReplayIT {

  @AutoClose private static final CacheNode node = CacheNode.start();

  @TempDir Path folder;
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());

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
      holes.write((line("holes", "B", "1", "1") + "\n").getBytes(StandardCharsets.UTF_8));
      holes.seek(3L * Lines.MAX_BYTES);
      holes.write(("\n" + line("holes", "A", "1", "1")).getBytes(StandardCharsets.UTF_8));
    }

    assertThat(replay(file))
        .singleElement()
        .asString()
        .contains("line 2: ", "(" + Lines.MAX_BYTES + " characters)");
    assertThat(price("holes", "A")).isEqualTo("1");
  }

  @Test
  void aLineWithoutEndDoesNotKeepItFromStopping() throws IOException {
    Path file = folder.resolve("endless");
    try (RandomAccessFile holes = new RandomAccessFile(file.toFile(), "rw")) {
      holes.write((line("endless", "A", "1", "1") + "\n").getBytes(StandardCharsets.UTF_8));
      holes.setLength(1L << 40); // a line of a terabyte
    }
    Replay replay = replay(file, "0");

    String deployment = get(replay.deployOn(node.vertx()));
    await().until(() -> !said("replay: line 2: ").isEmpty());
    get(node.vertx().undeploy(deployment));

    assertThat(price("endless", "A")).isEqualTo("1");
    assertThat(replay.done().isComplete()).isFalse();
  }

  // Numbers that are none

  @Test
  void anOptionalNumberThatIsNoneIsAbsentAndARequiredOneCostsTheLine() throws IOException {
    String head = "{\"exchange\":\"none\",\"symbol\":";
    List<String> bad =
        replay(
            file(
                head + "\"币安人生/USDT\",\"price\":1,\"time\":1,\"bid\":NaN,\"recv_time\":NaN}",
                head + "\"B\",\"price\":1,\"time\":1,\"ask\":-Infinity,\"volume\":1e999999999}",
                head + "\"C\",\"price\":NaN,\"time\":1}",
                head + "\"D\",\"price\":1,\"time\":1,\"seq\":8.0}",
                head + "\"E\",\"price\":1,\"time\":1,\"seq\":8.5}",
                head + "\"F\",\"price\":1,\"time\":" + "1".repeat(60_000) + "}"));

    assertThat(bad)
        .extracting(text -> text.split(": ", 4)[1] + ": " + text.split(": ", 4)[2])
        .containsExactly("line 3: price", "line 5: seq", "line 6: time");
    assertThat(get(node.ticks().getAllTickers("none")))
        .extracting(tick -> tick.symbol() + tick.bid() + tick.ask() + tick.volume())
        .containsExactly("Bnullnullnull", "Dnullnullnull", "币安人生/USDTnullnullnull");
  }

  // What the file is

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(content);
    }
    return packed.toByteArray();
  }

  private byte[] text(String exchange, int lines) {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= lines; i++) {
      text.append(line(exchange, "S" + i % 1_000, String.valueOf(i), String.valueOf(i)))
          .append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aFileThatIsCompressedIsReadWhateverItsName() throws IOException {
    // Several files put together are one to gzip too.
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write(
        gzip(("\uFEFF" + line("gz", "A", "1", "1") + "\r\n").getBytes(StandardCharsets.UTF_8)));
    both.write(gzip(text("gz", 2_500)));

    assertThat(replay(file(both.toByteArray()))).isEmpty();

    assertThat(said("replay: done: 2,501 lines, 2,501 ticks stored, 0 bad lines")).hasSize(1);
    assertThat(price("gz", "A")).isEqualTo("1");
    assertThat(price("gz", "S500")).isEqualTo("2500");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void ofACompressedFileThatIsCutOrDamagedWhatCanBeReadCounts(boolean isCut) throws IOException {
    byte[] packed = gzip(text("cut" + isCut, 20_000));
    byte[] broken = Arrays.copyOf(packed, isCut ? packed.length / 2 : packed.length);
    if (!isCut) {
      // Its check sum.
      broken[packed.length - 7] ^= 1;
    }
    Path file = file(broken);
    Replay.check(file);

    Replay replay = replay(file, "0");
    String deployment = get(replay.deployOn(node.vertx()));
    Throwable failure = failure(replay.done());
    get(node.vertx().undeploy(deployment));

    String reason = isCut ? "ends too early" : "is damaged (Corrupt GZIP trailer)";
    assertThat(failure).hasMessageContaining(file.toString()).hasMessageContaining(reason);
    List<String> last = said("replay: stopped after line ");
    assertThat(last).singleElement().asString().contains(reason);
    long lines =
        Long.parseLong(last.get(0).replaceFirst("replay: stopped after line (\\d+):.*", "$1"));
    assertThat(lines).isGreaterThan(isCut ? 1_000 : 19_999);
    assertThat(last.get(0)).contains(String.format(Locale.ROOT, "%,d ticks stored", lines));
    assertThat(price("cut" + isCut, "S" + lines % 1_000)).isEqualTo(String.valueOf(lines));
  }

  static Stream<Named<byte[]>> files() throws IOException {
    byte[] noise = new byte[100_000];
    new Random(1).nextBytes(noise);
    byte[] line = line("e", "A", "1", "1").getBytes(StandardCharsets.UTF_8);
    return Stream.of(
        Named.of("noise", noise),
        Named.of("compressed noise", gzip(noise)),
        Named.of("zeros", new byte[5]),
        Named.of("UTF-16", line("e", "A", "1", "1").getBytes(StandardCharsets.UTF_16)),
        Named.of("PNG", new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0}),
        Named.of("Zstandard", new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 4, '{', '\n'}),
        Named.of("twice compressed", gzip(gzip(line))),
        Named.of("a header of gzip alone", Arrays.copyOf(gzip(line), 10)),
        Named.of("half a header of gzip", new byte[] {0x1f, (byte) 0x8b, 8}),
        Named.of("no method of gzip", new byte[] {0x1f, (byte) 0x8b, 9, 0, 0, 0, 0, 0, 0, 0}));
  }

  @ParameterizedTest
  @MethodSource("files")
  void whatIsNoTextIsRefusedInOneLine(byte[] content) throws IOException {
    Path file = file(content);

    assertThatThrownBy(() -> Replay.check(file))
        .isInstanceOf(IOException.class)
        .satisfies(e -> assertThat(e.getMessage()).startsWith("it").doesNotContain("\n"));
    assertThat(failure(replay(file, "0").deployOn(node.vertx()))).hasMessageStartingWith("it");
  }

  static Stream<Named<byte[]>> texts() throws IOException {
    byte[] dense = "币".repeat(10_000).getBytes(StandardCharsets.UTF_8);
    return Stream.of(
        Named.of("nothing", new byte[0]),
        Named.of("nothing, compressed", gzip(new byte[0])),
        Named.of("one byte of gzip's two", new byte[] {0x1f}),
        Named.of("a character across the end of what is looked at", dense),
        Named.of("the same, shifted", ("x" + "币".repeat(10_000)).getBytes(StandardCharsets.UTF_8)),
        Named.of("and compressed", gzip(dense)),
        Named.of("a byte order mark", "\uFEFF{}\r\n\0\r\n".getBytes(StandardCharsets.UTF_8)),
        Named.of("a bad line first", "\0\n {}".getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void whatIsTextIsNotRefused(byte[] content) throws IOException {
    Replay.check(file(content));
  }

  @Test
  void theProgressOfACompressedFileIsThatOfTheFile() throws IOException {
    Path file = file(gzip(text("packed", 2)));
    Replay replay = new Replay(file, BigDecimal.ONE, said::add, 10);

    run(node.vertx(), replay);

    assertThat(said.get(0)).startsWith("replay: 100%: ");
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
  void aLineThatWasReceivedBeforeTheFirstWaitsForNothing() throws IOException {
    String first = line("before", "A", "1", "5").replaceFirst("(?<=recv_time\":)5", "253402300799");
    Replay replay = replay(file(first, line("before", "A", "2", "6")), "1");

    run(node.vertx(), replay);

    assertThat(price("before", "A")).isEqualTo("2");
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
