package io.fullon.cache.examples;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.PositionChange;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Fills that an exchange's user stream brings end in order, trade and position; whoever listens is
 * told of each, on every node.
 */
public final class UserStream extends VerticleBase {

  private static final int ACCOUNT = 5;
  private static final long AGAIN_MS = 1_000;

  private final Consumer<Trade> traded;
  private final Consumer<PositionChange> held;
  private FlowCache flow;

  public UserStream(Consumer<Trade> traded, Consumer<PositionChange> held) {
    this.traded = traded;
    this.held = held;
  }

  /** What a verticle listens to ends with it. */
  @Override
  public Future<?> start() {
    flow = FlowCache.proxy(vertx);
    EventBus bus = vertx.eventBus();
    return Future.all(
        bus.<Trade>localConsumer(
                TradesCache.updates("binance"), message -> traded.accept(message.body()))
            .completion(),
        bus.<PositionChange>localConsumer(
                AccountCache.updates(ACCOUNT), message -> held.accept(message.body()))
            .completion(),
        bus.<JsonObject>localConsumer("binance.user_stream", message -> execution(message.body()))
            .completion());
  }

  /** Counts once, however often the exchange or this repeats it. */
  private void execution(JsonObject told) {
    Trade fill =
        Trade.fromJson(
            new JsonObject()
                .put("trade_id", told.getValue("t"))
                .put("symbol", "BTC/USDT")
                .put("side", told.getString("S").toLowerCase(Locale.ROOT))
                .put("volume", told.getString("l"))
                .put("price", told.getString("L"))
                .put("time", told.getLong("T") / 1e3));

    flow.reportFill("binance", told.getString("i"), ACCOUNT, fill)
        .onFailure(cause -> vertx.setTimer(AGAIN_MS, timer -> execution(told)));
  }
}
