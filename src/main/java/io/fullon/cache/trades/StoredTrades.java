package io.fullon.cache.trades;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads trades as Redis has them. What is none is skipped, logged and counted. */
final class StoredTrades {

  private static final Logger LOG = LoggerFactory.getLogger(StoredTrades.class);
  private static final Repeats SKIPPED = new Repeats(System::nanoTime);

  /** So many are read in one turn of the event loop: a few milliseconds. */
  private static final int PIECE = 250;

  private final Vertx vertx;
  private final LongAdder garbage;

  StoredTrades(Vertx vertx, LongAdder garbage) {
    this.vertx = vertx;
    this.garbage = garbage;
  }

  /** Those of the texts that are trades. */
  Future<List<Trade>> read(String list, Response texts) {
    Promise<List<Trade>> read = Promise.promise();
    readOn(list, texts.iterator(), new ArrayList<>(texts.size()), read);
    return read.future();
  }

  private void readOn(
      String list, Iterator<Response> texts, List<Trade> trades, Promise<List<Trade>> read) {
    for (int i = 0; i < PIECE && texts.hasNext(); i++) {
      add(list, texts.next().toString(), trades);
    }
    if (texts.hasNext()) {
      vertx.runOnContext(v -> readOn(list, texts, trades, read));
    } else {
      read.complete(trades);
    }
  }

  private void add(String list, String text, List<Trade> trades) {
    try {
      trades.add(Trade.read(Json.parse("", text)));
    } catch (InvalidValueException e) {
      garbage.increment();
      SKIPPED
          .add(list + " " + e.problem())
          .ifPresent(
              leftOut ->
                  LOG.warn(
                      "Skipped what is no trade: {}: {}: {}{}",
                      list,
                      e.getMessage(),
                      InvalidValueException.show(text),
                      leftOut));
    }
  }
}
