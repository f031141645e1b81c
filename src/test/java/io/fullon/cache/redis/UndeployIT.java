package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.SilencingProxy;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is under way when the services are undeployed. */
class UndeployIT {

  private static final int WRITES = 100;

  private EmbeddedRedis redis;
  private SilencingProxy proxy;
  private Vertx vertx;
  private String deployment;

  @BeforeEach
  void start() {
    redis = CacheNode.newRedis();
    proxy = new SilencingProxy(redis.port(), 100);
    vertx = Vertx.vertx();
    JsonObject config =
        CacheNode.config(proxy.uri(), new JsonObject())
            .put("web", new JsonObject().put("enabled", false));
    deployment =
        get(
            vertx.deployVerticle(
                new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
  }

  @AfterEach
  void stop() {
    get(vertx.close());
    proxy.close();
    redis.close();
  }

  @Test
  void isAnsweredBeforeTheConnectionsAreClosed() {
    OrdersCache orders = OrdersCache.proxy(vertx);
    BotCache bots = BotCache.proxy(vertx);
    List<Future<?>> writes = new ArrayList<>();
    for (int i = 0; i < WRITES / 2; i++) {
      writes.add(orders.pushOpenOrder(String.valueOf(i), "queue" + i));
      writes.add(bots.blockExchange("kraken", "S" + i, "bot"));
    }

    Future<Void> undeployed = vertx.undeploy(deployment);

    writes.forEach(CacheNode::get);
    get(undeployed);
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  /** Of a listing there are many steps. */
  @Test
  void isDoneToItsLastStep() {
    OrdersCache orders = OrdersCache.proxy(vertx);
    for (int i = 0; i < 3; i++) {
      get(orders.saveOrderData("1", String.valueOf(i), new JsonObject().put("symbol", "A")));
    }
    Future<Integer> listed = orders.getOrders("1").map(List::size);

    Future<Void> undeployed = vertx.undeploy(deployment);

    assertThat(get(listed)).isEqualTo(3);
    get(undeployed);
  }
}
