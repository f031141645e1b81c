package io.fullon.cache.candles;

import io.fullon.cache.tick.Tick;
import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Which ticks were seen, by time and content: a set of 64-bit digests, 8 to 16 bytes for each. Two
 * of a million ticks have the same one with a probability of less than 1 in 10 million.
 */
final class Contents {

  private static final long MIX = 0x9E3779B97F4A7C15L;
  private static final int LEAST = 8;

  /** 0 is none. */
  private long[] table = new long[LEAST];

  private int size;

  /**
   * @return false if it was there
   */
  boolean add(Tick tick, long micros) {
    return add(digest(tick, micros));
  }

  private boolean add(long digest) {
    if (2 * size >= table.length) {
      grow();
    }
    return put(digest);
  }

  /** Those of the other ones are seen too. */
  void addAll(Contents others) {
    for (long digest : others.table) {
      if (digest != 0) {
        add(digest);
      }
    }
  }

  private boolean put(long digest) {
    int mask = table.length - 1;
    int i = (int) digest & mask;
    while (table[i] != 0) {
      if (table[i] == digest) {
        return false;
      }
      i = (i + 1) & mask;
    }
    table[i] = digest;
    size++;
    return true;
  }

  private void grow() {
    long[] before = table;
    table = new long[2 * before.length];
    size = 0;
    for (long digest : before) {
      if (digest != 0) {
        put(digest);
      }
    }
  }

  private static long digest(Tick tick, long micros) {
    // Mixed first: times and prices of two ticks often differ in the same bits.
    long digest = mix(mix(0, micros), tick.price());
    digest = mix(digest, tick.volume());
    digest = mix(digest, tick.bid());
    digest = mix(digest, tick.ask());
    digest = mix(digest, tick.last());
    return digest == 0 ? 1 : digest;
  }

  private static long mix(long digest, long more) {
    long mixed = (digest ^ more) * MIX;
    return mixed ^ (mixed >>> 29);
  }

  /** Not by its hash code, which is the same of many that are close to each other. */
  private static long mix(long digest, BigDecimal decimal) {
    if (decimal == null) {
      return mix(digest, -1);
    }
    BigInteger digits = decimal.unscaledValue();
    return mix(mix(digest, digits.longValue() + digits.bitLength()), decimal.scale());
  }
}
