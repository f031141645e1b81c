package io.fullon.cache.bench.feed;

import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;

/** What the load has received, in one thread. */
final class LoadCounts {

  /** A prime, so that the samples are of all sockets. */
  private static final int SAMPLE_EVERY = 61;

  private static final int MAX_MICROS = 10_000_000;
  private static final int TIME_DIGITS = "1795000000.123456".length();

  long acks;
  long lost;
  long frames;
  long ticks;
  long irregular;
  long checked;
  long gaps;
  long conflated;

  /** Not among the ticks, which are of updates. */
  long snapshotTicks;

  private long end = Long.MAX_VALUE;
  private int untilSample = SAMPLE_EVERY;
  private int samples;

  /** How many took so many microseconds. */
  private final int[] latencies = new int[MAX_MICROS + 1];

  /**
   * From now on, but for the connections and what they were answered.
   *
   * @param millis how long samples are taken, 0 for ever
   */
  void reset(long millis) {
    end = millis == 0 ? Long.MAX_VALUE : micros() + millis * 1_000;
    frames = 0;
    ticks = 0;
    irregular = 0;
    checked = 0;
    gaps = 0;
    conflated = 0;
    snapshotTicks = 0;
    samples = 0;
    Arrays.fill(latencies, 0);
  }

  /**
   * Counts the ticks of a frame, and of every so many looks how old it is.
   *
   * @param lastTime where the time of the last tick is
   * @param length from one tick's time to the next one's
   */
  void ticks(ByteBuffer buffer, long ofFrame, int lastTime, int length) {
    ticks += ofFrame;
    untilSample -= (int) ofFrame;
    while (untilSample <= 0) {
      int at = lastTime + untilSample * length;
      // The frame may have begun in an earlier buffer: then the first that is in this one.
      int there = at < 0 ? Math.floorMod(at, length) : at;
      if (there <= lastTime) {
        sample(buffer, there);
      }
      untilSample += SAMPLE_EVERY;
    }
  }

  private void sample(ByteBuffer buffer, int timeAt) {
    long now = micros();
    if (now > end) {
      return;
    }
    long sent = 0;
    for (int i = 0; i < TIME_DIGITS; i++) {
      byte digit = buffer.get(timeAt + i);
      if (digit != '.') {
        sent = sent * 10 + digit - '0';
      }
    }
    latencies[(int) Math.max(0, Math.min(now - sent, MAX_MICROS))]++;
    samples++;
  }

  private static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  private long percentile(double part) {
    long rest = (long) Math.ceil(samples * part);
    int micros = 0;
    while (micros < MAX_MICROS && (rest -= latencies[micros]) > 0) {
      micros++;
    }
    return micros;
  }

  JsonObject json() {
    return new JsonObject()
        .put("lost", lost)
        .put("frames", frames)
        .put("ticks", ticks)
        .put("irregular", irregular)
        .put("checked", checked)
        .put("gaps", gaps)
        .put("conflated", conflated)
        .put("snapshot_ticks", snapshotTicks)
        .put("samples", samples)
        .put("p50", samples == 0 ? MAX_MICROS : percentile(0.5))
        .put("p99", samples == 0 ? MAX_MICROS : percentile(0.99));
  }
}
