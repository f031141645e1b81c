package io.fullon.cache.candles;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Times;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Ticks of one market as the cache stores them: in the order of time, numbered or not. */
final class RandomTicks {

  static final String EXCHANGE = "binance";

  /** A midnight. */
  static final long DAY = 1_699_920_000;

  private static final long MICROS = 1_000_000;
  private static final long[] SPANS = {1, 90, 400, 7_200, 200_000};
  private static final int MOST = 60;

  private RandomTicks() {}

  /** Around that midnight, close together or over days; prices from 1e-18 to 1e12, some equal. */
  static List<Tick> of(Random random, String symbol) {
    return of(random, symbol, DAY);
  }

  /** The same around another time. */
  static List<Tick> of(Random random, String symbol, long around) {
    long span = SPANS[random.nextInt(SPANS.length)] * MICROS;
    List<Long> times = new ArrayList<>();
    for (int i = random.nextInt(MOST); i >= 0; i--) {
      long micros = around * MICROS + (long) ((random.nextDouble() - 0.5) * span);
      times.add(random.nextInt(5) == 0 ? micros - micros % MICROS : micros);
    }
    times.sort(null);
    List<Tick> ticks = new ArrayList<>();
    Set<Tick> contents = new HashSet<>();
    long seq = 1_700_000_000_000L;
    BigDecimal near = price(random);
    for (int i = 0; i < times.size(); i++) {
      boolean isAlone =
          (i == 0 || !times.get(i).equals(times.get(i - 1)))
              && (i == times.size() - 1 || !times.get(i).equals(times.get(i + 1)));
      Tick tick = Tick.of(EXCHANGE, symbol, near(random, near), Times.ofMicros(times.get(i)));
      if (contents.add(tick)) {
        ticks.add(isAlone && random.nextInt(4) == 0 ? tick : tick.withSeq(seq++));
      }
    }
    return ticks;
  }

  private static BigDecimal price(Random random) {
    BigDecimal digits = BigDecimal.valueOf(1 + (random.nextLong() >>> 14));
    // From 1e-18 to 1e12.
    return digits.movePointLeft(digits.precision() - 1 + random.nextInt(31) - 12);
  }

  /** Often the same double, or the same with other digits. */
  private static BigDecimal near(Random random, BigDecimal price) {
    return switch (random.nextInt(5)) {
      case 0 -> price;
      case 1 -> price.setScale(price.scale() + random.nextInt(3));
      case 2 -> price.add(BigDecimal.valueOf(random.nextInt(3) - 1L, price.scale() + 1));
      case 3 -> price.multiply(new BigDecimal("1." + random.nextInt(100)));
      default -> price(random);
    };
  }

  /** In another order, some of them several times. */
  static List<Tick> again(Random random, List<Tick> ticks, int disorder) {
    List<Tick> all = new ArrayList<>(ticks);
    for (int i = random.nextInt(10); i > 0; i--) {
      all.add(random.nextInt(all.size()), ticks.get(random.nextInt(ticks.size())));
    }
    for (int i = 0; i < all.size(); i++) {
      int other = Math.min(all.size() - 1, i + random.nextInt(disorder + 1));
      all.add(i, all.remove(other));
    }
    return all;
  }
}
