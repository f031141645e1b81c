package io.fullon.cache.tick;

import java.util.Objects;

/**
 * What a node knows of one ticker. Immutable; each piece of news makes the next state, or the same
 * one when it is no news.
 *
 * <p>Redis numbers every tick and every deletion of a ticker, so that whatever comes last by number
 * is the truth, in whichever order it is heard of. A node hears of its own writes twice: first in
 * the answer (which must show in reads at once), then in the subscription (which alone has the
 * order of all writers, and so alone is published). Hence two ticks.
 *
 * @param latest what reads give; null when the ticker was deleted
 * @param number the number of {@code latest}, or of the deletion
 * @param published what was last published on the local bus; null when that was a deletion
 * @param publishedNumber its number
 */
record TickState(Tick latest, long number, Tick published, long publishedNumber) {

  static final TickState UNKNOWN = new TickState(null, 0, null, 0);

  /** Redis answered a write of this node: a tick, or null for a deletion. */
  TickState answered(Tick tick, long newNumber) {
    return newNumber > number ? new TickState(tick, newNumber, published, publishedNumber) : this;
  }

  /** The subscription brought a numbered tick, or null for a deletion. */
  TickState received(Tick tick, long newNumber) {
    if (newNumber <= publishedNumber) {
      return this;
    }
    // The node's own write is kept once, as it was received.
    return newNumber >= number
        ? new TickState(tick, newNumber, tick, newNumber)
        : new TickState(latest, number, tick, newNumber);
  }

  /** The subscription brought a tick of another program, without a number. */
  TickState receivedForeign(Tick tick) {
    // A write of this node that was answered but not received yet came to Redis after this tick.
    boolean overtaken = number > publishedNumber;
    if (isOld(tick, published) || (!overtaken && isOld(tick, latest))) {
      return this;
    }
    return new TickState(overtaken ? latest : tick, number, tick, publishedNumber);
  }

  private static boolean isOld(Tick tick, Tick known) {
    return known != null && (tick.time().isBefore(known.time()) || tick.equals(known));
  }

  /** What Redis has is the truth, whatever was known. */
  TickState compared(Tick stored) {
    if (Objects.equals(stored, latest) && Objects.equals(stored, published)) {
      return this;
    }
    long newNumber = stored == null || stored.seq() == null ? number : stored.seq();
    return new TickState(stored, newNumber, stored, newNumber);
  }

  /** Messages were missed: from now on Redis may number as it likes, it may have lost its data. */
  TickState unnumbered() {
    return new TickState(latest, 0, published, 0);
  }
}
