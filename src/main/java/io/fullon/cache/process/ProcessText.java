package io.fullon.cache.process;

import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A process as text, as the Python package writes it, and what is in one. */
final class ProcessText {

  /** Longer than that nothing is kept which says nothing. */
  private static final long DAY_MS = 86_400_000;

  private static final Set<String> REQUIRED = Set.of("process_id", "process_type", "component");

  private static final Map<String, ProcessType> TYPES =
      Arrays.stream(ProcessType.values())
          .collect(Collectors.toUnmodifiableMap(ProcessType::toString, type -> type));

  /** As long as any. */
  private static final String END_OF_BROADCAST = "\"2025-09-17T12:30:33.123456+00:00\"}";

  private ProcessText() {}

  /** What is said of one of which nothing else is. */
  static String registered(String component) {
    return "Process " + component + " registered";
  }

  /**
   * One that begins.
   *
   * @param params as JSON
   * @param time when, in ISO 8601
   */
  static String begin(
      String id,
      ProcessType type,
      String component,
      String params,
      ProcessStatus status,
      String message,
      String time) {
    return Json.write(
        json -> {
          json.writeStartObject();
          json.writeStringField("process_id", id);
          json.writeStringField("process_type", type.toString());
          json.writeStringField("component", component);
          json.writeFieldName("params");
          json.writeRawValue(params);
          json.writeStringField("status", status.toString());
          json.writeStringField("message", message);
          for (String when : List.of("created_at", "updated_at", "heartbeat")) {
            json.writeStringField(when, time);
          }
          json.writeEndObject();
        });
  }

  /**
   * The text of an object; an empty one for null.
   *
   * @throws InvalidValueException when it could not be read again
   */
  static String object(String field, JsonObject object) {
    if (object == null) {
      return "{}";
    }
    String text = Json.readable(field, object, ProcessCache.MAX_PROCESS_BYTES);
    // It lies in another one, and so is one deeper.
    Json.readForeign(field, "{\"" + field + "\":" + text + "}");
    return text;
  }

  /**
   * A broadcast up to where its time begins.
   *
   * @throws InvalidValueException when nobody could read it
   */
  static String beginBroadcast(String message, JsonObject data) {
    String json =
        "{\"message\":" + text(message) + ",\"data\":" + object("data", data) + ",\"timestamp\":";
    if (Json.isTooLong(json + END_OF_BROADCAST)) {
      throw new InvalidValueException(
          "data",
          "must leave the broadcast at most " + Json.MAX_FOREIGN_BYTES + " bytes of JSON",
          json.length() + END_OF_BROADCAST.length());
    }
    return json;
  }

  /** The JSON of a text; an empty one for null. */
  static String text(Object text) {
    return text == null ? "" : Json.write(json -> json.writeString(text.toString()));
  }

  /**
   * Reads what is stored.
   *
   * @throws InvalidValueException when it is no process
   */
  static JsonObject read(String text) {
    JsonObject process = Json.readForeign("", text);
    for (String field : REQUIRED) {
      if (!(process.getValue(field) instanceof String)) {
        throw new InvalidValueException(field, "must be a text", process.getValue(field));
      }
    }
    return process;
  }

  /** The time that a field tells; null where it tells none. */
  static Instant time(JsonObject process, String field) {
    return process.getValue(field) instanceof String text ? time(text) : null;
  }

  /** The time, or null where the text is none. */
  static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** How often it says that it is alive, in milliseconds; 0 where it does not tell. */
  static long heartbeatMs(JsonObject process) {
    return process.getValue("params") instanceof JsonObject params
            && params.getValue(ProcessCache.HEARTBEAT_MS) instanceof Number ms
        ? Math.min(ms.longValue(), DAY_MS)
        : 0;
  }

  /** The text of a field for sorting and counting; empty where there is none. */
  static String field(JsonObject process, String name) {
    return process.getValue(name) instanceof String text ? text : "";
  }

  /** The component in an id of {@code type:component:seconds}; empty where it is none. */
  static String component(String id) {
    int first = id.indexOf(':');
    int last = id.lastIndexOf(':');
    return first < last ? id.substring(first + 1, last) : "";
  }

  /** The type in an id, or null where it is none that there is. */
  static ProcessType type(String id) {
    return TYPES.get(id.substring(0, Math.max(0, id.indexOf(':'))));
  }
}
