package io.fullon.cache.source.venue;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The parts of a symbol's name, and lists of names as exchanges want them. */
final class Names {

  private static final Pattern SYMBOL =
      Pattern.compile("([^/:]+)/([^/:]+)(?::([^/:-]+)(?:-([0-9]{6}))?)?");

  private Names() {}

  /**
   * A symbol taken apart.
   *
   * @param settle null for a pair of currencies
   * @param end the day on which a contract ends, as YYMMDD; null if it does not
   */
  record Parts(String base, String quote, String settle, String end) {

    boolean isSpot() {
      return settle == null;
    }

    boolean isPerpetual() {
      return settle != null && end == null;
    }
  }

  /** The parts; null when it is not made that way. */
  static Parts parts(String symbol) {
    Matcher parts = SYMBOL.matcher(symbol);
    return parts.matches()
        ? new Parts(parts.group(1), parts.group(2), parts.group(3), parts.group(4))
        : null;
  }

  /** BASE and QUOTE with that between; null when it is no pair of currencies. */
  static String spot(String symbol, String between) {
    Parts parts = parts(symbol);
    return parts == null || !parts.isSpot() ? null : parts.base + between + parts.quote;
  }

  /** The elements of a JSON list. Nothing that a symbol may consist of needs to be escaped. */
  static String list(List<String> names, UnaryOperator<String> element) {
    return names.stream().map(element).collect(Collectors.joining(","));
  }

  /** A name as the query of a path has it. */
  static String encoded(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8);
  }

  /** A name as a JSON text. */
  static String quoted(String name) {
    return '"' + name + '"';
  }
}
