package io.fullon.cache.source;

import io.fullon.cache.source.SourceState.State;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Reasons;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Some symbols of an exchange over one connection, which is made again whenever it is lost. What is
 * subscribed is always what is wanted; each connection is a {@link Session} of its own, and what
 * comes from a former one is not looked at. Lives on one event loop.
 */
final class VenueConnection implements Dialer.Caller {

  private static final int LOOKS_IN_SILENCE = 10;
  private static final long MAX_LOOK_MS = 1_000;

  /** Who has it. */
  interface Owner {

    /** Its state or its reason is another one, or all is subscribed. */
    void changed();

    /** What is known of a symbol; null where it is not wanted. */
    Quote quote(String name);

    void tick(Quote quote, Instant time);

    /** These are subscribed now, on another connection than before. */
    default void subscribed(Set<String> names) {}

    default void bar(String topic, Candle candle) {}

    /** The exchange does not give this one; it may be asked for again much later. */
    void refused(String name, String reason);

    /** A frame came. */
    void frame();

    /** What came is none of the exchange's frames. */
    void garbage(String reason);

    /**
     * A connection that was open has ended.
     *
     * @param names what was wanted of it
     */
    void lost(Set<String> names);
  }

  private final Vertx vertx;
  private final WebSocketClient client;
  private final Venue venue;
  private final Channel channel;
  private final SourceTimes times;
  private final Dialer dialer;
  private final Supplier<Pace> paces;
  private final LongSupplier nanos;
  private final Owner owner;
  private final Set<String> wanted = new LinkedHashSet<>();

  private State state = State.CONNECTING;
  private String reason = "connecting";
  private Session session;

  /** That of the last connection that was open; null before. */
  private Pulse former;

  private boolean isReconciling;
  private boolean closed;

  /**
   * @param channel what it carries
   * @param paces gives each connection the pace of its messages
   */
  VenueConnection(
      Vertx vertx,
      WebSocketClient client,
      Venue venue,
      Channel channel,
      SourceTimes times,
      Dialer dialer,
      Supplier<Pace> paces,
      LongSupplier nanos,
      Owner owner) {
    this.vertx = vertx;
    this.client = client;
    this.venue = venue;
    this.channel = channel;
    this.times = times;
    this.dialer = dialer;
    this.paces = paces;
    this.nanos = nanos;
    this.owner = owner;
  }

  State state() {
    return state;
  }

  String reason() {
    return reason;
  }

  Channel channel() {
    return channel;
  }

  /** Whether all that is wanted is subscribed now, though nothing may have come yet. */
  boolean isSubscribed() {
    return session != null && session.isAcknowledged;
  }

  Set<String> wanted() {
    return wanted;
  }

  boolean hasRoom() {
    return wanted.size() < channel.perConnection();
  }

  /** Connects, as soon as may be. */
  void open() {
    dialer.want(this);
  }

  void want(String name) {
    if (wanted.add(name)) {
      reconcileLater();
    }
  }

  void unwant(String name) {
    if (wanted.remove(name)) {
      reconcileLater();
    }
  }

  /** All that changes in one turn of the event loop goes into as few requests as possible. */
  private void reconcileLater() {
    if (!isReconciling) {
      isReconciling = true;
      vertx.runOnContext(
          v -> {
            isReconciling = false;
            if (session != null) {
              session.reconcile();
            }
          });
    }
  }

  void close() {
    closed = true;
    dialer.forget(this);
    if (session != null) {
      session.leave();
    }
  }

  @Override
  public void dial() {
    session = new Session();
    session.open();
  }

  private void tell(State newState, String newReason) {
    if (state != newState || !reason.equals(newReason)) {
      state = newState;
      reason = newReason;
      owner.changed();
    }
  }

  /** One connection, from the attempt to its end. */
  private final class Session implements Received {

    private final ClientWebSocket socket = client.webSocket();
    private final Requests requests = new Requests(vertx, channel, paces.get(), nanos, this::write);

    private Pulse pulse;
    private boolean isOpen;
    private boolean isAcknowledged;
    private boolean isMaintained;
    private boolean isUnderstood;
    private String trouble = "";
    private long number = -1;
    private long liveSince;
    private long pingedAt;
    private long lookedAt;
    private long lookTimer = -1;

    private boolean isCurrent() {
      return session == this;
    }

    void open() {
      socket.textMessageHandler(this::text);
      socket.binaryMessageHandler(this::binary);
      socket.pongHandler(pong -> pong());
      socket.exceptionHandler(cause -> trouble = Reasons.of(cause));
      socket.closeHandler(v -> closed());
      WebSocketConnectOptions options = new WebSocketConnectOptions();
      Address to = Address.of(channel.address());
      options.setSsl(to.isSecure()).setHost(to.host()).setPort(to.port()).setURI(to.path());
      options.setTimeout(times.connectTimeoutMs()).setConnectTimeout(times.connectTimeoutMs());
      socket
          .connect(options)
          .onSuccess(connected -> opened())
          .timeout(times.connectTimeoutMs(), TimeUnit.MILLISECONDS)
          .onFailure(this::notOpened);
    }

