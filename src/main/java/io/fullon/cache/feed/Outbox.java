package io.fullon.cache.feed;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What is on its way to one connection. When the client does not keep up, what waits for it is
 * bounded: which tickers it must still get the latest tick of, never a queue. Until all is sent
 * that waits, no further requests are read.
 */
final class Outbox {

  /** Those first whose clients have taken nothing for longest, or for whom most waits. */
  static final Comparator<Outbox> SLOWEST =
      Comparator.<Outbox>comparingLong(outbox -> outbox.lastProgress)
          .thenComparing(Comparator.comparingLong(Outbox::counted).reversed());

  private final FeedSocket socket;
  private final TickBoard board;
  private final Timers timers;
  private final LongSupplier nanos;
  private final FeedMetrics metrics;
  private final boolean compresses;
  private final Follower follower;

  // What waits, in the order in which it will be sent.
  private Boolean waitingState;

  /** By exchange, what is to be said of its source. */
  private final Map<String, String> waitingSources = new LinkedHashMap<>();

  private final Set<TickerKey> waitingRemoved = new LinkedHashSet<>(0);
  private final Deque<Cursor> cursors = new ArrayDeque<>(1);

  /** Each with the number of the tick that the client had last. */
  private final LinkedHashMap<Ticker, Long> waiting = new LinkedHashMap<>(0);

  /** The tickers in {@link #waiting} that are sent before any that comes to it later. */
  private final Deque<Ticker> round = new ArrayDeque<>(1);

  /** An answer that is made when it is this one's turn; null when there is none. */
  private Supplier<String> waitingAnswer;

  private Runnable whenReady = () -> {};
  private boolean goesOn;
  private boolean listens = true;

  /** Whether it does not listen though nothing waits. */
  private boolean rests;

  private long lastSent;
  private long lastProgress;
  private long counted;

  Outbox(
      FeedSocket socket, TickBoard board, Timers timers, LongSupplier nanos, FeedMetrics metrics) {
    this.socket = socket;
    this.board = board;
    this.timers = timers;
    this.nanos = nanos;
    this.metrics = metrics;
    this.compresses = socket.compresses();
    this.lastProgress = nanos.getAsLong();
    this.follower = new Follower(socket, this, nanos);
  }

  Follower follower() {
    return follower;
  }

  /** Whether these can go out as others get them, in the same bytes. */
  boolean takesSharedFrames(List<Update> updates) {
    tellNewsFirst();
    return !compresses && !isBehind() && (cursors.isEmpty() || !bringsAny(updates));
  }

  private boolean bringsAny(List<Update> updates) {
    for (Update update : updates) {
      if (brings(update.ticker())) {
        return true;
      }
    }
    return false;
  }

  /** Whether a snapshot under way will have that ticker. */
  boolean brings(Ticker ticker) {
    for (Cursor cursor : cursors) {
      if (cursor.brings(ticker)) {
        return true;
      }
    }
    return false;
  }

  /** Runs it when something can be sent that does not wait here, perhaps in vain. */
  void whenReady(Runnable task) {
    whenReady = task;
  }

  /** Whether something can be sent that does not wait here. */
  boolean isReady() {
    return cursors.isEmpty() && !isBehind();
  }

  private boolean isBehind() {
    return !nothingWaits() || socket.isFull();
  }

  private boolean nothingWaits() {
    return waiting.isEmpty()
        && waitingRemoved.isEmpty()
        && waitingSources.isEmpty()
        && waitingState == null;
  }

  void send(String frame) {
    lastSent = nanos.getAsLong();
    socket.send(frame);
  }

  /** Sends what may cost much to make in a step of its own; until then no requests are read. */
  void sendLater(Supplier<String> answer) {
    waitingAnswer = answer;
    goOnLater();
  }

