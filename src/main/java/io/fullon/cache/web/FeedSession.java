package io.fullon.cache.web;

import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * One connection to the feed. When it does not keep up, what waits for it is bounded: the latest
 * tick of each symbol, never a queue; and no further requests are read from it.
 */
final class FeedSession {

  private static final short GOING_AWAY = 1001;

  private final Feed feed;
  private final WebOptions options;
  private final FeedSocket socket;
  private Set<Interest> interests = Set.of();

  // What waits while the socket is not writable, in the order in which it will be sent.
  private Boolean pendingLive;
  private final Set<Interest> pendingRemoved = new LinkedHashSet<>();
  private final Map<Interest, Pending> pendingTicks = new LinkedHashMap<>();

  private long lastSent;

  /** The latest tick of a symbol, and how many before it were skipped. */
  private record Pending(Shown tick, int skipped) {}

  FeedSession(Feed feed, WebOptions options, FeedSocket socket) {
    this.feed = feed;
    this.options = options;
    this.socket = socket;
  }

  void open() {
    socket.onText(this::received);
    socket.onBinary(
        data ->
            request(
                () -> {
                  throw new FeedRequest.Refused(
                      null, ErrorCode.MALFORMED_MESSAGE, "Messages are JSON in text frames");
                }));
    socket.onDrained(v -> drained());
    send(Frames.welcome(UUID.randomUUID().toString(), options, feed.isLive()));
  }

  Set<Interest> interests() {
    return interests;
  }

  // What is sent

  /** Whether it cannot take anything now. */
  boolean isBehind() {
    return !pendingTicks.isEmpty()
        || !pendingRemoved.isEmpty()
        || pendingLive != null
        || socket.isFull();
  }

  void send(String frame) {
    lastSent = System.nanoTime();
    socket.send(frame);
  }

  /** Keeps the latest of each symbol until they can be sent. */
  void conflate(List<Shown> ticks) {
    for (Shown tick : ticks) {
      Interest symbol = new Interest(tick.exchange(), tick.symbol());
      Pending before = pendingTicks.get(symbol);
      pendingTicks.put(symbol, new Pending(tick, before == null ? 0 : before.skipped + 1));
    }
  }

  void removed(Collection<Interest> symbols) {
    List<Interest> mine = symbols.stream().filter(this::isInterested).toList();
    if (mine.isEmpty()) {
      return;
    }
    if (isBehind()) {
      mine.forEach(pendingTicks::remove);
      pendingRemoved.addAll(mine);
    } else {
      send(Frames.removed(mine));
    }
  }

  /** The link to Redis went or came back. */
  void live(boolean live) {
    if (isBehind()) {
      pendingLive = live;
    } else {
      send(Frames.feed(live));
    }
  }

  /** What changed while the feed was stale. */
  void changed(List<Shown> ticks) {
    List<Shown> mine =
        ticks.stream()
            .filter(tick -> isInterested(new Interest(tick.exchange(), tick.symbol())))
            .toList();
    if (isBehind()) {
      conflate(mine);
    } else if (!interests.isEmpty()) {
      Frames.snapshot(null, mine).forEach(this::send);
    }
  }

  private boolean isInterested(Interest symbol) {
    return interests.contains(symbol)
        || interests.contains(new Interest(symbol.exchange(), Names.ANY))
        || interests.contains(new Interest(Names.ANY, symbol.symbol()))
        || interests.contains(new Interest(Names.ANY, Names.ANY));
  }

  void heartbeat(long now, long silenceNanos) {
    if (now - lastSent >= silenceNanos && !isBehind()) {
      send(Frames.heartbeat(feed.isLive()));
    }
  }

  Future<Void> goodbye() {
    send(Frames.shutdown(options.reconnectAfterMs()));
    return socket.close(GOING_AWAY, "going away");
  }

  private void drained() {
    sendWaiting(() -> !socket.isFull());
    if (!isBehind()) {
      socket.resume();
    }
  }

  /** Sends what waits, as many ticks as the condition allows. */
  private void sendWaiting(BooleanSupplier goesOn) {
    if (pendingLive != null) {
      send(Frames.feed(pendingLive));
      pendingLive = null;
    }
    if (!pendingRemoved.isEmpty()) {
      send(Frames.removed(pendingRemoved));
      pendingRemoved.clear();
    }
    while (!pendingTicks.isEmpty() && goesOn.getAsBoolean()) {
      List<String> ticks = new ArrayList<>();
      Iterator<Pending> waiting = pendingTicks.values().iterator();
      while (waiting.hasNext() && ticks.size() < Frames.MAX_TICKS) {
        Pending pending = waiting.next();
        ticks.add(Frames.conflated(pending.tick, pending.skipped));
        waiting.remove();
      }
      send(Frames.update(ticks));
    }
  }

