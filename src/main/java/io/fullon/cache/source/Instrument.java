package io.fullon.cache.source;

import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolType;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What an exchange has, as its list tells it.
 *
 * @param name its name on the wire
 * @param symbol the symbol
 * @param isTraded whether it is traded now; else it may be again, or never any more
 */
public record Instrument(String name, Symbol symbol, boolean isTraded) {

  private static final int MAX_PLACES = 32;

  /**
   * The symbol of a pair of currencies, named BASE/QUOTE, to which more can be added.
   *
   * @throws InvalidValueException when one of them is null
   */
  public static Symbol.Builder spot(Venue venue, String base, String quote) {
    return Symbol.builder(venue.exchange(), check("base", base) + "/" + check("quote", quote))
        .base(base)
        .quote(quote)
        .type(SymbolType.SPOT);
  }

  /**
   * The symbol of a contract, named BASE/QUOTE:SETTLE, with -YYMMDD if it ends, to which more can
   * be added.
   *
   * @param end the day as YYMMDD; null if it has none
   * @throws InvalidValueException when one of the others is null
   */
  public static Symbol.Builder contract(
      Venue venue, String base, String quote, String settle, String end) {
    String pair = check("base", base) + "/" + check("quote", quote);
    String name = pair + ":" + check("settle", settle) + (end == null ? "" : "-" + end);
    return Symbol.builder(venue.exchange(), name)
        .base(base)
        .quote(quote)
        .settle(settle)
        .inverse(settle.equals(base))
        .type(end == null ? SymbolType.SWAP : SymbolType.FUTURE);
  }

  private static String check(String field, String currency) {
    if (currency == null) {
      throw new InvalidValueException(field, "is missing");
    }
    return currency;
  }

  /**
   * Adds the step between prices, and as many places as it has.
   *
   * @param tickSize null for none
   */
  public static Symbol.Builder withTickSize(Symbol.Builder symbol, BigDecimal tickSize) {
    return tickSize == null || tickSize.signum() <= 0
        ? symbol
        : symbol.tickSize(tickSize).precision(Math.max(0, tickSize.stripTrailingZeros().scale()));
  }

  /**
   * The step between numbers that have so many places.
   *
   * @param places null for unknown
   * @return null where it is unknown
   */
  public static BigDecimal step(Long places) {
    return places == null || places < 0 || places > MAX_PLACES
        ? null
        : BigDecimal.ONE.movePointLeft(places.intValue());
  }

  /**
   * The instruments in a list.
   *
   * @param instrument makes one of an element; may give null
   * @return null where it is no list
   */
  public static List<Instrument> all(Message list, Function<Message, Instrument> instrument) {
    return list.isList() ? list.list().stream().map(instrument).toList() : null;
  }

  /**
   * The instrument.
   *
   * @param name its name on the wire; may be null
   * @param isTraded whether it is traded now
   * @param symbol makes its symbol, or throws an {@link InvalidValueException}
   * @return null where what the exchange says makes none
   */
  public static Instrument of(String name, boolean isTraded, Supplier<Symbol.Builder> symbol) {
    try {
      return Names.isSymbol(name) ? new Instrument(name, symbol.get().build(), isTraded) : null;
    } catch (InvalidValueException e) {
      return null;
    }
  }
}
