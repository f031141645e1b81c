package io.fullon.cache.flow;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.AccountVerticle;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Orders whose trade is recorded while the account service is not there, or cannot. */
class HalfSettlementTest {

  private static final String EXCHANGE = "exchange";
  private static final String SYMBOL = "BTC/USDT";
  private static final String ORDER = "ORD_1";
  private static final int ACCOUNT = 1;

  @AutoClose
  private final CacheNode node =
      CacheNode.start(
          new JsonObject()
              .put("web", new JsonObject().put("enabled", false))
              .put("account", new JsonObject().put("enabled", false)));

  private final FlowCache flow = FlowCache.proxy(node.vertx());

  @BeforeEach
  void fillAnOrder() {
    JsonObject filled =
        new JsonObject()
            .put("symbol", SYMBOL)
            .put("side", "buy")
            .put("status", "filled")
            .put("final_volume", "0.1")
            .put("fill_price", "50000");
    get(OrdersCache.proxy(node.vertx()).saveOrderData(EXCHANGE, ORDER, filled));
  }

  private MessageConsumer<Object> answer(Failure failure) {
    return node.vertx()
        .eventBus()
        .consumer(AccountCache.ADDRESS, call -> call.reply(failure.exception("so it is")));
  }

  private void assertSettlesOnceWithTheAccountService() {
    get(
        node.vertx()
            .deployVerticle(
                new AccountVerticle(),
                new DeploymentOptions()
                    .setConfig(
                        new JsonObject()
                            .put("redis", new JsonObject().put("uri", node.redis().uri())))));

    Settlement settlement = get(flow.settleOrder(EXCHANGE, ORDER, ACCOUNT));

    assertThat(settlement.settledBefore()).isFalse();
    assertThat(settlement.position().size()).isEqualTo("0.1");
    assertThat(get(TradesCache.proxy(node.vertx()).getTradesList(SYMBOL, EXCHANGE, 10)))
        .containsExactly(settlement.trade());
    assertThat(get(flow.settleOrder(EXCHANGE, ORDER, ACCOUNT)).settledBefore()).isTrue();
  }

  @Test
  void doesNotSayThatNothingWasDone() {
    MessageConsumer<Object> unavailable = answer(Failure.UNAVAILABLE);

    assertThat(assertFails(flow.settleOrder(EXCHANGE, ORDER, ACCOUNT), Failure.TIMEOUT))
        .hasMessageContaining(ORDER)
        .hasMessageContaining("recorded, but not counted")
        .hasMessageContaining("so it is");

    get(unavailable.unregister());
    assertSettlesOnceWithTheAccountService();
  }

  @Test
  void saysSoAlsoWhenThereIsNoAccountService() {
    assertThat(assertFails(flow.settleOrder(EXCHANGE, ORDER, ACCOUNT), Failure.TIMEOUT))
        .hasMessageContaining(AccountCache.ADDRESS);

    assertSettlesOnceWithTheAccountService();
  }

  @Test
  void passesOtherFailuresOnAsTheyAre() {
    MessageConsumer<Object> late = answer(Failure.TIMEOUT);
    assertFails(flow.settleOrder(EXCHANGE, ORDER, ACCOUNT), Failure.TIMEOUT);
    get(late.unregister());

    MessageConsumer<Object> broken = answer(Failure.INTERNAL);
    assertFails(flow.settleOrder(EXCHANGE, ORDER, ACCOUNT), Failure.INTERNAL);
    get(broken.unregister());

    assertSettlesOnceWithTheAccountService();
  }
}
