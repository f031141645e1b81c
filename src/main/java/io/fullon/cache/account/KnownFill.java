package io.fullon.cache.account;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Decimals;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/**
 * What is remembered of a fill.
 *
 * @param micros when it happened
 * @param unlisted how much of it the list of its symbol has not and will not get, unless it is
 *     reported with its order
 */
record KnownFill(
    BigDecimal volume,
    BigDecimal price,
    Map<String, BigDecimal> fees,
    long micros,
    BigDecimal unlisted) {

  /** All of it, which is so for most fills. */
  private static final String UNLISTED = "-";

  private static final String LISTED = "listed";

  /** Of a line, with fees. */
  private static final int PARTS = 5;

  boolean isListed() {
    return unlisted.signum() == 0;
  }

  /**
   * @throws io.vertx.serviceproxy.ServiceException when the fill has other numbers
   */
  void checkSame(Trade fill) {
    if (!isSame(fill)) {
      throw Failure.CONFLICT.exception(
          "Fill "
              + fill.tradeId()
              + " of "
              + fill.symbol()
              + " is known with volume "
              + Decimals.plain(volume)
              + " at "
              + Decimals.plain(price));
    }
  }

  boolean isSame(Trade fill) {
    return volume.compareTo(fill.volume()) == 0 && price.compareTo(fill.price()) == 0;
  }

  KnownFill with(Map<String, BigDecimal> more, BigDecimal nowUnlisted) {
    return new KnownFill(volume, price, FeeSums.plus(fees, more), micros, nowUnlisted);
  }

  /** By order, from the lines that {@link #encode} makes. */
  static Map<String, KnownFill> read(String text) {
    Map<String, KnownFill> fills = new HashMap<>();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i + 1 < lines.length; i += 2) {
      String[] parts = lines[i + 1].split(" ", PARTS);
      BigDecimal volume = new BigDecimal(parts[2]);
      fills.put(
          lines[i],
          new KnownFill(
              volume,
              new BigDecimal(parts[3]),
              parts.length < PARTS ? Map.of() : FeeSums.read(new JsonObject(parts[4])),
              Long.parseLong(parts[0]),
              unlisted(parts[1], volume)));
    }
    return fills;
  }

  private static BigDecimal unlisted(String text, BigDecimal volume) {
    return switch (text) {
      case UNLISTED -> volume;
      case LISTED -> BigDecimal.ZERO;
      default -> new BigDecimal(text);
    };
  }

  /** Two lines for each order: it may be empty, and has no line feeds. */
  static String encode(Map<String, KnownFill> fills) {
    StringBuilder text = new StringBuilder();
    fills.forEach(
        (order, fill) -> {
          text.append(order).append('\n').append(fill.micros).append(' ');
          text.append(fill.unlistedText()).append(' ');
          text.append(Decimals.plain(fill.volume)).append(' ').append(Decimals.plain(fill.price));
          if (!fill.fees.isEmpty()) {
            text.append(' ').append(FeeSums.encode(fill.fees));
          }
          text.append('\n');
        });
    return text.toString();
  }

  private String unlistedText() {
    if (isListed()) {
      return LISTED;
    }
    return unlisted.compareTo(volume) == 0 ? UNLISTED : Decimals.plain(unlisted);
  }
}
