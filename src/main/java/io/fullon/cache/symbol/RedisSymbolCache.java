package io.fullon.cache.symbol;

import io.fullon.cache.metrics.Meters;
import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.redis.ForeignPages;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Symbols in Redis: one hash per exchange, symbol → JSON, shared with the Python package. */
final class RedisSymbolCache implements SymbolCache {

  /** So many names and values go in one command: 500 symbols. */
  private static final int PAGE = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(RedisSymbolCache.class);
  private static final Repeats SKIPPED = new Repeats(System::nanoTime);

  private final RedisLink link;
  private final LongAdder garbage;

  RedisSymbolCache(RedisLink link, Meters meters) {
    this.link = link;
    this.garbage =
        meters.counter("fullon.cache.symbols.garbage", "Symbols in Redis that are none, skipped");
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
        (exchange, entries) -> {
          for (int first = 0; first < entries.size(); first += PAGE) {
            List<String> page = entries.subList(first, Math.min(first + PAGE, entries.size()));
            stored.add(link.write(Command.HSET, SymbolKeys.symbols(exchange), page.toArray()));
          }
        });
    return Future.join(stored).mapEmpty();
  }

  @Override
  public Future<Symbol> getSymbol(String symbol, String exchange) {
    return ForeignPages.named(link, SymbolKeys.symbols(exchange), List.of(symbol))
        .map(fields -> new Found(exchange).addAll(fields).symbols.get(symbol));
  }

  @Override
  public Future<List<Symbol>> getSymbols(String exchange) {
    return ForeignPages.all(
            link,
            SymbolKeys.symbols(exchange),
            () -> new Found(exchange),
            (found, page) -> Future.succeededFuture(found.addAll(page)))
        .map(found -> new ArrayList<>(found.symbols.values()));
  }

  @Override
  public Future<Boolean> deleteSymbol(String symbol, String exchange) {
    return link.write(Command.HDEL, SymbolKeys.symbols(exchange), symbol)
        .map(deleted -> deleted.toInteger() > 0);
  }

  /** What another program may have written; key and field name it, whatever it says itself. */
  private final class Found {

    private final String exchange;
    private final Map<String, Symbol> symbols = new TreeMap<>(Names.ORDER);

    Found(String exchange) {
      this.exchange = exchange;
    }

    Found addAll(List<ForeignPages.Field> fields) {
      fields.stream().filter(field -> !field.isAbsent()).forEach(this::add);
      return this;
    }

    private void add(ForeignPages.Field field) {
      String symbol = field.name();
      try {
        if (field.isTooLong()) {
          throw Json.tooLongForeign(field.bytes());
        }
        Names.symbol("symbol", symbol);
        symbols.put(symbol, Symbol.read(Json.parseForeign("", field.text()), exchange, symbol));
      } catch (InvalidValueException e) {
        skip(exchange, InvalidValueException.shorten(symbol), e);
      }
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
