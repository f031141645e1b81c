package io.fullon.cache.feed;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.Timeframe;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The candles that one connection follows. What waits for it is the latest of each bar that has
 * changed, of not more bars than a snapshot brings: the oldest are left out first. Snapshots are
 * read one after the other, each when the client can take it.
 */
final class CandleFollower {

  /** So many changed bars of a market and timeframe may wait. */
  private static final int MOST_WAITING = FeedLimits.BARS;

  /** What one costs that waits. */
  private static final int BAR_BYTES = 400;

  /** How many requests may wait for their snapshots. */
  private static final int MOST_SNAPSHOTS = 1_000;

  private static final long RETRY_MS = 500;

  private final Candles candles;
  private final FeedSocket socket;
  private final Outbox outbox;
  private final Timers timers;
  private final LongSupplier nanos;
  private final Map<CandleKey, Candle> followed = new LinkedHashMap<>();
  private final Deque<Snapshot> snapshots = new ArrayDeque<>(1);

  /** Those of which something waits. */
  private final Set<Candle> changed = new LinkedHashSet<>(1);

  private int waiting;
  private boolean isReading;

  /** What can be taken again may be told in the middle of sending. */
  private boolean isSending;

  private long timer = -1;

  /** When that is due. */
  private long timerNanos;

  private boolean closed;

  CandleFollower(
      Candles candles, FeedSocket socket, Outbox outbox, Timers timers, LongSupplier nanos) {
    this.candles = candles;
    this.socket = socket;
    this.outbox = outbox;
    this.timers = timers;
    this.nanos = nanos;
    outbox.whenReady(this::goOn);
  }

  /** A snapshot on its way. */
  private static final class Snapshot {

    /** As many bars of each as are missing there. */
    static final int MISSING = -1;

    final Object reqId;
    final Timeframe timeframe;
    final int count;
    final Deque<Candle> candles;
    boolean isAnnounced;

    Snapshot(Object reqId, Timeframe timeframe, int count, Collection<Candle> candles) {
      this.reqId = reqId;
      this.timeframe = timeframe;
      this.count = count;
      this.candles = new ArrayDeque<>(candles);
    }

    /** One that nobody has asked for. */
    static Snapshot ofMissing(Timeframe timeframe, Collection<Candle> candles) {
      return new Snapshot(null, timeframe, MISSING, candles);
    }

    int count(Candle candle) {
      return count == MISSING ? candle.missing : count;
    }
  }

  /** One subscription. */
  final class Candle {

    private final CandleKey key;
    private int intervalMs;

    /** What has changed and was not sent, by when it begins. */
    private final TreeMap<Long, String> bars = new TreeMap<>();

    /** How many snapshots of it are to come. */
    private int snapshotsToCome;

    /** Whether the client has what came before, so that each change is of use to it. */
    private boolean wasLive;

    /** As many bars as the client has got in a snapshot, and when the first of all begins. */
    private int had;

    private long oldest = Long.MAX_VALUE;

    /** So many of the latest bars must be read because not every change of them is known. */
    private int missing;

    private long restsUntil;

    private Candle(CandleKey key) {
      this.key = key;
      this.restsUntil = nanos.getAsLong();
    }

    CandleKey key() {
      return key;
    }

    CandleFollower follower() {
      return CandleFollower.this;
    }

    int intervalMs() {
      return intervalMs;
    }

    /** A bar has changed. */
    void take(long begin, String json) {
      if (bars.put(begin, json) == null) {
        waiting++;
      }
      oldest = Math.min(oldest, begin);
      changed.add(this);
      if (bars.size() > MOST_WAITING) {
        bars.pollFirstEntry();
        waiting--;
      }
    }

    private void misses(long count) {
      missing = (int) Math.max(missing, Math.min(count, FeedLimits.BARS));
    }

    /** So many bars were read of which some were missing; what it has may go back further. */
    private void reaches(int count, List<Bar> read) {
      if (count < FeedLimits.BARS
          && read.size() == count
          && read.get(0).time().getEpochSecond() > oldest) {
        misses(FeedLimits.BARS);
      }
    }

    private void forget() {
      waiting -= bars.size();
      bars.clear();
      changed.remove(this);
    }

    private boolean isDue(long now) {
      return snapshotsToCome == 0 && now - restsUntil >= 0;
    }
  }

  void run(Runnable step) {
    socket.run(step);
  }

  int size() {
    return followed.size();
  }

  boolean has(CandleKey key) {
    return followed.containsKey(key);
  }

  Collection<Candle> all() {
    return followed.values();
  }

