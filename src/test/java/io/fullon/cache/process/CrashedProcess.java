package io.fullon.cache.process;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.flow.BotSession;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** A node with a bot's session, to be killed. */
final class CrashedProcess {

  static final String RUNNING = "the session runs";

  private CrashedProcess() {}

  /**
   * @param arguments the configuration, in JSON
   */
  public static void main(String[] arguments) {
    Vertx vertx = Vertx.vertx();
    vertx
        .deployVerticle(
            new FullonCacheVerticle(),
            new DeploymentOptions().setConfig(new JsonObject(arguments[0])))
        .onSuccess(
            id ->
                BotSession.run(
                    vertx,
                    "binance",
                    "BTC/USDT",
                    "crashing bot",
                    Duration.ofSeconds(2),
                    session -> {
                      System.out.println(RUNNING);
                      return Promise.<Void>promise().future();
                    }))
        .onFailure(
            cause -> {
              System.out.println("not deployed: " + cause);
              Runtime.getRuntime().halt(1);
            });
  }
}
