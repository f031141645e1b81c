package io.fullon.cache.account;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;

/**
 * A program of its own that applies fills to one position, many at a time, always from the first
 * on, and says which ones were answered.
 */
public final class FillingProcess {

  static final int FILLS = 10_000;
  static final int EX_ID = 1;
  static final String SYMBOL = "BTC/USDT";

  private static final int IN_FLIGHT = 64;

  private FillingProcess() {}

  static Trade fill(int number) {
    return Accounts.fill("t" + number, SYMBOL, Side.SELL, "1", "1")
        .volume(BigDecimal.valueOf(number % 97 + 1L, 18))
        .price(BigDecimal.valueOf(6_418_227L + number, number % 7))
        .fee(BigDecimal.valueOf(number % 13, 5))
        .build();
  }

  /**
   * @param arguments the URI of Redis
   */
  public static void main(String[] arguments) {
    Vertx vertx = Vertx.vertx();
    JsonObject redis = new JsonObject().put("uri", arguments[0]);
    JsonObject config =
        Accounts.DEFAULTS.copy().mergeIn(new JsonObject().put("redis", redis), true);
    vertx
        .deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config))
        .onFailure(FillingProcess::fail)
        .onSuccess(
            id -> {
              AccountCache accounts = AccountCache.proxy(vertx);
              for (int i = 0; i < IN_FLIGHT; i++) {
                applyFrom(accounts, i);
              }
            });
  }

  private static void applyFrom(AccountCache accounts, int number) {
    if (number < FILLS) {
      accounts
          .applyFill(EX_ID, fill(number))
          .onFailure(FillingProcess::fail)
          .onSuccess(
              position -> {
                System.out.println(number);
                applyFrom(accounts, number + IN_FLIGHT);
              });
    }
  }

  private static void fail(Throwable cause) {
    cause.printStackTrace();
    System.exit(1);
  }
}
