package io.fullon.cache.bus;

import io.fullon.cache.value.Decimals;
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

  public static Object fromDecimal(BigDecimal decimal) {
    return Decimals.plain(Decimals.check("decimal", decimal));
  }

  public static BigDecimal toDecimal(Object json) {
    return Decimals.decode("decimal", json);
  }

  public static Object fromTime(Instant time) {
    return Times.seconds(time);
  }

  public static Instant toTime(Object json) {
    return Times.decode("time", json);
  }
}
