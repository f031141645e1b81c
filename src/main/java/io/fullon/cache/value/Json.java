package io.fullon.cache.value;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;

/** JSON text in and out with every digit kept, which Vert.x' own JSON does not do. */
public final class Json {

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(32).build())
          .build();

  /** Apart, because it takes a tenth of a second to load, which writing need not wait for. */
  private static final class Reading {

    static final ObjectMapper MAPPER =
        JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
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
    Object value;
    try {
      value = Reading.MAPPER.readValue(text, Object.class);
    } catch (JsonProcessingException e) {
      throw new InvalidValueException(
          path.isEmpty() ? "body" : path, "must be JSON (" + e.getOriginalMessage() + ")", text);
    } catch (NumberFormatException e) {
      // An exponent that is out of BigDecimal's range.
      throw new InvalidValueException(
          path.isEmpty() ? "body" : path, "must be JSON with numbers of sensible size", text);
    }
    return Fields.of(path, value);
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

  /**
   * Writes the field as a number in plain notation, digits as they are; leaves it out when null.
   */
  public static void decimal(JsonGenerator json, String name, BigDecimal decimal)
      throws IOException {
    if (decimal != null) {
      json.writeFieldName(name);
      json.writeNumber(Decimals.plain(decimal));
    }
  }
}
