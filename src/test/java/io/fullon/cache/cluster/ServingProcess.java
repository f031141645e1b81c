package io.fullon.cache.cluster;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.testing.Cluster;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** A node of a cluster that has all services. */
final class ServingProcess {

  static final String SERVING = "serving";

  private ServingProcess() {}

  /**
   * @param arguments the address of the cluster; the configuration, in JSON
   */
  public static void main(String[] arguments) {
    Vertx vertx = Cluster.at(arguments[0]).join();
    vertx
        .deployVerticle(
            new FullonCacheVerticle(),
            new DeploymentOptions().setConfig(new JsonObject(arguments[1])))
        .onSuccess(id -> System.out.println(SERVING))
        .onFailure(
            cause -> {
              System.out.println("not deployed: " + cause);
              Runtime.getRuntime().halt(1);
            });
  }
}
