package io.fullon.cache.source;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.value.InvalidValueException;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * A bar as an exchange tells it; what it does not tell, or not so that it can be kept, is null.
 *
 * @param begin when it begins
 * @param volume how much was traded, in the base currency
 * @param isFinal whether it is over; null where the exchange does not say
 */
public record Candle(
    Instant begin,
    BigDecimal open,
    BigDecimal high,
    BigDecimal low,
    BigDecimal close,
    BigDecimal volume,
    Boolean isFinal) {

  /** That of a list whose elements 1 to 4 are open, high, low and close. */
  public static Candle row(Message row, Instant begin, int volume, Boolean isFinal) {
    return new Candle(
        begin,
        row.at(1).decimal(),
        row.at(2).decimal(),
        row.at(3).decimal(),
        row.at(4).decimal(),
        row.at(volume).decimal(),
        isFinal);
  }

  /** The same candle, over or not. */
  Candle withFinal(boolean value) {
    return new Candle(begin, open, high, low, close, volume, value);
  }

  /**
   * @throws InvalidValueException when it makes none
   */
  Bar bar(String exchange, String symbol, Timeframe timeframe) {
    return Bar.builder(exchange, symbol, timeframe, begin)
        .prices(open, high, low, close)
        .volume(volume)
        .isFinal(isFinal)
        .build();
  }
}
