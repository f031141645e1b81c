package io.fullon.cache.feed;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What is on its way to one connection. When the client does not keep up, what waits for it is
 * bounded: the latest tick of each symbol, never a queue. Until all is sent that waits, no further
 * requests are read.
 */
final class Outbox {

  /** Those first whose clients have taken nothing for longest, or for whom most waits. */
  static final Comparator<Outbox> SLOWEST =
      Comparator.<Outbox>comparingLong(outbox -> outbox.lastProgress)
          .thenComparing(Comparator.comparingLong(Outbox::counted).reversed());

  private static final long NO_TIMER = -1;

  private final Feed feed;
  private final FeedSocket socket;
  private final boolean compresses;
  private final FeedMetrics metrics;

  // What waits, in the order in which it will be sent.
  private Boolean waitingState;
  private final Set<Interest> waitingRemoved = new LinkedHashSet<>();
  private final Deque<Snapshot> snapshots = new ArrayDeque<>(1);
  private final LinkedHashMap<Interest, Outgoing> waitingTicks = new LinkedHashMap<>();

  /** Null when there is none. */
  private Answer answer;

  /** The symbols of {@link #waitingTicks} that are sent before any that comes to it later. */
  private final Deque<Interest> round = new ArrayDeque<>(1);

  /** Made when the first interval is asked for. */
  private Pace pace;

  private long paceTimer = NO_TIMER;
  private boolean sendsSnapshot;
  private boolean listens = true;
  private long lastSent;
  private long lastProgress = Feed.now();
  private long counted;

  /** What is not sent yet of an answer; nothing more is asked before. */
  private record Answer(
      Object reqId, Iterator<Shown> ticks, int size, Subscriptions subscriptions) {}

  /** The ticks of a snapshot that are not sent yet. */
  private record Snapshot(Object reqId, Map<Interest, Outgoing> unsent) {}

  Outbox(Feed feed, FeedSocket socket) {
    this.feed = feed;
    this.socket = socket;
    this.compresses = socket.compresses();
    this.metrics = feed.metrics();
  }

  /** Whether the next ticks can go out as others get them, in the same bytes. */
  boolean takesSharedFrames() {
    return isClear() && !compresses;
  }

  private boolean isClear() {
    return snapshots.isEmpty() && !isBehind();
  }

  private boolean isBehind() {
    return !nothingWaits() || socket.isFull();
  }

  private boolean nothingWaits() {
    return waitingTicks.isEmpty() && waitingRemoved.isEmpty() && waitingState == null;
  }

  void send(String frame) {
    lastSent = Feed.now();
    socket.send(frame);
  }

  /** Sends the bytes of a whole frame with so many ticks, which others are sent too. */
  void send(ByteBuf frame, int ticks) {
    lastSent = Feed.now();
    metrics.ticks.add(ticks);
    socket.send(frame);
  }

  private void send(String frame, List<Outgoing> ticks) {
    metrics.ticks.add(ticks.size());
    for (Outgoing tick : ticks) {
      if (tick.skipped() > 0) {
        metrics.conflated.add(tick.skipped());
      }
    }
    send(frame);
  }

  /** Sends the ticks that the intervals let through, or keeps the latest of each symbol. */
  void offer(List<Shown> ticks, Subscriptions subscriptions) {
    List<Outgoing> now = new ArrayList<>();
    for (Shown tick : ticks) {
      Outgoing outgoing = new Outgoing(tick, 0);
      int intervalMs = subscriptions.interval(tick.symbol());
      if (intervalMs > 0) {
        outgoing = pace().offer(outgoing, intervalMs, Feed.now());
      }
      if (outgoing != null) {
        now.add(outgoing);
      }
    }
    deliver(now);
    waitForPace();
  }

  private Pace pace() {
    if (pace == null) {
      pace = new Pace();
    }
    return pace;
  }

  private void waitForPace() {
    if (pace != null && pace.isHolding() && paceTimer == NO_TIMER) {
      paceTimer = feed.after(pace.delayMs(Feed.now()), () -> socket.run(this::sendDue));
    }
  }

  private void sendDue() {
    paceTimer = NO_TIMER;
    deliver(pace.due(Feed.now()));
    waitForPace();
  }

  /** To be called when the connection is over. */
  void close() {
    feed.cancel(paceTimer);
    drop();
  }

