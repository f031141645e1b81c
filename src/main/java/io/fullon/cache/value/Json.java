package io.fullon.cache.value;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.EncodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** JSON text in and out with every digit kept, which Vert.x' own JSON does not do. */
public final class Json {

  /** The longest text of another program that is read, in bytes of UTF-8. */
  public static final int MAX_FOREIGN_BYTES = 1 << 16;

  private static final String FOREIGN_LENGTH =
      "must be JSON of at most " + MAX_FOREIGN_BYTES + " bytes";

  private static final int MAX_DEPTH = 32;

  /** Deeper than Vert.x reads. */
  private static final int MAX_KEPT = 1_000;

  /** As deep as {@code cjson} in Redis reads. */
  private static final int MAX_FOREIGN_DEPTH = 1_000;

  private static final JsonFactory FACTORY = factory(constraints().maxNestingDepth(MAX_DEPTH));

  /** Reads besides what Python's {@code json} writes and {@code cjson} in Redis reads. */
  private static final JsonFactory FOREIGN =
      factory(
              constraints()
                  .maxNestingDepth(MAX_FOREIGN_DEPTH)
                  // Numbers are not converted before their length is known.
                  .maxNumberLength(MAX_FOREIGN_BYTES))
          .rebuild()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
          .build();

  /** The same, but no deeper than our own. */
  private static final JsonFactory WHOLE_FOREIGN =
      factory(constraints().maxNestingDepth(MAX_DEPTH))
          .rebuild()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
          .build();

  /** A number that another program wrote and that is too long to be read. */
  record LongNumber(String text) {}

  /** Texts and names are as long as they are: all is in memory already. */
  private static StreamReadConstraints.Builder constraints() {
    return StreamReadConstraints.builder()
        .maxStringLength(Integer.MAX_VALUE)
        .maxNameLength(Integer.MAX_VALUE);
  }

  private static JsonFactory factory(StreamReadConstraints.Builder constraints) {
    return JsonFactory.builder()
        // A table of all keys that ever came would grow, and equal hash codes would hold it up.
        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
        .streamReadConstraints(constraints.build())
        .build();
  }

  /** Apart, because it takes a tenth of a second to load, which writing need not wait for. */
  private static final class Reading {

    static final ObjectMapper MAPPER =
        JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
  }

  /** Writes one JSON value. */
  @FunctionalInterface
  public interface Writer {
    void write(JsonGenerator json) throws IOException;
  }

  /** How a decimal is written. */
  public enum DecimalStyle {
    /** A JSON string: on the event bus and the feed, where a number would become a double. */
    STRING,
    /** A JSON number: in the Redis keys shared with other programs. */
    NUMBER
  }

  private Json() {}

  /**
   * Reads the fields of a JSON object; fractions come as {@link BigDecimal}.
   *
   * @param path the object's name in errors; may be empty
   * @throws InvalidValueException when the text is not one JSON object
   */
  public static Fields parse(String path, String text) {
    try (JsonParser json = FACTORY.createParser(text)) {
      return Fields.of(path, value(path, json, text));
    } catch (IOException e) {
      throw new UncheckedIOException("Reading from memory failed", e);
    }
  }

  private static Object value(String path, JsonParser json, String text) throws IOException {
    try {
      if (json.nextToken() == null) {
        throw new InvalidValueException(name(path), "must be JSON", text);
      }
      Object value = Reading.MAPPER.readValue(json, Object.class);
      checkEnd(path, json, text);
      return value;
    } catch (JsonProcessingException e) {
      throw notJson(path, json, e, text);
    } catch (NumberFormatException e) {
      // An exponent that is out of BigDecimal's range.
      throw new InvalidValueException(
          name(path), "must be JSON with numbers of sensible size", text);
    }
  }

  private static void checkEnd(String path, JsonParser json, String text) throws IOException {
    if (json.nextToken() != null) {
      throw new InvalidValueException(name(path), "must be JSON and nothing behind it", text);
    }
  }

  private static String name(String path) {
    return path.isEmpty() ? "body" : path;
  }

  private static InvalidValueException notJson(
      String path, JsonParser json, JsonProcessingException cause, String text) {
    return new InvalidValueException(
        name(path), "must be JSON", " (" + problem(json, cause) + ")", text);
  }

  /** In words of our own: the library's speak to who programs with it. */
  private static String problem(JsonParser json, JsonProcessingException cause) {
    StreamReadConstraints bounds = json.streamReadConstraints();
    if (json.getParsingContext().getNestingDepth() > bounds.getMaxNestingDepth()) {
      return "nested more than " + bounds.getMaxNestingDepth() + " deep";
    }
    return cause instanceof StreamConstraintsException
        ? "has a number of more than " + bounds.getMaxNumberLength() + " digits"
        : "wrong" + place(cause);
  }

