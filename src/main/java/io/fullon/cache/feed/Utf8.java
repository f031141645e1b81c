package io.fullon.cache.feed;

/**
 * Checks UTF-8 (RFC 3629) as it comes, and notices what is none with the first byte that cannot be
 * right. A piece may end within a character.
 */
final class Utf8 {

  private static final int FIRST_OF_TWO = 0xC2;
  private static final int FIRST_OF_THREE = 0xE0;
  private static final int FIRST_OF_FOUR = 0xF0;
  private static final int LAST_OF_FOUR = 0xF4;
  private static final int BYTE = 0xFF;

  /** How many bytes the character still needs. */
  private int missing;

  // What the next of them may be.
  private int lowest = 0x80;
  private int highest = 0xBF;

  static boolean isValid(byte[] text) {
    Utf8 utf8 = new Utf8();
    return utf8.accepts(text) && utf8.isComplete();
  }

  /** Whether there may be text that begins with all that has come. */
  boolean accepts(byte[] piece) {
    for (byte next : piece) {
      if (missing > 0 ? !goesOn(next & BYTE) : next < 0 && !begins(next & BYTE)) {
        return false;
      }
    }
    return true;
  }

  /** Whether it does not end within a character. */
  boolean isComplete() {
    return missing == 0;
  }

  private boolean begins(int first) {
    if (first < FIRST_OF_TWO || first > LAST_OF_FOUR) {
      return false;
    }
    missing = first < FIRST_OF_THREE ? 1 : first < FIRST_OF_FOUR ? 2 : 3;
    // Lower would be a longer form than need be; higher a surrogate, or beyond the last character.
    lowest = first == FIRST_OF_THREE ? 0xA0 : first == FIRST_OF_FOUR ? 0x90 : 0x80;
    highest = first == 0xED ? 0x9F : first == LAST_OF_FOUR ? 0x8F : 0xBF;
    return true;
  }

  private boolean goesOn(int next) {
    boolean fits = next >= lowest && next <= highest;
    lowest = 0x80;
    highest = 0xBF;
    missing--;
    return fits;
  }
}
