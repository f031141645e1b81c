package io.fullon.cache.source;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One exchange of the configuration's section {@code sources}.
 *
 * @param venue the exchange
 * @param symbols which symbols; {@code *} alone for all that its list has
 * @param urls the addresses of its tickers
 * @param restUrl what the paths of its lists follow
 * @param candles whether its own candles are stored, and their history
 * @param candlesUrl the address of its candles; null where it has no channel of them
 */
public record SourceOptions(
    Venue venue,
    List<String> symbols,
    List<String> urls,
    String restUrl,
    boolean candles,
    String candlesUrl) {

  public static final boolean DEFAULT_CANDLES = false;

  private static final int MAX_SYMBOLS = 10_000;
  private static final int MAX_URL = 2_048;

  public SourceOptions {
    symbols = List.copyOf(symbols);
    urls = List.copyOf(urls);
  }

  /** Whether all symbols of the exchange are wanted. */
  boolean isAll() {
    return symbols.contains(Names.ANY);
  }

  /**
   * Reads the section, exchange by exchange; what is null there is not there.
   *
   * @throws InvalidValueException naming the exchange that is unknown, or the key with a bad or
   *     unknown value
   */
  public static List<SourceOptions> from(Fields section) {
    List<SourceOptions> sources = new ArrayList<>();
    for (String exchange : new TreeSet<>(section.keys())) {
      if (section.has(exchange)) {
        Venue venue = venue(section.name(exchange), exchange);
        sources.add(read(section.section(exchange), venue));
      }
    }
    return sources;
  }

  /**
   * The venues on the class path, by exchange.
   *
   * @throws InvalidValueException naming the field when there is none of that name
   */
  private static Venue venue(String field, String exchange) {
    TreeMap<String, Venue> venues = new TreeMap<>();
    try {
      ServiceLoader.load(Venue.class, Venue.class.getClassLoader())
          .forEach(venue -> venues.put(venue.exchange(), venue));
      ServiceLoader.load(Venue.class).forEach(venue -> venues.put(venue.exchange(), venue));
    } catch (ServiceConfigurationError e) {
      throw new IllegalStateException("A Venue on the class path cannot be used: " + e, e);
    }
    Venue venue = venues.get(exchange);
    if (venue == null) {
      throw new InvalidValueException(
          field,
          "is no exchange that there is a source for: " + String.join(", ", venues.keySet()));
    }
    return venue;
  }

  private static SourceOptions read(Fields section, Venue venue) {
    Set<String> symbols = new LinkedHashSet<>();
    for (Object symbol : section.list("symbols")) {
      symbols.add(
          Names.ANY.equals(symbol) ? Names.ANY : Names.symbol(section.name("symbols"), symbol));
    }
    if (symbols.isEmpty() || symbols.size() > MAX_SYMBOLS) {
      throw new InvalidValueException(
          section.name("symbols"), "must be 1 to " + MAX_SYMBOLS + " symbols, or *");
    }
    boolean candles = section.flag("candles", DEFAULT_CANDLES);
    if (candles && venue.candles() == null) {
      throw new InvalidValueException(
          section.name("candles"), "must be false: there are none of this exchange", true);
    }
    String url = url(section, "url", "ws");
    String restUrl = url(section, "rest_url", "http");
    section.refuseUnknown();
    String candlesUrl = venue.candles() == null ? null : venue.candles().url();
    return new SourceOptions(
        venue,
        List.copyOf(symbols),
        url == null ? venue.urls() : replaced(venue.urls(), url),
        restUrl == null ? venue.restUrl() : restUrl.replaceAll("/+$", ""),
        candles,
        url == null || candlesUrl == null ? candlesUrl : onOrigin(url, candlesUrl));
  }

  private static String url(Fields section, String key, String scheme) {
    String url = section.secretOrNull(key, MAX_URL);
    if (url == null) {
      return null;
    }
    Address address = Address.of(url);
    if (address != null && address.scheme().equals(scheme)) {
      return url;
    }
    throw new InvalidValueException(
        section.name(key), "must be an address " + scheme + ":// or " + scheme + "s://");
  }

  /** The first one as a whole; the others keep their path behind the origin of that one. */
  private static List<String> replaced(List<String> urls, String url) {
    List<String> all = new ArrayList<>(List.of(url));
    urls.stream().skip(1).forEach(other -> all.add(onOrigin(url, other)));
    return all;
  }

  private static String onOrigin(String url, String other) {
    return url.replaceFirst("^([a-z]+://[^/?#]*).*", "$1")
        + other.replaceFirst("^[a-z]+://[^/?#]*", "");
  }
}
