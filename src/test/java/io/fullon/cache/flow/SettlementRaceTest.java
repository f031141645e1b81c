package io.fullon.cache.flow;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Settles the same orders on two nodes with several verticles each at the same time. */
class SettlementRaceTest {

  private static final int CALLS = 64;
  private static final int ORDERS = 50;

  private static final JsonObject SEVERAL = new JsonObject().put("instances", 3);
  private static final JsonObject CONFIG =
      new JsonObject().put("flow", SEVERAL).put("trades", SEVERAL).put("account", SEVERAL);

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final List<CacheNode> nodes = List.of(redis.node(CONFIG), redis.node(CONFIG));

  private static void fill(String exchange, String symbol, String order) {
    JsonObject filled =
        new JsonObject()
            .put("symbol", symbol)
            .put("side", "buy")
            .put("status", "filled")
            .put("final_volume", "0.1")
            .put("fill_price", "3.3");
    get(OrdersCache.proxy(nodes.get(0).vertx()).saveOrderData(exchange, order, filled));
  }

  private static Future<Settlement> settle(int call, String exchange, String order, int account) {
    return FlowCache.proxy(nodes.get(call % nodes.size()).vertx())
        .settleOrder(exchange, order, account);
  }

  private static List<Trade> listed(String exchange, String symbol) {
    return get(TradesCache.proxy(nodes.get(0).vertx()).getTradesList(symbol, exchange, 1_000));
  }

  private static Position position(String symbol, int account) {
    return get(AccountCache.proxy(nodes.get(0).vertx()).getPosition(symbol, account));
  }

  @Test
  void settlesOneOrderOnceHoweverManyDoItAtTheSameTime() {
    fill("one", "A/B", "ORD");

    List<Future<Settlement>> calls = new ArrayList<>();
    for (int call = 0; call < CALLS; call++) {
      calls.add(settle(call, "one", "ORD", 1));
    }
    List<Settlement> settlements = calls.stream().map(CacheNode::get).toList();

    List<Trade> trades = listed("one", "A/B");
    assertThat(trades).hasSize(1);
    assertThat(settlements).extracting(Settlement::trade).containsOnly(trades.get(0));
    assertThat(settlements)
        .extracting(each -> each.position().size())
        .containsOnly(position("A/B", 1).size());
    assertThat(position("A/B", 1).size()).isEqualTo("0.1");
    assertThat(settlements).extracting(Settlement::settledBefore).contains(false);
    assertThat(get(settle(0, "one", "ORD", 1)).settledBefore()).isTrue();
  }

  @Test
  void countsEachOfManyOrdersOfOnePositionOnce() {
    for (int order = 0; order < ORDERS; order++) {
      fill("many", "C/D", "ORD_" + order);
    }

    List<Future<Settlement>> calls = new ArrayList<>();
    for (int call = 0; call < 4 * ORDERS; call++) {
      calls.add(settle(call, "many", "ORD_" + (call + call / ORDERS) % ORDERS, 2));
    }
    calls.forEach(CacheNode::get);

    assertThat(listed("many", "C/D")).hasSize(ORDERS).doesNotHaveDuplicates();
    assertThat(position("C/D", 2).size()).isEqualByComparingTo("5");
    assertThat(position("C/D", 2).costBasis()).isEqualByComparingTo("16.5");
  }

  @Test
  void countsExecutionsOnceHoweverManyReportThemAndSettleTheirOrderAtTheSameTime() {
    fill("both", "E/F", "ORD");

    List<Future<?>> calls = new ArrayList<>();
    for (int call = 0; call < CALLS; call++) {
      Trade part =
          Trade.builder("T" + call % 4, "E/F", Side.BUY)
              .volume(new BigDecimal("0.025"))
              .price(new BigDecimal("3.3"))
              .build();
      FlowCache flow = FlowCache.proxy(nodes.get(call % nodes.size()).vertx());
      calls.add(
          call % 5 == 0
              ? flow.settleOrder("both", "ORD", 3)
              : flow.reportFill("both", "ORD", 3, part));
    }
    calls.forEach(CacheNode::get);

    assertThat(position("E/F", 3).size()).isEqualByComparingTo("0.1");
    assertThat(position("E/F", 3).costBasis()).isEqualByComparingTo("0.33");
    assertThat(listed("both", "E/F").stream().map(Trade::volume).reduce(BigDecimal::add))
        .hasValueSatisfying(volume -> assertThat(volume).isEqualByComparingTo("0.1"));
  }
}
