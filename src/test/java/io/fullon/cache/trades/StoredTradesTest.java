package io.fullon.cache.trades;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.OwnVertx;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.BulkType;
import io.vertx.redis.client.impl.types.MultiType;
import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class StoredTradesTest {

  @AutoClose private final OwnVertx own = new OwnVertx();

  private static Response texts(int count) {
    MultiType texts = MultiType.create(count, false);
    for (int i = 0; i < count; i++) {
      String text =
          Trade.builder(String.valueOf(i), "BTC/USDT", Side.BUY)
              .volume(BigDecimal.ONE)
              .price(BigDecimal.ONE)
              .build()
              .encode();
      texts.add(BulkType.create(Buffer.buffer(text), false));
    }
    return texts;
  }

  private static List<String> numbers(int count) {
    return IntStream.range(0, count).mapToObj(String::valueOf).toList();
  }

  @Test
  void readsManyTradesInPiecesBetweenWhichOtherCallsAreServed() {
    AtomicInteger others = new AtomicInteger();
    AtomicInteger othersBefore = new AtomicInteger();
    Promise<List<Trade>> read = Promise.promise();
    own.vertx()
        .runOnContext(
            v -> {
              Response texts = texts(1_001);
              new StoredTrades(own.vertx(), new LongAdder())
                  .read("list", texts)
                  .onComplete(done -> othersBefore.set(others.get()))
                  .onComplete(read);
              serve(others, 100);
            });

    assertThat(get(read.future()))
        .extracting(Trade::tradeId)
        .containsExactlyElementsOf(numbers(1_001));
    assertThat(othersBefore.get()).isBetween(3, 99);
  }

  /** Other calls, one in each turn of the event loop. */
  private void serve(AtomicInteger others, int more) {
    others.incrementAndGet();
    if (more > 1) {
      own.vertx().runOnContext(v -> serve(others, more - 1));
    }
  }
}
