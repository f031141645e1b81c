package io.fullon.cache.input;

import static io.fullon.cache.input.Action.action;
import static io.fullon.cache.input.Parameter.decimal;
import static io.fullon.cache.input.Parameter.exchange;
import static io.fullon.cache.input.Parameter.flag;
import static io.fullon.cache.input.Parameter.id;
import static io.fullon.cache.input.Parameter.integer;
import static io.fullon.cache.input.Parameter.json;
import static io.fullon.cache.input.Parameter.object;
import static io.fullon.cache.input.Parameter.objects;
import static io.fullon.cache.input.Parameter.positive;
import static io.fullon.cache.input.Parameter.symbol;
import static io.fullon.cache.input.Parameter.text;
import static io.fullon.cache.input.Parameter.time;

import io.fullon.cache.bot.BotCache;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.process.ProcessCache;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.tick.TickCache;
import java.util.List;
import java.util.stream.Stream;

/** All actions of all services, with what each takes. */
final class Services {

  private static final String SYMBOL = SymbolCache.ADDRESS;
  private static final String TICK = TickCache.ADDRESS;

  private static final String BOT = BotCache.ADDRESS;
  private static final String OHLCV = OhlcvCache.ADDRESS;
  private static final String PROCESS = ProcessCache.ADDRESS;
  private static final String FLOW = FlowCache.ADDRESS;

  private static final long MAX_TIMEOUT_MS = 20_000;
  private static final long MAX_SEQ = (1L << 53) - 1;

  private static final Parameter[] SYMBOL_FIELDS = {
    symbol("symbol"),
    exchange("exchange"),
    text("base", 128).optional(),
    text("quote", 128).optional(),
    integer("precision", 0, 64).optional(),
    positive("tick_size").optional(),
    flag("margin").optional(),
    positive("leverage").optional(),
    positive("contract_size").optional(),
    text("description", 4_096).optional()
  };

  private static final Parameter[] TICK_FIELDS = {
    symbol("symbol"),
    exchange("exchange"),
    decimal("price"),
    // Later ones would be locked out by a time that is too far ahead.
    time("time").butNot(9_999_999_999L),
    decimal("volume").optional(),
    decimal("bid").optional(),
    decimal("ask").optional(),
    decimal("last").optional(),
    integer("seq", 0, MAX_SEQ).optional()
  };

  static final List<Action> ACTIONS =
      Stream.of(
              symbolActions(),
              tickActions(),
              botActions(),
              barActions(),
              processActions(),
              flowActions())
          .flatMap(List::stream)
          .toList();

  private Services() {}

  private static List<Action> symbolActions() {
    return List.of(
        action(SYMBOL, "putSymbol", object("symbol", SYMBOL_FIELDS)),
        action(SYMBOL, "putSymbols", objects("symbols", SYMBOL_FIELDS)),
        action(SYMBOL, "getSymbol", symbol("symbol"), exchange("exchange")),
        action(SYMBOL, "getSymbols", exchange("exchange")),
        action(SYMBOL, "deleteSymbol", symbol("symbol"), exchange("exchange")));
  }

  private static List<Action> tickActions() {
    return List.of(
        action(TICK, "updateTicker", exchange("exchange"), object("tick", TICK_FIELDS)),
        action(TICK, "updateTickers", objects("ticks", TICK_FIELDS)),
        action(TICK, "getTicker", symbol("symbol"), exchange("exchange")),
        action(TICK, "getPrice", symbol("symbol"), exchange("exchange")),
        action(
            TICK,
            "getNextTicker",
            symbol("symbol"),
            exchange("exchange"),
            integer("timeoutMs", 0, MAX_TIMEOUT_MS)),
        action(TICK, "getAnyTicker", symbol("symbol")),
        action(TICK, "getAllTickers", exchange("exchange")),
        action(TICK, "deleteTicker", symbol("symbol"), exchange("exchange")),
        action(TICK, "deleteExchangeTickers", exchange("exchange")));
  }

