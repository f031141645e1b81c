package io.fullon.cache.feed;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickRemoval;
import io.fullon.cache.tick.TickSnapshot;
import io.fullon.cache.value.Names;
import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The live feed of one event loop: follows what the node publishes, and sends it on to the
 * connections of this loop. Flushing a socket is what costs, so all ticks that wait in one turn of
 * the loop share one frame, and connections with the same interests share its text.
 */
public final class Feed {

  private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

  private static final long ORIGIN = System.nanoTime();

  /** How often in its interval it is looked whether a heartbeat would be late at the next look. */
  private static final int HEARTBEAT_CHECKS = 10;

  /** A shorter rest would delay the ticks by more than it saves. */
  private static final int LEAST_REST_MS = 3;

  /** How long to wait before another attempt to follow the ticks. */
  private static final long RETRY_MS = 1_000;

  /** How many clients are told to come back in one millisecond after an orderly stop. */
  private static final int RECONNECTS_PER_MILLI = 1;

  /** Those to whom a tick goes. */
  private record Audience(Interest interest, Set<FeedGroup> groups) {

    static Audience of(Interest interest) {
      return new Audience(interest, new HashSet<>(2));
    }
  }

  private final Vertx vertx;
  private final Context context;
  private final FeedOptions options;
  private final Backlog backlog;
  private final long silenceNanos;
  private final FeedMetrics metrics = new FeedMetrics();
  private final Map<String, Map<String, Shown>> view = new TreeMap<>();
  private final Set<FeedSession> sessions = new HashSet<>();
  private final Map<Subscriptions, FeedGroup> groups = new HashMap<>();
  private final Map<Interest, Audience> interested = new HashMap<>();
  private final List<FeedGroup> unflushed = new ArrayList<>();

  /** Those that will be sent when the groups are flushed. */
  private final List<Tick> unsent = new ArrayList<>();

  private final List<MessageConsumer<?>> consumers = new ArrayList<>();
  private boolean flushPlanned;
  private long flushEnd;
  private long flushNanos;
  private boolean live;

  /** While it is live, the exchanges that are not: in a Cluster their server can be away alone. */
  private final Set<String> away = new HashSet<>();

  private boolean closing;
  private long checkTimer;

  public Feed(Vertx vertx, FeedOptions options, Backlog backlog) {
    this.vertx = vertx;
    this.backlog = backlog;
    this.context = vertx.getOrCreateContext();
    this.options = options;
    this.silenceNanos =
        TimeUnit.MILLISECONDS.toNanos(
            options.heartbeatMs() - options.heartbeatMs() / HEARTBEAT_CHECKS);
  }

  public Future<Void> start() {
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
    return synchronize();
  }

  /** Says goodbye to all connections and stops following; new ones are to be refused. */
  public Future<Void> close() {
    closing = true;
    flush();
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
    return live;
  }

