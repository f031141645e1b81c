package io.fullon.cache.account;

import io.fullon.cache.value.Decimals;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** What an account's positions are worth, by the latest prices, in their currencies. */
public final class Valuation {

  private static final String NOTIONAL = "notional";
  private static final String UNREALIZED_PNL = "unrealized_pnl";

  private final Instant now;
  private final JsonArray positions = new JsonArray();
  private final Map<String, Map<String, BigDecimal>> sums = new TreeMap<>();

  /**
   * @param now what the age of prices is counted from
   */
  public Valuation(Instant now) {
    this.now = now;
  }

  /** Whether what the symbol of a position tells is needed. */
  public static boolean needsSymbol(Position position) {
    return Markets.isContract(position.symbol())
        && (position.contractSize() == null || position.inverse() == null);
  }

  /**
   * Adds a position, with no more than can be told of it.
   *
   * @param mark the latest price; null when there is none
   * @param time that of the price; null when there is none
   */
  public void add(Position position, BigDecimal mark, Instant time) {
    JsonObject json = position.toJson();
    json.remove(UNREALIZED_PNL);
    positions.add(json);
    if (mark == null) {
      return;
    }
    json.put("mark_price", Decimals.plain(mark));
    json.put("mark_age_ms", Math.max(0, Duration.between(time, now).toMillis()));
    if (Markets.isContract(position.symbol()) && !Contract.isTold(position)) {
      return;
    }
    Contract contract = Contract.of(position);
    BigDecimal size = position.size().abs();
    String currency = Markets.settle(position.symbol());
    put(json, NOTIONAL, currency, contract.cost(size, mark));
    BigDecimal entry = position.entryPrice();
    if (size.signum() == 0) {
      put(json, UNREALIZED_PNL, currency, BigDecimal.ZERO);
    } else if (entry != null) {
      BigDecimal gain = contract.gain(size, entry, mark);
      boolean isShort = position.size().signum() < 0;
      put(json, UNREALIZED_PNL, currency, gain == null || !isShort ? gain : gain.negate());
    }
  }

  private void put(JsonObject json, String name, String currency, BigDecimal amount) {
    if (amount == null) {
      return;
    }
    json.put(name, Decimals.plain(amount));
    if (currency != null) {
      sums.computeIfAbsent(currency, c -> new TreeMap<>()).merge(name, amount, BigDecimal::add);
    }
  }

  public JsonObject toJson() {
    JsonObject all = new JsonObject();
    sums.forEach(
        (currency, amounts) -> {
          JsonObject json = new JsonObject();
          amounts.forEach((name, amount) -> json.put(name, Decimals.plain(amount)));
          all.put(currency, json);
        });
    return new JsonObject().put("positions", positions).put("sums", all);
  }
}
