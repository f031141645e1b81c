package io.fullon.cache.feed;

import static io.fullon.cache.testing.RawWebSocket.BINARY;
import static io.fullon.cache.testing.RawWebSocket.CLOSE;
import static io.fullon.cache.testing.RawWebSocket.CONTINUATION;
import static io.fullon.cache.testing.RawWebSocket.FIN;
import static io.fullon.cache.testing.RawWebSocket.PING;
import static io.fullon.cache.testing.RawWebSocket.PONG;
import static io.fullon.cache.testing.RawWebSocket.TEXT;
import static io.fullon.cache.testing.RawWebSocket.close;
import static io.fullon.cache.testing.RawWebSocket.frame;
import static io.fullon.cache.testing.RawWebSocket.longFrame;
import static io.fullon.cache.testing.RawWebSocket.mediumFrame;
import static io.fullon.cache.testing.RawWebSocket.text;
import static io.fullon.cache.testing.RawWebSocket.unmasked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.RawWebSocket;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What RFC 6455 wants of a server, byte for byte, as the public fuzzing suites ask for it. Each
 * exchange comes in one piece, frame by frame, and byte by byte if it is short.
 */
class FeedConformanceTest {

  private static final int MAX_MESSAGE = 1 << 20;

  /** What is longer is not sent byte by byte. */
  private static final int SHORT = 400;

  private static final String PROTOCOL_ERROR = "close 1002";
  private static final String INVALID_DATA = "close 1007";
  private static final String TOO_BIG = "close 1009";

  @AutoClose
  private static final CacheNode node =
      CacheNode.start(
          "web",
          "max_requests_per_second",
          1_000_000,
          "max_message_bytes",
          MAX_MESSAGE,
          "heartbeat_ms",
          100);

  /** From the closing frame to the end, in nanoseconds. */
  private final List<Long> endings = new ArrayList<>();

  /** It could wait for the client, which says nothing more; a busy machine may delay a few. */
  @AfterEach
  void theConnectionEndsAtOnceWhenTheServerHasClosedIt() {
    Collections.sort(endings);
    assertThat(endings.get(endings.size() / 2)).isLessThan(TimeUnit.SECONDS.toNanos(1));
  }

  // An exchange

  private final List<DynamicTest> cases = new ArrayList<>();

  private record Sent(List<byte[]> frames) {}

  private static Sent sent(byte[]... frames) {
    return new Sent(List.of(frames));
  }

  private static Sent sent(List<byte[]> frames) {
    return new Sent(frames);
  }

  /** What was sent must be answered so; at last the client closes if the server does not. */
  private void add(String name, Sent sent, String... answers) {
    byte[] all = join(sent.frames);
    addPieces(name, List.of(all), answers);
    if (sent.frames.size() > 1) {
      addPieces(name + ", frame by frame", sent.frames, answers);
    }
    if (all.length < SHORT) {
      addPieces(name + ", byte by byte", bytes(all), answers);
    }
  }

  /** The same in those pieces only. */
  private void addPieces(String name, List<byte[]> pieces, String... answers) {
    cases.add(dynamicTest(name, () -> exchange(pieces, answers)));
  }

  private void exchange(List<byte[]> pieces, String... answers) {
    try (RawWebSocket client = new RawWebSocket(node.port())) {
      pieces.forEach(client::send);
      for (String answer : answers) {
        assertThat(client.answer()).isEqualTo(answer);
      }
      if (answers.length == 0 || !answers[answers.length - 1].startsWith("close")) {
        client.send(close(1000));
        assertThat(client.answer()).isEqualTo("close 1000");
      }
      long closed = System.nanoTime();
      assertThat(client.answer()).isEqualTo("end");
      endings.add(System.nanoTime() - closed);
    }
  }

