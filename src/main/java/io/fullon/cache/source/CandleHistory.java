package io.fullon.cache.source;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.redis.Backoff;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bars that are over, as an exchange's list has them: asked for one answer at a time, at the
 * exchange's pace, the latest first. What fails is tried again after the others.
 */
final class CandleHistory {

  private static final Logger LOG = LoggerFactory.getLogger(CandleHistory.class);

  /** How long after its end an exchange's list has all of a bar. */
  private static final long SETTLED_MS = 2_000;

  /** Pauses grow up to so many of those between connections. */
  private static final long LONGEST = 15;

  private static final int MAX_TEXT = 200;

  /** Who has it. */
  interface Owner {

    /** Stores bars of one symbol and timeframe, which begin in that time. */
    Future<?> read(String symbol, Timeframe timeframe, List<Bar> bars, Instant from, Instant to);

    /** What came is no bar. */
    void garbage(String reason);
  }

  /** What is to be read: bars that begin from one time on and before another, in seconds. */
  private static final class Task {

    final String name;
    final Timeframe timeframe;

    /** As many as the name stands for. */
    final Set<String> symbols;

    long from;
    long to;
    boolean hasFailed;

    Task(String name, Timeframe timeframe, Set<String> symbols, long from, long to) {
      this.name = name;
      this.timeframe = timeframe;
      this.symbols = symbols;
      this.from = from;
      this.to = to;
    }

    /** Of one symbol the longest come first: made of shorter ones they would be corrected. */
    boolean isBefore(Task other) {
      return name.equals(other.name) && timeframe.compareTo(other.timeframe) > 0;
    }

    long readyMs() {
      return TimeUnit.SECONDS.toMillis(to) + SETTLED_MS;
    }
  }

  private final Vertx vertx;
  private final Venue venue;
  private final Rest rest;
  private final LongSupplier clock;
  private final Owner owner;
  private final Pace pace;
  private final Backoff pauses;
  private final Deque<Task> tasks = new ArrayDeque<>();
  private boolean isReading;
  private long notBefore = System.nanoTime();
  private long timer = -1;
  private boolean closed;

  CandleHistory(
      Vertx vertx, Venue venue, Rest rest, SourceTimes times, LongSupplier clock, Owner owner) {
    this.vertx = vertx;
    this.venue = venue;
    this.rest = rest;
    this.clock = clock;
    this.owner = owner;
    this.pace = new Pace(venue.candles().requests());
    this.pauses = new Backoff(times.reconnectMinMs(), LONGEST * times.reconnectMaxMs());
  }

  /** Has bars read and stored that begin from one time on and before another, in seconds. */
  void read(String name, Timeframe timeframe, Set<String> symbols, long from, long to) {
    for (Task task : tasks) {
      if (task.name.equals(name) && task.timeframe == timeframe) {
        task.from = Math.min(task.from, from);
        task.to = Math.max(task.to, to);
        return;
      }
    }
    tasks.add(new Task(name, timeframe, symbols, from, to));
    next();
  }

  /** These are not wanted any more. */
  void forget(Predicate<String> names) {
    tasks.removeIf(task -> names.test(task.name));
  }

  private void next() {
    if (closed || isReading || tasks.isEmpty()) {
      return;
    }
    vertx.cancelTimer(timer);
    long now = System.nanoTime();
    long waitMs = 1 + TimeUnit.NANOSECONDS.toMillis(Math.max(notBefore - now, pace.waitNanos(now)));
    Task task = takeReady(clock.getAsLong());
    if (task != null && waitMs <= 1) {
      pace.add(now);
      read(task);
      return;
    }
    if (task != null) {
      tasks.addFirst(task);
    }
    timer = vertx.setTimer(task != null ? waitMs : SETTLED_MS / 4, id -> next());
  }

  private Task takeReady(long nowMs) {
    Task first = null;
    for (Task task : tasks) {
      boolean isReady = task.readyMs() <= nowMs;
      if (isReady && (first == null || task.isBefore(first))) {
        first = task;
      }
    }
    if (first != null) {
      tasks.remove(first);
    }
    return first;
  }

  private void read(Task task) {
    isReading = true;
    long seconds = task.timeframe.seconds();
    long from = Math.max(task.from, task.to - seconds * venue.candles().barsPerAnswer());
    Instant begin = Instant.ofEpochSecond(from);
    Instant end = Instant.ofEpochSecond(task.to);
    rest.get(venue.history(task.name, task.timeframe, begin, end))
        .compose(body -> vertx.executeBlocking(() -> parse(task.name, body), false))
        .compose(candles -> store(task, candles, begin, end))
        .onComplete(
            done -> {
              isReading = false;
              if (done.failed()) {
                failed(task, done.cause());
              } else {
                pauses.reset();
                task.to = from;
                if (task.from < task.to) {
                  tasks.addFirst(task);
                }
              }
              next();
            });
  }

  private List<Candle> parse(String name, Buffer body) {
    String text = body.toString();
    List<Candle> candles = venue.bars(name, Message.parse(text));
    if (candles == null) {
      throw new VertxException(text.substring(0, Math.min(text.length(), MAX_TEXT)), true);
    }
    return candles;
  }

  private Future<?> store(Task task, List<Candle> candles, Instant begin, Instant end) {
    Future<?> stored = Future.succeededFuture();
    for (String symbol : task.symbols) {
      List<Bar> bars = bars(task, symbol, candles, begin, end);
      if (!bars.isEmpty()) {
        stored = stored.compose(v -> owner.read(symbol, task.timeframe, bars, begin, end));
      }
    }
    return stored;
  }

  private List<Bar> bars(
      Task task, String symbol, List<Candle> candles, Instant begin, Instant end) {
    List<Bar> bars = new ArrayList<>(candles.size());
    for (Candle candle : candles) {
      Instant time = candle.begin();
      if (time != null && !time.isBefore(begin) && time.isBefore(end)) {
        try {
          bars.add(candle.withFinal(true).bar(venue.exchange(), symbol, task.timeframe));
        } catch (InvalidValueException e) {
          owner.garbage("a bar of " + symbol + ": " + e.getMessage());
        }
      }
    }
    return bars;
  }

  private void failed(Task task, Throwable cause) {
    if (closed) {
      return;
    }
    long pauseMs = pauses.nextMs();
    if (cause instanceof Rest.Refused refused) {
      pauseMs = Math.max(pauseMs, refused.retryAfterMs());
    }
    notBefore = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMs);
    if (!task.hasFailed) {
      task.hasFailed = true;
      LOG.warn(
          "{}: the history of {} {} cannot be read, and is tried again: {}",
          venue.exchange(),
          task.name,
          task.timeframe,
          Reasons.of(cause));
    }
    tasks.add(task);
  }

  void close() {
    closed = true;
    vertx.cancelTimer(timer);
    tasks.clear();
  }
}
