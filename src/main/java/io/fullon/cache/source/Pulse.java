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

  /** Whether it had been busy before it was connected again. */
  private final boolean expectsMuch;

  /** When the last frames came that nobody had asked for, the oldest of them at {@link #next}. */
  private final long[] alive = new long[BUSY];

  private int next;
  private long count;
  private long heardAt;
  private long aliveAt;
  private boolean isAcknowledged;

  Pulse(Venue.Liveness liveness, SourceTimes times, boolean expectsMuch, long now) {
    this.sendsHeartbeats = liveness.heartbeats();
    this.silentNanos = TimeUnit.MILLISECONDS.toNanos(times.silentMs());
    this.stalledNanos = TimeUnit.MILLISECONDS.toNanos(times.stalledMs());
    this.renewNanos = TimeUnit.MILLISECONDS.toNanos(times.renewMs());
    this.pingNanos = liveness.pingEvery().toNanos();
    this.expectsMuch = expectsMuch;
    this.heardAt = now;
    this.aliveAt = now;
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
    count++;
  }

  /** All that is wanted has been answered. */
  void acknowledged(long now) {
    heardAt = now;
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

  private boolean isOverdue(long now) {
    return count == 0
        ? expectsMuch && now - heardAt >= 2 * silentNanos
        : isBusy() && now - aliveAt >= stalledNanos;
  }

  /** Whether there was one frame a second on average in the minute before the last. */
  boolean isBusy() {
    return count >= BUSY && aliveAt - alive[next] <= 2 * stalledNanos;
  }

  /** Whether a connection that follows this one is to expect what this one had. */
  boolean expectsMuch() {
    return count == 0 ? expectsMuch : isBusy() || (expectsMuch && count < BUSY);
  }
}
