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
 * @param era that of the exchange in which the numbers were heard of: in the next one Redis may
 *     number as it likes, it may have lost its data
 */
record TickState(Tick latest, long number, Tick published, long publishedNumber, long era) {

  static final TickState UNKNOWN = new TickState(null, 0, null, 0, 0);

  /** What is known in an era: numbers from before it say nothing. */
  TickState at(long newEra) {
    return newEra == era ? this : new TickState(latest, 0, published, 0, newEra);
  }

  /** Whether nothing was ever heard of it, not even that it was deleted. */
  boolean isUnknown() {
    return latest == null && number == 0 && published == null && publishedNumber == 0;
  }

  private TickState next(Tick newLatest, long newNumber, Tick nextPublished, long nextNumber) {
    return new TickState(newLatest, newNumber, nextPublished, nextNumber, era);
  }

  /**
   * Whether the answer to a write tells that Redis has lost its data: this was known before the
   * write was sent, so that its number must be larger, however late the answer comes and whoever
   * else has written.
   *
   * @param tick what was written; null for a deletion
   */
  boolean isRefutedBy(Tick tick, long newNumber) {
    // A deletion of what has no number, twice in a millisecond, has the same number.
    return newNumber < number || (newNumber == number && !Objects.equals(tick, latest));
  }

  /** Redis answered a write of this node: a tick, or null for a deletion. */
  TickState answered(Tick tick, long newNumber) {
    return newNumber > number ? next(tick, newNumber, published, publishedNumber) : this;
  }

  /** The subscription brought a numbered tick, or null for a deletion. */
  TickState received(Tick tick, long newNumber) {
    if (newNumber <= publishedNumber) {
      return this;
    }
    // The node's own write is kept once, as it was received.
    return newNumber >= number
        ? next(tick, newNumber, tick, newNumber)
        : next(latest, number, tick, newNumber);
  }

  /** The subscription brought a tick of another program, without a number. */
  TickState receivedForeign(Tick tick) {
    // A write of this node that was answered but not received yet came to Redis after this tick.
    boolean overtaken = number > publishedNumber;
    if (isOld(tick, published) || (!overtaken && isOld(tick, latest))) {
      return this;
    }
    return next(overtaken ? latest : tick, number, tick, publishedNumber);
  }

  private static boolean isOld(Tick tick, Tick known) {
    return known != null && (tick.time().isBefore(known.time()) || tick.equals(known));
  }

  /**
   * Redis was asked, and all that had been published by then has been received.
   *
   * @param stored what Redis had, or null
   * @param before the state when it was asked, or earlier
   */
  TickState compared(Tick stored, TickState before) {
    if (hasHeardSince(before) && !isMissing(stored)) {
      return this; // what was received is not older
    }
    boolean isNumbered = stored != null && stored.seq() != null;
    boolean answeredSince = number != before.number || !Objects.equals(latest, before.latest);
    long publishedNext = isNumbered ? stored.seq() : publishedNumber;
    if (answeredSince && publishedNext < number) {
      // A write of this node that came to Redis later; its message is on its way.
      return next(latest, number, stored, publishedNext);
    }
    if (Objects.equals(stored, latest) && Objects.equals(stored, published)) {
      return this;
    }
    long newNumber = isNumbered ? stored.seq() : number;
    return next(stored, newNumber, stored, newNumber);
  }

  private boolean hasHeardSince(TickState before) {
    return publishedNumber != before.publishedNumber
        || !Objects.equals(published, before.published);
  }

  /** Whether its message should have been received by now, and was lost. */
  private boolean isMissing(Tick stored) {
    return stored != null && stored.seq() != null && stored.seq() > publishedNumber;
  }
}
