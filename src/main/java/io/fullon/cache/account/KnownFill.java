package io.fullon.cache.account;

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
 * @param listed whether it is in the list of its symbol, or will be
 */
record KnownFill(
    BigDecimal volume,
    BigDecimal price,
    Map<String, BigDecimal> fees,
    long micros,
    boolean listed) {

  private static final String LISTED = "listed";
  private static final String UNLISTED = "-";

  /** Of a line, with fees. */
  private static final int PARTS = 5;

  static KnownFill of(Trade fill, long micros, boolean listed) {
    return new KnownFill(fill.volume(), fill.price(), FeeSums.of(fill), micros, listed);
  }

  boolean isSame(Trade fill) {
    return volume.compareTo(fill.volume()) == 0 && price.compareTo(fill.price()) == 0;
  }

  /** By order, from the lines that {@link #encode} makes. */
  static Map<String, KnownFill> read(String text) {
    Map<String, KnownFill> fills = new HashMap<>();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i + 1 < lines.length; i += 2) {
      String[] parts = lines[i + 1].split(" ", PARTS);
      fills.put(
          lines[i],
          new KnownFill(
              new BigDecimal(parts[2]),
              new BigDecimal(parts[3]),
              parts.length < PARTS ? Map.of() : FeeSums.read(new JsonObject(parts[4])),
              Long.parseLong(parts[0]),
              parts[1].equals(LISTED)));
    }
    return fills;
  }

  /** Two lines for each order: it may be empty, and has no line feeds. */
  static String encode(Map<String, KnownFill> fills) {
    StringBuilder text = new StringBuilder();
    fills.forEach(
        (order, fill) -> {
          text.append(order).append('\n').append(fill.micros).append(' ');
          text.append(fill.listed ? LISTED : UNLISTED).append(' ');
          text.append(Decimals.plain(fill.volume)).append(' ').append(Decimals.plain(fill.price));
          if (!fill.fees.isEmpty()) {
            text.append(' ').append(FeeSums.json(fill.fees).encode());
          }
          text.append('\n');
        });
    return text.toString();
  }
}
