package io.fullon.cache.source;

import io.fullon.cache.feed.VertxTakeover;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.testing.CacheNode;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * An exchange of the test's own on real sockets: takes subscriptions, sends what a test tells it,
 * in that exchange's frames, and has its faults. What it has differently is below it; its three
 * symbols are {@link #SYMBOLS} by index.
 */
abstract class FakeVenue implements AutoCloseable {

  static final int SYMBOLS = 3;

  private static final int MAX_FRAME = 1 << 25;
  private static final long HEARTBEAT_MS = 50;

  /** The longest window that a limit is about. */
  private static final int SECONDS = 1;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final HttpServer server;
  private final List<Long> timesOfAll = new ArrayList<>();
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicInteger lists = new AtomicInteger();
  private final AtomicInteger sent = new AtomicInteger();
  private final List<String> violations = new CopyOnWriteArrayList<>();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();

  /** The status with which connections are refused; 0 for none. */
  volatile int refusing;

  volatile String retryAfter;

  private long notBefore = System.nanoTime();

  /** Whether nothing comes but answers. */
  volatile boolean silent;

  /** Whether not even those come. */
  volatile boolean deaf;

  volatile long answerDelayMs;

  /** How many of its symbols are in its list, where it has one. */
  volatile int listed = SYMBOLS;

  /** The status of its lists. */
  volatile int listStatus = 200;

  /** What it answers where a list is asked for whose path ends so; null for the list. */
  volatile String listAnswer;

  volatile String listAnswerAt = "";

  /** Whether its candles are wanted, too. */
  volatile boolean candles;

  /** The status of its histories. */
  volatile int historyStatus = 200;

  /** The end of the path at which connections are refused; null for none. */
  volatile String refusedPath;

  /** Whether the running candle comes before the answer. */
  volatile boolean hasty;

  /** Whether there are more zeros in its histories. */
  volatile boolean zeros;

  /** How much later it is there than here, in seconds. */
  volatile long laterBy;

  private final List<String> histories = new CopyOnWriteArrayList<>();
  private volatile long historyNotBefore = System.nanoTime();

  FakeVenue() {
    server =
        CacheNode.get(
            vertx
                .createHttpServer(
                    new HttpServerOptions()
                        .setMaxWebSocketFrameSize(MAX_FRAME)
                        .setMaxWebSocketMessageSize(MAX_FRAME))
                .requestHandler(this::requested)
                .listen(0, "127.0.0.1"));
    if (heartbeat() != null) {
      vertx.setPeriodic(HEARTBEAT_MS, id -> heartbeats());
    }
  }

  // What is different from exchange to exchange

  abstract Venue venue();

  /** The name on the wire. */
  abstract String wire(int symbol);

  abstract String symbol(int symbol);

  /** What a client sent that is no ping: to be answered by {@link Connection#subscribed}. */
  abstract void received(Connection connection, JsonObject message);

  /** The frames of a tick, each for who is subscribed to its topic. */
  abstract Map<String, String> tick(
      String wire, String last, String bid, String ask, String volume, Instant time);

  /** The topics that a client has to be subscribed to for a symbol, over all connections. */
  abstract Set<String> topics(String wire);

  abstract JsonObject list(String path);

  /** What it sends all the time on a connection with subscriptions; null for nothing. */
  String heartbeat() {
    return null;
  }

  /** What says that it will close the connection; null where it does not say so. */
  String closing() {
    return null;
  }

  /** What says that there are too many messages; null where it does not say so. */
  String tooMany() {
    return null;
  }

  /** The first frame on a connection; null for none. */
  String welcome() {
    return null;
  }

  /** So many messages a client may send in a second. */
  int messagesPerSecond() {
    return 10;
  }

  /** Whether that is for all its connections together. */
  boolean isForAll() {
    return false;
  }

  /** A frame as it is sent, such as with a number. */
  String stamped(Connection connection, String frame) {
    return frame;
  }

  /** A candle as it pushes it. */
  String candle(String wire, Timeframe timeframe, Candle candle) {
    throw new UnsupportedOperationException();
  }

  /** The answer for the bars that are asked for at the path; null when it is another path. */
  abstract String history(String path, Map<String, String> query);

  // What all have in common

  /** The bar that begins then; its digits are those of its begin. */
  static Candle past(long begin) {
    long number = begin / 60 % 10_000;
    return new Candle(
        Instant.ofEpochSecond(begin),
        new BigDecimal(number + ".10"),
        new BigDecimal(number + ".900"),
        new BigDecimal(number + ".00"),
        new BigDecimal(number + ".50"),
        new BigDecimal(number % 100 + ".1230"),
        true);
  }

  /** Those up to the running one that begin in that time, at most so many of the latest. */
  final List<Candle> past(Timeframe timeframe, long from, long to, int max) {
    long running = timeframe.begin(nowMs() / 1_000);
    long last = Math.min(running, timeframe.begin(to));
    List<Candle> all = new ArrayList<>();
    for (long begin = last; begin >= from && all.size() < max; begin -= timeframe.seconds()) {
      all.add(0, zeros ? withZeros(past(begin)) : past(begin));
    }
    return all;
  }

  private static Candle withZeros(Candle one) {
    return new Candle(
        one.begin(),
        new BigDecimal(one.open() + "0"),
        new BigDecimal(one.high() + "00"),
        new BigDecimal(one.low() + "0"),
        new BigDecimal(one.close() + "0"),
        new BigDecimal(one.volume() + "0"),
        one.isFinal());
  }

  long nowMs() {
    return System.currentTimeMillis() + laterBy * 1_000;
  }

  private Candle running(Timeframe timeframe) {
    return past(timeframe.begin(nowMs() / 1_000)).withFinal(false);
  }

  /** Sends a candle to who wants it. */
  void candle(int symbol, Timeframe timeframe, Candle candle) {
    String topic = venue().topic(wire(symbol), timeframe);
    run(() -> send(candle(wire(symbol), timeframe, candle), one -> one.topics.contains(topic)));
  }

  /** What bars were asked for. */
  List<String> histories() {
    return histories;
  }

  String exchange() {
    return venue().exchange();
  }

  String url() {
    return "ws://127.0.0.1:" + server.actualPort() + "/tickers";
  }

  String restUrl() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  /** The configuration of its source. */
  JsonObject config(String... symbols) {
    return new JsonObject()
        .put("symbols", new JsonArray(List.of(symbols)))
        .put("url", url())
        .put("rest_url", restUrl())
        .put("candles", candles);
  }

  private void requested(HttpServerRequest request) {
    if (request.getHeader(HttpHeaders.UPGRADE) == null) {
      list(request);
      return;
    }
    attempts.incrementAndGet();
    if (System.nanoTime() - notBefore < 0) {
      violations.add("an attempt came earlier than was asked for");
    }
    if (refusing == 0 && (refusedPath == null || !request.path().endsWith(refusedPath))) {
      Channel channel = VertxTakeover.place(request.connection()).channel();
      request.toWebSocket().onSuccess(socket -> connected(socket, channel));
    } else {
      if (retryAfter != null) {
        request.response().putHeader(HttpHeaders.RETRY_AFTER, retryAfter);
        notBefore = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.parseLong(retryAfter));
      }
      request.response().setStatusCode(refusing == 0 ? 503 : refusing).end();
    }
  }

  private void list(HttpServerRequest request) {
    Map<String, String> query = new HashMap<>();
    new QueryStringDecoder(request.uri())
        .parameters()
        .forEach((key, values) -> query.put(key, values.get(0)));
    String history = history(request.path(), query);
    if (history != null) {
      history(request, history);
      return;
    }
    lists.incrementAndGet();
    if (listStatus == 200) {
      boolean isList = listAnswer == null || !request.uri().endsWith(listAnswerAt);
      request.response().end(isList ? list(request.uri()).encode() : listAnswer);
    } else {
      if (retryAfter != null) {
        request.response().putHeader(HttpHeaders.RETRY_AFTER, retryAfter);
      }
      request.response().setStatusCode(listStatus).end();
    }
  }

  private void history(HttpServerRequest request, String answer) {
    histories.add(request.uri());
    if (System.nanoTime() - historyNotBefore < 0) {
      violations.add("bars were asked for earlier than was asked for");
    }
    if (historyStatus != 200 && retryAfter != null) {
      request.response().putHeader(HttpHeaders.RETRY_AFTER, retryAfter);
      historyNotBefore = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.parseLong(retryAfter));
    }
    request.response().setStatusCode(historyStatus).end(historyStatus == 200 ? answer : "");
  }

  private void connected(ServerWebSocket socket, Channel channel) {
    Connection connection = new Connection(socket, channel);
    connections.add(connection);
    accepted.incrementAndGet();
    socket.textMessageHandler(connection::text);
    socket.closeHandler(v -> connections.remove(connection));
    if (welcome() != null) {
      connection.send(welcome());
    }
  }

  private void heartbeats() {
    if (!silent && !deaf) {
      connections.stream()
          .filter(connection -> !connection.topics.isEmpty())
          .forEach(connection -> connection.send(heartbeat()));
    }
  }

  /** Sends a tick to who wants it. */
  void tick(int symbol, String last, String bid, String ask, String volume, Instant time) {
    run(
        () -> {
          if (!silent && !deaf) {
            tick(wire(symbol), last, bid, ask, volume, time)
                .forEach((topic, frame) -> send(frame, one -> one.topics.contains(topic)));
          }
        });
  }

  void tick(int symbol, String last) {
    tick(symbol, last, last, last, "10", Instant.now());
  }

  /** Sends the frame on all connections. */
  void send(String frame) {
    run(() -> send(frame, one -> true));
  }

  private void send(String frame, Predicate<Connection> who) {
    connections.stream().filter(who).forEach(one -> one.send(frame));
  }

  /** Closes all connections, in an orderly way. */
  void close(int code, String reason) {
    run(() -> List.copyOf(connections).forEach(one -> one.socket.close((short) code, reason)));
  }

  /** Ends all connections without a word. */
  void cut() {
    run(() -> List.copyOf(connections).forEach(Connection::cut));
  }

  void onEach(Consumer<Connection> step) {
    run(() -> List.copyOf(connections).forEach(step));
  }

  private void run(Runnable step) {
    Promise<Void> done = Promise.promise();
    vertx.runOnContext(
        v -> {
          try {
            step.run();
            done.complete();
          } catch (RuntimeException e) {
            done.fail(e);
          }
        });
    CacheNode.get(done.future());
  }

  /** This symbol is refused from now on. */
  void refuse(int symbol) {
    refused.add(wire(symbol));
  }

  /** So are its candles of that timeframe. */
  void refuse(int symbol, Timeframe timeframe) {
    refused.add(venue().topic(wire(symbol), timeframe));
  }

  /** It is not any more. */
  void accept(int symbol) {
    refused.remove(wire(symbol));
  }

  boolean isRefused(String wire) {
    return refused.contains(wire);
  }

  /** How often a list was asked for. */
  int lists() {
    return lists.get();
  }

  int accepted() {
    return accepted.get();
  }

  int attempts() {
    return attempts.get();
  }

  /** How many frames it has sent. */
  int sent() {
    return sent.get();
  }

  int open() {
    return connections.size();
  }

  /** What clients are subscribed to now. */
  Set<String> subscribed() {
    Set<String> all = new TreeSet<>();
    connections.forEach(connection -> all.addAll(connection.topics));
    return all;
  }

  /** What is needed for these symbols. */
  Set<String> topics(int... symbols) {
    Set<String> all = new TreeSet<>();
    for (int symbol : symbols) {
      all.addAll(topics(wire(symbol)));
    }
    return all;
  }

  /** What clients did that they must not. */
  List<String> violations() {
    return violations;
  }

  @Override
  public void close() {
    CacheNode.get(vertx.close());
  }

  /** One connection of a client. */
  final class Connection {

    final ServerWebSocket socket;
    private final Channel channel;
    final Set<String> topics = new HashSet<>();
    private final List<Long> times = isForAll() ? timesOfAll : new ArrayList<>();
    long number;

    Connection(ServerWebSocket socket, Channel channel) {
      this.socket = socket;
      this.channel = channel;
    }

    private void text(String text) {
      count();
      if (deaf) {
        return;
      }
      if (answerDelayMs == 0) {
        answer(text);
      } else {
        vertx.setTimer(answerDelayMs, id -> answer(text));
      }
    }

    private void answer(String text) {
      if (text.equals("ping")) {
        send("pong");
      } else {
        received(this, new JsonObject(text));
      }
    }

    private void count() {
      long now = System.nanoTime();
      times.add(now);
      long inWindow =
          times.stream().filter(time -> now - time < TimeUnit.SECONDS.toNanos(SECONDS)).count();
      if (inWindow > messagesPerSecond()) {
        violations.add(inWindow + " messages in a second");
      }
    }

    /** The client asked for it; twice is once too often. */
    void subscribe(String topic) {
      if (!topics.add(topic)) {
        violations.add(topic + " was subscribed twice");
      }
      if (connections.stream().filter(one -> one.topics.contains(topic)).count() > 1) {
        violations.add(topic + " is subscribed on two connections");
      }
      if (hasty) {
        sendRunning(topic);
      }
    }

    private void sendRunning(String topic) {
      for (int symbol = 0; symbol < SYMBOLS; symbol++) {
        for (Timeframe timeframe : Timeframe.values()) {
          String wire = wire(symbol);
          if (topic.equals(venue().topic(wire, timeframe))) {
            send(candle(wire, timeframe, running(timeframe)));
          }
        }
      }
    }

    void unsubscribe(String topic) {
      if (!topics.remove(topic)) {
        violations.add(topic + " was not subscribed");
      }
    }

    void send(String frame) {
      if (!socket.isClosed()) {
        sent.incrementAndGet();
        socket.writeTextMessage(stamped(this, frame));
      }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // there is nobody to tell
    void cut() {
      connections.remove(this);
      channel.pipeline().firstContext().close(); // else Vert.x would say goodbye
    }
  }
}
