package io.fullon.cache.feed;

import io.fullon.cache.source.SourceState;
import io.fullon.cache.source.SourceStates;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickRemoval;
import io.fullon.cache.tick.TickSnapshot;
import io.fullon.cache.value.Json.DecimalStyle;
import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The live feed of one event loop: follows what the node publishes, and has the connections of this
 * loop.
 */
public final class Feed implements Timers {

  private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

  /** How often in its interval it is looked whether a heartbeat would be late at the next look. */
  private static final int HEARTBEAT_CHECKS = 10;

  /** Sending all of them a heartbeat takes a millisecond or two. */
  private static final int CHECKED_AT_ONCE = 50;

  /** How long to wait before another attempt to follow the ticks. */
  private static final long RETRY_MS = 1_000;

  /** How many clients are told to come back in one millisecond after an orderly stop. */
  private static final int RECONNECTS_PER_MILLI = 1;

  private final Vertx vertx;
  private final Context context;
  private final FeedOptions options;
  private final Backlog backlog;
  private final long silenceNanos;
  private final FeedMetrics metrics;
  private final LongSupplier nanos;
  private final InstantSource clock;
  private final TickBoard board;
  private final Fanout fanout;
  private final Candles candles;
  private final Turns turns;
  private final Set<FeedSession> sessions = new HashSet<>();
  private final List<MessageConsumer<?>> consumers = new ArrayList<>();

  /** The one that is under way, or null. */
  private TickBoard.Takeover takeover;

  /** What has come since it began. */
  private final List<Runnable> meanwhile = new ArrayList<>();

  private boolean closing;
  private long checkTimer;

  /** Those whose times are still to be looked at in this round. */
  private Iterator<FeedSession> unchecked = Collections.emptyIterator();

  public Feed(Vertx vertx, FeedOptions options, Backlog backlog) {
    this(vertx, options, backlog, System::nanoTime, InstantSource.system());
  }

  /**
   * @param nanos a clock of which only differences mean something
   * @param clock that of tokens, heartbeats and ticks
   */
  Feed(Vertx vertx, FeedOptions options, Backlog backlog, LongSupplier nanos, InstantSource clock) {
    this.vertx = vertx;
    this.nanos = nanos;
    this.clock = clock;
    this.metrics = new FeedMetrics(clock);
    this.turns = new Turns(this, nanos);
    this.board = new TickBoard(nanos);
    this.fanout = new Fanout(board, this, nanos, metrics);
    this.candles = new Candles(vertx, this, nanos, metrics.subscriptions);
    this.backlog = backlog;
    this.context = vertx.getOrCreateContext();
    this.options = options;
    this.silenceNanos =
        TimeUnit.MILLISECONDS.toNanos(
            options.heartbeatMs() - options.heartbeatMs() / HEARTBEAT_CHECKS);
  }

  public Future<Void> start() {
    consumers.add(candles.follow());
    // All before the snapshot is asked for, so that it fits what they bring.
    consumers.add(
        vertx
            .eventBus()
            .<Tick>localConsumer(TickCache.UPDATES, message -> updated(message.body())));
    consumers.add(
        vertx
            .eventBus()
            .<TickRemoval>localConsumer(TickCache.REMOVED, message -> removed(message.body())));
    consumers.add(
        vertx
            .eventBus()
            .<String>localConsumer(
                TickCache.STATE,
                message -> state(message.body(), message.headers().get(TickCache.STATE_EXCHANGE))));
    consumers.add(
        vertx
            .eventBus()
            .<JsonObject>localConsumer(
                SourceStates.ADDRESS, message -> source(message.body().getString("exchange"))));
    return synchronize();
  }

  /** Says goodbye to all connections and stops following; new ones are to be refused. */
  public Future<Void> close() {
    closing = true;
    fanout.flush();
    List<Future<?>> all = new ArrayList<>();
    consumers.forEach(consumer -> all.add(consumer.unregister()));
    List.copyOf(sessions).forEach(session -> all.add(session.goodbye(reconnectAfterMs())));
    return Future.join(all).<Void>mapEmpty().onComplete(closed -> metrics.close());
  }

