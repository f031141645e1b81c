package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickRemoval;
import io.fullon.cache.value.Fields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.MessageToMessageEncoder;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server's end of connections, without a network. */
class FeedConnectionTest {

  /** There is room for what waits for one that takes nothing, and not for two. */
  private static final long MOST_WAITING = 300_000;

  private static final int STALLED = 4008;
  private static final int INVALID_DATA = 1007;
  private static final int INTERNAL_ERROR = 1011;
  private static final int LIMIT_EXCEEDED = 4029;

  private CacheNode node;
  private Loop loop;
  private Feed feed;
  private final List<ServerChannel> channels = new ArrayList<>();

  /** Fails when it is told to. */
  private static final class ServerChannel extends EmbeddedChannel {

    private boolean fails;
    private boolean failsToEncode;

    ServerChannel() {
      super(new WebSocket13FrameEncoder(false));
      pipeline()
          .addLast(
              new MessageToMessageEncoder<TextWebSocketFrame>() {

                @Override
                protected void encode(
                    ChannelHandlerContext handler, TextWebSocketFrame frame, List<Object> out) {
                  if (failsToEncode) {
                    throw new IllegalStateException("as the test wants it");
                  }
                  out.add(frame.retain());
                }
              });
    }

    @Override
    public boolean isWritable() {
      if (fails) {
        throw new IllegalStateException("as the test wants it");
      }
      return super.isWritable();
    }

    /** What was sent since it was last asked, control frames as they are. */
    String sent() {
      StringBuilder sent = new StringBuilder();
      for (ByteBuf bytes = readOutbound(); bytes != null; bytes = readOutbound()) {
        sent.append(bytes.toString(StandardCharsets.ISO_8859_1));
        bytes.release();
      }
      return sent.toString();
    }
  }

  @BeforeEach
  void start() {
    node = CacheNode.start();
    loop = new Loop(node.vertx());
    get(
        loop.call(
            () -> {
              JsonObject none = new JsonObject();
              feed =
                  new Feed(
                      node.vertx(),
                      new FeedOptions(FeedLimits.from(Fields.of("", none)), 1_000, 5_000, 1_000),
                      new Backlog(MOST_WAITING));
              return feed.start();
            }));
  }

  @AfterEach
  @SuppressWarnings("FutureReturnValueIgnored") // nothing waits for these
  void stop() {
    run(() -> channels.forEach(ServerChannel::close));
    get(loop.call(feed::close));
    node.close();
  }

  private ServerChannel connect() {
    return connect("\"*\"");
  }

  private ServerChannel connect(String exchange) {
    ServerChannel channel = new ServerChannel();
    channels.add(channel);
    ContextInternal context = (ContextInternal) Vertx.currentContext();
    FeedSocket socket = new FeedSocket(context, channel, 65_536, feed.metrics());
    channel.pipeline().addLast(socket);
    feed.connected(socket, null, Grant.ALL, () -> {});
    channel.writeInbound(
        new TextWebSocketFrame(
            "{\"op\":\"subscribe\",\"exchange\":" + exchange + ",\"symbols\":\"*\"}"));
    return channel;
  }

  private static Tick tick() {
    return Tick.of("e", "A", BigDecimal.ONE, Instant.EPOCH);
  }

  private void publish(String address, Object news) {
    DeliveryOptions options =
        news instanceof String
            ? new DeliveryOptions().setLocalOnly(true)
            : LocalCodec.register(node.vertx(), news.getClass());
    node.vertx().eventBus().publish(address, news, options);
  }

  static Stream<Object[]> news() {
    return Stream.of(
        new Object[] {TickCache.UPDATES, tick(), "\"type\":\"update\""},
        new Object[] {TickCache.REMOVED, new TickRemoval("e", List.of("A")), "\"removed\""},
        new Object[] {TickCache.STATE, TickCache.STALE, "\"state\":\"stale\""});
  }

  @ParameterizedTest
  @MethodSource("news")
  void aFailureEndsThatConnectionAndNoOther(String address, Object news, String told) {
    try (LogLines log = LogLines.of("io.fullon.cache.feed.FeedSocket", Level.ERROR)) {
      fail(address, news, told);
      assertThat(log.lines()).allMatch(line -> line.endsWith("failed"));
    }
  }