  /**
   * Sends the bytes of a whole frame that others are sent too.
   *
   * @param ticks how many it has
   * @param skipped how many were left out of it
   */
  void send(ByteBuf frame, int ticks, long skipped) {
    metrics.ticks.add(ticks);
    if (skipped > 0) {
      metrics.conflated.add(skipped);
    }
    send(frame);
  }

  private void send(ByteBuf frame) {
    lastSent = nanos.getAsLong();
    socket.send(frame);
  }

  /**
   * Sends ticks of a cursor, which may take more room than those of others that are encoded once.
   */
  private void sendAll(String head, List<Update> ticks, String tail) {
    int from = 0;
    do {
      int to = Frames.endOfPiece(ticks, from);
      send(head, ticks.subList(from, to), to < ticks.size() ? Frames.MORE : tail);
      from = to;
    } while (from < ticks.size());
  }

  private void send(String head, List<Update> ticks, String tail) {
    if (compresses) {
      metrics.ticks.add(ticks.size());
      metrics.conflated.add(Update.skipped(ticks));
      send(Frames.text(head, ticks, tail));
      return;
    }
    ByteBuf frame = Frames.bytes(head, ticks, tail);
    try {
      send(frame, ticks.size(), Update.skipped(ticks));
    } finally {
      frame.release();
    }
  }

  /** Sends the ticks, or keeps in mind that they are to be sent. */
  void offer(List<Update> updates) {
    if (!updates.isEmpty()) {
      tellNewsFirst();
    }
    int from = 0;
    while (from < updates.size()) {
      int to = Frames.endOfPiece(updates, from);
      List<Update> piece = updates.subList(from, to);
      if (isBehind()) {
        piece.forEach(this::keep);
      } else {
        send(Frames.UPDATE, piece, Frames.END);
      }
      from = to;
    }
  }

  /** Nobody who keeps up misses a tick because news wait for their turn. */
  private void tellNewsFirst() {
    if (waiting.isEmpty() && waitingRemoved.isEmpty() && !socket.isFull()) {
      sendNews();
    }
  }

  private void keep(Update update) {
    Long had = waiting.remove(update.ticker());
    waiting.put(update.ticker(), had == null ? update.had() : had);
  }

  /**
   * Tickers are gone that the client follows.
   *
   * @param gone as many as a frame takes
   * @param frame which says so to all who can take it
   */
  void removed(Collection<TickerKey> gone, ByteBuf frame) {
    boolean behind = isBehind();
    forgetGone();
    if (behind) {
      waitingRemoved.addAll(gone);
    } else if (compresses) {
      send(Frames.removed(gone));
    } else {
      send(frame);
    }
  }

  void removed(Collection<TickerKey> gone) {
    boolean behind = isBehind();
    waitingRemoved.addAll(gone);
    if (!behind) {
      sendRemoved(() -> !socket.isFull());
    }
  }

  private void sendRemoved(BooleanSupplier goesOn) {
    while (!waitingRemoved.isEmpty() && goesOn.getAsBoolean()) {
      List<TickerKey> some = waitingRemoved.stream().limit(Frames.GONE).toList();
      some.forEach(waitingRemoved::remove);
      send(Frames.removed(some));
    }
  }

  /** Nothing is sent any more of tickers that are gone. */
  void forgetGone() {
    follower.forgetGone();
    waiting.keySet().removeIf(Ticker::isGone);
  }

  /**
   * The link to Redis went or came back. It is told when it is this one's turn, because all are to
   * be told at once; what comes meanwhile waits behind it.
   */
  void state(boolean live) {
    waitingState = live;
    goOnLater();
  }

  /** The source of an exchange is in another state; of several that wait the last one counts. */
  void source(String exchange, String frame) {
    waitingSources.put(exchange, frame);
    goOnLater();
  }

  /**
   * Begins to send what the cursor has, after what waits; the first piece at once if nothing does.
   */
  void begin(Cursor cursor) {
    boolean isNext = cursors.isEmpty() && nothingWaits();
    cursors.add(cursor);
    if (isNext) {
      sendPiece();
    }
    goOnLater();
  }

