package io.fullon.cache.feed;

import io.fullon.cache.source.SourceState;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
  private static final String SYMBOL =
      "Must be 1 to 64 printable characters without spaces, quotes, \\ and *";
  private static final String SYMBOL_OR_ALL = SYMBOL + ", or * alone";

  /** How many times as long as a request its answer may be, ticks apart. */
  private static final int MOST_ANSWERED = 10;

  private final Feed feed;
  private final FeedOptions options;
  private final Function<String, Grant> tokens;
  private final FeedSocket socket;
  private final Outbox outbox;
  private final Follower follower;
  private final CandleFollower candles;
  private final RateLimit rateLimit;
  private final Runnable closed;

  /** What was told last. */
  private boolean live;

  /** Since when it has been without a subscription. */
  private long idleSince;

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
    this.outbox = feed.outbox(socket);
    this.follower = outbox.follower();
    this.candles = feed.candles().follower(socket, outbox);
    this.rateLimit = new RateLimit(options.limits().requestsPerSecond(), feed::now);
    this.idleSince = feed.now();
  }

  void open() {
    socket.listen(this);
    live = feed.isLive();
    outbox.send(Frames.welcome(UUID.randomUUID().toString(), options, live, sources()));
  }

  /** Those of the exchanges that it may see something of. */
  private List<SourceState> sources() {
    return grant == null
        ? List.of()
        : feed.sources().stream().filter(one -> grant.allowsExchange(one.exchange())).toList();
  }

  /** Tells how the source of an exchange is, if the client may see something of it. */
  void tellSource(SourceState source) {
    if (grant != null && grant.allowsExchange(source.exchange())) {
      outbox.source(source.exchange(), Frames.source(source));
    }
  }

  /** Tells whether all that it asks for is live, if that has changed. */
  void tellState() {
    if (live != feed.board().isLive(subscriptions())) {
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

  Outbox outbox() {
    return outbox;
  }

  /** Tells what waits for it to what counts it for all. */
  void count(Backlog backlog) {
    outbox.count(backlog, candles.waitingBytes());
  }

  /** How many subscriptions it has, to ticks and to candles. */
  private int subscribed() {
    return subscriptions().size() + candles.size();
  }

  private Subscriptions subscriptions() {
    return follower.subscriptions();
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
  void checkTimes(Instant now) {
    FeedLimits limits = options.limits();
    long idleMs = TimeUnit.NANOSECONDS.toMillis(feed.now() - idleSince);
    if (outbox.isStuck(limits.stallMs())) {
      socket.close(CloseCode.STALLED, "nothing read for " + limits.stallMs() + " ms");
    } else if (grant == null && idleMs >= options.tokenWithinMs()) {
      socket.close(CloseCode.UNAUTHORIZED, "no token");
    } else if (grant != null && !grant.until().isAfter(now)) {
      socket.close(CloseCode.UNAUTHORIZED, "the token has run out");
    } else if (subscribed() == 0
        && limits.subscribeWithinMs() > 0
        && idleMs >= limits.subscribeWithinMs()) {
      socket.close(CloseCode.LIMIT_EXCEEDED, "no subscription");
    }
  }

  // What is received

  @Override
  public void text(String message) {
    boolean admitted = admit();
    try {
      Request request = Request.parse(message);
      rateLimit.name(request.named());
      if (!admitted) {
        throw new Request.Refused(
            request.reqId(),
            ErrorCode.RATE_LIMITED,
            "At most " + options.limits().requestsPerSecond() + " messages a second");
      }
      answer(request);
    } catch (Request.Refused refused) {
      refuse(refused);
    }
    answered();
  }

  @Override
  public void binary() {
    admit();
    refuse(
        new Request.Refused(null, ErrorCode.MALFORMED_MESSAGE, "Messages are JSON in text frames"));
    answered();
  }

  private void answered() {
    feed.relieve(this);
    long waitMs = rateLimit.waitMs();
    if (waitMs > 0) {
      outbox.rest(waitMs);
    } else {
      outbox.listen();
    }
  }

  @Override
  public void drained() {
    outbox.drained();
  }

  @Override
  public void closed() {
    outbox.drop();
    feed.metrics().subscriptions.add(-subscriptions().size());
    candles.close();
    feed.disconnected(this);
    closed.run();
  }

  @Override
  public boolean admit() {
    boolean admitted = rateLimit.take();
    if (!admitted) {
      limitExceeded();
    }
    return admitted;
  }

  private void limitExceeded() {
    rateLimit.refuse();
    if (rateLimit.isSpent()) {
      socket.close(CloseCode.LIMIT_EXCEEDED, "lasting excess over a limit");
    }
  }

  private void refuse(Request.Refused refused) {
    if (refused.code() == ErrorCode.TOO_MANY_SUBSCRIPTIONS) {
      limitExceeded();
    }
    outbox.send(refused.frame());
    if (grant == null) { // whatever else it was
      socket.close(CloseCode.UNAUTHORIZED, "no token");
    }
  }

  private static Request.Refused refused(Request request, ErrorCode code, String message) {
    return new Request.Refused(request.reqId(), code, message);
  }

  private static boolean isAuth(Request request) {
    return request instanceof Request.Auth
        || (request instanceof Request.Invalid invalid && invalid.op().equals("auth"));
  }

  private void answer(Request request) throws Request.Refused {
    if (grant == null && !isAuth(request)) {
      throw refused(request, ErrorCode.UNAUTHORIZED, "The first message must be auth with a token");
    }
    if (request instanceof Request.Subscribe subscribe) {
      subscribe(subscribe);
    } else if (request instanceof Request.Unsubscribe unsubscribe) {
      unsubscribe(unsubscribe);
    } else if (request instanceof Request.SubscribeCandles subscribe) {
      subscribe(subscribe);
    } else if (request instanceof Request.UnsubscribeCandles unsubscribe) {
      unsubscribe(unsubscribe);
    } else if (request instanceof Request.Get get) {
      get(get);
    } else if (request instanceof Request.ListSubscriptions) {
      outbox.sendLater(() -> Frames.subscriptions(request.reqId(), subscriptions(), candles.all()));
    } else if (request instanceof Request.Ping) {
      outbox.send(Frames.pong(request.reqId()));
    } else if (request instanceof Request.Auth auth) {
      authenticate(auth);
    } else {
      throw ((Request.Invalid) request).why(); // the only one that is left
    }
  }

  /**
   * Gives an answer that is told for each entry; if it is far longer than the request, without why
   * entries are refused, which their codes tell in short.
   *
   * @param length of the request
   * @param tooMany whether more is asked for than the limit allows
   */
  private String ack(
      Request request,
      int length,
      String op,
      Integer intervalMs,
      List<Frames.Result> results,
      boolean tooMany)
      throws Request.Refused {
    String ack = Frames.ack(request.reqId(), op, intervalMs, results);
    if (!isInProportion(ack, length)) {
      ack =
          Frames.ack(
              request.reqId(),
              op,
              intervalMs,
              results.stream().map(Frames.Result::inShort).toList());
    }
    if (isInProportion(ack, length)) {
      return ack;
    }
    throw tooMany
        ? tooMany(request)
        : refused(
            request,
            ErrorCode.INVALID_ARGUMENT,
            "symbols: the answer would be over " + MOST_ANSWERED + " times as long; ask for fewer");
  }

  private static boolean isInProportion(String answer, int length) {
    return answer.length() <= MOST_ANSWERED * length;
  }

  /**
   * The answer knows it all, so what waits comes before it, be it more than the socket can take:
   * the next request is read when all is sent.
   */
  private void catchUp() {
    follower.catchUp();
    outbox.flush();
  }

  private void authenticate(Request.Auth auth) throws Request.Refused {
    Set<String> told = sources().stream().map(SourceState::exchange).collect(Collectors.toSet());
    if (tokens != null) {
      try {
        grant = tokens.apply(auth.token());
      } catch (InvalidValueException e) {
        throw refused(auth, ErrorCode.UNAUTHORIZED, e.getMessage());
      }
    }
    catchUp();
    Map<Topic, Integer> lost = new HashMap<>();
    for (Topic topic : subscriptions().intervals().keySet()) {
      if (!grant.allows(topic)) {
        lost.put(topic, null);
      }
    }
    change(lost);
    List<CandleKey> lostCandles =
        candles.all().stream()
            .map(CandleFollower.Candle::key)
            .filter(key -> !grant.allows(key.topic()))
            .toList();
    end(lostCandles);
    outbox.send(Frames.ack(auth.reqId(), "auth", null, List.of()));
    sources().stream().filter(one -> !told.contains(one.exchange())).forEach(this::tellSource);
    if (!lost.isEmpty() || !lostCandles.isEmpty()) {
      throw refused(
          auth,
          ErrorCode.UNAUTHORIZED,
          "The new token does not allow all subscriptions: some are ended");
    }
  }

  private void subscribe(Request.Subscribe request) throws Request.Refused {
    String exchange = request.exchange();
    Map<Topic, Integer> asked = new LinkedHashMap<>();
    Set<Topic> added = new HashSet<>();
    List<Frames.Result> results = new ArrayList<>();
    int most = options.limits().subscriptions();
    boolean tooMany = false;
    for (Object raw : request.symbols()) {
      if (!Request.isSymbol(raw)) {
        results.add(invalid(exchange, raw, SYMBOL_OR_ALL));
        continue;
      }
      Topic topic = feed.fanout().shared(new Topic(exchange, (String) raw));
      boolean isThere = subscriptions().has(topic) || added.contains(topic);
      if (!grant.allows(topic)) {
        results.add(Frames.Result.refused(topic, ErrorCode.UNAUTHORIZED, NOT_ALLOWED));
      } else if (!isThere && subscribed() + added.size() >= most) {
        tooMany = true;
        results.add(Frames.Result.refused(topic, ErrorCode.TOO_MANY_SUBSCRIPTIONS, atMost(most)));
      } else {
        if (!isThere) {
          added.add(topic);
        }
        asked.put(topic, request.intervalMs());
        results.add(Frames.Result.ok(topic));
      }
    }
    String ack =
        ack(request, request.length(), "subscribe", request.intervalMs(), results, tooMany);
    catchUp();
    change(asked);
    outbox.send(ack);
    Scope scope = Scope.of(exchange, asked.keySet().stream().map(Topic::symbol).toList());
    outbox.begin(
        new Cursor.Snapshot(
            request.reqId(), feed.board(), scope, subscriptions(), added, request.since()));
    tellGone(request, scope);
    tellState();
    if (tooMany) {
      throw tooMany(request);
    }
  }

  private Request.Refused tooMany(Request request) {
    return refused(
        request, ErrorCode.TOO_MANY_SUBSCRIPTIONS, atMost(options.limits().subscriptions()));
  }

  private static String atMost(int subscriptions) {
    return "At most " + subscriptions + " subscriptions";
  }

  /** What the client has seen, asks for and does not exist any more: else it would not learn it. */
  private void tellGone(Request.Subscribe request, Scope scope) {
    if (!feed.isLive()) {
      return;
    }
    List<TickerKey> gone =
        request.since().keySet().stream()
            .filter(Names::isSymbol)
            .map(symbol -> new TickerKey(request.exchange(), symbol))
            .filter(key -> scope.has(key) && feed.board().get(key) == null)
            .toList();
    if (!gone.isEmpty()) {
      outbox.removed(gone);
    }
  }

  private void unsubscribe(Request.Unsubscribe request) throws Request.Refused {
    String exchange = request.exchange();
    Map<Topic, Integer> ended = new HashMap<>();
    List<Frames.Result> results = new ArrayList<>();
    for (Object raw : request.symbols()) {
      if (!Request.isSymbol(raw)) {
        results.add(invalid(exchange, raw, SYMBOL_OR_ALL));
        continue;
      }
      Topic topic = new Topic(exchange, (String) raw);
      if (subscriptions().has(topic) && !ended.containsKey(topic)) {
        ended.put(topic, null);
        results.add(Frames.Result.ok(topic));
      } else {
        results.add(Frames.Result.refused(topic, ErrorCode.NOT_SUBSCRIBED, "Not subscribed"));
      }
    }
    String ack = ack(request, request.length(), "unsubscribe", null, results, false);
    catchUp();
    change(ended);
    outbox.send(ack);
    tellState();
  }

  private void subscribe(Request.SubscribeCandles request) throws Request.Refused {
    Set<CandleKey> asked = new LinkedHashSet<>();
    Set<CandleKey> added = new HashSet<>();
    List<Frames.Result> results = new ArrayList<>();
    int most = options.limits().subscriptions();
    boolean tooMany = false;
    if (!feed.candles().areServed()) {
      throw refused(request, ErrorCode.INVALID_ARGUMENT, Candles.NONE);
    }
    if (candles.isBusy()) {
      throw refused(request, ErrorCode.RATE_LIMITED, "Too many snapshots are on their way");
    }
    for (Object raw : request.symbols()) {
      if (!Names.isSymbol(raw)) {
        results.add(invalid(request.exchange(), raw, SYMBOL));
        continue;
      }
      CandleKey key = new CandleKey(request.exchange(), (String) raw, request.timeframe());
      boolean isThere = candles.has(key) || added.contains(key);
      if (!grant.allows(key.topic())) {
        results.add(Frames.Result.refused(key.topic(), ErrorCode.UNAUTHORIZED, NOT_ALLOWED));
      } else if (!isThere && subscribed() + added.size() >= most) {
        tooMany = true;
        results.add(
            Frames.Result.refused(key.topic(), ErrorCode.TOO_MANY_SUBSCRIPTIONS, atMost(most)));
      } else {
        if (!isThere) {
          added.add(key);
        }
        asked.add(key);
        results.add(Frames.Result.ok(key.topic()));
      }
    }
    String ack =
        ack(request, request.length(), "subscribe", request.intervalMs(), results, tooMany);
    catchUp();
    outbox.send(ack);
    candles.subscribe(
        request.reqId(), request.timeframe(), asked, request.count(), request.intervalMs());
    if (tooMany) {
      throw tooMany(request);
    }
  }

  private void unsubscribe(Request.UnsubscribeCandles request) throws Request.Refused {
    Set<CandleKey> ended = new LinkedHashSet<>();
    List<Frames.Result> results = new ArrayList<>();
    for (Object raw : request.symbols()) {
      if (!Names.isSymbol(raw)) {
        results.add(invalid(request.exchange(), raw, SYMBOL));
        continue;
      }
      CandleKey key = new CandleKey(request.exchange(), (String) raw, request.timeframe());
      results.add(
          candles.has(key) && ended.add(key)
              ? Frames.Result.ok(key.topic())
              : Frames.Result.refused(key.topic(), ErrorCode.NOT_SUBSCRIBED, "Not subscribed"));
    }
    String ack = ack(request, request.length(), "unsubscribe", null, results, false);
    catchUp();
    end(ended);
    outbox.send(ack);
  }

  private void end(Collection<CandleKey> ended) {
    int before = subscribed();
    ended.forEach(candles::unsubscribe);
    if (before > 0 && subscribed() == 0) {
      idleSince = feed.now();
    }
  }

  private void get(Request.Get request) throws Request.Refused {
    Set<String> symbols = new LinkedHashSet<>(request.symbols());
    for (String symbol : symbols) {
      if (!grant.allows(request.exchange(), symbol)) {
        throw refused(
            request,
            ErrorCode.UNAUTHORIZED,
            request.exchange() + " " + symbol + ": " + NOT_ALLOWED);
      }
    }
    catchUp();
    outbox.begin(
        new Cursor.Answer(request.reqId(), feed.board(), Scope.of(request.exchange(), symbols)));
  }

  private void change(Map<Topic, Integer> changes) {
    if (changes.isEmpty()) {
      return;
    }
    int before = subscriptions().size();
    feed.fanout().change(follower, changes);
    int now = subscriptions().size();
    if (before > 0 && subscribed() == 0) {
      idleSince = feed.now();
    }
    feed.metrics().subscriptions.add(now - before);
  }

  private static Frames.Result invalid(String exchange, Object raw, String rule) {
    String shown = InvalidValueException.show(raw);
    return new Frames.Result(
        exchange,
        raw instanceof String text && text.length() <= 64 ? text : shown,
        ErrorCode.INVALID_SYMBOL,
        rule);
  }
}