  private static byte[] join(List<byte[]> pieces) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    pieces.forEach(all::writeBytes);
    return all.toByteArray();
  }

  private static List<byte[]> bytes(byte[] all) {
    return pieces(all, 1);
  }

  private static List<byte[]> pieces(byte[] all, int size) {
    List<byte[]> pieces = new ArrayList<>();
    for (int from = 0; from < all.length; from += size) {
      pieces.add(Arrays.copyOfRange(all, from, Math.min(all.length, from + size)));
    }
    return pieces;
  }

  // What is sent

  private static final byte[] NOTHING = {};

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  /** A request that is answered with {@code pong ID}, of that length or more. */
  private static byte[] request(String id, int length) {
    String request = "{\"op\":\"ping\",\"req_id\":\"" + id + "\"}";
    return ascii(request + " ".repeat(Math.max(0, length - request.length())));
  }

  private static byte[] request(String id) {
    return frame(FIN | TEXT, request(id, 0));
  }

  private static byte[] ping(String payload) {
    return frame(FIN | PING, ascii(payload));
  }

  /** A message of several frames. */
  private static List<byte[]> fragments(int opcode, List<byte[]> payloads) {
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < payloads.size(); i++) {
      int fin = i == payloads.size() - 1 ? FIN : 0;
      frames.add(frame(fin | (i == 0 ? opcode : CONTINUATION), payloads.get(i)));
    }
    return frames;
  }

  private static List<byte[]> fragments(byte[]... payloads) {
    return fragments(TEXT, List.of(payloads));
  }

  private static List<byte[]> cut(byte[] message, int at) {
    return fragments(Arrays.copyOf(message, at), Arrays.copyOfRange(message, at, message.length));
  }

  private static List<byte[]> with(List<byte[]> frames, int at, byte[] another) {
    List<byte[]> all = new ArrayList<>(frames);
    all.add(at, another);
    return all;
  }

  // 1

  @TestFactory
  Stream<DynamicTest> framing() {
    for (int length : new int[] {0, 64, 125, 126, 127, 128, 65_535, 65_536, 65_537, MAX_MESSAGE}) {
      String answer = length == 0 ? "error MALFORMED_MESSAGE" : "pong a";
      byte[] message = length == 0 ? NOTHING : request("a", length);
      add("text of " + length, sent(frame(FIN | TEXT, message)), answer);
      add(
          "binary of " + length,
          sent(frame(FIN | BINARY, new byte[length]), request("b")),
          "error MALFORMED_MESSAGE",
          "pong b");
    }
    for (int size : new int[] {64, 997}) {
      byte[] big = frame(FIN | TEXT, request("a", 65_536));
      addPieces("pieces of " + size, pieces(big, size), "pong a");
    }
    return cases.stream();
  }

  @TestFactory
  Stream<DynamicTest> lengths() {
    byte[] message = request("a", 125);
    add("16 bits for 125", sent(mediumFrame(FIN | TEXT, message, 125)), PROTOCOL_ERROR);
    add("64 bits for 125", sent(longFrame(FIN | TEXT, message, 125)), PROTOCOL_ERROR);
    add("64 bits for 65,535", sent(longFrame(FIN | TEXT, NOTHING, 65_535)), PROTOCOL_ERROR);
    add("the highest bit", sent(longFrame(FIN | TEXT, NOTHING, Long.MIN_VALUE)), PROTOCOL_ERROR);
    add("minus one", sent(longFrame(FIN | TEXT, NOTHING, -1)), PROTOCOL_ERROR);
    return cases.stream();
  }

  @TestFactory
  Stream<DynamicTest> whatIsNotMasked() {
    add("text", sent(unmasked(FIN | TEXT, request("a", 0))), PROTOCOL_ERROR);
    add("ping", sent(unmasked(FIN | PING, NOTHING)), PROTOCOL_ERROR);
    add("close", sent(unmasked(FIN | CLOSE, NOTHING)), PROTOCOL_ERROR);
    add("continuation", sent(frame(TEXT, NOTHING), unmasked(FIN, request("a", 0))), PROTOCOL_ERROR);
    return cases.stream();
  }

  // 2

  @TestFactory
  Stream<DynamicTest> pingsAndPongs() {
    String longest = "x".repeat(125);
    byte[] noText = hex("00 ff fe fd fc fb 00 ff");
    add("an empty ping", sent(ping("")), "PONG ");
    add("a ping", sent(ping("Hello")), "PONG Hello");
    add(
        "a ping with what is no text",
        sent(frame(FIN | PING, noText)),
        "PONG " + new String(noText, StandardCharsets.ISO_8859_1));
    add("the longest ping", sent(ping(longest)), "PONG " + longest);
    add("a ping too long", sent(ping("x".repeat(126))), PROTOCOL_ERROR);
    add("a pong too long", sent(frame(FIN | PONG, new byte[126])), PROTOCOL_ERROR);
    add("an empty pong", sent(frame(FIN | PONG, NOTHING)));
    add("a pong", sent(frame(FIN | PONG, ascii("x"))));
    add("a pong before a ping", sent(frame(FIN | PONG, ascii("x")), ping("y")), "PONG y");
    add(
        "ten pings",
        sent(IntStream.range(0, 10).mapToObj(i -> ping("payload-" + i)).toList()),
        IntStream.range(0, 10).mapToObj(i -> "PONG payload-" + i).toArray(String[]::new));
    return cases.stream();
  }

  // 3

  @TestFactory
  Stream<DynamicTest> reservedBits() {
    for (int bits = 1; bits < 8; bits++) {
      int reserved = bits << 4;
      String name = "bits " + bits + " of ";
      byte[] bad = frame(FIN | reserved | TEXT, request("b", 0));
      add(name + "text", sent(bad), PROTOCOL_ERROR);
      add(
          name + "text between others",
          sent(request("a"), bad, ping("c")),
          "pong a",
          PROTOCOL_ERROR);
      for (int opcode : new int[] {BINARY, CLOSE, PING, PONG}) {
        add(
            name + "opcode " + opcode,
            sent(frame(FIN | reserved | opcode, NOTHING)),
            PROTOCOL_ERROR);
      }
      add(
          name + "a continuation",
          sent(frame(TEXT, NOTHING), frame(FIN | reserved, request("b", 0))),
          PROTOCOL_ERROR);
    }
    return cases.stream();
  }

  // 4

  @TestFactory
  Stream<DynamicTest> reservedOpcodes() {
    for (int opcode : new int[] {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
      byte[] empty = frame(FIN | opcode, NOTHING);
      byte[] full = frame(FIN | opcode, ascii("reserved opcode payload"));
      add("an empty " + opcode, sent(empty), PROTOCOL_ERROR);
      add("a full " + opcode, sent(full), PROTOCOL_ERROR);
      add("first of several " + opcode, sent(frame(opcode, ascii("x"))), PROTOCOL_ERROR);
      add(
          opcode + " between others",
          sent(request("a"), empty, ping("b")),
          "pong a",
          PROTOCOL_ERROR);
      add(
          opcode + " in a message",
          sent(with(fragments(NOTHING, request("a", 0)), 1, full)),
          PROTOCOL_ERROR);
    }
    return cases.stream();
  }

  // 5

  @TestFactory
  Stream<DynamicTest> fragmentation() {
    byte[] whole = request("a", 0);
    byte[] first = Arrays.copyOf(whole, 10);
    byte[] second = Arrays.copyOfRange(whole, 10, whole.length);
    List<byte[]> two = fragments(first, second);
    byte[] pong = frame(FIN | PONG, ascii("x"));

    add("a ping in two", sent(frame(PING, first), frame(FIN, second)), PROTOCOL_ERROR);
    add("a pong in two", sent(frame(PONG, first), frame(FIN, second)), PROTOCOL_ERROR);
    add("a close in two", sent(frame(CLOSE, hex("03e8")), frame(FIN, NOTHING)), PROTOCOL_ERROR);
    add("two", sent(two), "pong a");
    add("two, then another", sent(with(two, 2, request("b"))), "pong a", "pong b");
    for (int size = 1; size < whole.length; size++) {
      add("fragments of " + size, sent(fragments(TEXT, pieces(whole, size))), "pong a");
    }
    add("empty ones", sent(fragments(NOTHING, NOTHING, NOTHING)), "error MALFORMED_MESSAGE");
    add("empty ones around", sent(fragments(NOTHING, whole, NOTHING, NOTHING)), "pong a");
    add("a ping between", sent(with(two, 1, ping("b"))), "PONG b", "pong a");
    add("a pong between", sent(with(two, 1, pong)), "pong a");
    add(
        "pings and pongs between",
        sent(
            with(
                with(with(fragments(first, NOTHING, second), 2, ping("c")), 2, pong),
                1,
                ping("b"))),
        "PONG b",
        "PONG c",
        "pong a");
    add("a close between", sent(with(two, 1, close(1000))), "close 1000");
    add("no beginning", sent(frame(FIN, whole)), PROTOCOL_ERROR);
    add("no beginning and no end", sent(frame(CONTINUATION, first)), PROTOCOL_ERROR);
    add(
        "no beginning behind a message",
        sent(request("b"), frame(FIN, whole)),
        "pong b",
        PROTOCOL_ERROR);
    add(
        "no beginning behind a message in two",
        sent(with(two, 2, frame(CONTINUATION, NOTHING))),
        "pong a",
        PROTOCOL_ERROR);
    for (int opcode : new int[] {TEXT, BINARY}) {
      for (int fin : new int[] {0, FIN}) {
        add(
            "a new message of opcode " + opcode + " within, final " + (fin != 0),
            sent(with(two, 1, frame(fin | opcode, whole))),
            PROTOCOL_ERROR);
      }
    }
    add(
        "binary in two, then text",
        sent(with(fragments(BINARY, List.of(first, second)), 2, request("b"))),
        "error MALFORMED_MESSAGE",
        "pong b");
    return cases.stream();
  }

  // 6

  /** Each is a text of its own. */
  private static final List<String> TEXTS =
      List.of(
          "Hello-\u00b5@\u00df\u00f6\u00e4\u00fc\u00e0\u00e1-UTF-8!!",
          "\u03ba\u1f79\u03c3\u03bc\u03b5",
          "\u007f",
          "\u0080",
          "\u07ff",
          "\u0800",
          "\u0fff",
          "\u1000",
          "\ud7ff",
          "\ue000",
          "\ufeff",
          "\ufffd",
          "\ufffe",
          "\uffff",
          Character.toString(0x10000),
          Character.toString(0x1FFFE),
          Character.toString(0x3FFFF),
          Character.toString(0x40000),
          Character.toString(0xFFFFF),
          Character.toString(0x100000),
          Character.toString(0x10FFFF),
          "a\u00e4\u20ac" + Character.toString(0x1F600) + "z");

  @TestFactory
  Stream<DynamicTest> textInUtf8() {
    for (String text : TEXTS) {
      byte[] message =
          ("{\"op\":\"ping\",\"req_id\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8);
      String name = HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
      add(name, sent(frame(FIN | TEXT, message)), "pong " + text);
      add(name + " in pieces", sent(fragments(TEXT, bytes(message))), "pong " + text);
      for (int cut = 0; cut < message.length; cut++) {
        addPieces(name + " cut at " + cut, cut(message, cut), "pong " + text);
      }
    }
    add("a zero", sent(text("\u0000")), "error MALFORMED_MESSAGE");
    return cases.stream();
  }

  /** What may still become a character, and the byte with which it cannot. */
  private static final List<String> NO_TEXTS =
      Stream.of(
              // Nothing begins so
              "|80 |bf |80bf |80bf80 |c0 |c1 |f5 |f6 |f7 |f8 |fb |fc |fd |fe |ff |fefeffff",
              "|c0af |c080 |c1bf |f8888080 |fc8480808080 |f888808080 |fbbfbfbfbf |fdbfbfbfbfbf",
              // Nothing goes on so
              "c2|20 c2|c2 df|7f df|c0 e1|20 e1|c0 e1bd|22 e1bd|ff f1|20 f1|c3 f180|20 f180|c0",
              "f18080|20 f18080|e0 f48fbf|20 ce|ce cebae1bdb9cf83cebcceb5|80",
              // Longer than it need be
              "e0|80 e0|9f e0|80af e0|9fbf f0|80 f0|8f f0|8080af f0|8fbfbf f0|808080 e0|8080",
              // Surrogates
              "ed|a0 ed|a080 ed|afbf ed|b080 ed|bfbf ed|a080edb080 ed|adbfedbfbf",
              "cebae1bdb9cf83cebcceb5ed|a080656469746564",
              // Beyond the last character
              "f4|90 f4|908080 f4|bf |f5808080 |f7bfbfbf cebae1bdb9cf83cebcceb5f4|90808065646974")
          .flatMap(row -> Stream.of(row.split(" ", -1)))
          .toList();

  private static final byte[] BEGIN = ascii("{\"op\":\"ping\",\"req_id\":\"");
  private static final byte[] END = ascii("\"}");

  @TestFactory
  Stream<DynamicTest> whatIsNoText() {
    for (String row : NO_TEXTS) {
      int bar = row.indexOf('|');
      byte[] before = join(List.of(BEGIN, hex(row.substring(0, bar))));
      byte[] after = hex(row.substring(bar + 1));
      byte[] message = join(List.of(before, after, END));
      add(row, sent(frame(FIN | TEXT, message)), INVALID_DATA);
      add(row + " in pieces", sent(fragments(TEXT, bytes(message))), INVALID_DATA);
      for (int cut = BEGIN.length; cut <= message.length; cut++) {
        addPieces(row + " cut at " + (cut - BEGIN.length), cut(message, cut), INVALID_DATA);
      }
    }
    return cases.stream();
  }

  /**
   * The frame with the wrong byte is the last that is sent, though it is not the message's last.
   */
  @TestFactory
  Stream<DynamicTest> whatCannotBecomeTextIsRefusedBeforeTheMessageEnds() {
    for (String row : NO_TEXTS) {
      int bar = row.indexOf('|');
      byte[] before = join(List.of(BEGIN, hex(row.substring(0, bar))));
      byte[] wrong = hex(row.substring(bar + 1, bar + 3));
      add(row, sent(frame(TEXT, join(List.of(before, wrong)))), INVALID_DATA);
      add(row + " in two", sent(frame(TEXT, before), frame(0, wrong)), INVALID_DATA);
      add(
          row + " in three",
          sent(frame(TEXT, BEGIN), frame(0, hex(row.substring(0, bar))), frame(0, wrong)),
          INVALID_DATA);
      add(
          row + " after a ping",
          sent(frame(TEXT, before), ping("a"), frame(0, wrong)),
          "PONG a",
          INVALID_DATA);
    }
    return cases.stream();
  }

  @TestFactory
  Stream<DynamicTest> textThatEndsWithinACharacter() {
    for (String open :
        List.of("c2", "df", "e0", "e1bd", "ed9f", "f0", "f090", "f48fbf", "f18080")) {
      byte[] message = join(List.of(BEGIN, hex(open)));
      add(open, sent(frame(FIN | TEXT, message)), INVALID_DATA);
      add(open + " in two", sent(fragments(BEGIN, hex(open))), INVALID_DATA);
      add(open + " before an empty one", sent(fragments(message, NOTHING)), INVALID_DATA);
      add(
          open + " goes on in another message",
          sent(frame(FIN | TEXT, message), frame(FIN | TEXT, hex("80"))),
          INVALID_DATA);
    }
    return cases.stream();
  }

  @TestFactory
  Stream<DynamicTest> whatIsNotTextNeedNotBe() {
    byte[] noText = hex("ff fe c0 80 ed a0 80");
    add(
        "binary",
        sent(frame(FIN | BINARY, noText), request("a")),
        "error MALFORMED_MESSAGE",
        "pong a");
    add(
        "binary in pieces",
        sent(with(fragments(BINARY, bytes(noText)), noText.length, request("a"))),
        "error MALFORMED_MESSAGE",
        "pong a");
    add(
        "pings within a character",
        sent(
            frame(TEXT, join(List.of(BEGIN, hex("e2")))),
            frame(FIN | PING, hex("41")),
            frame(FIN | PONG, noText),
            frame(0, hex("82")),
            frame(FIN | PING, hex("42")),
            frame(FIN, join(List.of(hex("ac"), END)))),
        "PONG A",
        "PONG B",
        "pong \u20ac");
    return cases.stream();
  }

  // 7

  @TestFactory
  Stream<DynamicTest> closing() {
    byte[] close = close(1000);
    byte[] longest = "\u20ac".repeat(41).getBytes(StandardCharsets.UTF_8);
    add("a message before", sent(request("a"), close), "pong a", "close 1000");
    add("twice", sent(close, close), "close 1000");
    add("a ping behind", sent(close, ping("x")), "close 1000");
    add("a message behind", sent(close, request("a")), "close 1000");
    add("within a message", sent(frame(TEXT, BEGIN), close, frame(FIN, END)), "close 1000");
    add(
        "a big message before",
        sent(frame(FIN | TEXT, request("a", 262_144)), close, ping("x")),
        "pong a",
        "close 1000");
    add("without a code", sent(frame(FIN | CLOSE, NOTHING)), "close ");
    add("half a code", sent(frame(FIN | CLOSE, hex("03"))), PROTOCOL_ERROR);
    add("with a reason", sent(close(1000, ascii("Hello World!"))), "close 1000");
    add("with the longest reason", sent(close(1000, longest)), "close 1000");
    add("with a reason too long", sent(close(1000, new byte[124])), PROTOCOL_ERROR);
    add("something behind a wrong one", sent(close(999), request("a")), PROTOCOL_ERROR);
    for (String row : NO_TEXTS) {
      add("the reason " + row, sent(close(1000, hex(row.replace("|", "")))), INVALID_DATA);
      int bar = row.indexOf('|');
      if (bar > 0 && bar < 8) {
        add(
            "the reason " + row.substring(0, bar),
            sent(close(1000, hex(row.substring(0, bar)))),
            INVALID_DATA);
      }
    }
    return cases.stream();
  }

  @TestFactory
  Stream<DynamicTest> closingCodes() {
    IntStream edges =
        IntStream.of(0, 1, 999, 1000, 2999, 3000, 3999, 4000, 4999, 5000, 32_767, 32_768, 65_535);
    return IntStream.concat(
            edges, IntStream.concat(IntStream.range(1_001, 1_020), steps(17, 65_536, 499)))
        .distinct()
        .mapToObj(
            code -> {
              String answer = StrictDecoderTest.mayBeSent(code) ? "close " + code : PROTOCOL_ERROR;
              return dynamicTest("close " + code, () -> exchange(List.of(close(code)), answer));
            });
  }

  private static IntStream steps(int from, int to, int step) {
    return IntStream.iterate(from, i -> i < to, i -> i + step);
  }

  // 9 and 10

  @TestFactory
  Stream<DynamicTest> largeMessages() {
    IntFunction<byte[]> request = length -> request("a", length);
    for (int size : new int[] {64, 256, 1_024, 1_300, 4_096, 16_384, 65_536}) {
      for (int length : new int[] {65_536, 262_144, MAX_MESSAGE}) {
        String name = length + " in fragments of " + size;
        List<byte[]> fragments = fragments(TEXT, pieces(request.apply(length), size));
        addPieces(name, List.of(join(fragments)), "pong a");
      }
    }
    for (int size : new int[] {64, 512, 2_048}) {
      List<byte[]> pieces = pieces(frame(FIN | TEXT, request.apply(262_144)), size);
      addPieces("262144 in pieces of " + size, pieces, "pong a");
    }
    for (int length : new int[] {30, 64, 256, 1_024, 4_096}) {
      byte[] message = frame(FIN | TEXT, request.apply(length));
      String[] answers = Collections.nCopies(100, "pong a").toArray(String[]::new);
      addPieces("100 of " + length, List.of(join(Collections.nCopies(100, message))), answers);
    }
    return cases.stream();
  }

  @TestFactory
  Stream<DynamicTest> messagesTooLarge() {
    int more = MAX_MESSAGE + 1;
    byte[] half = new byte[MAX_MESSAGE / 2];
    Arrays.fill(half, (byte) ' ');
    add("one byte", sent(frame(FIN | TEXT, NOTHING, more)), TOO_BIG);
    add("as much as there can be", sent(frame(FIN | TEXT, NOTHING, Long.MAX_VALUE)), TOO_BIG);
    add("announced by a fragment", sent(frame(TEXT, NOTHING, more)), TOO_BIG);
    add("text in three", sent(fragments(half, half, ascii("x"))), TOO_BIG);
    add("binary in three", sent(fragments(BINARY, List.of(half, half, half))), TOO_BIG);
    add("in one", sent(frame(FIN | TEXT, request("a", more))), TOO_BIG);
    add("without an end", sent(frame(TEXT, half), frame(0, half), frame(0, ascii("x"))), TOO_BIG);
    return cases.stream();
  }
}