  private void deliver(List<Outgoing> ticks) {
    if (ticks.isEmpty()) {
      return;
    }
    if (isBehind()) {
      ticks.forEach(this::keep);
    } else {
      sendSnapshotOf(ticks);
      send(Frames.update(ticks), ticks);
    }
  }

  private void keep(Outgoing tick) {
    for (Snapshot snapshot : snapshots) {
      if (snapshot.unsent.computeIfPresent(tick.symbol(), (key, old) -> old.then(tick)) != null) {
        return;
      }
    }
    Outgoing before = waitingTicks.remove(tick.symbol());
    waitingTicks.put(tick.symbol(), before == null ? tick : before.then(tick));
  }

  /** Sends the latest ticks of these symbols, piece by piece if they are many. */
  void answer(Object reqId, List<Shown> ticks, Subscriptions subscriptions) {
    answer = new Answer(reqId, ticks.iterator(), ticks.size(), subscriptions);
    sendAnswer();
    sendPieces();
  }

  private void sendAnswer() {
    feed.flush(answer.subscriptions); // so that nothing older comes after it
    if (isBehind()) {
      return;
    }
    List<Shown> piece = new ArrayList<>();
    int size = 0;
    while (answer.ticks.hasNext() && size < Frames.PIECE) {
      Shown tick = feed.latest(answer.ticks.next());
      if (tick != null) {
        piece.add(tick);
        size += tick.bytes();
      }
    }
    boolean more = answer.ticks.hasNext();
    String frame = Frames.answer(answer.reqId, piece, more);
    if (!more) {
      answer = null;
    }
    metrics.ticks.add(piece.size());
    send(frame);
  }

  /** Sends before later ticks what a snapshot still has of their symbols. */
  private void sendSnapshotOf(List<Outgoing> later) {
    for (Snapshot snapshot : snapshots) {
      List<Outgoing> ticks = new ArrayList<>();
      for (Outgoing tick : later) {
        Outgoing unsent = snapshot.unsent.remove(tick.symbol());
        if (unsent != null) {
          ticks.add(unsent);
        }
      }
      if (!ticks.isEmpty()) {
        send(Frames.snapshot(snapshot.reqId, ticks, true), ticks);
      }
    }
  }

  void removed(Collection<Interest> symbols) {
    boolean behind = isBehind();
    for (Interest symbol : symbols) {
      snapshots.forEach(snapshot -> snapshot.unsent.remove(symbol));
      waitingTicks.remove(symbol);
      if (pace != null) {
        pace.forget(symbol);
      }
    }
    if (behind) {
      waitingRemoved.addAll(symbols);
    } else {
      send(Frames.removed(symbols));
    }
  }

  /** The link to Redis went or came back. */
  void state(boolean live) {
    if (isBehind()) {
      waitingState = live;
    } else {
      send(Frames.feed(live));
    }
  }

  /** Drops what is no longer wanted, and sends what need not wait any longer. */
  void changed(Subscriptions subscriptions) {
    if (pace != null) {
      deliver(pace.changed(subscriptions, Feed.now()));
    }
  }

  /**
   * Sends the ticks, piece by piece if they are many; their intervals begin.
   *
   * @param seen what the client has already and does not get again
   */
  void snapshot(
      Object reqId, Collection<Shown> ticks, Set<Shown> seen, Subscriptions subscriptions) {
    Map<Interest, Outgoing> unsent = new LinkedHashMap<>();
    for (Shown tick : ticks) {
      Outgoing outgoing = new Outgoing(tick, 0);
      Outgoing held = pace == null ? null : pace.forget(tick.symbol());
      outgoing = after(waitingTicks.remove(tick.symbol()), after(held, outgoing));
      for (Snapshot earlier : snapshots) {
        outgoing = after(earlier.unsent.remove(tick.symbol()), outgoing);
      }
      if (!seen.contains(tick)) {
        unsent.put(tick.symbol(), outgoing);
      }
      int intervalMs = subscriptions.interval(tick.symbol());
      if (intervalMs > 0) {
        pace().rest(tick.symbol(), intervalMs, Feed.now());
      }
    }
    boolean isNext = nothingWaits() && snapshots.isEmpty();
    snapshots.add(new Snapshot(reqId, unsent));
    if (isNext) {
      sendPiece();
    }
    sendPieces();
  }

  /** The tick that comes next, which may be the same. */
  private static Outgoing after(Outgoing before, Outgoing next) {
    if (before == null) {
      return next;
    }
    return before.tick() == next.tick()
        ? new Outgoing(next.tick(), before.skipped() + next.skipped())
        : before.then(next);
  }

