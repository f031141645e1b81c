package io.fullon.cache.flow;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
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
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A node that waits, when it has read an order, for what the test says of the symbol. */
class LateFeeTest {

  private static final AtomicInteger ACCOUNTS = new AtomicInteger();

  private final Instant time = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  @AutoClose private static final SharedRedis redis = new SharedRedis();

  private final CacheNode node = redis.node(Options.section("symbol", "enabled", false));
  private final int account = ACCOUNTS.incrementAndGet();
  private final String id = "ORD" + account;
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
    get(flow.reportFill("ex", id, account, withoutFee(fill)));
    Future<ReportedFill> other = flow.reportFill("ex", id, account, fill("T2", "0.3"));
    Message<Object> otherAsked = asked();
    JsonObject all =
        Options.of("final_volume", "2", "filled_at", time.getEpochSecond())
            .put("fees", Options.of("B", "0.5"));
    get(OrdersCache.proxy(node.vertx()).saveOrderData("ex", id, all));
    Future<ReportedFill> late = flow.reportFill("ex", id, account, fill);
    Message<Object> lateAsked = asked();

    otherAsked.reply(null);
    get(other);
    lateAsked.reply(null);

    assertThat(get(late).order().fees()).containsEntry("B", new BigDecimal("0.5"));
    assertThat(get(OrdersCache.proxy(node.vertx()).getOrderStatus("ex", id)).fees())
        .containsEntry("B", new BigDecimal("0.5"));
  }

  private void message(String volume, String fee) {
    JsonObject data =
        Options.of("symbol", "A/B", "side", "buy")
            .put("final_volume", volume)
            .put("cost", volume + "0")
            .put("fees", Options.of("B", fee));
    get(OrdersCache.proxy(node.vertx()).saveOrderData("ex", id, data));
  }

  private void assertFee(String fee) {
    assertThat(get(OrdersCache.proxy(node.vertx()).getOrderStatus("ex", id)).fees())
        .containsEntry("B", new BigDecimal(fee));
    get(flow.settleOrder("ex", id, account, time));
    Position position = get(AccountCache.proxy(node.vertx()).getPosition("A/B", account));
    assertThat(position.size()).isEqualByComparingTo("2");
    assertThat(position.fee()).isEqualTo(fee);
  }

  @Test
  void keepsTheFeeOfAMessageThatComesWhileAFillIsCounted() throws Exception {
    MessageConsumer<Object> symbols =
        node.vertx().eventBus().consumer(SymbolCache.ADDRESS, asked::add);
    get(flow.reportFill("ex", id, account, withoutFee(fill("T1", "0"))));
    Future<ReportedFill> report = flow.reportFill("ex", id, account, fill("T2", "0.2"));
    Message<Object> reportAsked = asked();

    message("2", "0.3");
    reportAsked.reply(null);
    get(report);

    get(symbols.unregister());
    answerSymbols();
    assertFee("0.3");
  }

  private void answerSymbols() {
    node.vertx().eventBus().<Object>consumer(SymbolCache.ADDRESS, message -> message.reply(null));
  }
}
