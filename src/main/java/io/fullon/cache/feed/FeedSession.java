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
   */
  private String ack(
      Request.OfEach request, String op, Integer intervalMs, List<Frames.Result> results)
      throws Request.Refused {
    String ack = Frames.ack(request.reqId(), op, intervalMs, results);
    if (!isInProportion(ack, request.length())) {
      ack =
          Frames.ack(
              request.reqId(),
              op,
              intervalMs,
              results.stream().map(Frames.Result::inShort).toList());
    }
    if (isInProportion(ack, request.length())) {
      return ack;
    }
    throw areTooMany(results)
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

  /** Gives what becomes of each entry, as the step gives it for those that are symbols. */
  private static List<Frames.Result> each(
      Request.OfEach request, Function<String, Frames.Result> step) {
    List<Frames.Result> results = new ArrayList<>();
    for (Request.Entry entry : request.symbols()) {
      results.add(
          entry.fault() == null
              ? step.apply(entry.name())
              : new Frames.Result(
                  request.exchange(), entry.name(), ErrorCode.INVALID_SYMBOL, entry.fault()));
    }
    return results;
  }

  /**
   * Gives whether it may be subscribed to.
   *
   * @param isThere whether it is already, so that there is room for it
   * @param added how many others are to come
   */
  private Frames.Result check(Topic topic, boolean isThere, int added) {
    if (!grant.allows(topic)) {
      return Frames.Result.refused(topic, ErrorCode.UNAUTHORIZED, NOT_ALLOWED);
    }
    return isThere || subscribed() + added < options.limits().subscriptions()
        ? Frames.Result.ok(topic)
        : Frames.Result.refused(topic, ErrorCode.TOO_MANY_SUBSCRIPTIONS, atMost());
  }

  private static Frames.Result ended(Topic topic, boolean isThere) {
    return isThere
        ? Frames.Result.ok(topic)
        : Frames.Result.refused(topic, ErrorCode.NOT_SUBSCRIBED, "Not subscribed");
  }

  private void subscribe(Request.Subscribe request) throws Request.Refused {
    Map<Topic, Integer> asked = new LinkedHashMap<>();
    Set<Topic> added = new HashSet<>();
    List<Frames.Result> results =
        each(
            request,
            symbol -> {
              Topic topic = feed.fanout().shared(new Topic(request.exchange(), symbol));
              boolean isThere = subscriptions().has(topic) || added.contains(topic);
              Frames.Result result = check(topic, isThere, added.size());
              if (result.isOk()) {
                asked.put(topic, request.intervalMs());
                if (!isThere) {
                  added.add(topic);
                }
              }
              return result;
            });
    String ack = ack(request, "subscribe", request.intervalMs(), results);
    catchUp();
    change(asked);
    outbox.send(ack);
    Scope scope = Scope.of(request.exchange(), asked.keySet().stream().map(Topic::symbol).toList());
    outbox.begin(
        new Cursor.Snapshot(
            request.reqId(), feed.board(), scope, subscriptions(), added, request.since()));
    tellGone(request, scope);
    tellState();
    if (areTooMany(results)) {
      throw tooMany(request);
    }
  }

  private Request.Refused tooMany(Request request) {
    return refused(request, ErrorCode.TOO_MANY_SUBSCRIPTIONS, atMost());
  }

  private String atMost() {
    return "At most " + options.limits().subscriptions() + " subscriptions";
  }

  private static boolean areTooMany(List<Frames.Result> results) {
    return results.stream().anyMatch(one -> one.code() == ErrorCode.TOO_MANY_SUBSCRIPTIONS);
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
    Map<Topic, Integer> ended = new HashMap<>();
    List<Frames.Result> results =
        each(
            request,
            symbol -> {
              Topic topic = new Topic(request.exchange(), symbol);
              boolean isThere = subscriptions().has(topic) && !ended.containsKey(topic);
              if (isThere) {
                ended.put(topic, null);
              }
              return ended(topic, isThere);
            });
    String ack = ack(request, "unsubscribe", null, results);
    catchUp();
    change(ended);
    outbox.send(ack);
    tellState();
  }

  private void subscribe(Request.SubscribeCandles request) throws Request.Refused {
    if (!feed.candles().areServed()) {
      throw refused(request, ErrorCode.INVALID_ARGUMENT, Candles.NONE);
    }
    if (candles.isBusy()) {
      throw refused(request, ErrorCode.RATE_LIMITED, "Too many snapshots are on their way");
    }
    Set<CandleKey> asked = new LinkedHashSet<>();
    Set<CandleKey> added = new HashSet<>();
    List<Frames.Result> results =
        each(
            request,
            symbol -> {
              CandleKey key = new CandleKey(request.exchange(), symbol, request.timeframe());
              boolean isThere = candles.has(key) || added.contains(key);
              Frames.Result result = check(key.topic(), isThere, added.size());
              if (result.isOk()) {
                asked.add(key);
                if (!isThere) {
                  added.add(key);
                }
              }
              return result;
            });
    String ack = ack(request, "subscribe", request.intervalMs(), results);
    catchUp();
    outbox.send(ack);
    candles.subscribe(
        request.reqId(), request.timeframe(), asked, request.count(), request.intervalMs());
    if (areTooMany(results)) {
      throw tooMany(request);
    }
  }

  private void unsubscribe(Request.UnsubscribeCandles request) throws Request.Refused {
    Set<CandleKey> ended = new LinkedHashSet<>();
    List<Frames.Result> results =
        each(
            request,
            symbol -> {
              CandleKey key = new CandleKey(request.exchange(), symbol, request.timeframe());
              return ended(key.topic(), candles.has(key) && ended.add(key));
            });
    String ack = ack(request, "unsubscribe", null, results);
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
}