  private void sendPiece() {
    Snapshot snapshot = snapshots.element();
    List<Outgoing> piece = takePiece(snapshot.unsent);
    boolean more = !snapshot.unsent.isEmpty();
    if (!more) {
      snapshots.remove();
    }
    send(Frames.snapshot(snapshot.reqId, piece, more), piece);
  }

  private static List<Outgoing> takePiece(Map<Interest, Outgoing> unsent) {
    List<Outgoing> piece = new ArrayList<>();
    int size = 0;
    Iterator<Outgoing> ticks = unsent.values().iterator();
    while (ticks.hasNext() && size < Frames.PIECE) {
      Outgoing tick = ticks.next();
      ticks.remove();
      piece.add(tick);
      size += tick.bytes();
    }
    return piece;
  }

  /** One piece at a time, others' work in between. */
  private void sendPieces() {
    if ((snapshots.isEmpty() && answer == null) || sendsSnapshot || socket.isFull()) {
      return;
    }
    sendsSnapshot = true;
    feed.later(() -> socket.run(this::goOn));
  }

  private void goOn() {
    sendsSnapshot = false;
    if (!isBehind()) {
      if (!snapshots.isEmpty()) {
        sendPiece();
      } else if (answer != null) {
        sendAnswer();
      }
    }
    sendPieces();
    listen();
  }

  /** Sends all that waits, be it more than the socket can take. */
  void flush() {
    sendWaiting(() -> true);
  }

  /** Reads no requests as long as something waits to be sent. */
  void listen() {
    if ((isClear() && answer == null) == listens) {
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
    sendPieces();
    listen();
  }

  private void sendWaiting(BooleanSupplier goesOn) {
    if (waitingState != null) {
      String state = Frames.feed(waitingState);
      waitingState = null;
      send(state);
    }
    if (!waitingRemoved.isEmpty()) {
      String removed = Frames.removed(waitingRemoved);
      waitingRemoved.clear();
      send(removed);
    }
    while (!snapshots.isEmpty() && goesOn.getAsBoolean()) {
      sendPiece();
    }
    while (!waitingTicks.isEmpty() && goesOn.getAsBoolean()) {
      List<Outgoing> piece = takeNewest();
      if (!piece.isEmpty()) {
        send(Frames.update(piece), piece);
      }
    }
  }

  /** The newest first, but those that come meanwhile not before those that wait already. */
  private List<Outgoing> takeNewest() {
    if (round.isEmpty()) {
      List<Interest> newestFirst = new ArrayList<>(waitingTicks.keySet());
      Collections.reverse(newestFirst);
      round.addAll(newestFirst);
    }
    List<Outgoing> piece = new ArrayList<>();
    int size = 0;
    while (!round.isEmpty() && size < Frames.PIECE) {
      Outgoing tick = waitingTicks.remove(round.remove());
      if (tick != null) {
        piece.add(tick);
        size += tick.bytes();
      }
    }
    return piece;
  }

  /** Sends a heartbeat when there was nothing else to send for that long. */
  void heartbeat(long silenceNanos, boolean live) {
    if (Feed.now() - lastSent >= silenceNanos && !isBehind()) {
      send(Frames.heartbeat(live));
    }
  }

  /** Tells what waits here to what counts it for all. */
  void count(Backlog backlog) {
    long ticks = waitingTicks.size();
    ticks += answer == null ? 0 : answer.size;
    for (Snapshot snapshot : snapshots) {
      ticks += snapshot.unsent.size();
    }
    long before = counted;
    counted = ticks * Backlog.TICK_BYTES + socket.waitingBytes();
    backlog.add(counted - before);
  }

  /** What was told last. */
  long counted() {
    return counted;
  }

  /** Sends nothing of what waits. */
  void drop() {
    waitingState = null;
    waitingRemoved.clear();
    waitingTicks.clear();
    round.clear();
    snapshots.clear();
    answer = null;
  }

  /** Notices whether the client has taken something. */
  void look(long now) {
    if (socket.hasProgressed()) {
      lastProgress = now;
    }
  }

  /** Whether the client has not taken anything for that long, though something waits for it. */
  boolean isStuck(long timeoutMs) {
    long now = Feed.now();
    look(now);
    return now - lastProgress >= TimeUnit.MILLISECONDS.toNanos(timeoutMs);
  }
}
