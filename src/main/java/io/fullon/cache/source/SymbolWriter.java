package io.fullon.cache.source;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.redis.Backoff;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import org.slf4j.Logger;

/** Stores what an exchange has as symbols, however long that takes. Lives on one event loop. */
final class SymbolWriter {

  private static final int MAX_BATCH = 500;
  private static final long RETRY_MS = 500;
  private static final long MAX_RETRY_MS = 30_000;

  private final Vertx vertx;
  private final String exchange;
  private final Logger log;
  private final SymbolCache symbols;
  private final Backoff pauses = new Backoff(RETRY_MS, MAX_RETRY_MS);

  private List<Symbol> toPut = List.of();

  /** Or waits to be. */
  private boolean isPutting;

  /** False after it was told that they cannot be. */
  private boolean wasPut = true;

  private boolean closed;

  SymbolWriter(Vertx vertx, String exchange, Logger log) {
    this.vertx = vertx;
    this.exchange = exchange;
    this.log = log;
    this.symbols = SymbolCache.proxy(vertx);
  }

  /** Has these stored, instead of those that were not yet. */
  void put(List<Symbol> all) {
    toPut = all;
    if (!isPutting) {
      put();
    }
  }

  private void put() {
    isPutting = true;
    List<Symbol> all = toPut;
    Future<?> stored = Future.succeededFuture();
    for (int from = 0; from < all.size(); from += MAX_BATCH) {
      List<Symbol> page = all.subList(from, Math.min(all.size(), from + MAX_BATCH));
      stored =
          stored.compose(v -> isLatest(all) ? symbols.putSymbols(page) : Future.succeededFuture());
    }
    stored.onComplete(
        done -> {
          isPutting = false;
          if (done.failed()) {
            notPut(done.cause());
          } else if (isLatest(all)) {
            wasPut = true;
            pauses.reset();
          } else if (!closed) {
            put();
          }
        });
  }

  private boolean isLatest(List<Symbol> all) {
    return !closed && toPut == all;
  }

  private void notPut(Throwable cause) {
    if (closed) {
      return;
    }
    if (wasPut) {
      log.warn("{}: its symbols cannot be stored: {}", exchange, Reasons.of(cause));
    }
    wasPut = false;
    if (!Failure.INVALID_ARGUMENT.matches(cause)) { // which waiting does not mend
      isPutting = true;
      vertx.setTimer(
          pauses.nextMs(),
          timer -> {
            if (!closed) {
              put();
            }
          });
    }
  }

  void close() {
    closed = true;
  }
}