  /** Whether all that these ask for is. */
  boolean isLive(Subscriptions subscriptions) {
    return live && (away.isEmpty() || subscriptions.isWithout(away));
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
        FeedSocket.of(channel, context, options.limits().messageBytes(), metrics),
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
    }
    metrics.connections.decrement();
    leave(session, session.subscriptions());
    session.outbox().count(backlog);
  }

  // What the node publishes

  private void updated(Tick tick) {
    if (!live) {
      return; // the snapshot that ends this has it
    }
    Shown shown = new Shown(tick);
    show(shown);
    boolean wanted = add(shown.symbol(), shown);
    wanted |= add(new Interest(tick.exchange(), Names.ANY), shown);
    wanted |= add(new Interest(Names.ANY, tick.symbol()), shown);
    wanted |= add(Interest.ALL, shown);
    if (wanted) {
      unsent.add(tick);
    }
  }

  private void show(Shown shown) {
    view.computeIfAbsent(shown.symbol().exchange(), exchange -> new TreeMap<>(Names.ORDER))
        .put(shown.symbol().symbol(), shown);
  }

  /** Gives whether anybody has that interest. */
  private boolean add(Interest interest, Shown shown) {
    Audience audience = interested.get(interest);
    if (audience == null) {
      return false;
    }
    for (FeedGroup group : audience.groups()) {
      if (group.add(shown)) {
        unflushed.add(group);
      }
    }
    if (!flushPlanned) {
      flushPlanned = true;
      long restMs = TimeUnit.NANOSECONDS.toMillis(flushEnd + flushNanos - now());
      if (restMs >= LEAST_REST_MS) {
        after(restMs, this::flushAsPlanned);
      } else {
        later(this::flushAsPlanned); // behind the ticks that wait already
      }
    }
    return true;
  }

  private void flushAsPlanned() {
    flushPlanned = false;
    flush();
  }

  /**
   * Sends what came so far. Then it rests for as long as that took, because sending costs per
   * socket and not per tick: with few clients that is nothing, with many the frames get larger.
   */
  void flush() {
    if (unflushed.isEmpty()) {
      return;
    }
    final long start = now();
    unflushed.forEach(FeedGroup::flush);
    unflushed.clear();
    metrics.sent(unsent);
    unsent.clear();
    flushEnd = now();
    flushNanos = flushEnd - start;
  }

  /** Sends those with these subscriptions what came so far, and nobody else. */
  void flush(Subscriptions subscriptions) {
    FeedGroup group = groups.get(subscriptions);
    if (group != null) {
      group.flush();
    }
  }

  private void removed(TickRemoval removal) {
    if (!live) {
      return;
    }
    flush();
    List<Interest> gone =
        removal.symbols().stream()
            .filter(symbol -> hide(removal.exchange(), symbol))
            .map(symbol -> new Interest(removal.exchange(), symbol))
            .toList();
    forEach(session -> session.removed(gone));
  }

  private boolean hide(String exchange, String symbol) {
    Map<String, Shown> symbols = view.getOrDefault(exchange, Map.of());
    return symbols.remove(symbol) != null;
  }

  /**
   * @param exchange null for all
   */
  private void state(String state, String exchange) {
    if (exchange != null) {
      boolean changed = state.equals(TickCache.STALE) ? away.add(exchange) : away.remove(exchange);
      if (changed && live) {
        flush();
        forEach(FeedSession::tellState);
      }
    } else if (state.equals(TickCache.STALE)) {
      if (live) {
        flush();
        live = false;
        forEach(FeedSession::tellState);
      }
    } else {
      follow();
    }
  }

  /** Becomes live again, if it takes several attempts. */
  private void follow() {
    if (live || closing) {
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
        .map(
            snapshot -> {
              if (snapshot.live() && !live) {
                live = true;
                away.clear();
                away.addAll(snapshot.staleExchanges());
                takeOver(snapshot.ticks());
              }
              return null;
            });
  }

  private void takeOver(List<Tick> ticks) {
    Set<Interest> gone = new LinkedHashSet<>();
    view.forEach(
        (exchange, symbols) ->
            symbols.keySet().forEach(symbol -> gone.add(new Interest(exchange, symbol))));
    List<Shown> changed = new ArrayList<>();
    for (Tick tick : ticks) {
      Interest symbol = new Interest(tick.exchange(), tick.symbol());
      Shown before = view.getOrDefault(tick.exchange(), Map.of()).get(tick.symbol());
      if (before == null || !tick.precedes(before.tick())) {
        gone.remove(symbol);
      }
      if (before == null || !tick.equals(before.tick())) {
        changed.add(new Shown(tick));
      }
    }
    gone.forEach(symbol -> hide(symbol.exchange(), symbol.symbol()));
    changed.forEach(this::show);
    forEach(
        session -> {
          session.tellState();
          session.removed(gone);
          session.changed(changed);
          relieve(session);
        });
  }

  // What the connections need

  /** The ticks that match any of the interests, by exchange and symbol. */
  List<Shown> known(Collection<Interest> interests) {
    Set<Shown> known = new LinkedHashSet<>();
    for (Interest interest : interests) {
      Stream<Map<String, Shown>> exchanges =
          interest.exchange().equals(Names.ANY)
              ? view.values().stream()
              : Stream.of(view.getOrDefault(interest.exchange(), Map.of()));
      exchanges.forEach(
          symbols -> {
            if (interest.symbol().equals(Names.ANY)) {
              known.addAll(symbols.values());
            } else if (symbols.containsKey(interest.symbol())) {
              known.add(symbols.get(interest.symbol()));
            }
          });
    }
    return List.copyOf(known);
  }

  /** The latest tick of the same symbol; null when there is none any more. */
  Shown latest(Shown tick) {
    Interest symbol = tick.symbol();
    return view.getOrDefault(symbol.exchange(), Map.of()).get(symbol.symbol());
  }

  /** An equal one that others have too, if there are any: each would cost its own strings. */
  Interest shared(Interest interest) {
    Audience audience = interested.get(interest);
    return audience == null ? interest : audience.interest();
  }

  /** Puts the connection among those with the same; costs as many steps as it has entries. */
  void regroup(FeedSession session, Subscriptions before) {
    leave(session, before);
    if (session.subscriptions().isEmpty()) {
      return;
    }
    FeedGroup group = groups.computeIfAbsent(session.subscriptions(), this::newGroup);
    group.flush(); // who joins knows that already
    group.sessions().add(session);
  }

  private FeedGroup newGroup(Subscriptions subscriptions) {
    FeedGroup group = new FeedGroup(subscriptions);
    for (Interest interest : subscriptions.interests()) {
      interested.computeIfAbsent(interest, Audience::of).groups().add(group);
    }
    return group;
  }

  private void leave(FeedSession session, Subscriptions before) {
    FeedGroup group = groups.get(before);
    if (group == null) {
      return;
    }
    group.sessions().remove(session);
    if (group.sessions().isEmpty()) {
      groups.remove(before);
      before.interests().forEach(interest -> disconnect(interest, group));
    }
  }

  private void disconnect(Interest interest, FeedGroup group) {
    Set<FeedGroup> groups = interested.get(interest).groups();
    groups.remove(group);
    if (groups.isEmpty()) {
      interested.remove(interest);
    }
  }

  private void checkTimes() {
    forEach(
        session -> {
          session.outbox().count(backlog);
          session.checkTimes();
          session.outbox().heartbeat(silenceNanos, session.isLive());
        });
    relieve();
  }

  /** To be called when more may wait for this one. Closes the slowest if too much does for all. */
  void relieve(FeedSession session) {
    session.outbox().count(backlog);
    if (session.outbox().counted() > 0) { // else it is another's
      relieve();
    }
  }

  private void relieve() {
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
      slow.outbox().count(backlog);
    }
  }

  private void forEach(Consumer<FeedSession> step) {
    sessions.forEach(session -> session.run(() -> step.accept(session)));
  }

  /** Runs it behind what waits to be done already. */
  void later(Runnable task) {
    context.runOnContext(v -> task.run());
  }

  /** Runs it then, unless it is cancelled before; gives what to cancel it by. */
  long after(long delayMs, Runnable task) {
    return vertx.setTimer(delayMs, timer -> task.run());
  }

  void cancel(long timer) {
    vertx.cancelTimer(timer);
  }

  /** Nanoseconds since some time in the past; only differences mean something. */
  static long now() {
    return System.nanoTime() - ORIGIN;
  }
}
