package io.fullon.cache;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.events.EventOptions;
import io.fullon.cache.fill.FillOptions;
import io.fullon.cache.ohlcv.OhlcvOptions;
import io.fullon.cache.orders.OrdersOptions;
import io.fullon.cache.process.ProcessOptions;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.service.ServiceOptions;
import io.fullon.cache.source.SourceOptions;
import io.fullon.cache.source.SourceTimes;
import io.fullon.cache.tick.TickOptions;
import io.fullon.cache.trades.TradesOptions;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.web.WebOptions;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
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
 * @param ohlcv the service of bars
 * @param process the process service
 * @param flow the flow service
 * @param fills what trades and account service have in common
 * @param source what all sources have in common
 * @param sources the exchanges that ticks come from
 * @param web the gateway
 * @param slowOperationMs from how many milliseconds on a call is logged ({@code
 *     log.slow_operation_ms})
 */
public record CacheOptions(
    RedisLinkOptions redis,
    ServiceOptions symbol,
    TickOptions tick,
    OrdersOptions orders,
    TradesOptions trades,
    EventOptions account,
    EventOptions bot,
    OhlcvOptions ohlcv,
    ProcessOptions process,
    ServiceOptions flow,
    FillOptions fills,
    SourceTimes source,
    List<SourceOptions> sources,
    WebOptions web,
    long slowOperationMs) {

  public CacheOptions {
    sources = List.copyOf(sources);
  }

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
            ServiceOptions.from(fields.section("symbol")),
            TickOptions.from(fields.section("tick")),
            OrdersOptions.from(fields.section("orders")),
            TradesOptions.from(fields.section("trades")),
            EventOptions.from(fields.section("account")),
            EventOptions.from(fields.section("bot")),
            OhlcvOptions.from(fields.section("ohlcv")),
            ProcessOptions.from(fields.section("process")),
            ServiceOptions.from(fields.section("flow")),
            FillOptions.from(fields.section("fills")),
            SourceTimes.from(fields.section("source")),
            SourceOptions.from(fields.section("sources")),
            WebOptions.from(fields.section("web")),
            Endpoint.slowOperationMs(fields));
    fields.refuseUnknown();
    if (!options.sources.isEmpty() && !options.tick.enabled()) {
      throw new InvalidValueException(
          fields.section("tick").name("enabled"),
          "must be true where there are sources: ticks are all that they bring");
    }
    for (SourceOptions source : options.sources) {
      if (source.candles() && !options.ohlcv.enabled()) {
        throw new InvalidValueException(
            fields.section("ohlcv").name("enabled"),
            "must be true where a source brings candles: sources."
                + source.venue().exchange()
                + ".candles");
      }
    }
    return options;
  }
}
