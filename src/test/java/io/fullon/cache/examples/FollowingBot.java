package io.fullon.cache.examples;

import io.fullon.cache.flow.BotSession;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** A bot that keeps its order at the market's price, under its block, until the order has ended. */
public final class FollowingBot {

  private FollowingBot() {}

  /** Gives the order when it is filled or canceled, whoever says so; fails without the block. */
  public static Future<Order> run(Vertx vertx, String id) {
    Duration lease = Duration.ofSeconds(30);
    return BotSession.run(
        vertx, "binance", "BTC/USDT", "bot_1", lease, session -> follow(vertx, session, id));
  }

  private static Future<Order> follow(Vertx vertx, BotSession session, String id) {
    Promise<Order> ended = Promise.promise();
    MessageConsumer<Tick> ticks =
        vertx.eventBus().localConsumer(TickCache.updates("binance", "BTC/USDT"));
    MessageConsumer<Object> orders = vertx.eventBus().localConsumer(OrdersCache.updates("binance"));
    ticks.handler(message -> amend(session, id, message.body()).onFailure(ended::tryFail));
    orders.handler(
        message -> {
          if (message.body() instanceof Order order
              && order.exOrderId().equals(id)
              && order.isFinal()) {
            ended.tryComplete(order);
          }
        });
    return ended.future().eventually(() -> Future.all(ticks.unregister(), orders.unregister()));
  }

  /** Who sends orders to the exchange is told of it, likewise; the same price changes nothing. */
  private static Future<Order> amend(BotSession session, String id, Tick tick) {
    JsonObject amended =
        new JsonObject()
            .put("symbol", "BTC/USDT")
            .put("side", "buy")
            .put("volume", "0.1")
            .put("price", tick.price().toPlainString());
    return session.step(() -> session.orders().saveOrderData("binance", id, amended));
  }
}
