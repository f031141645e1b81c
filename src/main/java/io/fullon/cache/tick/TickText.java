package io.fullon.cache.tick;

import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Times;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * Reads the JSON that {@link Tick#encode} writes, which nearly all ticks are, several times as fast
 * as a JSON parser. What another program has written in another way it leaves to that one.
 */
final class TickText {

  private static final int MICROS_PLACES = 6;

  /** What is shorter than this fits into a long. */
  private static final int MAX_DIGITS = 16;

  private final String text;
  private int at;

  private TickText(String text) {
    this.text = text;
  }

  /** The tick, or null when the text is not written like ours. */
  static Tick read(String text, String exchange, String symbol) {
    return new TickText(text).read(exchange, symbol);
  }

  private Tick read(String exchange, String symbol) {
    if (!skip("{\"symbol\":\"") || !skip(symbol) || !skip("\",\"exchange\":\"")) {
      return null;
    }
    if (!skip(exchange) || !skip("\"")) {
      return null;
    }
    BigDecimal price = decimal(",\"price\":");
    BigDecimal volume = decimal(",\"volume\":");
    BigDecimal bid = decimal(",\"bid\":");
    BigDecimal ask = decimal(",\"ask\":");
    BigDecimal last = decimal(",\"last\":");
    Instant time = time();
    Long seq = seq();
    return price == null || time == null || !skip("}") || at != text.length()
        ? null
        : new Tick(symbol, exchange, price, time, volume, bid, ask, last, seq);
  }

  private boolean skip(String expected) {
    if (!text.startsWith(expected, at)) {
      return false;
    }
    at += expected.length();
    return true;
  }

  /** How many digits follow. */
  private int digits() {
    int end = at;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end - at;
  }

  /** A number in plain notation, as JSON allows it; null when there is none of that name. */
  private BigDecimal decimal(String name) {
    if (!skip(name)) {
      return null;
    }
    final int start = at;
    skip("-");
    int whole = digits();
    if (whole == 0 || (whole > 1 && text.charAt(at) == '0')) {
      giveUp();
      return null;
    }
    at += whole;
    if (skip(".")) {
      int places = digits();
      if (places == 0) {
        giveUp();
        return null;
      }
      at += places;
    }
    if (at - start > Decimals.MAX_LENGTH) {
      // Not even converted: that takes the square of its length.
      giveUp();
      return null;
    }
    return new BigDecimal(text.substring(start, at));
  }

  /** Nothing is found any more, nor the end reached. */
  private void giveUp() {
    at = text.length() + 1;
  }

  private Instant time() {
    if (!skip(",\"time\":")) {
      return null;
    }
    int start = at;
    int whole = digits();
    at += whole;
    if (whole == 0 || whole > MAX_DIGITS - MICROS_PLACES || !skip(".")) {
      giveUp();
      return null;
    }
    if (digits() != MICROS_PLACES || (whole > 1 && text.charAt(start) == '0')) {
      giveUp();
      return null;
    }
    long seconds = Long.parseLong(text, start, start + whole, 10);
    long micros = Long.parseLong(text, at, at + MICROS_PLACES, 10);
    at += MICROS_PLACES;
    return Times.ofMicros(seconds * 1_000_000 + micros);
  }

  private Long seq() {
    if (!skip(",\"seq\":")) {
      return null;
    }
    int count = digits();
    if (count == 0 || count >= MAX_DIGITS || (count > 1 && text.charAt(at) == '0')) {
      giveUp();
      return null;
    }
    long seq = Long.parseLong(text, at, at + count, 10);
    at += count;
    return seq;
  }
}
