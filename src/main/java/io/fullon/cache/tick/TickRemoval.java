package io.fullon.cache.tick;

import java.util.List;

/**
 * Tickers that were deleted, as {@link TickCache#REMOVED} tells it.
 *
 * @param exchange the exchange
 * @param symbols the symbols whose tickers are gone
 */
public record TickRemoval(String exchange, List<String> symbols) {

  public TickRemoval {
    symbols = List.copyOf(symbols);
  }
}
