package io.fullon.cache.account;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Times;
import java.time.Instant;
import java.util.Comparator;

/**
 * What was counted in a position and is kept, so that it can be counted again on top of one that
 * was synchronized. It has a time.
 *
 * @param order of counting
 * @param fill null if it was an adjustment
 * @param adjustment null if it was a fill
 */
record Counted(long order, Trade fill, Adjustment adjustment) {

  static final Comparator<Counted> BY_TIME =
      Comparator.comparingLong(Counted::micros).thenComparingLong(Counted::order);

  private static final char FILL = 'f';
  private static final char ADJUSTMENT = 'a';

  long micros() {
    return Times.micros(fill == null ? adjustment.time() : fill.time());
  }

  String field() {
    return fill == null
        ? Markets.field(adjustment.symbol(), adjustment.positionSide())
        : Markets.field(fill.symbol(), fill.positionSide());
  }

  Position on(Position position) {
    return fill == null
        ? FillArithmetic.apply(position, adjustment, Instant.EPOCH)
        : FillArithmetic.apply(position, fill, Instant.EPOCH);
  }

  static Counted read(String text) {
    int json = text.indexOf('{');
    long order = Long.parseLong(text.substring(0, json - 1));
    String value = text.substring(json);
    return text.charAt(json - 1) == FILL
        ? new Counted(order, Trade.read(Json.parse("trade", value)), null)
        : new Counted(order, null, Adjustment.read(Json.parse("adjustment", value)));
  }

  String encode() {
    return fill == null
        ? "" + order + ADJUSTMENT + adjustment.encode()
        : "" + order + FILL + fill.encode();
  }
}
