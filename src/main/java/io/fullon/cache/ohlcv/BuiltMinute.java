package io.fullon.cache.ohlcv;

import io.fullon.cache.value.Decimals;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;

/**
 * A 1m bar that is made of ticks, and which ones they were: so what several nodes have of it makes
 * one, however often it is put together. Ticks are in the order of time, then of number.
 *
 * @param begin when it begins, in seconds
 * @param openMicros the time of its first tick
 * @param openSeq that tick's number; 0 if another program wrote it
 * @param closeMicros the time of its last tick
 * @param closeSeq that tick's number; 0 if another program wrote it
 * @param unnumbered how many ticks have no number
 * @param seqs the numbers of the others, repeats included: from, to, from, to, ascending
 * @param repeats the numbers of those that say again what another one has said, which count for
 *     nothing; in the same way
 */
public record BuiltMinute(
    long begin,
    BigDecimal open,
    BigDecimal high,
    BigDecimal low,
    BigDecimal close,
    long openMicros,
    long openSeq,
    long closeMicros,
    long closeSeq,
    int unnumbered,
    List<Long> seqs,
    List<Long> repeats) {

  private static final int MICROS_DIGITS = 18;
  private static final int SEQ_DIGITS = 17;
  private static final int FIRST_EXTRA = 8;
  private static final char REPEATS = ';';

  /** As the script takes it, and as it is behind the bar: {@code … open close unnumbered seqs}. */
  String encode() {
    StringBuilder text = new StringBuilder(200);
    text.append(begin).append(' ');
    text.append(Decimals.plain(open)).append(' ');
    text.append(Decimals.plain(high)).append(' ');
    text.append(Decimals.plain(low)).append(' ');
    text.append(Decimals.plain(close)).append(' ');
    place(text, openMicros, openSeq);
    place(text, closeMicros, closeSeq);
    text.append(unnumbered).append(' ');
    for (int i = 0; i < seqs.size(); i += 2) {
      text.append(i == 0 ? "" : ",").append(seqs.get(i)).append('-').append(seqs.get(i + 1));
    }
    if (!repeats.isEmpty()) {
      text.append(REPEATS).append(Repeats.encode(repeats));
    }
    return seqs.isEmpty() ? text.append(StoredBar.ABSENT).toString() : text.toString();
  }

  /** Of fixed length, so that texts are in the order of what they say. */
  private static void place(StringBuilder text, long micros, long seq) {
    padded(text, micros, MICROS_DIGITS);
    text.append(':');
    padded(text, seq, SEQ_DIGITS);
    text.append(' ');
  }

  private static void padded(StringBuilder text, long number, int digits) {
    String plain = Long.toString(number);
    text.append("0".repeat(Math.max(0, digits - plain.length()))).append(plain);
  }

  /**
   * Reads a stored 1m bar.
   *
   * @return null when it was brought
   */
  static BuiltMinute decode(String stored) {
    String[] parts = stored.split(" ", -1);
    if (parts.length <= FIRST_EXTRA) {
      return null;
    }
    String[] open = parts[FIRST_EXTRA].split(":", -1);
    String[] close = parts[FIRST_EXTRA + 1].split(":", -1);
    String seqs = parts[FIRST_EXTRA + 3];
    int end = seqs.indexOf(REPEATS);
    String repeats = end < 0 ? "" : seqs.substring(end + 1);
    seqs = end < 0 ? seqs : seqs.substring(0, end);
    return new BuiltMinute(
        Long.parseLong(parts[0]),
        new BigDecimal(parts[3]),
        new BigDecimal(parts[4]),
        new BigDecimal(parts[5]),
        new BigDecimal(parts[6]),
        Long.parseLong(open[0]),
        Long.parseLong(open[1]),
        Long.parseLong(close[0]),
        Long.parseLong(close[1]),
        Integer.parseInt(parts[FIRST_EXTRA + 2]),
        seqs.equals(StoredBar.ABSENT)
            ? List.of()
            : Arrays.stream(seqs.split("[-,]", -1)).map(Long::valueOf).toList(),
        Repeats.decode(repeats));
  }
}