  private static List<Action> botActions() {
    Parameter exchange = exchange("exchange");
    Parameter symbol = symbol("symbol");
    Parameter bot = id("botId");
    Parameter token = integer("token", 0, Long.MAX_VALUE);
    Parameter ttl = integer("ttlMs", 1, BotCache.MAX_TTL_MS);
    return List.of(
        action(BOT, "blockExchange", exchange, symbol, bot),
        action(BOT, "acquireBlock", exchange, symbol, bot, ttl),
        action(BOT, "renewBlock", exchange, symbol, bot, token, ttl),
        action(BOT, "checkBlock", exchange, symbol, token),
        action(BOT, "isBlocked", exchange, symbol),
        action(BOT, "unblockExchange", exchange, symbol, bot, token.optional()),
        action(BOT, "getBlocks"),
        action(BOT, "markOpeningPosition", exchange, symbol, bot, token.optional(), ttl.optional()),
        action(BOT, "unmarkOpeningPosition", exchange, symbol, bot, token.optional()),
        action(BOT, "isOpeningPosition", exchange, symbol),
        action(BOT, "getMarks"),
        action(BOT, "updateBot", bot, json("status")),
        action(BOT, "getBots"),
        action(BOT, "deleteBot", bot));
  }

  private static List<Action> barActions() {
    Parameter symbol = symbol("symbol");
    Parameter exchange = exchange("exchange");
    Parameter timeframe = name("timeframe", "1m");
    Parameter bars =
        objects(
            "bars",
            symbol("symbol").butNot("ETH/USDT").optional(),
            exchange("exchange").butNot("kraken").optional(),
            name("timeframe", "1m").butNot("5m").optional(),
            integer("time", 0, 253_402_300_799L).butNot(59, 60.5),
            decimal("open"),
            decimal("high"),
            decimal("low"),
            decimal("close"),
            positive("volume").optional(),
            integer("ticks", 0, Integer.MAX_VALUE).optional(),
            flag("final").optional());
    return List.of(
        action(OHLCV, "updateOhlcvBars", symbol, exchange, timeframe, bars),
        action(
            OHLCV,
            "getLatestOhlcvBars",
            symbol,
            exchange,
            timeframe,
            integer("count", 1, OhlcvCache.MAX_BARS)),
        action(OHLCV, "getOhlcvBars", symbol, exchange, timeframe, time("from"), time("to")),
        action(OHLCV, "deleteOhlcvBars", symbol, exchange, timeframe));
  }

  private static List<Action> processActions() {
    Parameter type = name("processType", "bot");
    Parameter status = name("status", "idle").optional();
    Parameter component = id("component");
    Parameter id = text("processId", 1_024);
    Parameter message = text("message", 4_096);
    Parameter params = json("params").optional();
    return List.of(
        action(PROCESS, "registerProcess", type, component, params, message.optional(), status),
        action(
            PROCESS,
            "updateProcess",
            id,
            status,
            message.optional(),
            params,
            flag("heartbeat").optional()),
        action(PROCESS, "getProcess", id),
        action(
            PROCESS,
            "getActiveProcesses",
            type.optional(),
            component.optional(),
            integer("sinceMinutes", 0, 5_256_000).optional(),
            flag("includeHeartbeatCheck").optional()),
        action(PROCESS, "stopProcess", id, message.optional()),
        action(PROCESS, "cleanupStaleProcesses", integer("staleMinutes", 0, 5_256_000).optional()),
        action(PROCESS, "getComponentStatus", component),
        action(PROCESS, "getSystemHealth"),
        action(PROCESS, "broadcastMessage", type, message, json("data").optional()),
        action(PROCESS, "getMetrics"));
  }

  /** One of a few texts. */
  private static Parameter name(String name, String good) {
    Parameter text = text(name, 20).butNot("", "text", "Bot", "IDLE", " bot");
    return new Parameter(name, true, good, text.bad(), List.of(), false);
  }

  private static List<Action> flowActions() {
    // The order's ex_id, which may be an integer, and an exchange.
    Parameter exId = id("exId").butNot("a b", "a:b", "*", "x".repeat(65));
    Parameter account = integer("accountId", Integer.MIN_VALUE, Integer.MAX_VALUE);
    return List.of(
        action(FLOW, "getQuote", symbol("symbol"), exchange("exchange")),
        action(FLOW, "getValuation", exId, account),
        action(FLOW, "reportFill", exId, id("exOrderId"), account, TradingServices.trade()),
        action(FLOW, "settleOrder", exId, id("exOrderId"), account, time("filledAt").optional()));
  }
}