  /**
   * Where a text is no JSON, as in " at line 1, column 8"; empty where the failure has no place.
   */
  public static String place(Throwable failure) {
    JsonLocation place =
        failure instanceof JsonProcessingException mistake ? mistake.getLocation() : null;
    if (place == null || place.getLineNr() < 1) {
      return "";
    }
    return " at line "
        + place.getLineNr()
        + (place.getColumnNr() < 1 ? "" : ", column " + place.getColumnNr());
  }

  /**
   * Reads the fields of a JSON object that another program, a recording or an exchange wrote. Of
   * what is in its fields, objects and lists are left empty, and an optional number that is not
   * finite or too long counts as absent. The work is bounded, whatever the text is.
   *
   * @param path the object's name in errors; may be empty
   * @throws InvalidValueException when the text is not one JSON object, or longer than {@link
   *     #MAX_FOREIGN_BYTES}
   */
  public static Fields parseForeign(String path, String text) {
    if (isTooLong(text)) {
      throw new InvalidValueException(name(path), FOREIGN_LENGTH, text);
    }
    try (JsonParser json = FOREIGN.createParser(text)) {
      return Fields.foreign(path, foreign(path, json, text));
    } catch (IOException e) {
      throw new UncheckedIOException("Reading from memory failed", e);
    }
  }

