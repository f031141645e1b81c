package io.fullon.cache.flow;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A node that waits, when it has read an order, for what the test says of the symbol. */
class LateFeeTest {

  private final Instant time = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  @AutoClose private static final SharedRedis redis = new SharedRedis();

  private final CacheNode node = redis.node(Options.section("symbol", "enabled", false));
  private final BlockingQueue<Message<Object>> asked = new LinkedBlockingQueue<>();
  private final FlowCache flow = FlowCache.proxy(node.vertx());

  private Message<Object> asked() throws InterruptedException {
    Message<Object> message = asked.poll(Patience.SECONDS, TimeUnit.SECONDS);
    assertThat(message).isNotNull();
    return message;
  }

  private Trade fill(String tradeId, String fee) {
    return Trade.builder(tradeId, "A/B", Side.BUY)
        .volume(BigDecimal.ONE)
        .price(BigDecimal.TEN)
        .fee(new BigDecimal(fee))
        .feeCurrency("B")
        .time(time)
        .build();
  }

  private static Trade withoutFee(Trade fill) {
    return fill.toBuilder()
        .fee(null)
        .feeCurrency(null)
        .contractSize(BigDecimal.ONE)
        .inverse(false)
        .build();
  }

  @Test
  void tellsAnOrderAFeeThatAnotherFillHasTakenBackSinceItWasRead() throws Exception {
    node.vertx().eventBus().<Object>consumer(SymbolCache.ADDRESS, asked::add);
    Trade fill = fill("T1", "0.2");
    get(flow.reportFill("ex", "ORD", 1, withoutFee(fill)));
    Future<ReportedFill> other = flow.reportFill("ex", "ORD", 1, fill("T2", "0.3"));
    Message<Object> otherAsked = asked();
    JsonObject all =
        Options.of("final_volume", "2", "filled_at", time.getEpochSecond())
            .put("fees", Options.of("B", "0.5"));
    get(OrdersCache.proxy(node.vertx()).saveOrderData("ex", "ORD", all));
    Future<ReportedFill> late = flow.reportFill("ex", "ORD", 1, fill);
    Message<Object> lateAsked = asked();

    otherAsked.reply(null);
    get(other);
    lateAsked.reply(null);

    assertThat(get(late).order().fees()).containsEntry("B", new BigDecimal("0.5"));
    assertThat(get(OrdersCache.proxy(node.vertx()).getOrderStatus("ex", "ORD")).fees())
        .containsEntry("B", new BigDecimal("0.5"));
  }
}
