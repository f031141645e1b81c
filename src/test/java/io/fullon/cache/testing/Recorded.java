package io.fullon.cache.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fullon.cache.tick.Tick;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Ticks as exchanges sent them, and what must become of them, found out without the code under
 * test: a market is {@code exchange symbol}, its digits the texts of its fields.
 */
public final class Recorded {

  public static final List<String> NAMES =
      List.of(
          "ticks-binance-delivery.jsonl",
          "ticks-bitget.jsonl",
          "ticks-coinbase.jsonl",
          "ticks-okx.jsonl");

  private static final Path FOLDER = Path.of("shared", "data");
  private static final List<String> DECIMALS = List.of("price", "volume", "bid", "ask", "last");
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private Recorded() {}

  /** One of the recordings; skips the test where there are none. */
  public static Path file(String name) {
    Path above = Path.of("").toAbsolutePath();
    while (above != null && !Files.exists(above.resolve(FOLDER))) {
      above = above.getParent();
    }
    assumeTrue(above != null, "No folder " + FOLDER + " with recorded ticks above here");
    return above.resolve(FOLDER).resolve(name);
  }

  /** The digits of the last tick by time of each market; at equal times of the last line. */
  public static Map<String, Map<String, String>> latest(Path file) {
    Map<String, Map<String, String>> latest = new TreeMap<>();
    try (Stream<String> lines = Files.lines(file)) {
      lines
          .map(Recorded::parse)
          .forEach(
              tick ->
                  latest.merge(
                      market(tick),
                      digits(tick),
                      (before, now) -> time(now).compareTo(time(before)) < 0 ? before : now));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return latest;
  }

  public static String market(Map<String, Object> tick) {
    return tick.get("exchange") + " " + tick.get("symbol");
  }

  private static BigDecimal time(Map<String, String> digits) {
    return new BigDecimal(digits.get("time"));
  }

  /** A JSON object with every digit. */
  @SuppressWarnings("unchecked") // JSON's keys are strings
  public static Map<String, Object> parse(String text) {
    try {
      return JSON.readValue(text, Map.class);
    } catch (JsonProcessingException e) {
      throw new AssertionError("No JSON object: " + text, e);
    }
  }

  /** The ticks in a frame of the feed. */
  @SuppressWarnings("unchecked") // it is a list of objects
  public static List<Map<String, Object>> ticks(String frame) {
    return (List<Map<String, Object>>) parse(frame).getOrDefault("ticks", List.of());
  }

  /** The digits of a tick from JSON, in which decimals are strings or numbers. */
  public static Map<String, String> digits(Map<String, Object> tick) {
    Map<String, String> digits = new TreeMap<>();
    for (String field : DECIMALS) {
      if (tick.get(field) != null) {
        digits.put(field, plain(tick.get(field)));
      }
    }
    digits.put("time", new BigDecimal(plain(tick.get("time"))).setScale(6).toPlainString());
    return digits;
  }

  private static String plain(Object value) {
    return value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString();
  }

  /** The digits of ticks as the service gives them. */
  public static Map<String, Map<String, String>> digits(Collection<Tick> ticks) {
    Map<String, Map<String, String>> all = new TreeMap<>();
    for (Tick tick : ticks) {
      Map<String, String> digits = new TreeMap<>();
      put(digits, "price", tick.price());
      put(digits, "volume", tick.volume());
      put(digits, "bid", tick.bid());
      put(digits, "ask", tick.ask());
      put(digits, "last", tick.last());
      long micros = ChronoUnit.MICROS.between(Instant.EPOCH, tick.time());
      put(digits, "time", BigDecimal.valueOf(micros, 6));
      all.put(tick.exchange() + " " + tick.symbol(), digits);
    }
    return all;
  }

  private static void put(Map<String, String> digits, String field, BigDecimal value) {
    if (value != null) {
      digits.put(field, value.toPlainString());
    }
  }
}
