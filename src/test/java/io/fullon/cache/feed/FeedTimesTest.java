package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.Loop;
import io.fullon.cache.value.Fields;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the feed does when it is time, by clocks that stand still until the test moves them. */
class FeedTimesTest {

  private static final int SYMBOLS = 1_000;
  private static final int REQUESTS = 50;
  private static final int HEARTBEAT_MS = 100;

  private final Vertx vertx = Vertx.vertx();
  private final Loop loop = new Loop(vertx);
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicReference<Instant> clock =
      new AtomicReference<>(Instant.ofEpochSecond(1_000));
  private final EmbeddedChannel channel = new EmbeddedChannel(new WebSocket13FrameEncoder(false));
  private Feed feed;

  @BeforeEach
  void start() {
    run(
        () ->
            feed =
                new Feed(
                    vertx,
                    new FeedOptions(
                        FeedLimits.from(Fields.of("", new JsonObject())),
                        HEARTBEAT_MS,
                        5_000,
                        1_000),
                    new Backlog(Long.MAX_VALUE),
                    nanos::get,
                    clock::get));
  }

  private void connect(Grant grant) {
    run(
        () -> {
          FeedSocket socket =
              new FeedSocket(Vertx.currentContext(), channel, 65_536, feed.metrics());
          channel.pipeline().addLast(socket);
          feed.connected(socket, null, grant, () -> {});
          read(); // the welcome
        });
  }

  @AfterEach
  void close() {
    run(channel::releaseOutbound);
    run(feed.metrics()::close);
    get(vertx.close());
  }

  private void run(Runnable step) {
    get(
        loop.call(
            () -> {
              step.run();
              return Future.succeededFuture();
            }));
  }

  private static JsonObject request(String op, int number) {
    JsonArray symbols = new JsonArray();
    IntStream.range(0, SYMBOLS).forEach(i -> symbols.add("S" + (number * SYMBOLS + i)));
    return new JsonObject().put("op", op).put("exchange", "e").put("symbols", symbols);
  }

  private static JsonObject subscribeWithSince(int number) {
    JsonObject request = request("subscribe", number);
    JsonObject since = new JsonObject();
    request.getJsonArray("symbols").forEach(symbol -> since.put((String) symbol, 1));
    return request.put("since", since);
  }

  private static JsonObject candles(String op) {
    return request(op, 0).put("channel", "ohlcv").put("timeframe", "1m");
  }

  static Stream<JsonObject> requests() {
    return Stream.of(
        request("subscribe", 0),
        request("unsubscribe", 0),
        request("get", 0),
        candles("subscribe"),
        candles("unsubscribe"),
        subscribeWithSince(0).put("symbols", new JsonArray().add("A")));
  }

  private void send(JsonObject request) {
    channel.writeInbound(new TextWebSocketFrame(request.put("req_id", "own").encode()));
  }

  private List<String> read() {
    List<String> all = new ArrayList<>();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      all.add(part.toString(StandardCharsets.ISO_8859_1));
      part.release();
    }
    return all;
  }

  /** What was sent since it was last asked. */
  private List<String> sent() {
    List<String> sent = new ArrayList<>();
    run(() -> sent.addAll(read()));
    return sent;
  }

  /** How many answers were, ticks apart. */
  private int answers() {
    return (int)
        sent().stream()
            .filter(part -> part.contains("\"own\"") && !part.contains("\"snapshot\""))
            .count();
  }

  @ParameterizedTest
  @MethodSource("requests")
  void whoNamesTooMuchInASecondIsNotReadFurther(JsonObject request) {
    connect(Grant.ALL);
    run(() -> IntStream.range(0, REQUESTS).forEach(i -> send(request)));

    assertThat(answers()).isBetween(20, 21);
  }

  @Test
  void whatWasNotReadIsAnsweredInTheNextSecond() {
    connect(Grant.ALL);
    run(() -> IntStream.range(0, 30).forEach(i -> send(request("unsubscribe", i))));
    final int before = answers();

    nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));

    assertThat(before).isLessThan(30);
    AtomicInteger all = new AtomicInteger(before);
    await("the other answers").until(() -> all.addAndGet(answers()) == 30);
  }

  @Test
  void whoComesBackWithAllItMayHaveDoesNotWait() {
    connect(Grant.ALL);
    run(
        () -> {
          IntStream.range(0, 10).forEach(i -> send(subscribeWithSince(i)));
          send(new JsonObject().put("op", "ping"));
        });

    assertThat(answers()).isEqualTo(11);
  }

  @Test
  void aTokenRunsOutByTheClock() {
    connect(new Grant(null, null, clock.get().plusSeconds(60)));
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
    await("it lives").until(() -> String.join("", sent()).contains("heartbeat"));

    clock.set(clock.get().plusSeconds(60));

    await("the end").until(() -> String.join("", sent()).contains("the token has run out"));
  }

  @Test
  void aHeartbeatTellsTheTimeOfTheClock() {
    connect(Grant.ALL);

    run(
        () -> { // at once, since there is one heartbeat only
          clock.set(Instant.ofEpochSecond(2_000, 500_000_000));
          nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        });

    await("the heartbeat").until(() -> String.join("", sent()).contains("\"time\":2000.500000,"));
  }
}
