package io.fullon.cache.source;

import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What an exchange wrote in JSON, of whatever shape: asking for what is not there gives null, or an
 * empty message, and never fails. Numbers are texts, so that every digit stays.
 */
public final class Message {

  private static final Message NONE = new Message(null);

  /** Later is no time. */
  private static final long MAX_SECONDS = 10_000_000_000L;

  private final Object value;

  private Message(Object value) {
    this.value = value;
  }

  /**
   * @throws InvalidValueException when the text is no JSON
   */
  public static Message parse(String text) {
    return new Message(Json.parseTexts(text));
  }

  /** What is in the field of this object; an empty message where there is none. */
  public Message get(String key) {
    return value instanceof Map<?, ?> object ? of(object.get(key)) : NONE;
  }

  /** The element of this list; an empty message where there is none. */
  public Message at(int index) {
    return value instanceof List<?> list && index < list.size() ? of(list.get(index)) : NONE;
  }

  private static Message of(Object value) {
    return value == null ? NONE : new Message(value);
  }

  /** Whether this is a list, though it may be empty. */
  public boolean isList() {
    return value instanceof List;
  }

  /** The elements of this list; none where it is no list. */
  public List<Message> list() {
    if (!(value instanceof List<?> list)) {
      return List.of();
    }
    List<Message> elements = new ArrayList<>(list.size());
    list.forEach(element -> elements.add(of(element)));
    return elements;
  }

  /** What is in the fields of this object; nothing where it is no object. */
  public List<Message> values() {
    if (!(value instanceof Map<?, ?> object)) {
      return List.of();
    }
    List<Message> fields = new ArrayList<>(object.size());
    object.values().forEach(field -> fields.add(of(field)));
    return fields;
  }

  /** Whether this object has the field, though it may be null or empty. */
  public boolean has(String key) {
    return value instanceof Map<?, ?> object && object.containsKey(key);
  }

  /** The text of this value; null where it is an object, a list, nothing or empty. */
  public String text() {
    return value instanceof String text && !text.isEmpty() ? text : null;
  }

  /** The same of a field. */
  public String text(String key) {
    return value instanceof Map<?, ?> object
            && object.get(key) instanceof String text
            && !text.isEmpty()
        ? text
        : null;
  }

  /** A field as an error message shows it; null where there is nothing, or an empty text. */
  String shown(String key) {
    Object field = value instanceof Map<?, ?> object ? object.get(key) : null;
    return field == null || field.equals("") ? null : InvalidValueException.show(field);
  }

  /** Whether the field is this text. */
  public boolean is(String key, String expected) {
    return expected.equals(text(key));
  }

  /** This value as a decimal with all its digits; null where it is none that can be kept. */
  public BigDecimal decimal() {
    return decimalOf(text());
  }

  /** The same of a field. */
  public BigDecimal decimal(String key) {
    return decimalOf(text(key));
  }

  private static BigDecimal decimalOf(String text) {
    if (text == null) {
      return null;
    }
    try {
      return Decimals.decode("number", text);
    } catch (InvalidValueException e) {
      return null; // not finite, too long, or no number
    }
  }

  /** An integer; null where it is none. */
  public Long integer(String key) {
    return get(key).integer();
  }

  /** This value as an integer; null where it is none. */
  public Long integer() {
    String text = text();
    return text != null && text.matches("-?[0-9]{1,18}") ? Long.valueOf(text) : null;
  }

  /** A time in milliseconds since the epoch; null where there is none. */
  public Instant millis(String key) {
    return get(key).millis();
  }

  /** This value as a time in milliseconds since the epoch; null where it is none. */
  public Instant millis() {
    Long millis = integer();
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }

  /** This value as a time in seconds since the epoch; null where it is none. */
  public Instant seconds() {
    Long seconds = integer();
    return seconds == null || Math.abs(seconds) > MAX_SECONDS
        ? null
        : Instant.ofEpochSecond(seconds);
  }

  /** A time as ISO 8601 writes it, in UTC; null where there is none. */
  public Instant iso(String key) {
    String text = text(key);
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeException e) {
      return null;
    }
  }
}
