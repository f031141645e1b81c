package io.fullon.cache.fill;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What exchanges take, in one currency or in several. */
public final class Fees {

  /** Stands for the currency of a fee of which none was told. */
  public static final String NO_CURRENCY = "";

  private static final String FEE = "fee";
  private static final String FEE_CURRENCY = "fee_currency";
  private static final String FEES = "fees";

  /** Of ccxt. */
  private static final String COST = "cost";

  private static final String CURRENCY = "currency";
  private static final int MAX_CURRENCY = 128;

  private Fees() {}

  /**
   * All fees, by currency.
   *
   * @param fee counts where {@code fees} are not known, under {@link #NO_CURRENCY} if its currency
   *     is not
   */
  public static Map<String, BigDecimal> of(
      BigDecimal fee, String currency, Map<String, BigDecimal> fees) {
    if (fees != null) {
      return fees;
    }
    return fee == null ? Map.of() : Map.of(currency == null ? NO_CURRENCY : currency, fee);
  }

  /**
   * The same fields with fees as ours are: a decimal, a currency, and decimals by currency. The
   * library ccxt has an object {@code {"cost", "currency"}} as {@code fee} and a list of them as
   * {@code fees}; what it does not know is null there.
   *
   * @throws InvalidValueException naming the field that does not fit
   */
  public static Fields plain(Fields fields) {
    Map<String, Object> plain = new HashMap<>();
    Object fee = fields.raw(FEE);
    if (isObject(fee)) {
      put(plain, object(fields, FEE, fee, fee));
    } else if (isList(fee)) {
      plain.put(FEE, null);
      putAll(plain, fields, FEE, fee);
    }
    Object fees = fields.raw(FEES);
    if (isList(fees)) {
      plain.put(FEES, null);
      putAll(plain, fields, FEES, fees);
    }
    return plain.isEmpty() ? fields : fields.with(plain);
  }

  private static void put(Map<String, Object> plain, Fields fee) {
    plain.put(FEE, fee.decimalOrNull(COST));
    if (fee.has(CURRENCY)) {
      plain.put(FEE_CURRENCY, fee.text(CURRENCY, MAX_CURRENCY));
    }
  }

  /** One whose currency is not known can be told only where it is the only one. */
  private static void putAll(Map<String, Object> plain, Fields fields, String key, Object list) {
    List<Fields> told = new ArrayList<>();
    for (Object element : fields.list(key)) {
      Fields fee = object(fields, key, element, list);
      if (fee.has(COST)) {
        told.add(fee);
      }
    }
    if (told.size() == 1 && !told.get(0).has(CURRENCY)) {
      put(plain, told.get(0));
    } else if (!told.isEmpty()) {
      Map<String, BigDecimal> sums = new HashMap<>();
      told.forEach(
          fee -> sums.merge(fee.text(CURRENCY, MAX_CURRENCY), fee.decimal(COST), BigDecimal::add));
      plain.put(FEES, sums);
    }
  }

  private static Fields object(Fields fields, String key, Object value, Object got) {
    if (isObject(value)) {
      Fields fee = Fields.of(fields.name(key), value);
      if (fee.keys().contains(COST) || fee.keys().contains(CURRENCY)) {
        return fee;
      }
    }
    throw new InvalidValueException(
        fields.name(key), "must be a decimal number, or objects with cost and currency", got);
  }

  private static boolean isObject(Object value) {
    return value instanceof JsonObject || value instanceof Map;
  }

  private static boolean isList(Object value) {
    return value instanceof JsonArray || value instanceof List;
  }
}
