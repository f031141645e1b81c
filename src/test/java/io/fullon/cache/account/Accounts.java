package io.fullon.cache.account;

import static io.fullon.cache.testing.CacheNode.get;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.math.BigDecimal;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What tests of the account service have in common. */
final class Accounts {

  private static final AtomicInteger LAST = new AtomicInteger();

  /** No gateway, and time for Redis on a machine that is busy with other tests. */
  static final JsonObject DEFAULTS =
      new JsonObject(
          """
          {"web": {"enabled": false},
           "redis": {"connect_timeout_ms": 15000, "command_timeout_ms": 15000}}
          """);

  private Accounts() {}

  /** A node with its own Redis and no gateway. */
  static CacheNode node(JsonObject config) {
    return CacheNode.start(DEFAULTS.copy().mergeIn(config, true));
  }

  /** A node on somebody else's Redis, without a gateway. */
  static CacheNode node(EmbeddedRedis redis, JsonObject config) {
    return CacheNode.start(redis, DEFAULTS.copy().mergeIn(config, true));
  }

  /** The number of an account that no other test has. */
  static int newAccount() {
    return LAST.incrementAndGet();
  }

  static Position position(String symbol, String size, String entryPrice) {
    return Position.of(symbol, new BigDecimal(size), new BigDecimal(entryPrice));
  }

  static Trade.Builder fill(String id, String symbol, Side side, String volume, String price) {
    return Trade.builder(id, symbol, side)
        .volume(new BigDecimal(volume))
        .price(new BigDecimal(price));
  }

  static Trade buy(String id, String symbol, String volume, String price) {
    return fill(id, symbol, Side.BUY, volume, price).build();
  }

  static Trade sell(String id, String symbol, String volume, String price) {
    return fill(id, symbol, Side.SELL, volume, price).build();
  }

  /** Calls the service in plain JSON. */
  static Future<Object> call(CacheNode node, String action, JsonObject body) {
    return node.call(AccountCache.ADDRESS, action, body);
  }

  /** Everything that the account has in Redis, and all balances. */
  static String stored(CacheNode node, int exId) {
    TreeMap<String, String> contents = new TreeMap<>();
    for (Response key : node.redis(Command.KEYS, "fullon:{account:" + exId + "}:*")) {
      contents.put(key.toString(), dump(node, key.toString()));
    }
    contents.put("balances", dump(node, "fullon:accounts"));
    return contents.toString();
  }

  private static String dump(CacheNode node, String key) {
    Response content = node.redis(Command.DUMP, key);
    return content == null ? "none" : HexFormat.of().formatHex(content.toBytes());
  }

  /** What a position is, in short: size, entry price, cost basis, realized profit, fee. */
  static String numbers(Position position) {
    return String.join(
        " ",
        plain(position.size()),
        plain(position.entryPrice()),
        plain(position.costBasis()),
        plain(position.realizedPnl()),
        plain(position.fee()));
  }

  private static String plain(BigDecimal decimal) {
    return decimal == null ? "-" : decimal.toPlainString();
  }

  static Position read(AccountCache accounts, int exId, String symbol) {
    return get(accounts.getPosition(symbol, exId));
  }
}
