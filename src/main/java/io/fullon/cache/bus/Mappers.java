package io.fullon.cache.bus;

import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Times;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * How the generated clients carry the types that Vert.x has no JSON for; named in {@code
 * META-INF/vertx/json-mappers.properties}.
 */
public final class Mappers {

  private Mappers() {}

  public static JsonObject fromValue(JsonValue value) {
    return value.toJson();
  }

  /** One that does not fit goes as it is: the service refuses it, and can name the parameter. */
  public static Object fromDecimal(BigDecimal decimal) {
    try {
      return Decimals.plain(Decimals.check("decimal", decimal));
    } catch (InvalidValueException e) {
      return decimal == null ? null : decimal.toString();
    }
  }

  public static BigDecimal toDecimal(Object json) {
    return Decimals.decode("decimal", json);
  }

  /** One that does not fit goes as it is: the service refuses it, and can name the parameter. */
  public static Object fromTime(Instant time) {
    try {
      return Times.seconds(Times.check("time", time));
    } catch (InvalidValueException e) {
      return time == null ? null : (Object) time.getEpochSecond();
    }
  }

  public static Instant toTime(Object json) {
    return Times.decode("time", json);
  }
}
