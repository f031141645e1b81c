package io.fullon.cache.account;

import static io.fullon.cache.account.Accounts.newAccount;
import static io.fullon.cache.account.Accounts.position;
import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What does not fit is refused with 400, names the field with its path, and changes nothing. */
class AccountBadInputTest {

  private static final String BTC = "BTC/USDT";
  private static final String WITHOUT_ARGUMENTS = "getAllAccounts";

  @AutoClose private static final CacheNode node = Accounts.node(new JsonObject());
  private static final AccountCache accounts = AccountCache.proxy(node.vertx());
  private static final int exId = newAccount();
  private static String before;

  @BeforeAll
  static void startNode() {
    get(accounts.upsertUserAccount(exId, new JsonObject("{\"USDT\":{\"free\":\"1\"}}")));
    get(accounts.replacePositions(exId, List.of(position(BTC, "2", "10")), Instant.EPOCH));
    get(accounts.applyFill(exId, Accounts.buy("first", BTC, "1", "11")));
    before = Accounts.stored(node, exId);
  }

  private static void assertRefused(Future<?> call, String field) {
    Throwable failure = failure(call);
    assertThat(failure).isInstanceOf(ServiceException.class).hasMessageStartingWith(field + ": ");
    ServiceException refused = (ServiceException) failure;
    assertThat(refused.failureCode()).isEqualTo(400);
    assertThat(refused.getDebugInfo()).isEqualTo(new JsonObject().put("code", "INVALID_ARGUMENT"));
    assertThat(Accounts.stored(node, exId)).isEqualTo(before);
  }

  // Plain JSON

  @ParameterizedTest(name = "{0}: {1} = {2}")
  @MethodSource({"calls", "positions", "trades"})
  void isRefusedInPlainJson(String action, String field, String value, String body) {
    String withAccount = body.replace("\"ID\"", String.valueOf(exId));

    assertRefused(Accounts.call(node, action, new JsonObject(withAccount)), field);
  }

  /** So that no new one is forgotten here. */
  @Test
  void everyActionThatThereIsIsTried() {
    Stream<String> tried = calls().map(call -> (String) call.get()[0]);

    assertThat(failure(Accounts.call(node, "drop", new JsonObject())))
        .hasMessageEndingWith(
            "; there are "
                + Stream.concat(tried, Stream.of(WITHOUT_ARGUMENTS))
                    .distinct()
                    .sorted()
                    .collect(Collectors.joining(", ")));
  }

  private static Arguments bad(String action, String field, String value, String body) {
    return Arguments.of(action, field, value, "{" + body + "}");
  }

  static Stream<Arguments> calls() {
    List<Arguments> all = new ArrayList<>();
    String rest =
        "\"symbol\":\"A\",\"positions\":[],\"currency\":\"USDT\",\"account\":{},\"adjustment\":{\"id\":1,\"symbol\":\"A\"},\"trade\":"
            + trade("", "");
    for (String action :
        List.of(
            "upsertPositions",
            "replacePositions",
            "getPositions",
            "getPosition",
            "deletePosition",
            "applyFill",
            "adjustPosition",
            "upsertUserAccount",
            "getFullAccount")) {
      all.add(bad(action, "exId", "absent", rest));
      for (String value :
          List.of("null", "\"1\"", "1.5", "true", "{}", "2147483648", "4294967297.9")) {
        all.add(bad(action, "exId", value, "\"exId\":" + value + "," + rest));
      }
    }
    for (String action : List.of("getPosition", "deletePosition")) {
      all.add(bad(action, "symbol", "absent", "\"exId\":\"ID\""));
      for (String value : List.of("1", "\"\"", "\"A B\"", "\"*\"", "\"A\\\\B\"", text(65))) {
        all.add(bad(action, "symbol", value, "\"exId\":\"ID\",\"symbol\":" + value));
      }
    }
    for (String action : List.of("upsertPositions", "replacePositions")) {
      all.add(bad(action, "positions", "absent", "\"exId\":\"ID\""));
      for (String value : List.of("null", "{}", "\"[]\"", "1")) {
        all.add(bad(action, "positions", value, "\"exId\":\"ID\",\"positions\":" + value));
      }
    }
    for (String value : List.of("\"2026-01-01\"", "\"1\"", "-1", "true", "1e15")) {
      all.add(
          bad(
              "replacePositions",
              "asOf",
              value,
              "\"exId\":\"ID\",\"positions\":[],\"asOf\":" + value));
    }
    for (String action : List.of("applyFill")) {
      all.add(bad(action, "trade", "absent", "\"exId\":\"ID\""));
      for (String value : List.of("null", "[]", "\"{}\"", "1")) {
        all.add(bad(action, "trade", value, "\"exId\":\"ID\",\"trade\":" + value));
      }
    }
    for (String value : List.of("\"neutral\"", "1", "\"LONG\"")) {
      for (String action : List.of("getPosition", "deletePosition")) {
        all.add(
            bad(
                action,
                "positionSide",
                value,
                "\"exId\":\"ID\",\"symbol\":\"A\",\"positionSide\":" + value));
      }
    }
    all.add(bad("adjustPosition", "adjustment", "absent", "\"exId\":\"ID\""));
    for (String value : badFillTimes()) {
      String adjustment = "{\"id\":1,\"symbol\":\"A\",\"time\":" + value + "}";
      all.add(
          bad(
              "adjustPosition",
              "adjustment.time",
              value,
              "\"exId\":\"ID\",\"adjustment\":" + adjustment));
    }
    all.add(bad("upsertUserAccount", "account", "absent", "\"exId\":\"ID\""));
    for (String value : List.of("null", "[]", "\"{}\"", "1")) {
      all.add(bad("upsertUserAccount", "account", value, "\"exId\":\"ID\",\"account\":" + value));
    }
    all.add(bad("getFullAccount", "currency", "absent", "\"exId\":\"ID\""));
    for (String value : List.of("null", "1", "{}", text(129))) {
      all.add(bad("getFullAccount", "currency", value, "\"exId\":\"ID\",\"currency\":" + value));
    }
    return all.stream();
  }

