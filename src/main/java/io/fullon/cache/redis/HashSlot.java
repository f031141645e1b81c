package io.fullon.cache.redis;

import java.nio.charset.StandardCharsets;

/** In which of a Cluster's 16,384 slots a key is (Redis Cluster specification). */
final class HashSlot {

  static final int SLOTS = 16_384;

  /** CRC-16/XMODEM. */
  private static final int POLYNOMIAL = 0x1021;

  /** The checksum of each byte, so that one costs a step instead of eight. */
  private static final int[] CHECKSUMS = new int[256];

  static {
    for (int value = 0; value < CHECKSUMS.length; value++) {
      int sum = value << 8;
      for (int bit = 0; bit < 8; bit++) {
        sum = (sum & 0x8000) == 0 ? sum << 1 : (sum << 1) ^ POLYNOMIAL;
      }
      CHECKSUMS[value] = sum & 0xFFFF;
    }
  }

  private HashSlot() {}

  /** That of what is between the first brace and the next that closes, or of the whole key. */
  static int of(String key) {
    int open = key.indexOf('{');
    int close = open < 0 ? -1 : key.indexOf('}', open);
    return checksum(close > open + 1 ? key.substring(open + 1, close) : key) % SLOTS;
  }

  private static int checksum(String text) {
    int sum = 0;
    for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
      sum = ((sum << 8) ^ CHECKSUMS[((sum >> 8) ^ next) & 0xFF]) & 0xFFFF;
    }
    return sum;
  }
}