  /** Whether so many snapshots are to come that no more may be asked for. */
  boolean isBusy() {
    return snapshots.size() >= MOST_SNAPSHOTS;
  }

  /** What waits here, in bytes. */
  long waitingBytes() {
    return (long) waiting * BAR_BYTES;
  }

  /**
   * Follows candles, or changes how; begins with a snapshot.
   *
   * @param keys all of one timeframe
   */
  void subscribe(
      Object reqId, Timeframe timeframe, Collection<CandleKey> keys, int count, int intervalMs) {
    List<Candle> asked = new ArrayList<>();
    for (CandleKey key : keys) {
      Candle candle = followed.get(key);
      if (candle == null) {
        candle = new Candle(key);
        followed.put(key, candle);
        candles.enter(candle);
      }
      candle.intervalMs = intervalMs;
      candle.restsUntil = nanos.getAsLong();
      candle.wasLive |= count == 0;
      asked.add(candle);
    }
    add(new Snapshot(reqId, timeframe, count, asked));
  }

  void unsubscribe(CandleKey key) {
    Candle candle = followed.remove(key);
    candle.forget();
    candles.leave(candle);
  }

  /** Messages were missed for that long: the bars of that time come again, and those it has. */
  void readAgain(long nanosAway) {
    Map<Timeframe, List<Candle>> byTimeframe = new EnumMap<>(Timeframe.class);
    for (Candle candle : followed.values()) {
      if (candle.wasLive) {
        Timeframe timeframe = candle.key.timeframe();
        long missed = TimeUnit.NANOSECONDS.toSeconds(nanosAway) / timeframe.seconds() + 2;
        candle.misses(missed + candle.had);
        byTimeframe.computeIfAbsent(timeframe, key -> new ArrayList<>()).add(candle);
      }
    }
    byTimeframe.forEach(this::readMissing);
  }

  /** Where snapshots are to come already, it is seen behind them whether they bring it. */
  private void readMissing(Timeframe timeframe, List<Candle> all) {
    List<Candle> idle = all.stream().filter(candle -> candle.snapshotsToCome == 0).toList();
    if (!idle.isEmpty()) {
      add(Snapshot.ofMissing(timeframe, idle));
    }
  }

  private void add(Snapshot snapshot) {
    snapshot.candles.forEach(candle -> candle.snapshotsToCome++);
    snapshots.add(snapshot);
    goOn();
  }

  /** Does what can be done now; to be called when the client can take something again. */
  void goOn() {
    sending(this::sendAll);
  }

  private void sending(Runnable step) {
    if (closed || isSending) {
      return;
    }
    isSending = true;
    try {
      step.run();
    } finally {
      isSending = false;
    }
  }

  private void sendAll() {
    sendChanged();
    while (!snapshots.isEmpty() && !isReading && outbox.isReady()) {
      Snapshot snapshot = snapshots.element();
      Candle next = next(snapshot);
      if (next == null) {
        snapshots.remove();
        if (!snapshot.isAnnounced) {
          send(snapshot, "", false); // of nothing, or of what was unsubscribed meanwhile
        }
        sendChanged();
      } else if (snapshot.count == 0) {
        came(snapshot, next);
      } else {
        read(snapshot, next);
      }
    }
  }

  /** The first that is still followed; null when there is none. */
  private Candle next(Snapshot snapshot) {
    while (!snapshot.candles.isEmpty() && !isFollowed(snapshot.candles.element())) {
      snapshot.candles.remove();
    }
    return snapshot.candles.peek();
  }

  private boolean isFollowed(Candle candle) {
    return followed.get(candle.key) == candle;
  }

  private void read(Snapshot snapshot, Candle candle) {
    isReading = true;
    int count = snapshot.count(candle);
    int missing = count >= candle.missing ? candle.missing : 0;
    candle.missing -= missing; // more may be missed until this is read
    candles
        .latest(candle.key, count)
        .onComplete(
            result ->
                run(
                    () -> {
                      isReading = false;
                      if (closed) {
                        return;
                      }
                      if (result.succeeded()) {
                        if (isFollowed(candle)) {
                          if (missing > 0) {
                            candle.reaches(count, result.result());
                          }
                          sending(() -> send(snapshot, candle, result.result()));
                        }
                        goOn();
                      } else if (hasNone(result.cause())) {
                        refuse(snapshot);
                      } else {
                        candle.misses(missing);
                        timers.after(RETRY_MS, () -> run(this::goOn));
                      }
                    }));
  }

  private static boolean hasNone(Throwable cause) {
    return cause instanceof ReplyException reply && reply.failureType() == ReplyFailure.NO_HANDLERS;
  }

