package io.fullon.cache.account;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.FillOptions;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** Accounts in Redis: a hash of positions each, and one hash of balances. */
final class RedisAccountCache implements AccountCache {

  private static final Script SAVE = Script.load("position-save");
  private static final Script DELETE = Script.load("position-delete");

  /** How long an account's balances may be, as JSON in UTF-8. */
  private static final int MAX_BALANCES = 1 << 20;

  private final Vertx vertx;
  private final RedisLink link;
  private final AccountKeys keys;
  private final long rememberMs;
  private final Map<String, FillQueue> queues = new HashMap<>();
  private final LongAdder queued;
  private int waiting;

  RedisAccountCache(Vertx vertx, RedisLink link, FillOptions fills, Meters meters) {
    this.vertx = vertx;
    this.link = link;
    this.keys = new AccountKeys(link.options().prefix());
    this.rememberMs = fills.rememberMs();
    this.queued = meters.gauge("fullon.cache.fills.queued", "Fills that wait for the one before");
  }

  // Positions

  @Override
  public Future<Integer> upsertPositions(int exId, List<Position> positions) {
    return save("upsert", "", exId, positions);
  }

  @Override
  public Future<Integer> replacePositions(int exId, List<Position> positions, Instant asOf) {
    return save("replace", asOf == null ? "" : "" + Times.micros(asOf), exId, positions);
  }

  private Future<Integer> save(String mode, String asOf, int exId, List<Position> positions) {
    List<String> arguments = new ArrayList<>(2 + 3 * positions.size());
    arguments.add(mode);
    arguments.add(asOf);
    Set<String> symbols = new HashSet<>();
    for (int i = 0; i < positions.size(); i++) {
      Position position = positions.get(i);
      String name = "positions[" + i + "]";
      if (position.exId() != null && position.exId() != exId) {
        throw new InvalidValueException(
            name + ".ex_id", "must be the call's " + exId, position.exId());
      }
      refuseHedgeMode(name, position.positionSide());
      if (!symbols.add(position.symbol())) {
        throw new InvalidValueException(
            name + ".symbol", "must not be there twice", position.symbol());
      }
      String json = position.toBuilder().exId(exId).version(null).build().encode();
      arguments.add(position.symbol());
      arguments.add(position.version() == null ? "" : position.version().toString());
      arguments.add(json.substring(0, json.length() - 1));
    }
    return link.run(
            SAVE,
            List.of(keys.positions(exId), keys.lastVersions(exId), keys.asOf(exId)),
            arguments)
        .compose(
            conflict ->
                conflict.size() == 0
                    ? Future.succeededFuture(positions.size())
                    : Failure.CONFLICT.future(
                        "The position of " + conflict.get(0) + " has version " + conflict.get(1)));
  }

  @Override
  public Future<List<Position>> getPositions(int exId) {
    // At once, and not in pages: a page must not be from before a synchronization and the next
    // from after it.
    return link.read(Command.HGETALL, keys.positions(exId))
        .map(
            hash -> {
              Map<String, Position> positions = new TreeMap<>(Names.ORDER);
              Scans.forEach(hash, (symbol, text) -> positions.put(symbol, position(text)));
              return new ArrayList<>(positions.values());
            });
  }

  @Override
  public Future<Position> getPosition(String symbol, int exId) {
    return link.read(Command.HGET, keys.positions(exId), symbol)
        .map(text -> text == null ? null : position(text.toString()));
  }

  private static Position position(String text) {
    return Position.read(Json.parse("position", text));
  }

  @Override
  public Future<Boolean> deletePosition(String symbol, int exId) {
    return link.run(DELETE, List.of(keys.positions(exId), keys.lastVersions(exId)), List.of(symbol))
        .map(deleted -> deleted.toInteger() == 1);
  }

  // Fills

  @Override
  public Future<AppliedFill> applyFill(int exId, Trade trade) {
    if (trade.volume().signum() <= 0) {
      throw new InvalidValueException("trade.volume", "must be above zero", trade.volume());
    }
    refuseHedgeMode("trade", trade.positionSide());
    if (waiting >= link.options().maxInFlight()) {
      return Failure.UNAVAILABLE.future("Too much in flight: " + waiting + " fills wait for Redis");
    }
    waiting++;
    return queues
        .computeIfAbsent(exId + " " + trade.symbol(), key -> queue(key, exId, trade.symbol()))
        .add(trade)
        .onComplete(done -> waiting--);
  }

  /** Both sides in one position would be a wrong one. */
  private static void refuseHedgeMode(String name, HedgeSide side) {
    if (side != null && side != HedgeSide.BOTH) {
      throw new InvalidValueException(
          name + ".position_side",
          "must be both: there is one position of a symbol",
          side.toString());
    }
  }

  private FillQueue queue(String key, int exId, String symbol) {
    return new FillQueue(
        vertx, link, keys, exId, symbol, rememberMs, queued, () -> queues.remove(key));
  }

  // Balances

  @Override
  public Future<Void> upsertUserAccount(int exId, JsonObject account) {
    String text = Json.readable("account", account, MAX_BALANCES);
    return link.write(Command.HSET, keys.balances(), exId, text).mapEmpty();
  }

  @Override
  public Future<JsonObject> getFullAccount(int exId, String currency) {
    return link.read(Command.HGET, keys.balances(), exId)
        .map(
            text ->
                text != null
                        && new JsonObject(text.toBuffer()).getValue(currency)
                            instanceof JsonObject balance
                    ? balance
                    : null);
  }

  @Override
  public Future<JsonObject> getAllAccounts() {
    return Scans.hash(
        link,
        keys.balances(),
        JsonObject::new,
        (accounts, exId, text) -> accounts.put(exId, new JsonObject(text)));
  }
}