  private static Map<String, Object> foreign(String path, JsonParser json, String text)
      throws IOException {
    try {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new InvalidValueException(name(path), "must be a JSON object", text);
      }
      Map<String, Object> values = new HashMap<>();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = json.currentName();
        json.nextToken();
        values.put(key, value(json));
      }
      checkEnd(path, json, text);
      return values;
    } catch (JsonProcessingException e) {
      throw notJson(path, json, e, text);
    }
  }

  /**
   * Reads all of a JSON object that another program wrote, objects and lists in it too; fractions
   * come as {@link BigDecimal}, and a number that is not finite as null.
   *
   * @param path the object's name in errors; may be empty
   * @throws InvalidValueException when the text is not one JSON object, longer than {@link
   *     #MAX_FOREIGN_BYTES}, or nested too deep
   */
  public static JsonObject readForeign(String path, String text) {
    if (isTooLong(text)) {
      throw new InvalidValueException(name(path), FOREIGN_LENGTH, text);
    }
    try (JsonParser json = WHOLE_FOREIGN.createParser(text)) {
      if (value(path, json, text) instanceof Map<?, ?> map) {
        return (JsonObject) finite(map);
      }
      throw new InvalidValueException(name(path), "must be a JSON object", text);
    } catch (IOException e) {
      throw new UncheckedIOException("Reading from memory failed", e);
    }
  }

  private static Object finite(Object value) {
    if (value instanceof Map<?, ?> map) {
      JsonObject object = new JsonObject();
      map.forEach((key, inside) -> object.put(key.toString(), finite(inside)));
      return object;
    }
    if (value instanceof List<?> list) {
      JsonArray array = new JsonArray();
      list.forEach(inside -> array.add(finite(inside)));
      return array;
    }
    return value instanceof Double number && !Double.isFinite(number) ? null : value;
  }

  /**
   * What {@link #parseForeign} says of a text that was not even read because of its length.
   *
   * @param bytes how long it is
   */
  public static InvalidValueException tooLongForeign(long bytes) {
    return new InvalidValueException(name(""), FOREIGN_LENGTH, bytes);
  }

  /**
   * Reads JSON that an exchange wrote: objects as {@link Map}s, lists as {@link List}s, and all
   * else as its text, letter by letter, numbers too; what is {@code null} there is null.
   *
   * @throws InvalidValueException when the text is not one JSON value
   */
  public static Object parseTexts(String text) {
    try (JsonParser json = FOREIGN.createParser(text)) {
      return texts(json, text);
    } catch (IOException e) {
      throw new UncheckedIOException("Reading from memory failed", e);
    }
  }

  private static Object texts(JsonParser json, String text) throws IOException {
    try {
      if (json.nextToken() == null) {
        throw new InvalidValueException(name(""), "must be JSON", text);
      }
      Object value = texts(json, 0);
      checkEnd("", json, text);
      return value;
    } catch (JsonProcessingException e) {
      throw notJson("", json, e, text);
    }
  }

  /** Deeper than {@link #MAX_DEPTH} there is nothing that anybody reads. */
  private static Object texts(JsonParser json, int depth) throws IOException {
    if (depth == MAX_DEPTH && json.currentToken().isStructStart()) {
      json.skipChildren();
      return null;
    }
    return switch (json.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> object = new HashMap<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
          String key = json.currentName();
          json.nextToken();
          object.put(key, texts(json, depth + 1));
        }
        yield object;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
          list.add(texts(json, depth + 1));
        }
        yield list;
      }
      case VALUE_NULL -> null;
      default -> json.getText();
    };
  }

  /** Whether it is longer than what is read of another program. */
  public static boolean isTooLong(String text) {
    // No character takes more than three bytes.
    return text.length() > MAX_FOREIGN_BYTES
        || (text.length() > MAX_FOREIGN_BYTES / 3
            && text.getBytes(StandardCharsets.UTF_8).length > MAX_FOREIGN_BYTES);
  }

  private static Object value(JsonParser json) throws IOException {
    return switch (json.currentToken()) {
      case VALUE_STRING -> json.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(json);
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> {
        boolean isObject = json.currentToken() == JsonToken.START_OBJECT;
        json.skipChildren();
        yield isObject ? Map.of() : List.of();
      }
    };
  }

  private static Object number(JsonParser json) throws IOException {
    if (json.isNaN()) {
      return json.getDoubleValue();
    }
    if (json.getTextLength() > Decimals.MAX_TEXT) {
      return new LongNumber(json.getText());
    }
    if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
      return json.getNumberValue();
    }
    try {
      return new BigDecimal(json.getText());
    } catch (NumberFormatException e) {
      // An exponent that is out of BigDecimal's range.
      return new LongNumber(json.getText());
    }
  }

  /**
   * Checks what is kept for a program: what JSON cannot hold, or not that deep, would be another
   * value when it is read again.
   *
   * @param maxDepth how deep objects and lists may be nested
   * @throws InvalidValueException naming the field
   */
  public static void checkKept(String field, Object value, int maxDepth) {
    checkKept(field, value, 0, maxDepth);
  }

  private static void checkKept(String field, Object value, int depth, int maxDepth) {
    if (depth > maxDepth) {
      throw new InvalidValueException(field, "must not be nested deeper than " + maxDepth);
    }
    if ((value instanceof Double || value instanceof Float)
        && !Double.isFinite(((Number) value).doubleValue())) {
      throw new InvalidValueException(field, "must be a finite number", value);
    }
    if (value instanceof JsonObject object) {
      checkKept(field, object.getMap(), depth, maxDepth);
    } else if (value instanceof JsonArray array) {
      checkKept(field, array.getList(), depth, maxDepth);
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(element -> checkKept(field, element, depth + 1, maxDepth));
    } else if (value instanceof List<?> list) {
      list.forEach(element -> checkKept(field, element, depth + 1, maxDepth));
    }
  }

  /**
   * The text of an object that is kept for a program, which can be read again: one that could not
   * would hide whatever is listed with it.
   *
   * @param field the object's name in errors
   * @param maxBytes how long the text may be, as UTF-8
   * @throws InvalidValueException when it is longer, cannot be read again, or has a number that
   *     JSON does not have
   */
  public static String readable(String field, JsonObject object, int maxBytes) {
    try {
      String text = object.encode();
      if (text.length() > maxBytes || text.getBytes(StandardCharsets.UTF_8).length > maxBytes) {
        throw new InvalidValueException(
            field, "must be at most " + maxBytes + " bytes of JSON", text.length());
      }
      io.vertx.core.json.Json.decodeValue(text);
      object.forEach(each -> checkKept(field + "." + each.getKey(), each.getValue(), MAX_KEPT));
      return text;
    } catch (EncodeException | DecodeException e) {
      throw new InvalidValueException(field, "cannot be kept: " + e.getMessage());
    }
  }

  /** The text that the writer makes. */
  public static String write(Writer writer) {
    StringWriter text = new StringWriter(256);
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      writer.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("Writing to memory failed", e);
    }
    return text.toString();
  }

  /** Appends a field of a {@link Value}. */
  static void append(StringBuilder json, Object value, DecimalStyle style) {
    if (value instanceof BigDecimal decimal) {
      String mark = style == DecimalStyle.NUMBER ? "" : "\"";
      json.append(mark).append(Decimals.plain(decimal)).append(mark);
    } else if (value instanceof Instant time) {
      Times.append(json, time);
    } else if (value instanceof Number integer) {
      json.append(integer.longValue());
    } else if (value instanceof Boolean flag) {
      json.append(flag.booleanValue());
    } else if (value instanceof Map<?, ?> map) {
      String before = "{";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.append(before);
        append(json, entry.getKey().toString());
        append(json.append(':'), entry.getValue(), style);
        before = ",";
      }
      json.append(map.isEmpty() ? "{}" : "}");
    } else {
      append(json, value.toString());
    }
  }

  /** Appends a text as JSON. */
  public static void append(StringBuilder json, String text) {
    json.append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, json);
    json.append('"');
  }

  /** A field of a {@link Value} as event-bus JSON has it. */
  static Object ofBus(Object value) {
    if (value instanceof BigDecimal decimal) {
      return Decimals.plain(decimal);
    }
    if (value instanceof Instant time) {
      return Times.seconds(time);
    }
    if (value instanceof Map<?, ?> map) {
      JsonObject json = new JsonObject();
      map.forEach((name, inside) -> json.put(name.toString(), ofBus(inside)));
      return json;
    }
    return value instanceof Number || value instanceof Boolean ? value : value.toString();
  }
}