    private void opened() {
      isOpen = true;
      if (!isCurrent()) {
        socket.close(); // too late
        return;
      }
      long now = nanos.getAsLong();
      pulse = new Pulse(venue.liveness(), times, former, now);
      pingedAt = now;
      lookedAt = now;
      lookTimer = vertx.setPeriodic(lookMs(), id -> look());
      venue.greeting().forEach(requests::send);
      reconcile();
    }

    private long lookMs() {
      return Math.max(1, Math.min(MAX_LOOK_MS, times.silentMs() / LOOKS_IN_SILENCE));
    }

    private void notOpened(Throwable cause) {
      if (!(cause instanceof UpgradeRejectedException refusal)) {
        end(State.DOWN, "cannot connect: " + Reasons.of(cause), true, 0);
        return;
      }
      int status = refusal.getStatus();
      boolean isLimit = status == Rest.TOO_MANY_REQUESTS || status == Rest.BANNED;
      end(
          isLimit ? State.LIMITED : State.DOWN,
          "the exchange refuses connections: HTTP " + status,
          true,
          RetryAfter.ms(refusal.getHeaders().get(HttpHeaders.RETRY_AFTER), Instant.now()));
    }

    private void closed() {
      Short code = socket.closeStatusCode();
      String said = socket.closeReason();
      end(
          State.DOWN,
          "the connection was closed: "
              + (code == null ? "1006" : code)
              + (said == null || said.isEmpty() ? "" : " " + said)
              + (trouble.isEmpty() ? "" : " (" + trouble + ")"),
          true,
          0);
    }

    /**
     * @param newState null for the one that it has
     * @param pause whether the exchange is not to be bothered at once
     */
    private void end(State newState, String why, boolean pause, long atLeastMs) {
      if (!isCurrent()) {
        return;
      }
      leave();
      if (newState != null) {
        tell(newState, why);
      }
      if (pause) {
        dialer.failed(VenueConnection.this, atLeastMs);
      }
      if (!closed) {
        dialer.want(VenueConnection.this);
      }
    }

    void leave() {
      session = null;
      vertx.cancelTimer(lookTimer);
      requests.close();
      if (pulse != null) {
        former = pulse;
      }
      // What the next one brings must not be mixed with what is old by then.
      for (String name : wanted) {
        Quote quote = owner.quote(name);
        if (quote != null) {
          quote.clear();
        }
      }
      if (isOpen) {
        owner.lost(Set.copyOf(wanted));
        socket.close();
      }
    }

    // What is sent

    void reconcile() {
      if (isOpen) {
        requests.reconcile(wanted);
      }
    }

    private void write(String text) {
      if (text == null) {
        socket.writePing(Buffer.buffer());
      } else {
        socket.writeTextMessage(text);
      }
    }

    // What it looks after

    private void look() {
      long now = nanos.getAsLong();
      boolean isLate = now - lookedAt > 3 * TimeUnit.MILLISECONDS.toNanos(lookMs());
      lookedAt = now;
      if (isLate) {
        return; // it was us who stood still, and what has come meanwhile is not read yet
      }
      if (!isYoung()) {
        dialer.settled(VenueConnection.this);
      }
      ping(now);
      switch (pulse.look(now)) {
        case FINE -> lookForAnswers(now);
        case SILENT -> {
          tellSilent(times.silentMs());
          lookForAnswers(now);
        }
        case STUCK -> {
          tellSilent(venue.liveness().heartbeats() ? times.silentMs() : times.stalledMs());
          end(null, "", true, 0);
        }
        case DEAD -> end(State.DOWN, "the connection is dead: no ping is answered", true, 0);
        case QUIET -> end(null, "", false, 0);
      }
    }

    /** That the exchange is being maintained says more. */
    private void tellSilent(long ms) {
      if (!isMaintained) {
        tell(State.SILENT, "connected, and nothing comes for " + ms + " ms");
      }
    }

    /** Whether it has not proved itself: then another one at once could be the first of many. */
    private boolean isYoung() {
      return liveSince == 0 || nanos.getAsLong() - liveSince < millis(times.reconnectMaxMs());
    }

    private void ping(long now) {
      if (!venue.liveness().heartbeats()
          && now - pingedAt >= venue.liveness().pingEvery().toNanos()) {
        pingedAt = now;
        requests.send(venue.liveness().ping());
      }
    }

    private void lookForAnswers(long now) {
      if (requests.isOverdue(now, millis(times.answerMs()))) {
        String why = "a subscription is not answered for " + times.answerMs() + " ms";
        end(isMaintained ? null : State.SILENT, why, true, 0);
      }
    }

