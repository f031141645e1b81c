package io.fullon.cache;

import io.fullon.cache.account.AccountOptions;
import io.fullon.cache.bot.BotOptions;
import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.fill.FillOptions;
import io.fullon.cache.flow.FlowOptions;
import io.fullon.cache.orders.OrdersOptions;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.symbol.SymbolOptions;
import io.fullon.cache.tick.TickOptions;
import io.fullon.cache.trades.TradesOptions;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.web.WebOptions;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The whole configuration, checked: one record per section, in which each key's default is a
 * constant.
 *
 * @param redis how Redis is reached
 * @param symbol the symbol service
 * @param tick the tick service
 * @param orders the orders service
 * @param trades the trades service
 * @param account the account service
 * @param bot the bot service
 * @param flow the flow service
 * @param fills what trades and account service have in common
 * @param web the gateway
 * @param slowOperationMs from how many milliseconds on a call is logged ({@code
 *     log.slow_operation_ms})
 */
public record CacheOptions(
    RedisLinkOptions redis,
    SymbolOptions symbol,
    TickOptions tick,
    OrdersOptions orders,
    TradesOptions trades,
    AccountOptions account,
    BotOptions bot,
    FlowOptions flow,
    FillOptions fills,
    WebOptions web,
    long slowOperationMs) {

  /** The full names of all keys, as {@code web.port}. */
  static Set<String> keys() {
    Set<String> keys = new HashSet<>();
    from(Fields.recording(keys));
    return keys;
  }

  /**
   * Reads the configuration tree, such as {@code {"redis":{"uri":"redis://localhost"}}}.
   *
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static CacheOptions from(JsonObject config) {
    return from(Fields.of("", config));
  }

  private static CacheOptions from(Fields fields) {
    CacheOptions options =
        new CacheOptions(
            RedisLinkOptions.from(fields.section("redis")),
            SymbolOptions.from(fields.section("symbol")),
            TickOptions.from(fields.section("tick")),
            OrdersOptions.from(fields.section("orders")),
            TradesOptions.from(fields.section("trades")),
            AccountOptions.from(fields.section("account")),
            BotOptions.from(fields.section("bot")),
            FlowOptions.from(fields.section("flow")),
            FillOptions.from(fields.section("fills")),
            WebOptions.from(fields.section("web")),
            Endpoint.slowOperationMs(fields));
    fields.refuseUnknown();
    return options;
  }

  /** The names of what is deployed. */
  List<String> enabled() {
    Map<String, Boolean> parts = new LinkedHashMap<>();
    parts.put("symbol", symbol.enabled());
    parts.put("tick", tick.enabled());
    parts.put("orders", orders.enabled());
    parts.put("trades", trades.enabled());
    parts.put("account", account.enabled());
    parts.put("bot", bot.enabled());
    parts.put("flow", flow.enabled());
    parts.put("web", web.enabled());
    parts.values().removeIf(enabled -> !enabled);
    return List.copyOf(parts.keySet());
  }
}
