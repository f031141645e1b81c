package io.fullon.cache.events;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.EventState;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestartTest {

  private static final JsonObject CONFIG =
      new JsonObject()
          .put("web", new JsonObject().put("enabled", false))
          .put("redis", new JsonObject().put("heartbeat_ms", 100));

  @Test
  void nothingIsToldAgainOfWhatAServerStillHasWhenItComesBack(@TempDir Path folder)
      throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start(0, folder, Map.of());
    Vertx vertx = Vertx.vertx();
    List<Heard> states =
        Stream.of(OrdersCache.STATE, AccountCache.STATE, TradesCache.STATE, BotCache.STATE)
            .map(address -> new Heard(vertx, address))
            .toList();
    Heard orders = new Heard(vertx, OrdersCache.UPDATES);
    try (CacheNode node = CacheNode.start(redis, vertx, CONFIG)) {
      await().until(() -> states.stream().allMatch(state -> state.all().size() == 1));
      Order saved =
          get(node.orders().saveOrderData("binance", "o", new JsonObject().put("status", "open")));
      await().until(() -> orders.all().equals(List.of(saved)));
      orders.forget();

      redis.close();
      await().until(() -> states.stream().allMatch(state -> state.all().size() == 2));
      try (EmbeddedRedis back = EmbeddedRedis.start(redis.port(), folder, Map.of())) {
        await().until(() -> states.stream().allMatch(state -> state.all().size() == 3));

        assertThat(states)
            .extracting(Heard::all)
            .containsOnly(List.of(EventState.LIVE, EventState.STALE, EventState.LIVE));
        assertThat(orders.all()).isEmpty();
        assertThat(get(node.orders().getOrderStatus("binance", "o"))).isEqualTo(saved);
        assertThat(back.port()).isEqualTo(redis.port());
      }
    }
  }
}