    // What is received

    private void pong() {
      if (isCurrent() && pulse != null) {
        pulse.heard(nanos.getAsLong());
      }
    }

    private void binary(Buffer frame) {
      if (isCurrent()) {
        owner.garbage("a binary frame of " + frame.length() + " bytes");
      }
    }

    private void text(String frame) {
      if (!isCurrent()) {
        return;
      }
      owner.frame();
      isUnderstood = false;
      try {
        if (frame.startsWith("{") || frame.startsWith("[")) {
          venue.read(Message.parse(frame), this);
        } else {
          venue.readText(frame, this);
        }
        if (!isUnderstood) {
          owner.garbage("it is not understood: " + InvalidValueException.shorten(frame));
        }
      } catch (RuntimeException e) {
        // Whatever an exchange sends, the connection and all others stay.
        owner.garbage(Reasons.of(e));
      }
    }

    private void understood() {
      isUnderstood = true;
      if (pulse != null) {
        pulse.heard(nanos.getAsLong());
      }
    }

    @Override
    public void other() {
      understood();
    }

    @Override
    public void subscribed(long request) {
      understood();
      Set<String> taken = requests.taken(request);
      if (!taken.isEmpty()) {
        owner.subscribed(taken);
      }
      answered();
    }

    @Override
    public void subscribed(String name) {
      understood();
      if (requests.taken(name)) {
        owner.subscribed(Set.of(name));
      }
      answered();
    }

    private void answered() {
      if (requests.isAnswered()) {
        judge(requests.takeSuspects());
      }
      if (requests.isAnswered() && !isAcknowledged && isCurrent()) {
        isAcknowledged = true;
        pulse.acknowledged(nanos.getAsLong());
        dialer.succeeded(VenueConnection.this);
        if (state == State.CONNECTING) {
          tell(State.CONNECTING, "subscribed, and nothing has come yet");
        }
        owner.changed();
      }
    }

    @Override
    public void refused(Long request, String why) {
      understood();
      if (requests.refused(request, why)) {
        answered();
      }
    }

    /** Where everything is refused the symbols are not to blame. */
    private void judge(Map<String, String> suspects) {
      if (requests.isNoneTaken() && suspects.size() > 1) {
        end(State.DOWN, suspects.values().iterator().next(), true, 0);
      } else {
        suspects.forEach(this::refuse);
      }
    }

    @Override
    public void refused(String name, String why) {
      understood();
      requests.forget(name);
      refuse(name, why);
      answered();
    }

    private void refuse(String name, String why) {
      if (!isCurrent()) {
        return;
      }
      requests.remove(name);
      wanted.remove(name);
      owner.refused(name, why);
    }

    @Override
    public Quote quote(String name) {
      if (name == null) {
        return null;
      }
      understood();
      return requests.contains(name) ? owner.quote(name) : null;
    }

    @Override
    public void tick(Quote quote, Instant time) {
      alive();
      if (isCurrent()) {
        owner.tick(quote, time);
      }
    }

    @Override
    public void bar(String topic, Candle candle) {
      if (!requests.contains(topic)) {
        understood();
        return;
      }
      alive();
      if (isCurrent()) {
        owner.bar(topic, candle);
      }
    }

    @Override
    public void heartbeat() {
      alive();
    }

    private void alive() {
      isUnderstood = true;
      if (!isCurrent() || !isOpen) {
        return;
      }
      long now = nanos.getAsLong();
      pulse.alive(now);
      if (isAcknowledged && !isMaintained && state != State.LIVE) {
        tell(State.LIVE, "");
      }
      if (isAcknowledged && liveSince == 0) {
        liveSince = now;
      }
    }

    @Override
    public void numbered(Long next) {
      if (next != null && number >= 0 && next != number + 1) {
        isUnderstood = true;
        end(
            unlessWorse(State.CONNECTING),
            "messages were lost: number " + next + " came after " + number,
            isYoung(),
            0);
      }
      number = next == null ? number : next;
    }

    @Override
    public void maintenance(String why) {
      understood();
      isMaintained = true;
      tell(State.MAINTENANCE, why);
    }

    @Override
    public void works() {
      understood();
      isMaintained = false;
    }

    @Override
    public void closing(String why) {
      isUnderstood = true;
      end(unlessWorse(State.MAINTENANCE), why, isYoung(), 0);
    }

    /** Null where nothing has come since it was worse. */
    private State unlessWorse(State next) {
      return state == State.SILENT || state == State.DOWN ? null : next;
    }

    @Override
    public void limited(String why) {
      isUnderstood = true;
      end(State.LIMITED, why, true, times.reconnectMaxMs());
    }
  }

  private static long millis(long ms) {
    return TimeUnit.MILLISECONDS.toNanos(ms);
  }
}
