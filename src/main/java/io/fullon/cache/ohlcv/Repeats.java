package io.fullon.cache.ohlcv;

import java.util.ArrayList;
import java.util.List;

/**
 * The text of numbers that are scattered among others: a bit for each, in words of 32. {@code
 * word.hex}, where the hex digits of following words follow each other; separated by commas.
 */
final class Repeats {

  private static final int WORD_BITS = 32;
  private static final int WORD_DIGITS = 8;
  private static final int HEX = 16;

  private Repeats() {}

  /**
   * @param ranges from, to, from, to, ascending
   */
  static String encode(List<Long> ranges) {
    StringBuilder text = new StringBuilder();
    long word = -1;
    int bits = 0;
    for (int i = 0; i < ranges.size(); i += 2) {
      for (long number = ranges.get(i); number <= ranges.get(i + 1); number++) {
        long next = number / WORD_BITS;
        if (next != word) {
          append(text, bits);
          if (next != word + 1 || bits == 0) {
            text.append(text.isEmpty() ? "" : ",").append(next).append('.');
          }
          word = next;
          bits = 0;
        }
        bits |= 1 << (int) (number % WORD_BITS);
      }
    }
    append(text, bits);
    return text.toString();
  }

  private static void append(StringBuilder text, int bits) {
    if (bits != 0) {
      String digits = Integer.toHexString(bits);
      text.append("0".repeat(WORD_DIGITS - digits.length())).append(digits);
    }
  }

  /** The inverse. */
  static List<Long> decode(String text) {
    List<Long> ranges = new ArrayList<>();
    for (String group : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      int dot = group.indexOf('.');
      long number = Long.parseLong(group.substring(0, dot)) * WORD_BITS;
      for (int i = dot + 1; i < group.length(); i += WORD_DIGITS) {
        int bits = Integer.parseUnsignedInt(group.substring(i, i + WORD_DIGITS), HEX);
        for (int bit = 0; bit < WORD_BITS; bit++, number++) {
          if (((bits >>> bit) & 1) != 0) {
            add(ranges, number);
          }
        }
      }
    }
    return ranges;
  }

  private static void add(List<Long> ranges, long number) {
    int last = ranges.size() - 1;
    if (last > 0 && ranges.get(last) == number - 1) {
      ranges.set(last, number);
    } else {
      ranges.add(number);
      ranges.add(number);
    }
  }
}
