package io.fullon.cache.symbol;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * What can be traded on which exchange.
 *
 * <p>Every method fails with a {@link io.vertx.serviceproxy.ServiceException} of one of the codes
 * in {@link Failure}; a bad argument is {@link Failure#INVALID_ARGUMENT} and names the field.
 */
public interface SymbolCache {

  /** Where the service listens. */
  String ADDRESS = "fullon.symbol";

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static SymbolCache proxy(Vertx vertx) {
    return TypedClient.of(SymbolCache.class, ADDRESS, vertx);
  }

  /** Stores a symbol, in the place of the one with the same exchange and name. */
  Future<Void> putSymbol(Symbol symbol);

  /**
   * Stores symbols of any exchanges, each exchange's as one atomic step. One bad symbol refuses
   * all. After {@link Failure#UNAVAILABLE} or {@link Failure#TIMEOUT} a part may be stored.
   */
  Future<Void> putSymbols(List<Symbol> symbols);

  /**
   * @return the symbol, or null when there is none
   */
  Future<@Nullable Symbol> getSymbol(String symbol, String exchange);

  /**
   * @return all symbols of the exchange, by name; empty when there is none
   */
  Future<List<Symbol>> getSymbols(String exchange);

  /**
   * @return true if there was one
   */
  Future<Boolean> deleteSymbol(String symbol, String exchange);
}
