package io.fullon.cache.feed;

import io.fullon.cache.value.Names;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * What one request asks for, in the order of the board.
 *
 * @param exchange an exchange, or {@code *}
 * @param symbols the symbols; null for all
 */
record Scope(String exchange, NavigableSet<String> symbols) {

  static final Scope ALL = new Scope(Names.ANY, null);

  /** Before all tickers. */
  static final TickerKey BEGIN = new TickerKey("", "");

  static Scope of(String exchange, Collection<String> symbols) {
    if (symbols.contains(Names.ANY)) {
      return new Scope(exchange, null);
    }
    NavigableSet<String> sorted = new TreeSet<>(Names.ORDER);
    sorted.addAll(symbols);
    return new Scope(exchange, sorted);
  }

  /** Whether it is all of an exchange, or of all exchanges. */
  boolean isWhole() {
    return symbols == null;
  }

  boolean has(TickerKey key) {
    return (exchange.equals(Names.ANY) || exchange.equals(key.exchange()))
        && (symbols == null || symbols.contains(key.symbol()));
  }

  /** Shows those of one exchange's tickers from there on until one is refused; gives false then. */
  boolean scan(NavigableMap<String, Ticker> tickers, String from, Predicate<Ticker> takes) {
    if (symbols == null) {
      return tickers.tailMap(from, true).values().stream().allMatch(takes);
    }
    return symbols.tailSet(from, true).stream()
        .map(tickers::get)
        .allMatch(ticker -> ticker == null || takes.test(ticker));
  }
}
