package io.fullon.cache.account;

import io.fullon.cache.value.Decimals;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;

/**
 * What parts of an order come to.
 *
 * @param cost the sum of volume × price, of an inverse contract of volume / price
 * @param fees by currency
 */
record Sum(BigDecimal volume, BigDecimal cost, Map<String, BigDecimal> fees) {

  static final Sum NONE = new Sum(BigDecimal.ZERO, BigDecimal.ZERO, Map.of());

  /** Fees alone. */
  static Sum of(Map<String, BigDecimal> fees) {
    return new Sum(BigDecimal.ZERO, BigDecimal.ZERO, fees);
  }

  boolean isNothing() {
    return volume.signum() == 0 && fees.isEmpty();
  }

  boolean isSameAs(Sum other) {
    return volume.compareTo(other.volume) == 0
        && cost.compareTo(other.cost) == 0
        && FeeSums.areSame(fees, other.fees);
  }

  Sum plus(Sum other) {
    return new Sum(volume.add(other.volume), cost.add(other.cost), FeeSums.plus(fees, other.fees));
  }

  Sum minus(Sum other) {
    return new Sum(
        volume.subtract(other.volume), cost.subtract(other.cost), FeeSums.minus(fees, other.fees));
  }

  static Sum read(JsonObject json) {
    return json == null
        ? NONE
        : new Sum(
            new BigDecimal(json.getString("volume")),
            new BigDecimal(json.getString("cost")),
            FeeSums.read(json.getJsonObject("fees")));
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("volume", Decimals.plain(volume))
        .put("cost", Decimals.plain(cost))
        .put("fees", FeeSums.json(new TreeMap<>(fees)));
  }
}
