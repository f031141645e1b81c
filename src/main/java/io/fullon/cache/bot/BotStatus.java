package io.fullon.cache.bot;

import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Times;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Set;

/** What a bot says, as text that can be read again, and that of Redis with the time before it. */
final class BotStatus {

  private static final String STATUS = "status";
  private static final String UPDATED_AT = "updated_at";

  private BotStatus() {}

  /**
   * The status' text.
   *
   * @throws InvalidValueException when it is too long, or could not be read again: it would then
   *     hide those of all other bots
   */
  static String encode(JsonObject status) {
    String text = Json.readable(STATUS, status, BotCache.MAX_STATUS_BYTES);
    Json.parse(STATUS, text);
    return text;
  }

  /**
   * Reads what Redis has.
   *
   * @return the status with the time; without one if an earlier version of this wrote it
   * @throws InvalidValueException when it is none
   */
  static JsonObject decode(String stored) {
    int json = stored.indexOf('{');
    JsonObject status =
        Json.parse("", json < 0 ? stored : stored.substring(json)).without(Set.of());
    if (json > 0) {
      status.put(UPDATED_AT, Times.seconds(time(stored.substring(0, json).trim())));
    }
    return status;
  }

  private static Instant time(String micros) {
    try {
      return Times.ofMicros(Long.parseLong(micros));
    } catch (NumberFormatException e) {
      throw new InvalidValueException(UPDATED_AT, "must be microseconds", micros);
    }
  }
}