  private void refuse(Snapshot snapshot) {
    snapshots.remove(snapshot);
    for (Candle candle : List.copyOf(snapshot.candles)) {
      if (isFollowed(candle)) {
        unsubscribe(candle.key);
      }
    }
    outbox.send(Frames.error(snapshot.reqId, ErrorCode.INVALID_ARGUMENT, Candles.NONE));
    goOn();
  }

  /** What was told meanwhile is not older than what was read. */
  private void send(Snapshot snapshot, Candle candle, List<Bar> read) {
    TreeMap<Long, String> bars = new TreeMap<>();
    read.forEach(bar -> bars.put(bar.time().getEpochSecond(), bar.encode()));
    long first = bars.isEmpty() ? Long.MIN_VALUE : bars.firstKey();
    Map<Long, String> newer = candle.bars.tailMap(first, true);
    bars.putAll(newer);
    waiting -= newer.size();
    newer.clear();
    candle.had = Math.max(candle.had, read.size());
    candle.oldest = Math.min(candle.oldest, bars.isEmpty() ? Long.MAX_VALUE : first);
    if (!candle.wasLive) {
      candle.forget();
    }
    came(snapshot, candle);
    boolean isLast = next(snapshot) == null;
    List<String> pieces = pieces(bars.values());
    for (int i = 0; i < pieces.size(); i++) {
      send(snapshot, pieces.get(i), !isLast || i < pieces.size() - 1);
    }
  }

  private void came(Snapshot snapshot, Candle candle) {
    snapshot.candles.remove();
    candle.snapshotsToCome--;
    candle.wasLive = true;
    if (candle.bars.isEmpty()) {
      changed.remove(candle);
    }
    if (candle.missing > 0) {
      readMissing(candle.key.timeframe(), List.of(candle));
    }
  }

  private void send(Snapshot snapshot, String bars, boolean hasMore) {
    snapshot.isAnnounced = !hasMore;
    outbox.send(Frames.candles(snapshot.reqId, snapshot.timeframe, bars, true, hasMore));
  }

  /** As many bars in each as a frame takes; one that is empty when there are none. */
  private static List<String> pieces(Collection<String> bars) {
    List<String> pieces = new ArrayList<>();
    StringBuilder piece = new StringBuilder();
    int size = 0;
    for (String bar : bars) {
      int bytes = ByteBufUtil.utf8Bytes(bar) + 1;
      if (size + bytes > Frames.PIECE) {
        pieces.add(piece.toString());
        piece.setLength(0);
        size = 0;
      }
      size += bytes;
      piece.append(piece.length() == 0 ? "" : ",").append(bar);
    }
    pieces.add(piece.toString());
    return pieces;
  }

  /** Sends what has changed, if the client can take it and its interval is over. */
  void flush() {
    sending(this::sendChanged);
  }

  private void sendChanged() {
    if (changed.isEmpty() || !outbox.isReady()) {
      return;
    }
    long now = nanos.getAsLong();
    long next = Long.MAX_VALUE;
    Map<Timeframe, List<String>> due = new EnumMap<>(Timeframe.class);
    for (Candle candle : List.copyOf(changed)) {
      if (candle.isDue(now)) {
        due.computeIfAbsent(candle.key.timeframe(), timeframe -> new ArrayList<>())
            .addAll(candle.bars.values());
        candle.forget();
        candle.restsUntil = now + TimeUnit.MILLISECONDS.toNanos(candle.intervalMs);
      } else if (candle.snapshotsToCome == 0) {
        next = Math.min(next, candle.restsUntil - now);
      }
    }
    due.forEach(
        (timeframe, bars) ->
            pieces(bars)
                .forEach(
                    piece -> outbox.send(Frames.candles(null, timeframe, piece, false, false))));
    if (next < Long.MAX_VALUE) {
      flushIn(next, now);
    }
  }

  /** Unless it does earlier anyhow. */
  private void flushIn(long wait, long now) {
    if (timer >= 0 && timerNanos - now <= wait) {
      return;
    }
    cancelTimer();
    timerNanos = now + wait;
    timer =
        timers.after(
            TimeUnit.NANOSECONDS.toMillis(wait) + 1,
            () ->
                run(
                    () -> {
                      timer = -1;
                      flush();
                    }));
  }

  private void cancelTimer() {
    if (timer >= 0) {
      timers.cancel(timer);
      timer = -1;
    }
  }

  void close() {
    closed = true;
    followed.values().forEach(candles::leave);
    followed.clear();
    changed.clear();
    snapshots.clear();
    waiting = 0;
    cancelTimer();
  }
}
