package io.fullon.cache.feed;

import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/** One connection to the feed: what it asks for, and what it is subscribed to. */
final class FeedSession implements FeedSocket.Listener {

  private static final String NOT_ALLOWED = "The token does not allow it";

  private final Feed feed;
  private final FeedOptions options;
  private final Function<String, Grant> tokens;
  private final FeedSocket socket;
  private final Outbox outbox;
  private final Allowance allowance;
  private final Runnable closed;

  /** What was told last. */
  private boolean live;

  private Subscriptions subscriptions = Subscriptions.NONE;

  /** Since when it has been without a subscription. */
  private long idleSince = Feed.now();

  /** Null as long as the client must still say who it is. */
  private Grant grant;

  /**
   * @param tokens gives what the bearer of a token may see; null where none are needed
   * @param grant what the client may see; null when its first message has to bring a token
   * @param closed called when the connection is over
   */
  FeedSession(
      Feed feed,
      FeedOptions options,
      Function<String, Grant> tokens,
      FeedSocket socket,
      Grant grant,
      Runnable closed) {
    this.feed = feed;
    this.options = options;
    this.tokens = tokens;
    this.socket = socket;
    this.grant = grant;
    this.closed = closed;
    this.outbox = new Outbox(feed, socket);
    this.allowance = new Allowance(options.limits().requestsPerSecond(), Feed::now);
  }

  void open() {
    socket.listen(this);
    live = feed.isLive();
    outbox.send(Frames.welcome(UUID.randomUUID().toString(), options, live));
  }

  /** Tells whether all that it asks for is live, if that has changed. */
  void tellState() {
    if (live != feed.isLive(subscriptions)) {
      live = !live;
      outbox.state(live);
    }
  }

  boolean isLive() {
    return live;
  }