  // What is received

  private interface Handling {
    void run() throws FeedRequest.Refused;
  }

  private void received(String text) {
    request(() -> answer(FeedRequest.parse(text)));
  }

  private void request(Handling handling) {
    if (socket.isOver()) {
      return; // nobody would learn of what it changes, nor take it back
    }
    // The answer knows it all, so what waits comes before it, be it more than the socket can take:
    // the next request is read when all is sent.
    feed.flush();
    sendWaiting(() -> true);
    try {
      handling.run();
    } catch (FeedRequest.Refused refused) {
      send(refused.frame());
    }
    if (isBehind()) {
      socket.pause();
    }
  }

  private void answer(FeedRequest request) throws FeedRequest.Refused {
    String op = request.op();
    try {
      switch (op) {
        case "subscribe" -> subscribe(request);
        case "unsubscribe" -> unsubscribe(request);
        case "get" -> get(request);
        case "subscriptions" -> send(Frames.subscriptions(request.reqId(), interests));
        case "ping" -> send(Frames.pong(request.reqId()));
        case "auth" -> {
          request.checkToken();
          send(Frames.ack(request.reqId(), op, null, List.of()));
        }
        default ->
            throw request.refused(
                ErrorCode.UNKNOWN_OP, "op: unknown, got " + InvalidValueException.show(op));
      }
    } catch (InvalidValueException e) {
      throw request.refused(ErrorCode.INVALID_ARGUMENT, e.getMessage());
    }
  }

  private void subscribe(FeedRequest request) {
    String exchange = request.exchange();
    request.checkInterval();
    Map<String, Long> since = request.since();
    Set<Interest> all = new LinkedHashSet<>(interests);
    Set<Interest> asked = new LinkedHashSet<>();
    List<Frames.Result> results = new ArrayList<>();
    for (Object raw : request.symbols()) {
      if (!FeedRequest.isSymbol(raw)) {
        results.add(invalid(exchange, raw));
        continue;
      }
      Interest interest = new Interest(exchange, (String) raw);
      if (!all.contains(interest) && all.size() >= options.maxSubscriptions()) {
        results.add(
            new Frames.Result(
                exchange,
                interest.symbol(),
                ErrorCode.TOO_MANY_SUBSCRIPTIONS,
                "A connection may have " + options.maxSubscriptions() + " subscriptions"));
        continue;
      }
      all.add(interest);
      asked.add(interest);
      results.add(Frames.Result.ok(interest));
    }
    change(all);
    // Intervals are not conflated yet: what is in force is every tick.
    send(Frames.ack(request.reqId(), "subscribe", 0L, results));
    List<Shown> known =
        feed.known(asked).stream()
            .filter(
                shown ->
                    shown.tick().seq() == null
                        || !shown.tick().seq().equals(since.get(shown.symbol())))
            .toList();
    Frames.snapshot(request.reqId(), known).forEach(this::send);
  }

  private void unsubscribe(FeedRequest request) {
    String exchange = request.exchange();
    Set<Interest> left = new LinkedHashSet<>(interests);
    List<Frames.Result> results = new ArrayList<>();
    for (Object raw : request.symbols()) {
      if (!FeedRequest.isSymbol(raw)) {
        results.add(invalid(exchange, raw));
        continue;
      }
      Interest interest = new Interest(exchange, (String) raw);
      results.add(
          left.remove(interest)
              ? Frames.Result.ok(interest)
              : new Frames.Result(
                  exchange, interest.symbol(), ErrorCode.NOT_SUBSCRIBED, "Not subscribed"));
    }
    change(left);
    send(Frames.ack(request.reqId(), "unsubscribe", null, results));
  }

  private void get(FeedRequest request) throws FeedRequest.Refused {
    String exchange = request.exchange();
    Set<Interest> asked = new LinkedHashSet<>();
    for (Object raw : request.symbols()) {
      if (!FeedRequest.isSymbol(raw)) {
        throw request.refused(
            ErrorCode.INVALID_SYMBOL, "symbols: got " + InvalidValueException.show(raw));
      }
      asked.add(new Interest(exchange, (String) raw));
    }
    send(Frames.answer(request.reqId(), feed.known(asked)));
  }

  private void change(Set<Interest> next) {
    Set<Interest> before = interests;
    interests = Set.copyOf(next);
    feed.regroup(this, before);
  }

  private static Frames.Result invalid(String exchange, Object raw) {
    String shown = InvalidValueException.show(raw);
    return new Frames.Result(
        exchange,
        raw instanceof String text && text.length() <= 64 ? text : shown,
        ErrorCode.INVALID_SYMBOL,
        "Must be a symbol, 1 to 64 printable ASCII characters without spaces, quotes and *,"
            + " or * alone; got "
            + shown);
  }
}
