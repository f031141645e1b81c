package io.fullon.cache.symbol;

import io.fullon.cache.bus.Repeats;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Metrics;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Symbols in Redis: one hash per exchange, symbol → JSON, shared with the Python package. */
final class RedisSymbolCache implements SymbolCache {

  /** Begins the keys of the symbols. */
  static final String SYMBOLS = "symbols_list:";

  private static final Logger LOG = LoggerFactory.getLogger(RedisSymbolCache.class);
  private static final Repeats SKIPPED = new Repeats(System::nanoTime);

  private final RedisLink link;
  private final Counter garbage =
      Counter.builder("fullon.cache.symbols.garbage")
          .description("Symbols in Redis that are none, skipped")
          .register(Metrics.globalRegistry);

  RedisSymbolCache(RedisLink link) {
    this.link = link;
  }

  private static String key(String exchange) {
    return SYMBOLS + exchange;
  }

  @Override
  public Future<Void> putSymbol(Symbol symbol) {
    return putSymbols(List.of(symbol));
  }

  @Override
  public Future<Void> putSymbols(List<Symbol> symbols) {
    Map<String, List<String>> byExchange = new LinkedHashMap<>();
    for (Symbol symbol : symbols) {
      byExchange
          .computeIfAbsent(symbol.exchange(), exchange -> new ArrayList<>())
          .addAll(List.of(symbol.symbol(), symbol.encode()));
    }
    List<Future<?>> stored = new ArrayList<>();
    byExchange.forEach(
        (exchange, entries) ->
            stored.add(link.write(Command.HSET, key(exchange), entries.toArray())));
    return Future.join(stored).mapEmpty();
  }

  @Override
  public Future<Symbol> getSymbol(String symbol, String exchange) {
    Found found = new Found(exchange);
    return Scans.foreignField(link, key(exchange), symbol, found)
        .map(v -> found.symbols.get(symbol));
  }

  @Override
  public Future<List<Symbol>> getSymbols(String exchange) {
    return Scans.foreignHash(link, key(exchange), () -> new Found(exchange))
        .map(found -> new ArrayList<>(found.symbols.values()));
  }

  @Override
  public Future<Boolean> deleteSymbol(String symbol, String exchange) {
    return link.write(Command.HDEL, key(exchange), symbol).map(deleted -> deleted.toInteger() > 0);
  }

  /** What another program may have written; key and field name it, whatever it says itself. */
  private final class Found implements Scans.ForeignFields {

    private final String exchange;
    private final Map<String, Symbol> symbols = new TreeMap<>(Names.ORDER);

    Found(String exchange) {
      this.exchange = exchange;
    }

    @Override
    public void field(String symbol, String text) {
      try {
        Names.symbol("symbol", symbol);
        symbols.put(symbol, Symbol.read(Json.parseForeign("", text), exchange, symbol));
      } catch (InvalidValueException e) {
        skip(exchange, InvalidValueException.shorten(symbol), e);
      }
    }

    @Override
    public void tooLong(String symbol, long bytes) {
      skip(exchange, InvalidValueException.shorten(symbol), Json.tooLongForeign(bytes));
    }
  }

  private void skip(String exchange, String symbol, InvalidValueException reason) {
    garbage.increment();
    SKIPPED
        .add(exchange + " " + symbol + " " + reason.problem())
        .ifPresent(
            leftOut ->
                LOG.warn(
                    "Skipped what is no symbol: {} {}: {}{}",
                    exchange,
                    symbol,
                    reason.getMessage(),
                    leftOut));
  }
}
