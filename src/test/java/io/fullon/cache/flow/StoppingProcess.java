package io.fullon.cache.flow;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.HeldMessages;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;

/**
 * A program that settles an order, reports a fill, or works in a session, and goes no further than
 * one step of that, where it can be killed. It prints when it has got there.
 */
public final class StoppingProcess {

  static final String EXCHANGE = "exchange";
  static final String SYMBOL = "BTC/USD";
  static final String BOT = "bot 1";
  static final int ACCOUNT = 1;
  static final Duration TTL = Duration.ofSeconds(4);
  static final String REACHED = "reached";
  static final String SETTLE = "settle";
  static final String REPORT = "report";

  private final String when;
  private final String action;
  private String replyAddress = "";

  private StoppingProcess(String when, String action) {
    this.when = when;
    this.action = action;
  }

  /**
   * @param arguments the URI of Redis; where to stop: {@code call} or {@code answer}, and of which
   *     action; then the order, and {@link #SETTLE} or {@link #REPORT}, or nothing for a session
   */
  public static void main(String[] arguments) {
    Vertx vertx = Vertx.vertx();
    StoppingProcess process = new StoppingProcess(arguments[1], arguments[2]);
    vertx.eventBus().addOutboundInterceptor(process::intercept);
    JsonObject config =
        CacheNode.config(
            arguments[0], new JsonObject().put("web", new JsonObject().put("enabled", false)));
    vertx
        .deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config))
        .onFailure(cause -> System.out.println("not deployed: " + cause))
        .onSuccess(
            id ->
                process
                    .work(vertx, arguments)
                    .onComplete(done -> System.out.println("went through: " + done)));
  }

  private Future<?> work(Vertx vertx, String[] arguments) {
    if (arguments.length == 3) {
      return BotSession.run(vertx, EXCHANGE, SYMBOL, BOT, TTL, session -> body());
    }
    FlowCache flow = FlowCache.proxy(vertx);
    return arguments[4].equals(REPORT)
        ? flow.reportFill(EXCHANGE, arguments[3], ACCOUNT, fill())
        : flow.settleOrder(EXCHANGE, arguments[3], ACCOUNT);
  }

  /** What is reported. */
  static Trade fill() {
    return Trade.builder("T1", SYMBOL, Side.BUY)
        .volume(new BigDecimal("0.10"))
        .price(new BigDecimal("50000"))
        .build();
  }

  /** A body that ends at once, unless this is where to stop. */
  private Future<Void> body() {
    if (!action.equals("body")) {
      return Future.succeededFuture();
    }
    System.out.println(REACHED);
    return Promise.<Void>promise().future();
  }

  private void intercept(DeliveryContext<Object> delivery) {
    Message<Object> message = delivery.message();
    boolean isCall = action.equals(HeldMessages.action(delivery));
    if (isCall) {
      replyAddress = message.replyAddress();
    }
    if (when.equals("call") ? isCall : message.address().equals(replyAddress)) {
      System.out.println(REACHED);
    } else {
      delivery.next();
    }
  }
}