  /** The same, but not the first piece either in this step, which is one for many clients. */
  void beginLater(Cursor cursor) {
    cursors.add(cursor);
    goOnLater();
    listen();
  }

  private void sendPiece() {
    follower.catchUp(); // so that nothing older comes after it
    Cursor cursor = cursors.element();
    List<TickerKey> gone = cursor.nextGone();
    if (!gone.isEmpty()) {
      send(Frames.removed(gone));
      offer(gone.stream().map(board::get).filter(Objects::nonNull).map(this::first).toList());
      return;
    }
    Page page = cursor.next();
    String tail = cursor.isDone() ? Frames.END : Frames.MORE;
    if (cursor.isDone()) {
      cursors.remove();
    }
    if (page.isShared() && isPlain(cursor)) {
      send(cursor.head(), page, tail);
    } else {
      sendAll(cursor.head(), own(cursor, page), tail);
    }
    if (cursor instanceof Cursor.Snapshot) {
      follower.hadSnapshot();
    }
  }

  /** Whether its pieces are the same for everyone. */
  private boolean isPlain(Cursor cursor) {
    return !compresses
        && (!cursor.isFollowed()
            || (waiting.isEmpty()
                && (cursors.isEmpty() || (cursors.size() == 1 && cursors.peek() == cursor))
                && !follower.subscriptions().isPaced()
                && !cursor.leavesOut()));
  }

  private void send(String head, Page page, String tail) {
    lastSent = nanos.getAsLong();
    metrics.ticks.add(page.ticks().size());
    ByteBuf json = page.json();
    ByteBuf end = Unpooled.wrappedBuffer(tail.getBytes(StandardCharsets.US_ASCII));
    int more = json.readableBytes() + end.readableBytes();
    socket.send(Frames.begin(head, more, 0), json, end);
  }

  private List<Update> own(Cursor cursor, Page page) {
    List<Update> own = new ArrayList<>();
    for (EncodedTick tick : page.ticks()) {
      if (!cursor.isFollowed()) {
        own.add(Update.of(tick));
      } else if (cursors.stream()
          .noneMatch(later -> later != cursor && later.brings(tick.ticker()))) {
        Update update = update(tick, cursor.wasFollowed(tick.ticker()));
        if (cursor instanceof Cursor.Changes) {
          follower.restAll(tick.ticker());
        }
        if (!cursor.leavesOut(tick)) {
          own.add(update);
        }
      }
    }
    return own;
  }

  private Update update(EncodedTick tick, boolean followed) {
    Ticker ticker = tick.ticker();
    Long had = waiting.remove(ticker);
    if (had == null) {
      had = followed ? follower.had(ticker) : tick.number() - 1;
    }
    follower.sent(ticker);
    return new Update(tick, had);
  }

  /** One that is back was not sent before its predecessor was told to be gone. */
  private Update first(Ticker back) {
    follower.sent(back);
    return new Update(back.latest(), 0);
  }

  /** One piece at a time, others' work in between. */
  private void goOnLater() {
    boolean isDone = cursors.isEmpty() && nothingWaits() && waitingAnswer == null;
    if (isDone || goesOn || socket.isFull()) {
      return;
    }
    goesOn = true;
    timers.inTurn(() -> socket.run(this::goOn));
  }

  private void goOn() {
    goesOn = false;
    if (!socket.isFull()) {
      sendNews();
      if (waitingAnswer != null) {
        String answer = waitingAnswer.get();
        waitingAnswer = null;
        send(answer);
      } else if (!waitingRemoved.isEmpty()) {
        sendRemoved(() -> !socket.isFull());
      } else if (!cursors.isEmpty()) {
        sendPiece();
      } else {
        sendTicks(() -> !socket.isFull());
      }
    }
    goOnLater();
    listen();
  }

  /** Sends all that waits, be it more than the socket can take. */
  void flush() {
    sendWaiting(() -> true);
  }

