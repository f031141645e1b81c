package io.fullon.cache.account;

import io.fullon.cache.fill.Trade;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
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

  static KnownFill of(Trade fill, long micros, boolean listed) {
    return new KnownFill(fill.volume(), fill.price(), FeeSums.of(fill), micros, listed);
  }

  boolean isSame(Trade fill) {
    return volume.compareTo(fill.volume()) == 0 && price.compareTo(fill.price()) == 0;
  }

  static KnownFill read(String text) {
    JsonObject json = new JsonObject(text);
    return new KnownFill(
        new BigDecimal(json.getString("volume")),
        new BigDecimal(json.getString("price")),
        FeeSums.read(json.getJsonObject("fees")),
        json.getLong("micros"),
        json.getBoolean("listed", false));
  }

  String encode() {
    JsonObject json =
        new JsonObject()
            .put("volume", volume.toPlainString())
            .put("price", price.toPlainString())
            .put("micros", micros);
    if (!fees.isEmpty()) {
      json.put("fees", FeeSums.json(fees));
    }
    if (listed) {
      json.put("listed", true);
    }
    return json.encode();
  }
}