  private static String text(int length) {
    return "\"" + "x".repeat(length) + "\"";
  }

  private static String digits(int length) {
    return "\"" + "1".repeat(length) + "\"";
  }

  /** Seconds of the years 2100 and 9999, and milliseconds. */
  private static List<String> badFillTimes() {
    return List.of("\"1\"", "-1", "true", "1e15", "4102444800", "253402300000", "253402300000000");
  }

  private static List<String> badDecimals(int bound) {
    return List.of(
        "true",
        "{}",
        "[1]",
        "\"\"",
        "\"abc\"",
        "\" 1\"",
        "\"+1\"",
        "\"1,5\"",
        "\"0x1\"",
        "\"NaN\"",
        "\"1e999999999\"",
        "\"1e-99999999999\"",
        digits(bound + 1),
        "-" + digits(bound).substring(1, bound + 1));
  }

  static Stream<Arguments> positions() {
    List<Arguments> all = new ArrayList<>();
    for (String value : List.of("null", "1", "\"{}\"", "[]")) {
      addPosition(all, "positions[1]", value, value);
    }
    addPosition(all, "positions[1].symbol", "absent", "{\"size\":\"1\"}");
    addPosition(all, "positions[1].symbol", "twice", "{\"symbol\":\"A\",\"size\":\"1\"}");
    addField(all, "symbol", List.of("null", "1", "\"A B\"", "\"'\"", "\"\\n\"", text(65)));
    addField(all, "ex_id", List.of("\"ID \"", "1.5", "true", "2147483648", "-7"));
    addField(all, "user_id", List.of("1.5", "true", "\"\"", "{}", text(129)));
    addField(all, "size", badDecimals(64));
    addField(all, "entry_price", badDecimals(64));
    addField(all, "cost_basis", badDecimals(160));
    addField(all, "realized_pnl", badDecimals(160));
    addField(all, "unrealized_pnl", badDecimals(64));
    addField(all, "fee", badDecimals(160));
    addField(all, "side", List.of("\"short\"", "\"neutral\"", "\"LONG\"", "1", "true"));
    addField(all, "timestamp", List.of("\"2026-01-01\"", "\"1\"", "-1", "true", "1e15"));
    addField(all, "version", List.of("-1", "1.5", "\"1\"", "true", "9223372036854775808"));
    addPosition(
        all,
        "positions[1].cost_basis",
        "derived",
        "{\"symbol\":\"B\",\"size\":\"1e-60\",\"entry_price\":\"1e-120\"}");
    addPosition(
        all,
        "positions[1].entry_price",
        "derived",
        "{\"symbol\":\"B\",\"size\":\"1e-50\",\"cost_basis\":\"1e100\"}");
    return all.stream();
  }

  private static void addField(List<Arguments> all, String field, List<String> values) {
    String position = "{\"symbol\":\"B\",\"size\":\"1\",\"%s\":%s}";
    for (String value : values) {
      addPosition(all, "positions[1]." + field, value, position.formatted(field, value));
    }
  }

  private static void addPosition(List<Arguments> all, String field, String value, String second) {
    String body = "\"exId\":\"ID\",\"positions\":[{\"symbol\":\"A\",\"size\":\"1\"},%s]";
    for (String action : List.of("upsertPositions", "replacePositions")) {
      all.add(bad(action, field, value, body.formatted(second)));
    }
  }

