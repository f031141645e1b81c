package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.Scrape;
import io.fullon.cache.testing.StuckClient;
import io.fullon.cache.tick.Tick;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one client may ask, and what becomes of one that asks for more. */
class FeedLimitsIT {

  private static final int STALLED = 4008;
  private static final int LIMIT_EXCEEDED = 4029;

  private static double stalls(CacheNode node) {
    return Scrape.of(node).value("fullon_cache_feed_closed_total", "code", "4008");
  }

  private static CacheNode start(Object... limits) {
    return CacheNode.start("web", limits);
  }

  /** The tick with more to send than usual: the buffers on the way hold megabytes. */
  private static Tick fat(Tick tick) {
    BigDecimal much = new BigDecimal("1".repeat(60));
    return new Tick(
        tick.symbol(), tick.exchange(), much, tick.time(), much, much, much, much, null);
  }

  private static void ping(FeedClient client, int times) {
    for (int i = 1; i <= times; i++) {
      client.socket().writeTextMessage("{\"op\":\"ping\",\"req_id\":" + i + "}");
    }
  }

  @Test
  void theLimitsAreToldInTheWelcome() {
    try (CacheNode node =
            start(
                "max_message_bytes",
                1_024,
                "max_requests_per_second",
                2,
                "max_subscriptions",
                3,
                "max_connections",
                4,
                "max_connections_per_address",
                3,
                "subscribe_within_ms",
                60_000,
                "stall_timeout_ms",
                7_000);
        FeedClient client = node.feed()) {
      assertThat(client.next("welcome").getJsonObject("limits"))
          .isEqualTo(
              new JsonObject()
                  .put("message_bytes", 1_024)
                  .put("requests_per_second", 2)
                  .put("subscriptions", 3)
                  .put("symbols", 1_000)
                  .put("connections", 4)
                  .put("connections_per_address", 3)
                  .put("subscribe_within_ms", 60_000)
                  .put("stall_ms", 7_000));
    }
  }