  private void fail(String address, Object news, String told) {
    List<ServerChannel> others = new ArrayList<>();
    List<ServerChannel> failing = new ArrayList<>();
    run(
        () -> {
          for (int i = 0; i < 3; i++) {
            others.add(connect());
            failing.add(connect());
          }
        });
    publish(TickCache.UPDATES, tick());
    StringBuilder before = new StringBuilder();
    await("the first tick").until(() -> heard(others.get(0), before, "\"update\""));
    run(() -> others.forEach(ServerChannel::sent));
    run(() -> failing.forEach(channel -> channel.fails = true));

    publish(address, news);

    for (ServerChannel other : others) {
      StringBuilder heard = new StringBuilder();
      await("the news").until(() -> heard(other, heard, told));
    }
    run(
        () ->
            failing.forEach(
                channel -> assertThat(channel.sent()).contains(closed(INTERNAL_ERROR))));
  }

  @Test
  void aFrameThatCannotBeEncodedEndsTheConnection() {
    try (LogLines log = LogLines.of("io.fullon.cache.feed.FeedSocket", Level.ERROR)) {
      ServerChannel channel = call(this::connect);
      run(
          () -> {
            channel.sent();
            channel.failsToEncode = true;
            channel.writeInbound(new TextWebSocketFrame("{\"op\":\"ping\"}"));
            assertThat(channel.sent()).contains(closed(INTERNAL_ERROR));
          });
      assertThat(log.lines()).hasSize(1).allMatch(line -> line.endsWith("failed"));
    }
  }

  @Test
  void whatAHandlerOfOursFailsAtEndsTheConnection() {
    try (LogLines log = LogLines.of("io.fullon.cache.feed.FeedSocket", Level.ERROR)) {
      ServerChannel channel = call(this::connect);
      run(
          () -> {
            channel.sent();
            channel.pipeline().fireExceptionCaught(new AssertionError("as the test wants it"));
            assertThat(channel.sent()).contains(closed(INTERNAL_ERROR));
          });
      assertThat(log.lines()).hasSize(1).allMatch(line -> line.endsWith("failed"));
    }
  }

  @Test
  void aConnectionThatBreaksIsNoFailureOfOurs() {
    try (LogLines log = LogLines.of("io.fullon.cache.feed.FeedSocket", Level.ERROR)) {
      ServerChannel channel = call(this::connect);
      run(
          () -> {
            channel.sent();
            channel.pipeline().fireExceptionCaught(new IOException("Connection reset"));
            assertThat(channel.sent()).isEmpty();
          });
      assertThat(log.lines()).isEmpty();
    }
  }

  private static String closed(int code) {
    return "" + (char) (code >> 8) + (char) (code & 0xff);
  }

  private ServerChannel call(Supplier<ServerChannel> step) {
    AtomicReference<ServerChannel> channel = new AtomicReference<>();
    run(() -> channel.set(step.get()));
    return channel.get();
  }

  private void run(Runnable step) {
    get(
        loop.call(
            () -> {
              try {
                step.run();
                return Future.succeededFuture();
              } catch (AssertionError e) {
                return Future.failedFuture(e);
              }
            }));
  }

  private boolean heard(ServerChannel channel, StringBuilder heard, String what) {
    run(() -> heard.append(channel.sent()));
    return heard.indexOf(what) >= 0;
  }

