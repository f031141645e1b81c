package io.fullon.cache.input;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.input.Action.BadCall;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Pages;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.serviceproxy.ServiceException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every action of every service refuses what does not fit, names it, and stores nothing. */
class BadInputTest {

  private static final int MAX_MESSAGE = 1_000;

  @AutoClose private static final CacheNode node = CacheNode.start();

  @AfterEach
  void emptyRedis() {
    node.redis(Command.FLUSHALL);
  }

  static Stream<Action> actions() {
    return Services.ACTIONS.stream();
  }

  static Stream<BadCall> badCalls() {
    return actions().flatMap(Action::badCalls);
  }

  private static void assertRefused(Future<?> call, String field) {
    Throwable failure = failure(call);

    assertThat(failure).isExactlyInstanceOf(ServiceException.class).hasMessageStartingWith(field);
    ServiceException refusal = (ServiceException) failure;
    assertThat(refusal.failureCode()).isEqualTo(400);
    assertThat(refusal.getDebugInfo()).isEqualTo(new JsonObject().put("code", "INVALID_ARGUMENT"));
    assertThat(refusal.getMessage()).hasSizeLessThan(MAX_MESSAGE).doesNotContain("\n");
    assertThat(node.redis(Command.DBSIZE).toLong()).as("keys in Redis").isZero();
  }

  @ParameterizedTest
  @MethodSource("actions")
  void takesTheCallThatTheBadOnesAreMadeOf(Action action) {
    Future<Object> call = node.call(action.address(), action.name(), action.goodCall());

    get(call.otherwiseEmpty());
    // What does not fit the state of things says nothing against the call.
    assertThat(call.succeeded() || Failure.CONFLICT.matches(call.cause()))
        .as("%s", call.cause())
        .isTrue();
  }

  @ParameterizedTest
  @MethodSource("badCalls")
  void refusesWhatDoesNotFitAndNamesIt(BadCall call) {
    assertRefused(
        node.call(call.action().address(), call.action().name(), call.body()),
        call.spoiled().path() + ": ");
  }

  @ParameterizedTest
  @MethodSource("actions")
  void refusesABodyThatIsNoObject(Action action) {
    for (Object body : Arrays.asList(null, "text", 5, true, new JsonArray(), Buffer.buffer("{}"))) {
      assertRefused(
          node.call(action.address(), action.name(), body), "body: must be a JSON object, got ");
    }
  }

  /** Those of accounts are in a test of their own. */
  private static Stream<Action> allActions() {
    return Stream.of(
            Services.ACTIONS, TradingServices.ORDERS_ACTIONS, TradingServices.TRADES_ACTIONS)
        .flatMap(List::stream);
  }

  static final List<String> ADDRESSES = allActions().map(Action::address).distinct().toList();

  @ParameterizedTest
  @FieldSource("ADDRESSES")
  void refusesACallWithoutAnAction(String address) {
    assertRefused(node.call(address, null, new JsonObject()), "action: header is missing");
    assertRefused(node.call(address, null, null), "action: header is missing");
  }

  @ParameterizedTest
  @FieldSource("ADDRESSES")
  void refusesAnUnknownActionAndTellsWhichThereAre(String address) {
    for (String action : List.of("", "drop", "GETTICKER", "toString", "x".repeat(1_000_000))) {
      assertRefused(node.call(address, action, new JsonObject()), "action: unknown, got \"");
    }
  }

  /** So that no new one is forgotten here. */
  @ParameterizedTest
  @FieldSource("ADDRESSES")
  void everyActionThatThereIsIsTried(String address) {
    String tried =
        allActions()
            .filter(action -> action.address().equals(address))
            .map(Action::name)
            .sorted()
            .collect(Collectors.joining(", "));

    assertThat(failure(node.call(address, "drop", new JsonObject())))
        .hasMessageEndingWith("; there are " + tried);
  }

  @Test
  void everyServiceIsTried() {
    assertThat(
            Stream.concat(ADDRESSES.stream(), Stream.of(AccountCache.ADDRESS, OhlcvCache.ADDRESS)))
        .containsExactlyInAnyOrderElementsOf(
            Pages.rows(Pages.page("services"), "address | what | typed client").stream()
                .map(row -> Pages.codes(row.get(0)).get(0))
                .toList());
  }

  private static JsonObject updateTicker() {
    return actions()
        .filter(action -> action.name().equals("updateTicker"))
        .findFirst()
        .orElseThrow()
        .goodCall();
  }

  @Test
  void refusesATickOfTwoMinutesFromNow() {
    JsonObject call = updateTicker();
    call.getJsonObject("tick").put("time", Instant.now().getEpochSecond() + 120);

    assertRefused(
        node.call(TickCache.ADDRESS, "updateTicker", call),
        "tick.time: must not be more than 60 s ahead of now, got 2");
  }

  @Test
  void refusesATickOfAnotherExchange() {
    assertRefused(
        node.call(TickCache.ADDRESS, "updateTicker", updateTicker().put("exchange", "other")),
        "tick.exchange: must be the call's exchange other, got \"binance\"");
  }

  @Test
  void refusesAListWithOneBadElementAtItsEnd() {
    JsonArray ticks = new JsonArray();
    for (int i = 0; i < 1_000; i++) {
      ticks.add(
          new JsonObject()
              .put("symbol", "S" + i)
              .put("exchange", "binance")
              .put("price", "1")
              .put("time", 1_700_000_000));
    }
    ticks.getJsonObject(999).put("price", "1,5");

    assertRefused(
        node.call(TickCache.ADDRESS, "updateTickers", new JsonObject().put("ticks", ticks)),
        "ticks[999].price: must be a decimal number, got \"1,5\"");
  }
}