  /** Another for each client, so that they do not come back all at once. */
  private long reconnectAfterMs() {
    long earliest = options.reconnectAfterMs();
    long spread = Math.max(earliest, sessions.size() / RECONNECTS_PER_MILLI);
    return earliest + ThreadLocalRandom.current().nextLong(spread + 1);
  }

  FeedMetrics metrics() {
    return metrics;
  }

  public boolean isClosing() {
    return closing;
  }

  /** Whether so much waits for clients that there is no room for more of them. */
  public boolean isFull() {
    return backlog.isFull();
  }

  public boolean isLive() {
    return board.isLive();
  }

  /** The tick in JSON as clients get it, which is made once for all if it is the latest. */
  public String json(Tick tick) {
    Ticker ticker = board.get(new TickerKey(tick.exchange(), tick.symbol()));
    return ticker != null && ticker.latest().tick().equals(tick)
        ? ticker.latest().json()
        : tick.encode(DecimalStyle.STRING);
  }

  TickBoard board() {
    return board;
  }

  Fanout fanout() {
    return fanout;
  }

  Candles candles() {
    return candles;
  }

  Outbox outbox(FeedSocket socket) {
    return new Outbox(socket, board, this, nanos, metrics);
  }

  /**
   * Takes over a connection that Vert.x has upgraded to a WebSocket.
   *
   * @param tokens gives what the bearer of a token may see, or throws an {@code
   *     InvalidValueException}; null where none are needed
   * @param grant what the client may see; null when its first message has to bring a token
   * @param closed called when the connection is over
   */
  public void connected(
      Channel channel, Function<String, Grant> tokens, Grant grant, Runnable closed) {
    if (!channel.isActive()) {
      closed.run();
      return;
    }
    connected(
        VertxTakeover.takeOver(channel, context, options.limits().messageBytes(), metrics),
        tokens,
        grant,
        closed);
  }

  void connected(FeedSocket socket, Function<String, Grant> tokens, Grant grant, Runnable closed) {
    FeedSession session = new FeedSession(this, options, tokens, socket, grant, closed);
    metrics.connections.increment();
    if (sessions.isEmpty()) {
      checkTimer =
          vertx.setPeriodic(options.heartbeatMs() / HEARTBEAT_CHECKS, timer -> checkTimes());
    }
    sessions.add(session);
    session.run(session::open);
  }

  void disconnected(FeedSession session) {
    sessions.remove(session);
    if (sessions.isEmpty()) {
      vertx.cancelTimer(checkTimer);
      board.pages().clear();
    }
    metrics.connections.decrement();
    fanout.leave(session.outbox().follower());
    session.count(backlog);
  }

  // What the node publishes

  private void updated(Tick tick) {
    if (takeover != null) {
      meanwhile.add(() -> updated(tick));
    } else if (board.isLive()) { // else the snapshot that ends this has it
      fanout.updated(board.update(tick));
    }
  }

  private void removed(TickRemoval removal) {
    if (takeover != null) {
      meanwhile.add(() -> removed(removal));
    } else if (board.isLive()) {
      remove(removal);
    }
  }

  private void remove(TickRemoval removal) {
    fanout.flush();
    fanout.removed(
        removal.symbols().stream()
            .map(symbol -> board.remove(new TickerKey(removal.exchange(), symbol)))
            .filter(Objects::nonNull)
            .toList());
  }

  /**
   * @param exchange null for all
   */
  private void state(String state, String exchange) {
    boolean stale = state.equals(TickCache.STALE);
    if (exchange != null && takeover != null) {
      meanwhile.add(() -> state(state, exchange));
    } else if (exchange != null) {
      if (board.away(exchange, stale) && board.isLive()) {
        fanout.flush();
        forEach(FeedSession::tellState);
      }
    } else if (!stale) {
      follow();
    } else if (board.isLive()) {
      fanout.flush();
      board.stale();
      forEach(FeedSession::tellState);
    } else {
      forgetTakeover();
    }
  }