  @Test
  void whileThereIsNoRoomTheLatestPingWaits() {
    ServerChannel waiting = call(this::connect);
    run(
        () -> {
          waiting.sent();
          full(waiting, true);
          for (int i = 0; i < 20; i++) {
            waiting.writeInbound(new PingWebSocketFrame(Unpooled.copiedBuffer("p" + i, US_ASCII)));
          }
          assertThat(waiting.sent()).isEmpty();
          full(waiting, false);
        });

    StringBuilder heard = new StringBuilder();
    await("the pong").until(() -> heard(waiting, heard, "\u008A"));
    assertThat(heard).contains("\u008A\u0003p19").doesNotContain("p1\u008A", "p18");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"op\":\"ping\"}",
        "{\"op\":\"subscriptions\"}",
        "{\"op\":\"none\"}",
        "{\"op\":\"get\",\"exchange\":\"e\",\"symbols\":\"*\"}",
        "{\"op\":\"subscribe\",\"exchange\":\"e\",\"symbols\":\"*\"}"
      })
  void nobodyIsSentAnythingEarlierBecauseAnotherAsks(String request) {
    AtomicReference<String> sentByThen = new AtomicReference<>();
    run(
        () -> {
          ServerChannel watching = connect();
          watching.sent();
          ServerChannel asking = connect("\"none\"");
          publish(TickCache.UPDATES, tick());
          Vertx.currentContext() // behind the tick, and before what is planned because of it
              .runOnContext(
                  later -> {
                    asking.writeInbound(new TextWebSocketFrame(request));
                    sentByThen.set(watching.sent());
                  });
        });

    await("the request").until(() -> sentByThen.get() != null);
    assertThat(sentByThen.get()).doesNotContain("update");
  }

  @Test
  void whenTooMuchWaitsTheSlowestAreClosedFirst() {
    ServerChannel reading = call(this::connect);
    List<ServerChannel> slow = List.of(call(this::connect), call(this::connect));
    run(() -> slow.forEach(channel -> full(channel, true)));
    get(
        node.ticks()
            .updateTickers(
                IntStream.range(0, 2_500)
                    .mapToObj(i -> Tick.of("e", "S" + i, BigDecimal.ONE, Instant.EPOCH))
                    .toList()));

    List<StringBuilder> heard = List.of(new StringBuilder(), new StringBuilder());
    await("one of them to be closed")
        .until(
            () -> {
              boolean first = heard(slow.get(0), heard.get(0), closed(STALLED));
              return heard(slow.get(1), heard.get(1), closed(STALLED)) || first;
            });

    run(
        () -> {
          feed.relieve(); // where nothing is left to be done
          slow.forEach(channel -> heard.get(slow.indexOf(channel)).append(channel.sent()));
          assertThat(heard).filteredOn(text -> text.indexOf(closed(STALLED)) >= 0).hasSize(1);
          assertThat(reading.sent()).doesNotContain(closed(STALLED));
        });
  }

  static Stream<byte[]> noUtf8() {
    return Stream.of("ff", "c3", "e282", "c080", "eda080", "f4908080", "61ff62", "80")
        .map(HexFormat.of()::parseHex);
  }

  private static ContinuationWebSocketFrame continuation(byte[] bytes, boolean last) {
    return new ContinuationWebSocketFrame(last, 0, Unpooled.wrappedBuffer(bytes));
  }

  /** In every cut; the connection ends with the closing frame. */
  @ParameterizedTest
  @MethodSource("noUtf8")
  void textThatIsNoUtf8EndsTheConnectionAtOnce(byte[] text) {
    run(
        () -> {
          for (int cut = 0; cut < text.length; cut++) {
            ServerChannel channel = connect();
            channel.writeInbound(
                new TextWebSocketFrame(false, 0, Unpooled.wrappedBuffer(text, 0, cut)),
                continuation(Arrays.copyOfRange(text, cut, text.length), true));
            assertThat(channel.sent()).contains(closed(INVALID_DATA));
            assertThat(channel.isOpen()).isFalse();
          }
          ServerChannel channel = connect();
          channel.writeInbound(new TextWebSocketFrame(Unpooled.wrappedBuffer(text)));
          assertThat(channel.sent()).contains(closed(INVALID_DATA));
          assertThat(channel.isOpen()).isFalse();
        });
  }

  static Stream<Supplier<WebSocketFrame>> idle() {
    return Stream.of(
        PongWebSocketFrame::new, PingWebSocketFrame::new, () -> continuation(new byte[0], false));
  }

  @ParameterizedTest
  @MethodSource("idle")
  void whatBringsNothingIsCountedAndNotReadFromWhoIsClosedForIt(Supplier<WebSocketFrame> frame) {
    run(
        () -> {
          ServerChannel channel = connect();
          channel.writeInbound(new TextWebSocketFrame(false, 0, " "));
          for (int i = 0; i < 3 * FeedLimits.DEFAULT_REQUESTS_PER_SECOND; i++) {
            channel.writeInbound(frame.get());
          }
          assertThat(channel.sent()).contains(closed(LIMIT_EXCEEDED));
          assertThat(channel.config().isAutoRead()).isFalse();
        });
  }

  private static void full(ServerChannel channel, boolean full) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, !full);
    channel.runPendingTasks();
  }
}
