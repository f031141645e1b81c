package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.source.SourceState;
import io.fullon.cache.source.SourceStates;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickRemoval;
import io.fullon.cache.value.Fields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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

    private final StringBuilder all = new StringBuilder();
    private FeedSocket socket;
    private boolean fails;
    private boolean failsToEncode;

    /** Whether nobody takes what is written. */
    private boolean stuck;

    /** Whether the session has been told that it is over. */
    private boolean ended;

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

    @Override
    protected void doWrite(ChannelOutboundBuffer waiting) throws Exception {
      if (!stuck) {
        super.doWrite(waiting);
      }
    }

    /** Some bytes of the first that waits leave the process. */
    void take(int bytes) {
      unsafe().outboundBuffer().progress(bytes);
    }

    void takeAll() {
      stuck = false;
      flush();
    }

    /** All that was ever sent. */
    String allSent() {
      sent();
      return all.toString();
    }

    /** What was sent since it was last asked, control frames as they are. */
    String sent() {
      StringBuilder sent = new StringBuilder();
      for (ByteBuf bytes = readOutbound(); bytes != null; bytes = readOutbound()) {
        sent.append(bytes.toString(StandardCharsets.ISO_8859_1));
        bytes.release();
      }
      all.append(sent);
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
    return connect(new ServerChannel(), exchange);
  }

  private ServerChannel connect(ServerChannel channel, String exchange) {
    channels.add(channel);
    ContextInternal context = (ContextInternal) Vertx.currentContext();
    channel.socket = new FeedSocket(context, channel, 65_536, feed.metrics());
    channel.pipeline().addLast(channel.socket);
    feed.connected(channel.socket, null, Grant.ALL, () -> channel.ended = true);
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
        news instanceof String || news instanceof JsonObject
            ? new DeliveryOptions().setLocalOnly(true)
            : LocalCodec.register(node.vertx(), news.getClass());
    node.vertx().eventBus().publish(address, news, options);
  }

  /** What the connections are told, or one of them asks for. */
  private enum News {
    UPDATE("\"type\":\"update\"") {
      @Override
      void bring(FeedConnectionTest test, List<ServerChannel> failing) {
        test.publish(TickCache.UPDATES, tick());
      }
    },
    REMOVED("\"removed\"") {
      @Override
      void bring(FeedConnectionTest test, List<ServerChannel> failing) {
        test.publish(TickCache.REMOVED, new TickRemoval("e", List.of("A")));
      }
    },
    STALE("\"state\":\"stale\"") {
      @Override
      void bring(FeedConnectionTest test, List<ServerChannel> failing) {
        test.publish(TickCache.STATE, TickCache.STALE);
      }
    },
    LIVE("\"state\":\"live\"") {
      @Override
      void prepare(FeedConnectionTest test, ServerChannel other) {
        test.publish(TickCache.STATE, TickCache.STALE);
        test.awaitHeard(other, STALE.told);
      }

      @Override
      void bring(FeedConnectionTest test, List<ServerChannel> failing) {
        test.publish(TickCache.STATE, TickCache.LIVE);
      }
    },
    RECOVERY("\"removed\"") { // which the node never had
      @Override
      void prepare(FeedConnectionTest test, ServerChannel other) {
        LIVE.prepare(test, other);
      }

      @Override
      void bring(FeedConnectionTest test, List<ServerChannel> failing) {
        LIVE.bring(test, failing);
      }
    },
    SOURCE("\"state\":\"silent\"") {
      @Override
      void prepare(FeedConnectionTest test, ServerChannel other) {
        test.node
            .vertx()
            .sharedData()
            .<String, SourceState>getLocalMap("fullon.source.states")
            .put("e", new SourceState("e", SourceState.State.SILENT, Instant.EPOCH, "", 1));
      }

      @Override
      void bring(FeedConnectionTest test, List<ServerChannel> failing) {
        test.publish(SourceStates.ADDRESS, new JsonObject().put("exchange", "e"));
      }
    },
    REQUEST("\"type\":\"update\"") {
      @Override
      void bring(FeedConnectionTest test, List<ServerChannel> failing) {
        test.run(
            () -> {
              for (ServerChannel channel : failing) {
                channel.writeInbound(new TextWebSocketFrame("{\"op\":\"ping\"}"));
                assertThat(channel.allSent()).contains(closed(INTERNAL_ERROR));
              }
            });
        test.publish(TickCache.UPDATES, tick());
      }
    };

    private final String told;

    News(String told) {
      this.told = told;
    }

    void prepare(FeedConnectionTest test, ServerChannel other) {}

    abstract void bring(FeedConnectionTest test, List<ServerChannel> failing);
  }

  @ParameterizedTest
  @EnumSource
  void aFailureEndsThatConnectionAndNoOther(News news) {
    try (LogLines log = LogLines.of("io.fullon.cache.feed.FeedSocket", Level.ERROR)) {
      fail(news);
      assertThat(log.lines()).hasSize(3).allMatch(line -> line.endsWith("failed"));
    }
  }

  private void fail(News news) {
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
    awaitHeard(others.get(0), News.UPDATE.told);
    news.prepare(this, others.get(0));
    run(() -> others.forEach(ServerChannel::sent));
    run(() -> failing.forEach(channel -> channel.fails = true));

    news.bring(this, failing);

    others.forEach(other -> awaitHeard(other, news.told));
    run(
        () -> {
          failing.forEach(
              channel -> assertThat(channel.allSent()).contains(closed(INTERNAL_ERROR)));
          others.forEach(
              channel -> assertThat(channel.allSent()).doesNotContain(closed(INTERNAL_ERROR)));
        });
  }

  private void awaitHeard(ServerChannel channel, String what) {
    StringBuilder heard = new StringBuilder();
    await(what).until(() -> heard(channel, heard, what));
  }

  @Test
  void whatSeveralAreSentIsReleasedThoughOneOfThemFails() {
    List<ServerChannel> all =
        List.of(call(this::connect), call(this::connect), call(this::connect));
    run(() -> all.forEach(ServerChannel::sent));
    run(() -> all.get(1).fails = true);
    publish(TickCache.UPDATES, tick());
    await("the tick").until(() -> all.get(2).outboundMessages().size() > 0);

    run(
        () -> {
          ByteBuf shared = ((ByteBuf) all.get(0).outboundMessages().element()).unwrap();
          assertThat(((ByteBuf) all.get(2).outboundMessages().element()).unwrap()).isSameAs(shared);
          assertThat(shared.refCnt()).isEqualTo(2);
          all.forEach(ServerChannel::sent);
          assertThat(shared.refCnt()).isZero();
        });
  }

  @Test
  @SuppressWarnings("FutureReturnValueIgnored") // the end is waited for
  void theEndIsNoticedThoughAHandlerInFrontFailsAtIt() {
    ServerChannel channel = call(this::connect);
    run(
        () -> {
          channel
              .pipeline()
              .addFirst(
                  new ChannelInboundHandlerAdapter() {

                    @Override
                    public void channelInactive(ChannelHandlerContext handler) {
                      throw new IllegalStateException("as the test wants it");
                    }
                  });
          channel.disconnect();
        });

    await("the end").until(() -> channel.ended);
  }

  /** Netty tells that there is room again before it returns from the write that took it. */
  @Test
  void nothingIsAnsweredInTheMiddleOfAWrite() {
    get(
        node.ticks()
            .updateTickers(
                IntStream.range(0, 2_500)
                    .mapToObj(i -> Tick.of("e", "S" + i, BigDecimal.ONE, Instant.EPOCH))
                    .toList()));
    TickerKey last = new TickerKey("e", "S2499");
    AtomicBoolean known = new AtomicBoolean();
    await("the ticks")
        .until(
            () -> {
              run(() -> known.set(feed.board().get(last) != null));
              return known.get();
            });
    AtomicInteger depth = new AtomicInteger();
    AtomicInteger deepest = new AtomicInteger();
    AtomicInteger full = new AtomicInteger();
    ServerChannel channel = new ServerChannel();
    channel
        .pipeline()
        .addFirst(
            new ChannelDuplexHandler() {

              @Override
              public void flush(ChannelHandlerContext handler) {
                deepest.accumulateAndGet(depth.incrementAndGet(), Math::max);
                handler.flush();
                depth.decrementAndGet();
              }

              @Override
              public void channelWritabilityChanged(ChannelHandlerContext handler) {
                full.addAndGet(handler.channel().isWritable() ? 0 : 1);
                handler.fireChannelWritabilityChanged();
              }
            });
    run(
        () -> {
          connect(channel, "\"e\"");
          channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 2));
          channel.writeInbound(new TextWebSocketFrame("{\"op\":\"ping\"}"));
          assertThat(channel.sent()).contains("snapshot").doesNotContain("pong"); // it is unread
        });

    awaitHeard(channel, "pong");
    assertThat(full).hasPositiveValue();
    assertThat(deepest).hasValue(1);
  }

  /** They may be many, and nobody may have ever so many listed in one step of the loop. */
  @Test
  void whoAsksForItsSubscriptionsIsToldThemInStepsOfTheirOwn() {
    ServerChannel channel = call(this::connect);
    run(
        () -> {
          channel.sent();
          for (int i = 0; i < 3; i++) {
            channel.writeInbound(new TextWebSocketFrame("{\"op\":\"subscriptions\"}"));
          }
          channel.writeInbound(new TextWebSocketFrame("{\"op\":\"ping\"}"));
          assertThat(channel.sent()).isEmpty();
        });

    StringBuilder heard = new StringBuilder();
    await("the last answer").until(() -> heard(channel, heard, "pong"));
    assertThat(heard.substring(0, heard.indexOf("pong")).split("\"type\":\"subscriptions\"", -1))
        .hasSize(4);
  }

  @Test
  void progressIsWhatHasLeftTheProcessBeItLittle() {
    ServerChannel channel = new ServerChannel();
    FeedSocket socket = new FeedSocket(null, channel, 65_536, feed.metrics());
    assertThat(socket.hasProgressed()).as("nothing waits").isTrue();
    channel.stuck = true;
    socket.send("x".repeat(100));
    socket.hasProgressed();

    assertThat(socket.hasProgressed()).as("nothing has left").isFalse();
    socket.send("y");
    assertThat(socket.hasProgressed()).as("more waits").isFalse();
    channel.take(1);
    assertThat(socket.hasProgressed()).as("a byte has left").isTrue();
    assertThat(socket.hasProgressed()).as("nothing has left since").isFalse();
    channel.takeAll();
    assertThat(socket.hasProgressed()).as("all has left").isTrue();
    assertThat(socket.hasProgressed()).as("nothing waits").isTrue();
    channel.releaseOutbound();
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

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void whenTooMuchWaitsTheSlowestAreClosedFirst(int slower) {
    ServerChannel reading = call(this::connect);
    List<ServerChannel> slow = List.of(call(this::connect), call(this::connect));
    run(
        () -> {
          slow.forEach(ServerChannel::sent);
          slow.forEach(channel -> channel.stuck = true);
          publish(TickCache.UPDATES, tick());
        });
    awaitHeard(reading, "update");
    run(() -> slow.forEach(channel -> full(channel, true)));
    awaitHeard(reading, "heartbeat"); // by then it was looked what each has taken
    run(() -> slow.get(1 - slower).take(1));
    get(
        node.ticks()
            .updateTickers(
                IntStream.range(0, 2_500)
                    .mapToObj(i -> Tick.of("e", "S" + i, BigDecimal.ONE, Instant.EPOCH))
                    .toList()));

    await("one of them to be closed")
        .until(() -> slow.stream().anyMatch(channel -> channel.socket.isOver()));

    run(
        () -> {
          feed.relieve(); // where nothing is left to be done
          slow.forEach(ServerChannel::takeAll);
          assertThat(slow.get(slower).sent()).contains(closed(STALLED));
          assertThat(slow.get(1 - slower).sent()).doesNotContain(closed(STALLED));
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