  /** Reads no requests for that long. */
  void rest(long millis) {
    rests = true;
    timers.after(
        millis,
        () -> {
          rests = false;
          if (!socket.isOver()) {
            socket.run(this::listen);
          }
        });
    listen();
  }

  /** Reads no requests as long as something waits to be sent. */
  void listen() {
    if (isReady()) {
      whenReady.run();
    }
    if ((!rests && cursors.isEmpty() && waitingAnswer == null && !isBehind()) == listens) {
      return;
    }
    listens = !listens;
    if (listens) {
      socket.resume();
    } else {
      socket.pause();
    }
  }

  /** To be called when the socket can take something again. */
  void drained() {
    sendWaiting(() -> !socket.isFull());
    goOnLater();
    listen();
  }

  private void sendWaiting(BooleanSupplier goesOn) {
    sendNews();
    sendRemoved(goesOn); // all of it, or there is no room for ticks
    while (!cursors.isEmpty() && goesOn.getAsBoolean()) {
      sendPiece();
    }
    sendTicks(goesOn);
  }

  private void sendNews() {
    if (waitingState != null) {
      String state = Frames.feed(waitingState);
      waitingState = null;
      send(state);
    }
    if (!waitingSources.isEmpty()) {
      List<String> frames = List.copyOf(waitingSources.values());
      waitingSources.clear();
      frames.forEach(this::send);
    }
  }

  private void sendTicks(BooleanSupplier goesOn) {
    while (cursors.isEmpty() && !waiting.isEmpty() && goesOn.getAsBoolean()) {
      follower.catchUp(); // what is read from the board is not to come again
      List<Update> piece = takeNewest();
      if (!piece.isEmpty()) {
        send(Frames.UPDATE, piece, Frames.END);
      }
    }
  }

  /** The newest first, but those that come meanwhile not before those that wait already. */
  private List<Update> takeNewest() {
    if (round.isEmpty()) {
      List<Ticker> newestFirst = new ArrayList<>(waiting.keySet());
      Collections.reverse(newestFirst);
      round.addAll(newestFirst);
    }
    List<Update> piece = new ArrayList<>();
    int size = 0;
    while (!round.isEmpty() && size < Frames.PIECE) {
      Ticker ticker = round.remove();
      Long had = waiting.remove(ticker);
      if (had != null) {
        Update update = new Update(ticker.latest(), had);
        follower.sent(ticker);
        piece.add(update);
        size += update.bytes() + 1;
      }
    }
    return piece;
  }

  /** Sends a heartbeat when there was nothing else to send for that long. */
  void heartbeat(long silenceNanos, boolean live, Instant now) {
    if (nanos.getAsLong() - lastSent >= silenceNanos && !isBehind()) {
      send(Frames.heartbeat(live, now));
    }
  }

  /**
   * Tells what waits here to what counts it for all.
   *
   * @param more what else waits for the client, in bytes
   */
  void count(Backlog backlog, long more) {
    long before = counted;
    long tickers = (long) waiting.size() + waitingRemoved.size() + follower.resting();
    counted = tickers * Backlog.TICKER_BYTES + socket.waitingBytes() + more;
    backlog.add(counted - before);
  }

  /** What was told last. */
  long counted() {
    return counted;
  }

  /** Sends nothing of what waits. */
  void drop() {
    waitingState = null;
    waitingSources.clear();
    waitingAnswer = null;
    waitingRemoved.clear();
    waiting.clear();
    round.clear();
    cursors.clear();
    follower.had().clear();
  }

  /** Notices whether the client has taken something. */
  void look(long now) {
    if (socket.hasProgressed()) {
      lastProgress = now;
    }
  }

  /** Whether the client has not taken anything for that long, though something waits for it. */
  boolean isStuck(long timeoutMs) {
    long now = nanos.getAsLong();
    look(now);
    return now - lastProgress >= TimeUnit.MILLISECONDS.toNanos(timeoutMs);
  }
}
