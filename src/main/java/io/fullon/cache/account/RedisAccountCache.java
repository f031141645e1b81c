package io.fullon.cache.account;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.serviceproxy.ServiceException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accounts in Redis: a hash of positions each, and one hash of balances. */
final class RedisAccountCache implements AccountCache {

  /** How many positions one call may save. */
  static final int MAX_POSITIONS = 1_000;

  /** How many currencies the balances of an account may be in. */
  static final int MAX_CURRENCIES = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(RedisAccountCache.class);
  private static final long MAX_AHEAD_S = 60;
  private static final Script SAVE_BALANCES = Script.load("balances-save");

  private final RedisLink link;
  private final AccountKeys keys;
  private final Accounting accounting;
  private final LongAdder unreadable;

  RedisAccountCache(RedisLink link, Accounting accounting, Meters meters) {
    this.unreadable =
        meters.counter(
            "fullon.cache.account.unreadable", "Stored positions and balances that cannot be read");
    this.link = link;
    this.keys = new AccountKeys(link.options().prefix());
    this.accounting = accounting;
  }

  // Positions

  @Override
  public Future<Integer> upsertPositions(int exId, List<Position> positions, Instant asOf) {
    return save(exId, positions, asOf, false);
  }

  @Override
  public Future<Integer> replacePositions(int exId, List<Position> positions, Instant asOf) {
    return save(exId, positions, asOf, true);
  }

  private Future<Integer> save(int exId, List<Position> positions, Instant asOf, boolean replaces) {
    if (positions.size() > MAX_POSITIONS) {
      throw new InvalidValueException(
          "positions", "must be at most " + MAX_POSITIONS, positions.size());
    }
    checkTime(asOf);
    Map<String, Position> byField = new LinkedHashMap<>();
    for (int i = 0; i < positions.size(); i++) {
      Position position = positions.get(i);
      String name = "positions[" + i + "]";
      if (position.exId() != null && position.exId() != exId) {
        throw new InvalidValueException(
            name + ".ex_id", "must be the call's " + exId, position.exId());
      }
      if (asOf != null && !position.isSizeTold()) {
        throw new InvalidValueException(name + ".size", "must be there with asOf", null);
      }
      String field = Markets.field(position.symbol(), position.positionSide());
      if (byField.put(field, position) != null) {
        throw new InvalidValueException(
            name + ".symbol", "must not be there twice", position.symbol());
      }
    }
    return byField.isEmpty() && !replaces
        ? Future.succeededFuture(0)
        : accounting.change(exId, new PositionsChange(byField, asOf, replaces));
  }

  /** What is ahead of time would keep out all that comes after it. */
  private static void checkTime(Instant asOf) {
    if (asOf != null && asOf.isAfter(Instant.now().plusSeconds(MAX_AHEAD_S))) {
      throw new InvalidValueException(
          "asOf", "must be at most " + MAX_AHEAD_S + " s ahead", asOf.toString());
    }
  }

  @Override
  public Future<List<Position>> getPositions(int exId) {
    // At once, and not in pages: a page must not be from before a synchronization and the next
    // from after it.
    return link.read(Command.HGETALL, keys.positions(exId))
        .map(
            hash -> {
              Map<String, Position> positions = new TreeMap<>(Names.ORDER);
              Scans.forEach(
                  hash,
                  (field, text) ->
                      readable("position", field, text, RedisAccountCache::position)
                          .ifPresent(position -> positions.put(field, position)));
              return new ArrayList<>(positions.values());
            });
  }

  @Override
  public Future<Position> getPosition(String symbol, int exId, HedgeSide positionSide) {
    return link.read(Command.HGET, keys.positions(exId), Markets.field(symbol, positionSide))
        .map(
            text ->
                text == null ? null : read(symbol, text.toString(), RedisAccountCache::position));
  }

  private static <T> T read(String name, String text, Function<String, T> reader) {
    try {
      return reader.apply(text);
    } catch (RuntimeException e) {
      throw Failure.INTERNAL.exception(
          "What is stored of " + name + " cannot be read: " + e.getMessage());
    }
  }

  /** One that cannot be read does not hide the others. */
  private <T> Optional<T> readable(
      String what, String name, String text, Function<String, T> reader) {
    try {
      return Optional.of(read(name, text, reader));
    } catch (ServiceException e) {
      unreadable.increment();
      LOG.warn("A {} is left out: {}", what, e.getMessage());
      return Optional.empty();
    }
  }

  private static Position position(String text) {
    return Position.read(Json.parse("position", text));
  }

  @Override
  public Future<Boolean> deletePosition(String symbol, int exId, HedgeSide positionSide) {
    return accounting.change(exId, new PositionDeletion(Markets.field(symbol, positionSide)));
  }

  // Fills

  @Override
  public Future<AppliedFill> applyFill(int exId, Trade trade) {
    trade.checkVolume();
    Accounting.checkTime("trade.time", trade.time());
    return accounting.change(exId, new FillChange(trade, false));
  }

  @Override
  public Future<Position> adjustPosition(int exId, Adjustment adjustment) {
    Accounting.checkTime("adjustment.time", adjustment.time());
    return accounting.change(exId, new AdjustmentChange(adjustment));
  }

  // Balances

  @Override
  public Future<Boolean> upsertUserAccount(int exId, JsonObject account, Instant asOf) {
    if (account.size() > MAX_CURRENCIES) {
      throw new InvalidValueException(
          "account", "must have at most " + MAX_CURRENCIES + " currencies", account.size());
    }
    checkTime(asOf);
    String time = asOf == null ? "" : String.valueOf(Times.micros(asOf));
    // What is stored can be read again, here and behind a clustered bus.
    String json = Json.readable("account", account, MAX_ACCOUNT_BYTES);
    balances(json);
    return link.run(
            SAVE_BALANCES, List.of(keys.balances()), List.of(String.valueOf(exId), time, json))
        .map(saved -> saved.toInteger() == 1);
  }

  /** With every digit; behind the time, if there is one. */
  private static JsonObject balances(String text) {
    Fields fields = Json.parse("account", text.substring(text.indexOf('{')));
    return fields.without(Set.of());
  }

  @Override
  public Future<JsonObject> getFullAccount(int exId, String currency) {
    return link.read(Command.HGET, keys.balances(), exId)
        .map(
            text ->
                text != null
                        && read("account " + exId, text.toString(), RedisAccountCache::balances)
                                .getValue(currency)
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
        (accounts, exId, text) ->
            readable("balance", "account " + exId, text, RedisAccountCache::balances)
                .ifPresent(balances -> accounts.put(exId, balances)));
  }
}
