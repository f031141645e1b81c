package io.fullon.cache.source;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Feeds recorded ticks, one JSON object a line: the fields of a tick, and {@code recv_time} for the
 * pace. A bad line is reported with its number, and the rest goes on. While Redis is out of reach
 * it waits.
 *
 * <p>Reads a file, so it must be deployed as a worker.
 */
public final class Replay extends VerticleBase {

  private static final int MAX_BATCH = 500;
  private static final long RETRY_MS = 500;
  private static final long PROGRESS_MS = 5_000;

  private final Path file;
  private final BigDecimal speed;
  private final Consumer<String> report;
  private final Promise<Void> done = Promise.promise();

  private TickCache ticks;
  private BufferedReader reader;
  private long size;
  private long bytes;
  private long lines;
  private long bad;
  private long stored;
  private long startNanos;
  private long reportedNanos;
  private Instant firstReceived;
  private Line ahead;
  private boolean stopped;

  /** A line that is a tick. */
  private record Line(long number, Tick tick, Instant received) {}

  /**
   * @param speed how many times as fast as it was recorded; 0 for as fast as possible
   * @param report gets one line for each bad line, and now and then the progress
   */
  public Replay(Path file, BigDecimal speed, Consumer<String> report) {
    this.file = file;
    this.speed = speed;
    this.report = report;
  }

  /** Completes when the last line has been stored. */
  public Future<Void> done() {
    return done.future();
  }

  @Override
  public Future<?> start() throws IOException {
    ticks = TickCache.proxy(vertx);
    size = Files.size(file);
    reader =
        new BufferedReader(
            new java.io.InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8));
    startNanos = System.nanoTime();
    reportedNanos = startNanos;
    vertx.runOnContext(v -> next());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() throws IOException {
    stopped = true;
    reader.close();
    return Future.succeededFuture();
  }

  private void next() {
    if (stopped) {
      return;
    }
    try {
      feed();
    } catch (UncheckedIOException e) {
      report.accept("replay: stopped: " + e.getMessage() + ": " + e.getCause().getMessage());
      done.tryFail(e);
    }
  }

  private void feed() {
    List<Line> due = new ArrayList<>();
    while (due.size() < MAX_BATCH && peek() != null && waitNanos(ahead) <= 0) {
      due.add(ahead);
      ahead = null;
    }
    reportProgress();
    if (!due.isEmpty()) {
      store(due).onSuccess(v -> next());
    } else if (ahead != null) {
      vertx.setTimer(Math.max(1, waitNanos(ahead) / 1_000_000), timer -> next());
    } else {
      report.accept("replay: done: " + counts());
      done.tryComplete();
    }
  }

  private long waitNanos(Line line) {
    if (speed.signum() == 0) {
      return 0;
    }
    BigDecimal recorded =
        BigDecimal.valueOf(Duration.between(firstReceived, line.received).toNanos());
    long due = recorded.divide(speed, MathContext.DECIMAL64).longValue();
    return due - (System.nanoTime() - startNanos);
  }

  /** In its order, so that of ticks with the same time the last one stays. */
  private Future<Void> store(List<Line> batch) {
    return ticks
        .updateTickers(batch.stream().map(Line::tick).toList())
        .onSuccess(count -> stored += count)
        .<Void>mapEmpty()
        .recover(
            cause -> {
              if (Failure.INVALID_ARGUMENT.matches(cause)) {
                return storeOneByOne(batch, cause);
              }
              // Storing ticks again is harmless: at equal time the last one wins.
              report.accept("replay: waiting: " + cause.getMessage());
              Promise<Void> later = Promise.promise();
              vertx.setTimer(RETRY_MS, timer -> again(batch).onComplete(later));
              return later.future();
            });
  }

  private Future<Void> again(List<Line> batch) {
    return stopped ? Future.failedFuture("stopped") : store(batch);
  }

  private Future<Void> storeOneByOne(List<Line> batch, Throwable cause) {
    if (batch.size() == 1) {
      reportBad(batch.get(0).number, cause.getMessage());
      return Future.succeededFuture();
    }
    Future<Void> all = Future.succeededFuture();
    for (Line line : batch) {
      all = all.compose(v -> store(List.of(line)));
    }
    return all;
  }

  /** The next line that is a tick, or null at the end. */
  private Line peek() {
    while (ahead == null) {
      String text = readLine();
      if (text == null) {
        return null;
      }
      lines++;
      bytes += text.length() + 1L;
      if (!text.isBlank()) {
        ahead = parse(text);
      }
    }
    return ahead;
  }

  private Line parse(String text) {
    try {
      Fields fields = Json.parse("line", text);
      Tick tick = Tick.read(fields);
      Instant received = fields.has("recv_time") ? fields.time("recv_time") : tick.time();
      if (firstReceived == null) {
        firstReceived = received;
      }
      return new Line(lines, tick, received);
    } catch (InvalidValueException e) {
      reportBad(lines, e.getMessage());
      return null;
    }
  }

  private String readLine() {
    try {
      return reader.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + file + " failed", e);
    }
  }

  private void reportBad(long number, String reason) {
    bad++;
    report.accept("replay: line " + number + ": " + reason);
  }

  private void reportProgress() {
    long now = System.nanoTime();
    if (now - reportedNanos > PROGRESS_MS * 1_000_000) {
      reportedNanos = now;
      long percent = size == 0 ? 100 : Math.min(100, bytes * 100 / size);
      report.accept("replay: " + percent + "%: " + counts());
    }
  }

  private String counts() {
    long millis = Math.max(1, (System.nanoTime() - startNanos) / 1_000_000);
    return String.format(
        Locale.ROOT,
        "%,d lines, %,d ticks stored, %,d bad lines in %,d.%d s (%,d lines/s)",
        lines,
        stored,
        bad,
        millis / 1_000,
        millis % 1_000 / 100,
        lines * 1_000 / millis);
  }
}
