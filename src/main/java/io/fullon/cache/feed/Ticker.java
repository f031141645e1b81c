package io.fullon.cache.feed;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Names;
import java.util.List;

/**
 * One ticker on the board, from its first tick until it is deleted: what comes after that is
 * another. Whoever must still send its tick remembers the ticker, and reads the tick when it sends
 * it.
 */
final class Ticker {

  private final TickerKey key;
  private final List<Topic> topics;
  private final long since;
  private EncodedTick latest;
  private Audience[] audiences = {};
  private long audiencesVersion;
  private long recovery;

  /** The one in which it was there last. */
  private long seen;

  private boolean gone;

  /**
   * @param since when it appeared, in nanoseconds of the feed's clock
   */
  Ticker(TickerKey key, long since) {
    this.key = key;
    this.since = since;
    this.topics =
        List.of(
            new Topic(key.exchange(), key.symbol()),
            new Topic(key.exchange(), Names.ANY),
            new Topic(Names.ANY, key.symbol()),
            Topic.ALL);
  }

  TickerKey key() {
    return key;
  }

  /** All topics that it belongs to. */
  List<Topic> topics() {
    return topics;
  }

  /** Who gets its ticks, as it was told last. */
  Audience[] audiences() {
    return audiences;
  }

  long audiencesVersion() {
    return audiencesVersion;
  }

  void audiences(Audience[] now, long version) {
    audiences = now;
    audiencesVersion = version;
  }

  long since() {
    return since;
  }

  EncodedTick latest() {
    return latest;
  }

  /** How many ticks there have been; that of the latest. */
  long number() {
    return latest.number();
  }

  EncodedTick update(Tick tick) {
    latest = new EncodedTick(this, tick, latest == null ? 1 : latest.number() + 1);
    return latest;
  }

  /** The recovery in which it changed last; 0 for none. */
  long recovery() {
    return recovery;
  }

  void changedIn(long itsRecovery) {
    recovery = itsRecovery;
  }

  boolean wasSeenIn(long someRecovery) {
    return seen == someRecovery;
  }

  void seenIn(long itsRecovery) {
    seen = itsRecovery;
  }

  boolean isGone() {
    return gone;
  }

  void end() {
    gone = true;
  }
}
