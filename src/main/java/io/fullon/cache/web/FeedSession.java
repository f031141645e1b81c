package io.fullon.cache.web;

import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** One connection to the feed: what it asks for, and what it is subscribed to. */
final class FeedSession {

  private static final short GOING_AWAY = 1001;

  private final Feed feed;
  private final WebOptions options;
  private final FeedSocket socket;
  private final Outbox outbox;
  private Subscriptions subscriptions = Subscriptions.NONE;

  FeedSession(Feed feed, WebOptions options, FeedSocket socket) {
    this.feed = feed;
    this.options = options;
    this.socket = socket;
    this.outbox = new Outbox(feed, socket);
  }

  void open() {
    socket.onText(text -> request(() -> answer(FeedRequest.parse(text))));
    socket.onBinary(
        data ->
            request(
                () -> {
                  throw new FeedRequest.Refused(
                      null, ErrorCode.MALFORMED_MESSAGE, "Messages are JSON in text frames");
                }));
    outbox.send(Frames.welcome(UUID.randomUUID().toString(), options, feed.isLive()));
  }

  Subscriptions subscriptions() {
    return subscriptions;
  }

  Outbox outbox() {
    return outbox;
  }

  void removed(Collection<Interest> symbols) {
    List<Interest> mine = symbols.stream().filter(subscriptions::matches).toList();
    if (!mine.isEmpty()) {
      outbox.removed(mine);
    }
  }

  /** What changed while the feed was stale. */
  void changed(List<Shown> ticks) {
    if (!subscriptions.isEmpty()) {
      List<Shown> mine =
          ticks.stream().filter(tick -> subscriptions.matches(tick.symbol())).toList();
      outbox.snapshot(null, mine, Set.of(), subscriptions);
    }
  }

  Future<Void> goodbye() {
    outbox.send(Frames.shutdown(options.reconnectAfterMs()));
    return socket.close(GOING_AWAY, "going away");
  }

  // What is received

  private interface Handling {
    void run() throws FeedRequest.Refused;
  }

  private void request(Handling handling) {
    if (socket.isOver()) {
      return; // nobody would learn of what it changes, nor take it back
    }
    // The answer knows it all, so what waits comes before it, be it more than the socket can take:
    // the next request is read when all is sent.
    feed.flush();
    outbox.flush();
    try {
      handling.run();
    } catch (FeedRequest.Refused refused) {
      outbox.send(refused.frame());
    }
    outbox.listen();
  }

  private void answer(FeedRequest request) throws FeedRequest.Refused {
    String op = request.op();
    try {
      switch (op) {
        case "subscribe" -> subscribe(request);
        case "unsubscribe" -> unsubscribe(request);
        case "get" -> get(request);
        case "subscriptions" -> outbox.send(Frames.subscriptions(request.reqId(), subscriptions));
        case "ping" -> outbox.send(Frames.pong(request.reqId()));
        case "auth" -> {
          request.checkToken();
          outbox.send(Frames.ack(request.reqId(), op, null, List.of()));
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
    int intervalMs = request.intervalMs();
    Map<String, Long> since = request.since();
    Map<Interest, Integer> all = new HashMap<>(subscriptions.intervals());
    Set<Interest> asked = new LinkedHashSet<>();
    List<Frames.Result> results = new ArrayList<>();
    for (Object raw : request.symbols()) {
      if (!FeedRequest.isSymbol(raw)) {
        results.add(invalid(exchange, raw));
        continue;
      }
      Interest interest = new Interest(exchange, (String) raw);
      if (!all.containsKey(interest) && all.size() >= options.maxSubscriptions()) {
        results.add(
            new Frames.Result(
                exchange,
                interest.symbol(),
                ErrorCode.TOO_MANY_SUBSCRIPTIONS,
                "A connection may have " + options.maxSubscriptions() + " subscriptions"));
        continue;
      }
      all.put(interest, intervalMs);
      asked.add(interest);
      results.add(Frames.Result.ok(interest));
    }
    change(new Subscriptions(all));
    outbox.send(Frames.ack(request.reqId(), "subscribe", intervalMs, results));
    List<Shown> known = feed.known(asked);
    outbox.snapshot(request.reqId(), known, seen(known, since), subscriptions);
  }

  private static Set<Shown> seen(List<Shown> known, Map<String, Long> since) {
    if (since.isEmpty()) {
      return Set.of();
    }
    return known.stream()
        .filter(shown -> shown.tick().seq() != null)
        .filter(shown -> shown.tick().seq().equals(since.get(shown.symbol().symbol())))
        .collect(Collectors.toSet());
  }

  private void unsubscribe(FeedRequest request) {
    String exchange = request.exchange();
    Map<Interest, Integer> left = new HashMap<>(subscriptions.intervals());
    List<Frames.Result> results = new ArrayList<>();
    for (Object raw : request.symbols()) {
      if (!FeedRequest.isSymbol(raw)) {
        results.add(invalid(exchange, raw));
        continue;
      }
      Interest interest = new Interest(exchange, (String) raw);
      results.add(
          left.remove(interest) != null
              ? Frames.Result.ok(interest)
              : new Frames.Result(
                  exchange, interest.symbol(), ErrorCode.NOT_SUBSCRIBED, "Not subscribed"));
    }
    change(new Subscriptions(left));
    outbox.send(Frames.ack(request.reqId(), "unsubscribe", null, results));
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
    outbox.send(Frames.answer(request.reqId(), feed.known(asked)));
  }

  private void change(Subscriptions next) {
    Subscriptions before = subscriptions;
    subscriptions = next;
    feed.regroup(this, before);
    outbox.changed(next);
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
