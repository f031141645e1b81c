package io.fullon.cache.tick;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.LocalCalls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The typed client; what is called often does not go through JSON when the service is near. */
final class TickClient extends TickCacheVertxEBProxy {

  private final Vertx vertx;

  TickClient(Vertx vertx) {
    super(vertx, ADDRESS);
    this.vertx = vertx;
  }

  private boolean isNear() {
    return LocalCalls.isServed(vertx, ADDRESS);
  }

  @Override
  public Future<Boolean> updateTicker(String exchange, Tick tick) {
    return isNear()
        ? LocalCalls.call(vertx, ADDRESS, "updateTicker", "exchange", exchange, "tick", tick)
        : super.updateTicker(exchange, tick);
  }

  @Override
  public Future<Integer> updateTickers(List<Tick> ticks) {
    if (ticks == null) {
      // The generated client would send an empty list.
      return Failure.INVALID_ARGUMENT.future("ticks: is missing");
    }
    // A copy: the list may change before it is read.
    return isNear()
        ? LocalCalls.call(
            vertx,
            ADDRESS,
            "updateTickers",
            "ticks",
            Collections.unmodifiableList(new ArrayList<>(ticks)))
        : super.updateTickers(ticks);
  }

  @Override
  public Future<Tick> getTicker(String symbol, String exchange) {
    return isNear()
        ? LocalCalls.call(vertx, ADDRESS, "getTicker", "symbol", symbol, "exchange", exchange)
        : super.getTicker(symbol, exchange);
  }

  @Override
  public Future<BigDecimal> getPrice(String symbol, String exchange) {
    return isNear()
        ? LocalCalls.call(vertx, ADDRESS, "getPrice", "symbol", symbol, "exchange", exchange)
        : super.getPrice(symbol, exchange);
  }

  @Override
  public Future<Tick> getAnyTicker(String symbol) {
    return isNear()
        ? LocalCalls.call(vertx, ADDRESS, "getAnyTicker", "symbol", symbol)
        : super.getAnyTicker(symbol);
  }

  @Override
  public Future<List<Tick>> getAllTickers(String exchange) {
    return isNear()
        ? LocalCalls.call(vertx, ADDRESS, "getAllTickers", "exchange", exchange)
        : super.getAllTickers(exchange);
  }
}
