package io.fullon.cache.orders;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** A program of its own that takes an order, says what it got, and never acknowledges it. */
public final class TakingProcess {

  static final String QUEUE = "queue";
  static final long LONG_MS = 15_000;

  private TakingProcess() {}

  /**
   * @param arguments the URI of Redis, and the configuration of the orders as JSON
   */
  public static void main(String[] arguments) {
    Vertx vertx = Vertx.vertx();
    JsonObject config =
        CacheNode.config(
            arguments[0],
            new JsonObject()
                .put("web", new JsonObject().put("enabled", false))
                .put("orders", new JsonObject(arguments[1])));
    vertx
        .deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config))
        .compose(id -> OrdersCache.proxy(vertx).takeOpenOrder(QUEUE, "killed", LONG_MS))
        .onFailure(
            cause -> {
              cause.printStackTrace();
              System.exit(1);
            })
        .onSuccess(
            claim ->
                System.out.println(
                    claim.exOrderId() + " " + claim.receipt() + " " + claim.deliveries()));
  }
}
