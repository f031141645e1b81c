package io.fullon.cache.account;

import io.fullon.cache.fill.Fees;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Decimals;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Fees by currency; those without one are in the currency of settlement. */
final class FeeSums {

  private FeeSums() {}

  static Map<String, BigDecimal> of(Trade trade) {
    return of(trade.symbol(), trade.fee(), trade.feeCurrency(), trade.fees());
  }

  static Map<String, BigDecimal> of(
      String symbol, BigDecimal fee, String currency, Map<String, BigDecimal> fees) {
    Map<String, BigDecimal> told = Fees.of(fee, currency, fees);
    String settle = Markets.settle(symbol);
    if (settle == null || !told.containsKey(Fees.NO_CURRENCY)) {
      return told;
    }
    return Map.of(settle, told.get(Fees.NO_CURRENCY));
  }

  static Map<String, BigDecimal> plus(Map<String, BigDecimal> one, Map<String, BigDecimal> more) {
    Map<String, BigDecimal> sum = new HashMap<>(one);
    more.forEach((currency, fee) -> sum.merge(currency, fee, BigDecimal::add));
    return sum;
  }

  /** What is left of the first without the second; what is 0 is left out. */
  static Map<String, BigDecimal> minus(Map<String, BigDecimal> one, Map<String, BigDecimal> less) {
    Map<String, BigDecimal> rest = new HashMap<>(one);
    less.forEach((currency, fee) -> rest.merge(currency, fee.negate(), BigDecimal::add));
    rest.values().removeIf(fee -> fee.signum() == 0);
    return rest;
  }

  /** By value, whatever their digits; one of 0 is as good as none. */
  static boolean areSame(Map<String, BigDecimal> one, Map<String, BigDecimal> other) {
    return one.equals(other) || minus(one, other).isEmpty();
  }

  /** Those in currencies in which nothing is known. */
  static Map<String, BigDecimal> lacking(
      Map<String, BigDecimal> known, Map<String, BigDecimal> fees) {
    Map<String, BigDecimal> lacking = new HashMap<>(fees);
    lacking.values().removeIf(fee -> fee.signum() == 0);
    lacking.keySet().removeIf(each -> known.getOrDefault(each, BigDecimal.ZERO).signum() != 0);
    return lacking;
  }

  /** The latter, in currencies in which both have some. */
  static Map<String, BigDecimal> common(
      Map<String, BigDecimal> one, Map<String, BigDecimal> other) {
    Map<String, BigDecimal> common = new HashMap<>(other);
    common.keySet().removeIf(each -> one.getOrDefault(each, BigDecimal.ZERO).signum() == 0);
    return common;
  }

  /** Of each currency the larger, be it paid or received. */
  static Map<String, BigDecimal> larger(
      Map<String, BigDecimal> one, Map<String, BigDecimal> other) {
    Map<String, BigDecimal> larger = new HashMap<>(one);
    other.forEach(
        (currency, fee) ->
            larger.merge(currency, fee, (a, b) -> a.abs().compareTo(b.abs()) < 0 ? b : a));
    return larger;
  }

  /** The latter, and those of the former in currencies that these lack. */
  static Map<String, BigDecimal> over(Map<String, BigDecimal> under, Map<String, BigDecimal> fees) {
    Map<String, BigDecimal> all = new HashMap<>(under);
    all.putAll(fees);
    return all;
  }

  /** Has the trade these fees and no others. Beside others, one without a currency only stands. */
  static Trade.Builder put(Trade.Builder trade, Map<String, BigDecimal> fees) {
    trade.fee(null).feeCurrency(null).fees(null);
    if (isMixed(fees)) {
      Map<String, BigDecimal> inCurrencies = new HashMap<>(fees);
      return trade.fee(inCurrencies.remove(Fees.NO_CURRENCY)).fees(inCurrencies);
    }
    if (fees.size() != 1) {
      return trade.fees(fees);
    }
    Map.Entry<String, BigDecimal> fee = fees.entrySet().iterator().next();
    String currency = fee.getKey().equals(Fees.NO_CURRENCY) ? null : fee.getKey();
    return trade.fee(fee.getValue()).feeCurrency(currency);
  }

  /** What tells all the fees that were put into the trade: itself, and one that is fee alone. */
  static List<Trade> parts(Trade trade, Map<String, BigDecimal> fees) {
    return isMixed(fees)
        ? List.of(trade, trade.toBuilder().volume(BigDecimal.ZERO).fees(null).build())
        : List.of(trade);
  }

  private static boolean isMixed(Map<String, BigDecimal> fees) {
    return fees.size() > 1 && fees.containsKey(Fees.NO_CURRENCY);
  }

  static Map<String, BigDecimal> read(JsonObject json) {
    Map<String, BigDecimal> fees = new HashMap<>();
    if (json != null) {
      json.forEach(fee -> fees.put(fee.getKey(), new BigDecimal(fee.getValue().toString())));
    }
    return fees;
  }

  /** As JSON; one in an ordinary currency, which is what most fills have, without a generator. */
  static String encode(Map<String, BigDecimal> fees) {
    if (fees.isEmpty()) {
      return "{}";
    }
    Map.Entry<String, BigDecimal> first = fees.entrySet().iterator().next();
    return fees.size() == 1 && isPlain(first.getKey())
        ? "{\"" + first.getKey() + "\":\"" + Decimals.plain(first.getValue()) + "\"}"
        : json(fees).encode();
  }

  private static boolean isPlain(String currency) {
    for (int i = 0; i < currency.length(); i++) {
      char c = currency.charAt(i);
      if (c < '0' || c > 'z' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  static JsonObject json(Map<String, BigDecimal> fees) {
    JsonObject json = new JsonObject();
    fees.forEach((currency, fee) -> json.put(currency, Decimals.plain(fee)));
    return json;
  }
}