  /** A trade that is right but for one field, which is left out when it is to have no value. */
  private static String trade(String field, String value) {
    JsonObject trade =
        new JsonObject()
            .put("trade_id", "bad")
            .put("symbol", BTC)
            .put("side", "buy")
            .put("volume", "1")
            .put("price", "1");
    trade.remove(field);
    String rest = trade.encode();
    return value.isEmpty() ? rest : "{\"" + field + "\":" + value + "," + rest.substring(1);
  }

  static Stream<Arguments> trades() {
    List<Arguments> all = new ArrayList<>();
    addTrade(all, "trade_id", List.of("", "null", "1.5", "\"\"", "\"\\u0000\"", text(129)));
    addTrade(all, "symbol", List.of("", "null", "1", "\"A B\"", text(65)));
    addTrade(all, "side", List.of("", "null", "\"BUY\"", "\"long\"", "1"));
    addTrade(all, "volume", List.of("", "null", "0", "\"0.00\"", "-1", "\"-0.1\""));
    addTrade(all, "volume", badDecimals(64));
    addTrade(all, "price", List.of("", "null"));
    addTrade(all, "price", badDecimals(64));
    addTrade(all, "cost", badDecimals(64));
    addTrade(all, "fee", badDecimals(64));
    addTrade(all, "ex_order_id", List.of("1.5", "true", "\"\""));
    addTrade(all, "ex_id", List.of("1.5", "true", "\"\""));
    addTrade(all, "order_type", List.of("1", "{}", text(129)));
    addTrade(all, "uid", List.of("1.5", "true", "\"\""));
    addTrade(all, "time", badFillTimes());
    return all.stream();
  }

  private static void addTrade(List<Arguments> all, String field, List<String> values) {
    for (String action : List.of("applyFill")) {
      for (String value : values) {
        all.add(
            bad(
                action,
                "trade." + field,
                value,
                "\"exId\":\"ID\",\"trade\":" + trade(field, value)));
      }
    }
  }

  // The typed client

  @ParameterizedTest(name = "{0}")
  @MethodSource("typed")
  void isRefusedInTheTypedClient(String field, Function<AccountCache, Future<?>> call) {
    assertRefused(call.apply(accounts), field);
  }

  private static Arguments typed(String field, Function<AccountCache, Future<?>> call) {
    return Arguments.of(field, call);
  }

  static Stream<Arguments> typed() {
    Position valid = position(BTC, "1", "1");
    List<Position> foreign = List.of(valid, position("B", "1", "1").toBuilder().exId(-7).build());
    List<Position> twice = List.of(valid, valid);
    List<Position> hole = Arrays.asList(valid, null);
    Trade nothing =
        Trade.builder("bad", BTC, Side.BUY)
            .volume(new BigDecimal("0.0"))
            .price(BigDecimal.ONE)
            .build();
    Instant ahead = Instant.now().plus(Duration.ofHours(25));
    Trade tooEarly = Accounts.buy("bad", BTC, "1", "1").toBuilder().time(ahead).build();
    Adjustment funding = Adjustment.builder("bad", BTC).set(Adjustment.TIME, ahead).build();
    return Stream.of(
        typed("positions", a -> a.upsertPositions(exId, null)),
        typed("positions", a -> a.replacePositions(exId, null, null)),
        typed("positions[1]", a -> a.upsertPositions(exId, hole)),
        typed("positions[1]", a -> a.replacePositions(exId, hole, null)),
        typed("positions[1].ex_id", a -> a.upsertPositions(exId, foreign)),
        typed("positions[1].ex_id", a -> a.replacePositions(exId, foreign, null)),
        typed("positions[1].symbol", a -> a.upsertPositions(exId, twice)),
        typed("positions[1].symbol", a -> a.replacePositions(exId, twice, null)),
        typed("asOf", a -> a.replacePositions(exId, List.of(), Instant.EPOCH.minusSeconds(1))),
        typed("symbol", a -> a.getPosition(null, exId)),
        typed("symbol", a -> a.getPosition("A B", exId)),
        typed("symbol", a -> a.deletePosition(null, exId)),
        typed("symbol", a -> a.deletePosition("*", exId)),
        typed("trade", a -> a.applyFill(exId, null)),
        typed("trade.volume", a -> a.applyFill(exId, nothing)),
        typed("trade.time", a -> a.applyFill(exId, tooEarly)),
        typed("adjustment.time", a -> a.adjustPosition(exId, funding)),
        typed("account", a -> a.upsertUserAccount(exId, null)),
        typed("currency", a -> a.getFullAccount(exId, null)),
        typed("currency", a -> a.getFullAccount(exId, "x".repeat(129))));
  }
}
