package io.fullon.cache.bench.feed;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Json.DecimalStyle;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Locale;

/**
 * The ticks that everyone has to deliver: as JSON all of one length, so that they can be counted by
 * the length of what arrives, and each with the time at which it was sent.
 */
final class Ticks {

  static final String EXCHANGE = "bench";

  /** How long each is as JSON. */
  static final int LENGTH;

  /** From the first digit of its time to its end. */
  static final int TIME_TO_END;

  static {
    String json = json(new Ticks(1).next());
    LENGTH = json.length();
    String time = "\"time\":";
    TIME_TO_END = LENGTH - json.indexOf(time) - time.length();
  }

  private final String[] symbols;

  /** As the cache numbers them: the first number is the clock's, which has 13 digits. */
  private final long first = System.currentTimeMillis();

  private long made;

  Ticks(int symbols) {
    this.symbols = new String[symbols];
    for (int i = 0; i < symbols; i++) {
      this.symbols[i] = symbol(i);
    }
  }

  static String symbol(int number) {
    return String.format(Locale.ROOT, "S%05d/USDT", number);
  }

  static String json(Tick tick) {
    return tick.encode(DecimalStyle.STRING);
  }

  /** A tick of the next symbol, as of now. */
  Tick next() {
    String symbol = symbols[(int) (made % symbols.length)];
    long seq = first + made / symbols.length;
    BigDecimal price = BigDecimal.valueOf(650_000_000 + made % 10_000, 4);
    made++;
    return new Tick(
        symbol,
        EXCHANGE,
        price,
        Instant.now(),
        BigDecimal.valueOf(12_345_678 + made % 10_000, 3),
        price,
        price.add(BigDecimal.ONE),
        price,
        seq);
  }
}