  /** What came before it is told before it. */
  private void source(String exchange) {
    fanout.flush();
    SourceStates.of(vertx, exchange)
        .ifPresent(source -> forEach(session -> session.tellSource(source)));
  }

  /** How the sources of ticks are, by exchange. */
  public List<SourceState> sources() {
    return SourceStates.all(vertx);
  }

  /** Becomes live again, if it takes several attempts. */
  private void follow() {
    if (board.isLive() || closing) {
      return;
    }
    synchronize()
        .onFailure(
            e -> {
              LOG.error("Following the ticks again failed", e);
              after(RETRY_MS, this::follow);
            });
  }

  /** Takes over what the node has, and tells the connections what is different. */
  private Future<Void> synchronize() {
    return TickSnapshot.request(vertx)
        .compose(
            snapshot -> {
              if (!snapshot.live() || board.isLive() || takeover != null) {
                return Future.succeededFuture();
              }
              takeover = board.takeOver(snapshot);
              Promise<Void> done = Promise.promise();
              takeOver(takeover, done);
              return done.future();
            });
  }

  private void takeOver(TickBoard.Takeover one, Promise<Void> done) {
    try {
      if (one != takeover) { // stale again
        done.complete();
      } else if (one.goOn()) {
        later(() -> takeOver(one, done));
      } else {
        end(one);
        done.complete();
      }
    } catch (Throwable e) {
      board.stale(); // else it would not be tried again
      forgetTakeover();
      done.fail(e);
    }
  }

  private void end(TickBoard.Takeover one) {
    Recovery recovery = one.end();
    forEach(FeedSession::tellState);
    fanout.recovered(recovery);
    List<Runnable> next = List.copyOf(meanwhile);
    forgetTakeover();
    next.forEach(Runnable::run);
  }

  private void forgetTakeover() {
    takeover = null;
    meanwhile.clear();
  }

  // What the connections need

  private void checkTimes() {
    if (!unchecked.hasNext()) { // else a busy loop has not come to all of them yet
      unchecked = List.copyOf(sessions).iterator();
      checkNext();
    }
    relieve();
    board.pages().clean();
  }

  private void checkNext() {
    Instant now = clock.instant();
    for (int i = 0; i < CHECKED_AT_ONCE && unchecked.hasNext(); i++) {
      FeedSession session = unchecked.next();
      if (sessions.contains(session)) { // it may have ended meanwhile
        session.run(() -> checkTimes(session, now));
      }
    }
    if (unchecked.hasNext()) {
      after(1, this::checkNext); // not in turn: who has much to do must not delay heartbeats
    }
  }

  private void checkTimes(FeedSession session, Instant now) {
    session.count(backlog);
    session.checkTimes(now);
    session.outbox().heartbeat(silenceNanos, session.isLive(), now);
  }

  /** To be called when more may wait for this one. Closes the slowest if too much does for all. */
  void relieve(FeedSession session) {
    session.count(backlog);
    if (session.outbox().counted() > 0) { // else it is another's
      relieve();
    }
  }

  void relieve() {
    if (!backlog.isFull()) {
      return;
    }
    long now = now();
    sessions.forEach(one -> one.outbox().look(now));
    Iterator<FeedSession> slowest =
        sessions.stream()
            .filter(one -> one.outbox().counted() > 0)
            .sorted(Comparator.comparing(FeedSession::outbox, Outbox.SLOWEST))
            .iterator();
    while (backlog.isFull() && slowest.hasNext()) {
      FeedSession slow = slowest.next();
      slow.giveUp();
      slow.count(backlog);
    }
  }

  private void forEach(Consumer<FeedSession> step) {
    sessions.forEach(session -> session.run(() -> step.accept(session)));
  }

  @Override
  public void later(Runnable task) {
    context.runOnContext(v -> task.run());
  }

  @Override
  public void inTurn(Runnable task) {
    turns.add(task);
  }

  @Override
  public long after(long delayMs, Runnable task) {
    return vertx.setTimer(delayMs, timer -> task.run());
  }

  @Override
  public void cancel(long timer) {
    vertx.cancelTimer(timer);
  }

  long now() {
    return nanos.getAsLong();
  }
}
