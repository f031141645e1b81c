package io.fullon.cache.input;

import static io.fullon.cache.testing.CacheNode.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The typed clients do not throw at their caller: bad arguments are failed futures. */
class BadArgumentsTest {

  private static final Tick TICK =
      Tick.of("binance", "BTC/USDT", BigDecimal.ONE, Instant.ofEpochSecond(1));
  private static final Tick AHEAD =
      Tick.of("binance", "BTC/USDT", BigDecimal.ONE, Instant.parse("9999-01-01T00:00:00Z"));
  private static final Symbol SYMBOL = Symbol.of("binance", "BTC/USDT", 2, null);

  @AutoClose private static final CacheNode node = CacheNode.start();

  private record BadCall(String call, String field, Function<CacheNode, Future<?>> make) {

    @Override
    public String toString() {
      return call;
    }
  }

  private static BadCall ticks(String call, String field, Function<TickCache, Future<?>> make) {
    return new BadCall(call, field, node -> make.apply(node.ticks()));
  }

  private static BadCall symbols(String call, String field, Function<SymbolCache, Future<?>> make) {
    return new BadCall(call, field, node -> make.apply(node.symbols()));
  }

  private static BadCall bots(String call, String field, Function<BotCache, Future<?>> make) {
    return new BadCall(call, field, node -> make.apply(BotCache.proxy(node.vertx())));
  }

  private static BadCall flow(String call, String field, Function<FlowCache, Future<?>> make) {
    return new BadCall(call, field, node -> make.apply(FlowCache.proxy(node.vertx())));
  }

  static Stream<BadCall> badCalls() {
    return Stream.of(
        ticks("updateTicker(null, tick)", "exchange", c -> c.updateTicker(null, TICK)),
        ticks("updateTicker(…, null)", "tick", c -> c.updateTicker("binance", null)),
        ticks("updateTicker(other, tick)", "tick.exchange", c -> c.updateTicker("other", TICK)),
        ticks("updateTicker(…, ahead)", "tick.time", c -> c.updateTicker("binance", AHEAD)),
        ticks("updateTickers(null)", "ticks", c -> c.updateTickers(null)),
        ticks(
            "updateTickers([tick, null])",
            "ticks[1]",
            c -> c.updateTickers(Arrays.asList(TICK, null))),
        ticks(
            "updateTickers([tick, ahead])",
            "ticks[1].time",
            c -> c.updateTickers(List.of(TICK, AHEAD))),
        ticks("getTicker(null, …)", "symbol", c -> c.getTicker(null, "binance")),
        ticks("getTicker(…, null)", "exchange", c -> c.getTicker("BTC", null)),
        ticks("getTicker(\"\", …)", "symbol", c -> c.getTicker("", "binance")),
        ticks("getPrice(null, …)", "symbol", c -> c.getPrice(null, "binance")),
        ticks("getNextTicker(null, …)", "symbol", c -> c.getNextTicker(null, "binance", 1)),
        ticks("getNextTicker(-1)", "timeoutMs", c -> c.getNextTicker("BTC", "binance", -1)),
        ticks("getNextTicker(20001)", "timeoutMs", c -> c.getNextTicker("BTC", "binance", 20_001)),
        ticks(
            "getNextTicker(MAX)",
            "timeoutMs",
            c -> c.getNextTicker("BTC", "binance", Long.MAX_VALUE)),
        ticks("getAnyTicker(null)", "symbol", c -> c.getAnyTicker(null)),
        ticks("getAllTickers(*)", "exchange", c -> c.getAllTickers("*")),
        ticks("deleteTicker(…, null)", "exchange", c -> c.deleteTicker("BTC", null)),
        ticks("deleteExchangeTickers(null)", "exchange", c -> c.deleteExchangeTickers(null)),
        symbols("putSymbol(null)", "symbol", c -> c.putSymbol(null)),
        symbols("putSymbols(null)", "symbols", c -> c.putSymbols(null)),
        symbols(
            "putSymbols([symbol, null])",
            "symbols[1]",
            c -> c.putSymbols(Arrays.asList(SYMBOL, null))),
        symbols("getSymbol(null, …)", "symbol", c -> c.getSymbol(null, "binance")),
        symbols("getSymbols(null)", "exchange", c -> c.getSymbols(null)),
        symbols("deleteSymbol(…, null)", "exchange", c -> c.deleteSymbol("BTC", null)),
        bots("blockExchange(null, …)", "exchange", c -> c.blockExchange(null, "BTC", "bot")),
        bots("blockExchange(…, \"\")", "botId", c -> c.blockExchange("binance", "BTC", "")),
        bots("acquireBlock(0)", "ttlMs", c -> c.acquireBlock("binance", "BTC", "bot", 0)),
        bots("renewBlock(-1)", "token", c -> c.renewBlock("binance", "BTC", "bot", -1, 1)),
        bots(
            "renewBlock(MAX)",
            "ttlMs",
            c -> c.renewBlock("binance", "BTC", "bot", 1, Long.MAX_VALUE)),
        bots("isBlocked(a b, …)", "exchange", c -> c.isBlocked("a b", "BTC")),
        bots("unblockExchange(-1)", "token", c -> c.unblockExchange("binance", "BTC", "bot", -1L)),
        bots(
            "markOpeningPosition(…, null)",
            "botId",
            c -> c.markOpeningPosition("binance", "BTC", null)),
        bots(
            "markOpeningPosition(-1)",
            "token",
            c -> c.markOpeningPosition("binance", "BTC", "bot", -1L)),
        bots(
            "unmarkOpeningPosition(A B)",
            "symbol",
            c -> c.unmarkOpeningPosition("binance", "A B", "bot")),
        bots("isOpeningPosition(…, null)", "symbol", c -> c.isOpeningPosition("binance", null)),
        bots("updateBot(null, …)", "botId", c -> c.updateBot(null, new JsonObject())),
        bots("updateBot(…, null)", "status", c -> c.updateBot("bot", null)),
        bots("deleteBot(null)", "botId", c -> c.deleteBot(null)),
        flow("getQuote(null, …)", "symbol", c -> c.getQuote(null, "binance")),
        flow("getQuote(…, a:b)", "exchange", c -> c.getQuote("BTC", "a:b")),
        flow("settleOrder(null, …)", "exId", c -> c.settleOrder(null, "ORD", 1)),
        flow("settleOrder(…, \"\", 1)", "exOrderId", c -> c.settleOrder("binance", "", 1)));
  }

  @ParameterizedTest
  @MethodSource("badCalls")
  void becomeFailedFuturesThatNameThem(BadCall call) {
    Future<?> future = call.make().apply(node);

    assertThat(failure(future))
        .matches(Failure.INVALID_ARGUMENT::matches)
        .hasMessageStartingWith(call.field() + ": ");
    assertThat(node.keys()).as("keys in Redis").isEmpty();
  }
}
