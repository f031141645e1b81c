package io.fullon.cache.source;

import java.util.concurrent.TimeUnit;

/**
 * Judges whether a connection is alive, by all that the exchange sends on it: that one symbol is
 * quiet says nothing. The clock is a parameter; times are as {@link System#nanoTime} gives them.
 */
final class Pulse {

  /** So many frames in a time of two of {@link SourceTimes#stalledMs} are one a second. */
  private static final int BUSY = 60;

  /** What is to be done. */
  enum Verdict {
    /** Nothing. */
    FINE,
    /** Nothing comes: to be told. */
    SILENT,
    /** Nothing comes: to be told, and to be tried with another connection. */
    STUCK,
    /** Not even pings are answered. */
    DEAD,
    /** Perhaps it is only quiet: to be replaced by another connection, without a word. */
    QUIET
  }

  private final boolean sendsHeartbeats;
  private final long silentNanos;
  private final long stalledNanos;
  private final long renewNanos;
  private final long pingNanos;

  /** When the last frames came that nobody had asked for, the oldest of them at {@link #next}. */
  private final long[] alive = new long[BUSY];

  private int next;

  /** Of all these connections one after the other. */
  private long total;

  /** Of this one. */
  private long count;

  private long heardAt;
  private long aliveAt;
  private long acknowledgedAt;
  private boolean isAcknowledged;
  private boolean wasBusy;
  private long busyAt;

  /**
   * @param before that of the connection that this one follows; null for none
   */
  Pulse(Venue.Liveness liveness, SourceTimes times, Pulse before, long now) {
    this.sendsHeartbeats = liveness.heartbeats();
    this.silentNanos = TimeUnit.MILLISECONDS.toNanos(times.silentMs());
    this.stalledNanos = TimeUnit.MILLISECONDS.toNanos(times.stalledMs());
    this.renewNanos = TimeUnit.MILLISECONDS.toNanos(times.renewMs());
    this.pingNanos = liveness.pingEvery().toNanos();
    this.heardAt = now;
    this.aliveAt = now;
    if (before != null) {
      System.arraycopy(before.alive, 0, alive, 0, BUSY);
      next = before.next;
      total = before.total;
      wasBusy = before.wasBusy;
      busyAt = before.busyAt;
    }
  }

  /** A frame came, of whatever kind. */
  void heard(long now) {
    heardAt = now;
  }

  /** A frame came that nobody had asked for: a tick, or a heartbeat. */
  void alive(long now) {
    heardAt = now;
    aliveAt = now;
    alive[next] = now;
    next = (next + 1) % BUSY;
    total++;
    count++;
    if (isBusy()) {
      wasBusy = true;
      busyAt = now;
    }
  }

  /** All that is wanted has been answered. */
  void acknowledged(long now) {
    heardAt = now;
    acknowledgedAt = now;
    isAcknowledged = true;
  }

  Verdict look(long now) {
    if (sendsHeartbeats) {
      if (now - heardAt >= silentNanos) {
        return isAcknowledged ? Verdict.STUCK : Verdict.SILENT;
      }
    } else if (isAcknowledged && isOverdue(now)) {
      return Verdict.STUCK;
    } else if (now - heardAt >= 3 * pingNanos) {
      return Verdict.DEAD;
    } else if (now - aliveAt >= renewNanos) {
      return Verdict.QUIET;
    }
    return Verdict.FINE;
  }

  /** Answers to our own pings say nothing here. */
  private boolean isOverdue(long now) {
    // What comes at once, as the latest prices do, is not yet that it is as busy as before.
    boolean isExpected = count < BUSY ? expectsMuch(now) : isBusy();
    return isExpected && now - Math.max(aliveAt, acknowledgedAt) >= stalledNanos;
  }

  /** Whether there was one frame a second on average in the minute before the last. */
  boolean isBusy() {
    return total >= BUSY && lastAlive() - alive[next] <= 2 * stalledNanos;
  }

  private long lastAlive() {
    return alive[(next + BUSY - 1) % BUSY];
  }

  /** Whether it was busy, on whichever connection, and that is not long ago. */
  private boolean expectsMuch(long now) {
    return wasBusy && now - busyAt < renewNanos;
  }
}
