package io.fullon.cache.examples;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Position;
import io.fullon.cache.account.PositionChange;
import io.fullon.cache.bot.BlockChange;
import io.fullon.cache.bot.BotCache;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.EventBus;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sees every change of a position, of all bots and accounts, and takes the block of a market of
 * which too much is held: at once, or when the bot that has it gives it back or its lease ends.
 */
public final class RiskWatcher extends VerticleBase {

  private final List<Integer> accounts;
  private final BigDecimal limit;
  private final Map<String, Position> positions = new HashMap<>();
  private BotCache bots;

  public RiskWatcher(List<Integer> accounts, BigDecimal limit) {
    this.accounts = accounts;
    this.limit = limit;
  }

  /** First it listens, then it reads what there is: nothing is missed in between. */
  @Override
  public Future<?> start() {
    bots = BotCache.proxy(vertx);
    AccountCache cache = AccountCache.proxy(vertx);
    EventBus bus = vertx.eventBus();
    return Future.all(
            bus.<PositionChange>localConsumer(
                    AccountCache.UPDATES, message -> changed(message.body().position()))
                .completion(),
            bus.<BlockChange>localConsumer(
                    BotCache.updates(), message -> check(message.body().block().symbol()))
                .completion())
        .compose(
            listens ->
                Future.all(
                    accounts.stream()
                        .map(id -> cache.getPositions(id).onSuccess(this::found))
                        .toList()));
  }

  /** What was told meanwhile is newer. */
  private void found(List<Position> stored) {
    for (Position position : stored) {
      positions.putIfAbsent(key(position), position);
      check(position.symbol());
    }
  }

  private void changed(Position position) {
    positions.put(key(position), position);
    check(position.symbol());
  }

  private static String key(Position position) {
    return position.exId() + " " + position.symbol() + " " + position.positionSide();
  }

  private void check(String symbol) {
    BigDecimal held =
        positions.values().stream()
            .filter(position -> position.symbol().equals(symbol))
            .map(position -> position.size().abs())
            .reduce(BigDecimal.ZERO, BigDecimal::add);
    if (held.compareTo(limit) > 0) {
      bots.blockExchange("binance", symbol, "risk_watcher");
    }
  }
}
