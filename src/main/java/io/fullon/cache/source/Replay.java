package io.fullon.cache.source;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Feeds recorded ticks, one JSON object a line: the fields of a tick, and {@code recv_time} for the
 * pace; as text or compressed by gzip. A bad line is reported with its number, and the rest goes
 * on. When the file cannot be read to its end, what was read counts. While Redis is out of reach it
 * waits.
 *
 * <p>Reads a file, so it is a worker: {@link #deployOn} deploys it.
 */
public final class Replay extends VerticleBase {

  private static final int MAX_BATCH = 500;

  /** After so many lines others have their turn: who stops it, for example. */
  private static final int MAX_LINES_IN_A_TURN = 2_000;

  private static final long RETRY_MS = 500;
  private static final long PROGRESS_MS = 5_000;
  private static final BigDecimal MAX_WAIT_NANOS =
      BigDecimal.valueOf(TimeUnit.DAYS.toNanos(10_000));

  private final Path file;
  private final BigDecimal speed;
  private final Consumer<String> report;
  private final long progressNanos;
  private final Promise<Void> done = Promise.promise();

  private TickCache ticks;
  private Lines lines;
  private long size;
  private long bad;
  private long stored;
  private long startNanos;
  private long reportedNanos;
  private Instant firstReceived;
  private Line ahead;
  private boolean atEnd;
  private UncheckedIOException unreadable;
  private Future<Void> storing = Future.succeededFuture();
  private boolean waiting;
  private boolean stopped;

  /** A line that is a tick. */
  private record Line(long number, Tick tick, Instant received) {}

  /**
   * @param speed how many times as fast as it was recorded; 0 for as fast as possible
   * @param report gets one line for each bad line, and now and then the progress
   */
  public Replay(Path file, BigDecimal speed, Consumer<String> report) {
    this(file, speed, report, PROGRESS_MS);
  }

  Replay(Path file, BigDecimal speed, Consumer<String> report, long progressMs) {
    this.file = file;
    this.speed = speed;
    this.report = report;
    this.progressNanos = TimeUnit.MILLISECONDS.toNanos(progressMs);
  }

  /**
   * Looks whether the file is one of text, perhaps compressed by gzip, so that another one is
   * refused before anything starts.
   *
   * @throws IOException when it cannot be read or is none, with a message that says why
   */
  public static void check(Path file) throws IOException {
    Lines.check(file);
  }

  /** Deploys it, and lets it begin only then: what is wrong with the file holds up nothing. */
  public Future<String> deployOn(Vertx vertx) {
    DeploymentOptions worker = new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER);
    return vertx.deployVerticle(this, worker).onSuccess(id -> context.runOnContext(v -> next()));
  }

  /** Completes when the last line has been stored. */
  public Future<Void> done() {
    return done.future();
  }

  @Override
  public Future<?> start() throws IOException {
    ticks = TickCache.proxy(vertx);
    check(file);
    size = Files.size(file);
    lines = Lines.open(file);
    startNanos = System.nanoTime();
    reportedNanos = startNanos;
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() throws IOException {
    stopped = true;
    lines.close();
    return storing.otherwiseEmpty();
  }

  private void next() {
    if (stopped) {
      return;
    }
    try {
      feed();
    } catch (RuntimeException e) {
      stopAt(e); // never in silence
    }
  }

  private void stopAt(RuntimeException cause) {
    String reason = cause instanceof UncheckedIOException ? cause.getMessage() : cause.toString();
    report.accept("replay: stopped after line " + lines.number() + ": " + reason + "; " + counts());
    done.tryFail(cause);
  }

  private void feed() {
    List<Line> due = new ArrayList<>();
    long turnEnds = lines.number() + MAX_LINES_IN_A_TURN;
    while (due.size() < MAX_BATCH && lookAhead(turnEnds) && waitNanos(ahead) <= 0) {
      due.add(ahead);
      ahead = null;
    }
    if (isTimeToReport()) {
      reportProgress();
    }
    if (!due.isEmpty()) {
      storing = store(due).onSuccess(v -> next());
    } else if (ahead != null) {
      // Not longer than until there is something to say.
      long nanos = Math.min(waitNanos(ahead), progressNanos);
      vertx.setTimer(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)), timer -> next());
    } else if (!atEnd) {
      vertx.runOnContext(v -> next());
    } else if (unreadable != null) {
      stopAt(unreadable);
    } else {
      report.accept("replay: done: " + counts());
      done.tryComplete();
    }
  }

  private long waitNanos(Line line) {
    if (speed.signum() == 0) {
      return 0;
    }
    Duration recorded = Duration.between(firstReceived, line.received);
    long due =
        BigDecimal.valueOf(recorded.getSeconds())
            .movePointRight(9)
            .add(BigDecimal.valueOf(recorded.getNano()))
            .divide(speed, MathContext.DECIMAL64)
            .max(BigDecimal.ZERO) // a line that was received before the first
            .min(MAX_WAIT_NANOS)
            .longValue();
    return due - (System.nanoTime() - startNanos);
  }

  // What is stored

  /** In its order, so that of ticks with the same time the last one stays. */
  private Future<Void> store(List<Line> batch) {
    Promise<Void> done = Promise.promise();
    store(batch, done);
    return done.future();
  }

  private void store(List<Line> batch, Promise<Void> done) {
    if (stopped) {
      done.fail("stopped");
      return;
    }
    ticks
        .updateTickers(batch.stream().map(Line::tick).toList())
        .onSuccess(
            count -> {
              stored += count;
              waiting = false;
              done.complete();
            })
        .onFailure(
            cause -> {
              // What is wrong with a tick, or with its key in Redis, waiting does not mend.
              if (Failure.INVALID_ARGUMENT.matches(cause) || Failure.INTERNAL.matches(cause)) {
                storeOneByOne(batch, cause).onComplete(done);
              } else {
                storeLater(batch, cause, done);
              }
            });
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

  /** Storing ticks again is harmless: at equal time the last one wins. */
  private void storeLater(List<Line> batch, Throwable cause, Promise<Void> done) {
    if (!stopped && (!waiting || isTimeToReport())) {
      waiting = true;
      reportedNanos = System.nanoTime();
      report.accept("replay: waiting: " + cause.getMessage());
    }
    vertx.setTimer(RETRY_MS, timer -> store(batch, done));
  }

  // What is read

  /** Whether there is a line that is a tick, within those of this turn. */
  private boolean lookAhead(long turnEnds) {
    boolean turnIsOver = false;
    while (ahead == null && !atEnd && !turnIsOver) {
      String text = nextLine();
      if (text == null) {
        atEnd = true;
      } else if (!text.isBlank()) {
        ahead = parse(text);
      }
      // A piece of a line without end takes its time.
      turnIsOver = lines.number() >= turnEnds || lines.isInside();
    }
    return ahead != null;
  }

  /** The next line; null at the end, which may be where the file cannot be read any more. */
  private String nextLine() {
    try {
      return lines.next();
    } catch (UncheckedIOException e) {
      // What was read before counts.
      unreadable = e;
      return null;
    }
  }

  private Line parse(String text) {
    try {
      Fields fields = Json.parseForeign("line", text);
      Tick tick = Tick.read(fields);
      Instant received = fields.has("recv_time") ? fields.time("recv_time") : tick.time();
      if (firstReceived == null) {
        firstReceived = received;
      }
      return new Line(lines.number(), tick, received);
    } catch (InvalidValueException e) {
      reportBad(lines.number(), e.getMessage());
      return null;
    }
  }

  // What is said

  private void reportBad(long number, String reason) {
    bad++;
    // Without the name of what there is only one of.
    String problem = reason.replaceFirst("^(line|ticks\\[0\\])(\\.|: )", "");
    report.accept("replay: line " + number + ": " + problem);
  }

  private boolean isTimeToReport() {
    return System.nanoTime() - reportedNanos > progressNanos;
  }

  private void reportProgress() {
    reportedNanos = System.nanoTime();
    long percent = size == 0 ? 100 : Math.min(100, lines.bytes() * 100 / size);
    report.accept("replay: " + percent + "%: " + counts());
  }

  private String counts() {
    long millis = Math.max(1, (System.nanoTime() - startNanos) / 1_000_000);
    return String.format(
        Locale.ROOT,
        "%,d lines, %,d ticks stored, %,d bad lines in %,d.%d s (%,d lines/s)",
        lines.number(),
        stored,
        bad,
        millis / 1_000,
        millis % 1_000 / 100,
        lines.number() * 1_000 / millis);
  }
}