  /** Runs a step of this connection's. One that fails ends this connection and no other. */
  void run(Runnable step) {
    socket.run(step);
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

  /** Says that the server stops, and when to come back. */
  Future<Void> goodbye(long reconnectAfterMs) {
    outbox.send(Frames.shutdown(reconnectAfterMs));
    return socket.close(CloseCode.GOING_AWAY, "going away");
  }

  /** Closes the connection because too much waits for all. */
  void giveUp() {
    outbox.drop();
    socket.close(CloseCode.STALLED, "too much waits for all clients");
  }

  /** Closes the connection if its time has run out in one way or another. */
  void checkTimes() {
    FeedLimits limits = options.limits();
    long idleMs = TimeUnit.NANOSECONDS.toMillis(Feed.now() - idleSince);
    if (outbox.isStuck(limits.stallMs())) {
      socket.close(CloseCode.STALLED, "nothing read for " + limits.stallMs() + " ms");
    } else if (grant == null && idleMs >= options.tokenWithinMs()) {
      socket.close(CloseCode.UNAUTHORIZED, "no token");
    } else if (grant != null && !grant.until().isAfter(Instant.now())) {
      socket.close(CloseCode.UNAUTHORIZED, "the token has run out");
    } else if (subscriptions.isEmpty()
        && limits.subscribeWithinMs() > 0
        && idleMs >= limits.subscribeWithinMs()) {
      socket.close(CloseCode.LIMIT_EXCEEDED, "no subscription");
    }
  }

  // What is received

  private interface Message {
    FeedRequest parse() throws FeedRequest.Refused;
  }

  @Override
  public void text(String message) {
    request(() -> FeedRequest.parse(message));
  }

  @Override
  public void binary() {
    request(
        () -> {
          throw new FeedRequest.Refused(
              null, ErrorCode.MALFORMED_MESSAGE, "Messages are JSON in text frames");
        });
  }

  @Override
  public void drained() {
    outbox.drained();
  }

  @Override
  public void closed() {
    outbox.close();
    feed.metrics().subscriptions.add(-subscriptions.intervals().size());
    feed.disconnected(this);
    closed.run();
  }

  private void request(Message message) {
    boolean admitted = admit();
    try {
      FeedRequest request = message.parse();
      if (!admitted) {
        throw request.refused(
            ErrorCode.RATE_LIMITED,
            "At most " + options.limits().requestsPerSecond() + " messages a second");
      }
      answer(request);
    } catch (FeedRequest.Refused refused) {
      outbox.send(refused.frame());
      if (grant == null && refused.code() == ErrorCode.UNAUTHORIZED) {
        socket.close(CloseCode.UNAUTHORIZED, "no token");
      }
    }
    feed.relieve(this);
    outbox.listen();
  }

  /**
   * The answer knows it all, so what waits comes before it, be it more than the socket can take:
   * the next request is read when all is sent.
   */
  private void catchUp() {
    feed.flush(subscriptions);
    outbox.flush();
  }

  /** The symbols as they came: each must still be looked at. */
  private List<?> symbols(FeedRequest request) throws FeedRequest.Refused {
    List<?> symbols = request.symbols();
    if (symbols.size() > FeedLimits.SYMBOLS) {
      limitExceeded();
      throw request.refused(
          ErrorCode.TOO_MANY_SUBSCRIPTIONS,
          "symbols: at most " + FeedLimits.SYMBOLS + " in one request, got " + symbols.size());
    }
    return symbols;
  }

  @Override
  public boolean admit() {
    boolean admitted = allowance.take();
    if (!admitted) {
      limitExceeded();
    }
    return admitted;
  }

  private void limitExceeded() {
    allowance.refuse();
    if (allowance.isSpent()) {
      socket.close(CloseCode.LIMIT_EXCEEDED, "lasting excess over a limit");
    }
  }

  private void answer(FeedRequest request) throws FeedRequest.Refused {
    String op = request.op();
    if (grant == null && !op.equals("auth")) {
      throw request.refused(ErrorCode.UNAUTHORIZED, "The first message must be auth with a token");
    }
    try {
      switch (op) {
        case "subscribe" -> subscribe(request);
        case "unsubscribe" -> unsubscribe(request);
        case "get" -> get(request);
        case "subscriptions" -> outbox.send(Frames.subscriptions(request.reqId(), subscriptions));
        case "ping" -> outbox.send(Frames.pong(request.reqId()));
        case "auth" -> authenticate(request);
        default ->
            throw request.refused(
                ErrorCode.UNKNOWN_OP, "op: unknown, got " + InvalidValueException.show(op));
      }
    } catch (InvalidValueException e) {
      throw request.refused(ErrorCode.INVALID_ARGUMENT, e.getMessage());
    }
  }

  private void authenticate(FeedRequest request) throws FeedRequest.Refused {
    String token = request.token();
    if (tokens != null) {
      try {
        grant = tokens.apply(token);
      } catch (InvalidValueException e) {
        throw request.refused(ErrorCode.UNAUTHORIZED, e.getMessage());
      }
    }
    catchUp();
    Map<Interest, Integer> allowed = new HashMap<>(subscriptions.intervals());
    boolean lost = allowed.keySet().removeIf(interest -> !grant.allows(interest));
    if (lost) {
      change(new Subscriptions(allowed));
    }
    outbox.send(Frames.ack(request.reqId(), "auth", null, List.of()));
    if (lost) {
      throw request.refused(
          ErrorCode.UNAUTHORIZED, "The new token does not allow all subscriptions: some are ended");
    }
  }

  private void subscribe(FeedRequest request) throws FeedRequest.Refused {
    String exchange = request.exchange();
    int intervalMs = request.intervalMs();
    Map<String, Long> since = request.since();
    Map<Interest, Integer> all = new HashMap<>(subscriptions.intervals());
    Set<Interest> asked = new LinkedHashSet<>();
    List<Frames.Result> results = new ArrayList<>();
    String limit = "At most " + options.limits().subscriptions() + " subscriptions";
    boolean tooMany = false;
    for (Object raw : symbols(request)) {
      if (!FeedRequest.isSymbol(raw)) {
        results.add(invalid(exchange, raw));
        continue;
      }
      Interest interest = feed.shared(new Interest(exchange, (String) raw));
      if (!grant.allows(interest)) {
        results.add(Frames.Result.refused(interest, ErrorCode.UNAUTHORIZED, NOT_ALLOWED));
        continue;
      }
      if (!all.containsKey(interest) && all.size() >= options.limits().subscriptions()) {
        tooMany = true;
        results.add(Frames.Result.refused(interest, ErrorCode.TOO_MANY_SUBSCRIPTIONS, limit));
        continue;
      }
      all.put(interest, intervalMs);
      asked.add(interest);
      results.add(Frames.Result.ok(interest));
    }
    String ack =
        request.inProportion(Frames.ack(request.reqId(), "subscribe", intervalMs, results));
    catchUp();
    change(new Subscriptions(all));
    outbox.send(ack);
    List<Shown> known = feed.known(asked);
    outbox.snapshot(request.reqId(), known, seen(known, since), subscriptions);
    if (feed.isLive()) {
      removed(gone(exchange, asked, since, known));
    }
    tellState();
    if (tooMany) {
      outbox.send(Frames.error(request.reqId(), ErrorCode.TOO_MANY_SUBSCRIPTIONS, limit));
      limitExceeded();
    }
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

  /** What the client has seen, asks for and does not exist any more: else it would not learn it. */
  private static List<Interest> gone(
      String exchange, Set<Interest> asked, Map<String, Long> since, List<Shown> known) {
    if (since.isEmpty()) {
      return List.of();
    }
    boolean all = asked.contains(new Interest(exchange, Names.ANY));
    Set<Interest> there = known.stream().map(Shown::symbol).collect(Collectors.toSet());
    return since.keySet().stream()
        .filter(Names::isSymbol)
        .map(symbol -> new Interest(exchange, symbol))
        .filter(symbol -> (all || asked.contains(symbol)) && !there.contains(symbol))
        .toList();
  }

  private void unsubscribe(FeedRequest request) throws FeedRequest.Refused {
    String exchange = request.exchange();
    Map<Interest, Integer> left = new HashMap<>(subscriptions.intervals());
    List<Frames.Result> results = new ArrayList<>();
    for (Object raw : symbols(request)) {
      if (!FeedRequest.isSymbol(raw)) {
        results.add(invalid(exchange, raw));
        continue;
      }
      Interest interest = new Interest(exchange, (String) raw);
      results.add(
          left.remove(interest) != null
              ? Frames.Result.ok(interest)
              : Frames.Result.refused(interest, ErrorCode.NOT_SUBSCRIBED, "Not subscribed"));
    }
    String ack = request.inProportion(Frames.ack(request.reqId(), "unsubscribe", null, results));
    catchUp();
    change(new Subscriptions(left));
    outbox.send(ack);
    tellState();
  }

  private void get(FeedRequest request) throws FeedRequest.Refused {
    String exchange = request.exchange();
    Set<Interest> asked = new LinkedHashSet<>();
    for (Object raw : symbols(request)) {
      if (!FeedRequest.isSymbol(raw)) {
        throw request.refused(
            ErrorCode.INVALID_SYMBOL, "symbols: got " + InvalidValueException.show(raw));
      }
      Interest interest = feed.shared(new Interest(exchange, (String) raw));
      if (!grant.allows(interest)) {
        throw request.refused(
            ErrorCode.UNAUTHORIZED, exchange + " " + interest.symbol() + ": " + NOT_ALLOWED);
      }
      asked.add(interest);
    }
    catchUp();
    outbox.answer(request.reqId(), feed.known(asked), subscriptions);
  }

  private void change(Subscriptions next) {
    if (!subscriptions.isEmpty() && next.isEmpty()) {
      idleSince = Feed.now();
    }
    Subscriptions before = subscriptions;
    subscriptions = next;
    feed.metrics().subscriptions.add(next.intervals().size() - before.intervals().size());
    feed.regroup(this, before);
    outbox.changed(next);
  }

  private static Frames.Result invalid(String exchange, Object raw) {
    String shown = InvalidValueException.show(raw);
    return new Frames.Result(
        exchange,
        raw instanceof String text && text.length() <= 64 ? text : shown,
        ErrorCode.INVALID_SYMBOL,
        "Must be 1 to 64 printable characters without spaces, quotes, \\ and *, or * alone");
  }
}