  @Test
  void aRequestTooManyIsRefusedAndTheConnectionLivesOn() {
    try (CacheNode node = start("max_requests_per_second", 5);
        FeedClient client = node.feed()) {
      client.next("welcome");

      ping(client, 8); // in one second or two

      List<Integer> answered = new ArrayList<>();
      List<Integer> refused = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        JsonObject frame = client.next();
        if (frame.getString("type").equals("pong")) {
          answered.add(frame.getInteger("req_id"));
        } else {
          assertThat(frame.getString("code")).isEqualTo("RATE_LIMITED");
          assertThat(frame.getString("message")).contains("5 messages a second");
          refused.add(frame.getInteger("req_id"));
        }
      }
      assertThat(answered).hasSizeGreaterThanOrEqualTo(5).startsWith(1, 2, 3, 4, 5);
      assertThat(answered.size() + refused.size()).isEqualTo(8);
      await("another second")
          .pollInterval(Duration.ofMillis(500)) // which is not too often
          .until(
              () -> {
                ping(client, 1);
                return client.next().getString("type").equals("pong");
              });
    }
  }

  @Test
  void whoGoesOnAskingForTooMuchIsClosed() {
    try (CacheNode node = start("max_requests_per_second", 5);
        FeedClient client = node.feed()) {
      client.next("welcome");

      await("the end").until(() -> closedAfterAnotherPing(client));

      assertThat(client.closeCode()).isEqualTo(LIMIT_EXCEEDED);
    }
  }

  private static boolean closedAfterAnotherPing(FeedClient client) {
    ping(client, 20);
    return client.isClosed();
  }

  static Stream<List<String>> tooMany() {
    return Stream.of(
        List.of("A", "B"),
        // Of so many the answer would be too long.
        IntStream.range(0, 100).mapToObj(i -> "S" + i).toList());
  }

  @ParameterizedTest
  @MethodSource("tooMany")
  void whoGoesOnSubscribingToTooMuchIsClosed(List<String> symbols) {
    String request =
        new JsonObject()
            .put("op", "subscribe")
            .put("exchange", "e")
            .put("symbols", new JsonArray(symbols))
            .encode();
    try (CacheNode node = start("max_requests_per_second", 20, "max_subscriptions", 1);
        FeedClient client = node.feed()) {
      client.next("welcome");

      await("the end")
          .until(
              () -> {
                client.socket().writeTextMessage(request);
                return client.isClosed();
              });

      assertThat(client.closeCode()).isEqualTo(LIMIT_EXCEEDED);
    }
  }

  @Test
  void pingsOfTheWebSocketProtocolCountToo() {
    try (CacheNode node = start("max_requests_per_second", 5);
        FeedClient client = node.feed()) {
      client.next("welcome");

      await("the end")
          .until(
              () -> {
                for (int i = 0; i < 20; i++) {
                  client.socket().writePing(Buffer.buffer("x"));
                }
                return client.isClosed();
              });

      assertThat(client.closeCode()).isEqualTo(LIMIT_EXCEEDED);
    }
  }

  @Test
  void connectionsBeyondTheLimitsAreRefusedUntilOthersGo() {
    try (CacheNode node = start("max_connections", 2, "instances", 2);
        FeedClient first = node.feed()) {
      FeedClient second = node.feed();

      assertThat(FeedClient.refusal(node.vertx(), node.port())).isEqualTo(503);
      assertThat(FeedClient.refusal(node.vertx(), node.port())).isEqualTo(503);

      second.close();
      awaitConnection(node).close();
      first.next("welcome");
    }
  }

  @Test
  void connectionsOfOneAddressBeyondItsLimitAreRefusedUntilOthersGo() {
    try (CacheNode node = start("max_connections_per_address", 1)) {
      FeedClient first = node.feed();

      assertThat(FeedClient.refusal(node.vertx(), node.port())).isEqualTo(429);

      first.close();
      awaitConnection(node).close();
    }
  }

  private static FeedClient awaitConnection(CacheNode node) {
    List<FeedClient> connected = new ArrayList<>();
    await("room for another")
        .ignoreExceptions()
        .until(() -> connected.add(FeedClient.connect(node.vertx(), node.port())));
    return connected.get(0);
  }

  @Test
  void whoSubscribesToNothingIsClosed() {
    try (CacheNode node = start("subscribe_within_ms", 200);
        FeedClient idle = node.feed();
        FeedClient subscribed = node.feed()) {
      subscribed.next("welcome");
      subscribed.subscribe("e", "A");

      assertThat(idle.closeCode()).isEqualTo(LIMIT_EXCEEDED);

      assertThat(subscribed.isClosed()).isFalse();
      subscribed.request("unsubscribe", "e", "A").next("ack");
      assertThat(subscribed.closeCode()).isEqualTo(LIMIT_EXCEEDED);
    }
  }

  @Test
  void whoReadsNothingIsClosedAndLearnsWhyWhenItReadsAgain() {
    try (CacheNode node = start("stall_timeout_ms", 300);
        Market market = new Market(node);
        FeedClient slow = FeedClient.connectSmall(node.vertx(), node.port())) {
      slow.next("welcome");
      slow.subscribe(market.exchange(), "*");
      slow.socket().pause();

      AtomicReference<Double> stalls = new AtomicReference<>(stalls(node));
      await("the server to give it up")
          .until(
              () -> {
                market.store(
                    IntStream.range(0, 2_000)
                        .mapToObj(i -> fat(market.tick("S" + i, "1")))
                        .toList());
                double now = stalls(node);
                return stalls.getAndSet(now) < now && isGivenUp(slow);
              });

      assertThat(slow.closeCode()).isEqualTo(STALLED);
      assertThat(market.watched().skipped()).as("skipped for one who reads").isZero();
    }
  }

  /**
   * Lets it read again what it was sent. The metric counts those of other tests in this process
   * too: if it was one of them, this one is answered and stops reading once more.
   */
  private static boolean isGivenUp(FeedClient client) {
    client.socket().resume();
    ping(client, 1);
    String frame;
    do {
      frame = client.poll(50, TimeUnit.MILLISECONDS);
    } while (!client.isClosed() && (frame == null || !frame.startsWith("{\"type\":\"pong\"")));
    if (!client.isClosed()) {
      client.socket().pause();
    }
    return client.isClosed();
  }

  /** There is nothing to tell it but the answers to its pings, which the server goes on reading. */
  @Test
  void whoReadsNothingIsClosedWhateverItSendsMeanwhile() {
    byte[] ping = StuckClient.frame(0x89, new byte[125], 125);
    try (CacheNode node = start("stall_timeout_ms", 1_000, "max_requests_per_second", 1_000_000);
        StuckClient stuck = new StuckClient(node.port())) {
      stuck
          .send("{\"op\":\"subscribe\",\"exchange\":\"*\",\"symbols\":\"*\"}")
          .readUntil("\"ticks\":[]}");

      await("the server to cut it").until(() -> !takes(stuck, ping));
      assertThat(stalls(node)).isPositive();
    }
  }

  private static boolean takes(StuckClient client, byte[] frame) {
    try {
      for (int i = 0; i < 1_000; i++) {
        client.sendBytes(frame);
      }
      return true;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  @Test
  void aMessageOfTheLongestLengthIsTaken() {
    try (CacheNode node = start("max_message_bytes", 2_048);
        FeedClient client = node.feed()) {
      client.next("welcome");
      String ping = "{\"op\":\"ping\",\"req_id\":1}";

      client.send(ping + " ".repeat(2_048 - ping.length()));
      assertThat(client.next("pong").getInteger("req_id")).isEqualTo(1);

      client.socket().writeTextMessage(ping + " ".repeat(2_049 - ping.length()));
      assertThat(client.closeCode()).isEqualTo(1009);
    }
  }

  @Test
  void framesAreCompressedOnlyWhereThatIsConfigured() {
    for (boolean deflate : new boolean[] {false, true}) {
      try (CacheNode node = start("deflate", deflate);
          FeedClient client =
              FeedClient.connectWith(
                  node.vertx(),
                  node.port(),
                  "Sec-WebSocket-Extensions",
                  "permessage-deflate; client_max_window_bits")) {
        String extensions = client.socket().headers().get("Sec-WebSocket-Extensions");

        assertThat(extensions != null).as("deflate " + deflate).isEqualTo(deflate);
      }
    }
  }

  @Test
  void whereItIsConfiguredEveryFrameIsCompressed() throws IOException {
    try (CacheNode node = start("deflate", true);
        Market market = new Market(node);
        Socket socket = connectCompressed(node)) {
      DataInputStream input = new DataInputStream(socket.getInputStream());
      byte[] subscribe =
          "{\"op\":\"subscribe\",\"exchange\":\"*\",\"symbols\":\"*\"}"
              .getBytes(StandardCharsets.US_ASCII);

      assertCompressed(input); // the welcome
      socket.getOutputStream().write(StuckClient.frame(0x81, subscribe, subscribe.length));
      assertCompressed(input); // the ack
      assertCompressed(input); // the snapshot
      market.store("A", "1");
      assertCompressed(input); // the update, or a heartbeat before it
      market.store("A", "2");
      assertCompressed(input);
      sendCompressed(socket, "{\"op\":\"ping\"}");
      assertCompressed(input); // the pong, or a heartbeat before it
      assertCompressed(input);
    }
  }

  @Test
  void aMessageMayNotBeTooBigBeforeItWasCompressedEither() throws IOException {
    try (CacheNode node = start("deflate", true);
        Socket socket = connectCompressed(node)) {
      sendCompressed(socket, "{\"op\":\"" + "x".repeat(10_000_000) + "\"}");

      assertThat(closeCode(socket)).isEqualTo(1009);
    }
  }

  @Test
  void whatIsNotCompressedAsItSaysEndsTheConnection() throws IOException {
    try (CacheNode node = start("deflate", true);
        Socket socket = connectCompressed(node)) {
      byte[] rubbish = "not compressed".getBytes(StandardCharsets.US_ASCII);
      socket.getOutputStream().write(StuckClient.frame(0xC1, rubbish, rubbish.length));

      assertThat(closeCode(socket)).isEqualTo(1007);
    }
  }

  @Test
  void whatCannotBeInflatedTakesNoPlaceForEver() throws IOException {
    try (CacheNode node = start("deflate", true, "max_connections", 3)) {
      for (int i = 0; i < 6; i++) {
        awaitConnection(node).close();
        try (Socket socket = connectCompressed(node)) {
          socket.getOutputStream().write(StuckClient.frame(0xC1, new byte[] {-1, -1, -1}, 3));
          assertThat(closeCode(socket)).isEqualTo(1007);
        }
      }

      awaitConnection(node).close();
      await("all to be forgotten")
          .until(() -> Scrape.of(node).value("fullon_cache_feed_connections") == 0);
    }
  }

  /** Frames of 1 byte, and the second of a message: of the first the compression is a bit. */
  @ParameterizedTest
  @ValueSource(strings = {"a1", "91", "e1", "c9", "ca", "01 c0", "01 c9", "81 a1"})
  void reservedBitsThatMeanNothingEndTheConnection(String frames) throws IOException {
    byte[] payload = {0x20};
    try (CacheNode node = start("deflate", true);
        Socket socket = connectCompressed(node)) {
      for (String first : frames.split(" ", -1)) {
        socket
            .getOutputStream()
            .write(StuckClient.frame(Integer.parseInt(first, 16), payload, payload.length));
      }

      assertThat(closeCode(socket)).isEqualTo(1002);
    }
  }

  private static Socket connectCompressed(CacheNode node) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port());
    socket.setSoTimeout(10_000);
    socket
        .getOutputStream()
        .write(
            StuckClient.upgrade(
                    "Sec-WebSocket-Version: 13", "Sec-WebSocket-Extensions: permessage-deflate")
                .getBytes(StandardCharsets.US_ASCII));
    StringBuilder headers = new StringBuilder();
    while (headers.indexOf("\r\n\r\n") < 0) {
      headers.append((char) socket.getInputStream().read());
    }
    return socket;
  }

  private static void sendCompressed(Socket socket, String text) throws IOException {
    byte[] message = compressed(text);
    socket.getOutputStream().write(StuckClient.frame(0xC1, message, message.length));
  }

  /** Reads up to the closing frame. */
  private static int closeCode(Socket socket) throws IOException {
    DataInputStream input = new DataInputStream(socket.getInputStream());
    for (int frames = 0; frames < 100; frames++) {
      int first = input.readUnsignedByte();
      int length = input.readUnsignedByte();
      byte[] payload = input.readNBytes(length == 126 ? input.readUnsignedShort() : length);
      if (first == 0x88) {
        return ByteBuffer.wrap(payload).getShort();
      }
    }
    throw new AssertionError("Not closed");
  }

  @Test
  void aConnectionWithoutRequestsIsClosedButNotOneToTheFeed() throws IOException {
    try (CacheNode node = start("http_idle_timeout_ms", 100);
        FeedClient client = node.feed();
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
      client.next("welcome");
      socket.setSoTimeout(10_000);

      assertThat(socket.getInputStream().read()).isNegative();
      client.expectNothingElse(); // silent for longer
    }
  }

  /** RFC 7692, section 7.2.1: without the empty block at its end. */
  private static byte[] compressed(String text) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    deflater.setInput(text.getBytes(StandardCharsets.US_ASCII));
    byte[] bytes = new byte[20_000];
    int length = deflater.deflate(bytes, 0, bytes.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Arrays.copyOf(bytes, length - 4);
  }

  /** RFC 7692, section 6: the first reserved bit of a compressed frame is set. */
  private static void assertCompressed(DataInputStream input) throws IOException {
    assertThat(input.readUnsignedByte()).isEqualTo(0xC1);
    int length = input.readUnsignedByte();
    input.skipNBytes(length == 126 ? input.readUnsignedShort() : length);
  }
}
