package io.fullon.cache;

import static io.fullon.cache.testing.CacheNode.get;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.account.Adjustment;
import io.fullon.cache.account.AdjustmentKind;
import io.fullon.cache.account.AppliedFill;
import io.fullon.cache.account.Position;
import io.fullon.cache.account.PositionSide;
import io.fullon.cache.bot.Block;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bot.Mark;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.fence.Fence;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.flow.Quote;
import io.fullon.cache.flow.ReportedFill;
import io.fullon.cache.flow.Settlement;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrderClaim;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Pages;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.trades.TradesCache;
import io.fullon.cache.trades.TradesClaim;
import io.fullon.cache.value.JsonValue;
import io.fullon.cache.value.Table;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The page of the services has every method as it is, in Java and in plain JSON. */
class ServicesPageTest {

  private static final Path PAGE = Pages.page("services");

  private static final Map<String, Class<?>> SERVICES =
      Map.of(
          SymbolCache.ADDRESS, SymbolCache.class,
          TickCache.ADDRESS, TickCache.class,
          OrdersCache.ADDRESS, OrdersCache.class,
          TradesCache.ADDRESS, TradesCache.class,
          AccountCache.ADDRESS, AccountCache.class,
          BotCache.ADDRESS, BotCache.class,
          OhlcvCache.ADDRESS, OhlcvCache.class,
          FlowCache.ADDRESS, FlowCache.class);

  private static final List<Class<? extends JsonValue>> OBJECTS =
      List.of(
          Symbol.class,
          Tick.class,
          Order.class,
          OrderClaim.class,
          Trade.class,
          TradesClaim.class,
          Position.class,
          Adjustment.class,
          AppliedFill.class,
          Bar.class,
          Block.class,
          Fence.class,
          Mark.class,
          Quote.class,
          ReportedFill.class,
          Settlement.class);

  private static final Map<Class<?>, Table<?>> TABLES =
      Map.of(
          Symbol.class, Symbol.FIELDS,
          Order.class, Order.FIELDS,
          Trade.class, Trade.FIELDS,
          Position.class, Position.FIELDS,
          Adjustment.class, Adjustment.FIELDS,
          Bar.class, Bar.FIELDS);

  /** What the plain types are in Java. */
  private static final Map<String, Set<Class<?>>> JAVA =
      Map.ofEntries(
          Map.entry("symbol", Set.of(String.class)),
          Map.entry("exchange", Set.of(String.class)),
          Map.entry("id", Set.of(String.class)),
          Map.entry("text", Set.of(String.class)),
          Map.entry("decimal", Set.of(BigDecimal.class)),
          Map.entry("int", Set.of(int.class, Integer.class, long.class, Long.class)),
          Map.entry("boolean", Set.of(boolean.class, Boolean.class)),
          Map.entry("time", Set.of(Instant.class)),
          Map.entry("side", Set.of(Side.class)),
          Map.entry("positionSide", Set.of(PositionSide.class)),
          Map.entry("adjustmentKind", Set.of(AdjustmentKind.class)),
          Map.entry("hedgeSide", Set.of(HedgeSide.class)),
          Map.entry("timeframe", Set.of(Timeframe.class)),
          Map.entry("object", Set.of(JsonObject.class)),
          Map.entry("orderFilter", Set.of(JsonObject.class)),
          Map.entry("null", Set.of(Void.class)));

  /** A parameter or a field as the page has it. */
  private record Part(String name, boolean optional, String type) {

    static List<Part> all(String parts) {
      return parts.isEmpty() ? List.of() : Arrays.stream(parts.split(", ")).map(Part::of).toList();
    }

    private static Part of(String part) {
      String[] both = part.split(": ", 2);
      boolean optional = both[0].endsWith("?");
      return new Part(
          optional ? both[0].substring(0, both[0].length() - 1) : both[0], optional, both[1]);
    }
  }

  /** A row of the page. */
  private record Row(String address, String name, List<Part> parameters, String result) {

    @Override
    public String toString() {
      return address + " " + name;
    }
  }

  private static final List<Row> ROWS = rows();
  private static final Map<String, List<Part>> FIELDS =
      Pages.rows(PAGE, "object").stream()
          .collect(
              toMap(
                  row -> Pages.codes(row.get(0)).get(0),
                  row -> Part.all(Pages.codes(row.get(1)).get(0))));

  @AutoClose private static final CacheNode node = CacheNode.start();

  private static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (String section : Pages.text(PAGE).split("\n### ", -1)) {
      String address = section.substring(0, section.indexOf('\n'));
      if (SERVICES.containsKey(address)) {
        Pages.found("^\\| (`\\w+\\(.*\\)` \\| `[^`]+`) \\|", section).stream()
            .map(Pages::codes)
            .map(codes -> row(address, codes.get(0), codes.get(1)))
            .forEach(rows::add);
      }
    }
    return rows;
  }

  private static Row row(String address, String method, String result) {
    int bracket = method.indexOf('(');
    String parameters = method.substring(bracket + 1, method.length() - 1);
    return new Row(address, method.substring(0, bracket), Part.all(parameters), result);
  }

  static List<Row> methods() {
    return ROWS;
  }

  // Java

  @Test
  void hasEveryMethodOfTheTypedClientsAndNoOther() {
    Map<String, String> declared = new TreeMap<>();
    SERVICES.forEach(
        (address, service) ->
            Arrays.stream(service.getMethods())
                .filter(method -> Modifier.isAbstract(method.getModifiers()))
                .filter(method -> Modifier.isAbstract(method.getModifiers()))
                .forEach(method -> declared.put(address + " " + method.getName(), "")));

    assertThat(ROWS.stream().map(Row::toString))
        .containsExactlyInAnyOrderElementsOf(declared.keySet());
  }

  @Test
  void namesEveryClientByItsAddress() {
    Map<String, String> clients =
        Pages.rows(PAGE, "address | what | typed client").stream()
            .collect(
                toMap(
                    row -> Pages.codes(row.get(0)).get(0), row -> Pages.codes(row.get(2)).get(0)));

    assertThat(clients)
        .isEqualTo(
            SERVICES.entrySet().stream()
                .collect(toMap(Map.Entry::getKey, service -> service.getValue().getName())));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void itsParametersAndResultAreThoseOfTheTypedClient(Row row) {
    Method method =
        Arrays.stream(SERVICES.get(row.address()).getMethods())
            .filter(candidate -> Modifier.isAbstract(candidate.getModifiers()))
            .filter(each -> each.getName().equals(row.name()))
            .findFirst()
            .orElseThrow();

    assertThat(Arrays.stream(method.getParameters()).map(parameter -> parameter.getName()))
        .isEqualTo(row.parameters().stream().map(Part::name).toList());
    for (int i = 0; i < row.parameters().size(); i++) {
      assertIs(row.parameters().get(i).type(), method.getGenericParameterTypes()[i]);
    }
    ParameterizedType future = (ParameterizedType) method.getGenericReturnType();
    assertIs(row.result().replace("?", ""), future.getActualTypeArguments()[0]);
    assertThat(row.result().endsWith("?")).as("may be null").isEqualTo(isNullable(method));
  }

  private static boolean isNullable(Method method) {
    AnnotatedElement result =
        ((AnnotatedParameterizedType) method.getAnnotatedReturnType())
            .getAnnotatedActualTypeArguments()[0];
    return result.getAnnotations().length > 0;
  }

  private static void assertIs(String type, Type java) {
    if (type.startsWith("[")) {
      ParameterizedType list = (ParameterizedType) java;
      assertThat(list.getRawType()).isEqualTo(List.class);
      assertIs(type.substring(1, type.length() - 1), list.getActualTypeArguments()[0]);
    } else if (FIELDS.containsKey(type)) {
      assertThat(((Class<?>) java).getSimpleName()).isEqualTo(type);
    } else {
      assertThat(JAVA).containsKey(type);
      assertThat(JAVA.get(type)).contains((Class<?>) java);
    }
  }

  static List<Class<? extends JsonValue>> objects() {
    return OBJECTS;
  }

  @ParameterizedTest
  @MethodSource("objects")
  void anObjectHasTheFieldsOfItsTableOrRecord(Class<? extends JsonValue> object) {
    Table<?> table = TABLES.get(object);
    if (table != null) {
      assertThat(FIELDS.get(object.getSimpleName()))
          .extracting(Part::name, Part::type)
          .containsExactlyElementsOf(
              table.fields().stream().map(f -> tuple(f.name(), f.type().name())).toList());
      return;
    }
    Map<String, Type> components = new TreeMap<>();
    for (RecordComponent component : object.getRecordComponents()) {
      components.put(snakeCase(component.getName()), component.getGenericType());
    }
    List<Part> fields = FIELDS.get(object.getSimpleName());
    assertThat(fields.stream().map(Part::name))
        .containsExactlyInAnyOrderElementsOf(components.keySet());
    fields.forEach(field -> assertIs(field.type(), components.get(field.name())));
  }

  private static String snakeCase(String name) {
    return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  @Test
  void everyObjectAndEveryTypeIsExplained() {
    assertThat(FIELDS.keySet())
        .isEqualTo(OBJECTS.stream().map(Class::getSimpleName).collect(toSet()));
    Set<String> used =
        Stream.concat(
                ROWS.stream()
                    .flatMap(
                        row ->
                            Stream.concat(
                                Stream.of(row.result()),
                                row.parameters().stream().map(Part::type))),
                FIELDS.values().stream().flatMap(List::stream).map(Part::type))
            .map(type -> type.replaceAll("[\\[\\]?]", ""))
            .filter(type -> !FIELDS.containsKey(type) && !type.equals("null"))
            .collect(toSet());
    assertThat(Pages.names(PAGE, "type")).containsExactlyInAnyOrderElementsOf(used);
  }

  // Plain JSON

  private static Object good(String type) {
    if (type.startsWith("[")) {
      return new JsonArray().add(good(type.substring(1, type.length() - 1)));
    }
    if (FIELDS.containsKey(type)) {
      return good(FIELDS.get(type), null);
    }
    return switch (type) {
      case "symbol" -> "BTC/USDT";
      case "exchange", "id", "text" -> "binance";
      case "decimal" -> "1";
      case "int" -> 1;
      case "boolean" -> true;
      case "time" -> 1_699_920_000; // a midnight, at which bars may begin
      case "timeframe" -> "1h";
      case "side" -> "buy";
      case "positionSide", "hedgeSide" -> "long";
      case "adjustmentKind" -> "funding";
      case "symbolType" -> "spot";
      case "amounts" -> new JsonObject().put("USDT", "1");
      case "orderFilter" -> new JsonObject().put("open", true).put("max", 10);
      case "object" -> new JsonObject().put("USDT", new JsonObject().put("free", "10.5"));
      default -> throw new AssertionError(type);
    };
  }

  /** All of them, and one more, but not the one that is left out. */
  private static JsonObject good(List<Part> parts, Part leftOut) {
    JsonObject json = new JsonObject().put("not_known", 1);
    parts.stream()
        .filter(part -> !part.equals(leftOut))
        .forEach(part -> json.put(part.name(), good(part.type())));
    return json;
  }

  /** Why the call is refused; empty when it is not. */
  private static String refusal(Row row, JsonObject call) {
    Future<String> refusal =
        node.vertx()
            .eventBus()
            .request(row.address(), call, new DeliveryOptions().addHeader("action", row.name()))
            .map("")
            .recover(
                cause ->
                    Failure.INVALID_ARGUMENT.matches(cause) || !(cause instanceof ServiceException)
                        ? Future.succeededFuture(cause.getMessage())
                        : Future.succeededFuture(""));
    return get(refusal);
  }

  @Test
  void hasEveryActionAndNoOther() {
    for (String address : SERVICES.keySet()) {
      String message = refusal(new Row(address, "none", List.of(), ""), new JsonObject());
      List<String> known = List.of(message.replaceFirst(".*there are ", "").split(", "));

      assertThat(ROWS.stream().filter(row -> row.address().equals(address)).map(Row::name))
          .as(address)
          .containsExactlyInAnyOrderElementsOf(known);
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aCallAsThePageHasItIsTaken(Row row) {
    assertThat(refusal(row, good(row.parameters(), null))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void whatMayBeLeftOutMayAndWhatMustBeThereIsMissed(Row row) {
    for (Part parameter : row.parameters()) {
      assertLeftOut(row, parameter, "", good(row.parameters(), parameter));
      String type = parameter.type().replaceAll("[\\[\\]]", "");
      if (FIELDS.containsKey(type)) {
        boolean isList = parameter.type().startsWith("[");
        for (Part field : FIELDS.get(type)) {
          JsonObject object = good(FIELDS.get(type), field);
          JsonObject call = good(row.parameters(), null);
          call.put(parameter.name(), isList ? new JsonArray().add(object) : object);
          assertLeftOut(row, field, parameter.name() + (isList ? "[0]." : "."), call);
        }
      }
    }
  }

  private static void assertLeftOut(Row row, Part part, String path, JsonObject call) {
    String missing = path + part.name() + ": is missing";
    if (part.optional()) {
      assertThat(refusal(row, call)).doesNotContain("is missing");
    } else {
      assertThat(refusal(row, call)).isEqualTo(missing);
    }
  }

  @Test
  void hasEveryFailure() {
    Map<String, String> page =
        Pages.rows(PAGE, "code").stream()
            .collect(toMap(row -> row.get(0), row -> Pages.codes(row.get(1)).get(0)));

    assertThat(page)
        .isEqualTo(
            Arrays.stream(Failure.values())
                .collect(toMap(failure -> String.valueOf(failure.code()), Failure::name)));
  }

  @Test
  void theReadmeNamesEveryClientAndItsPackage() {
    Set<String> clients =
        Pages.rows(Pages.README, "package `io.fullon.cache`").stream()
            .map(
                row ->
                    "io.fullon.cache"
                        + Pages.codes(row.get(0)).get(0)
                        + "."
                        + Pages.codes(row.get(1)).get(0))
            .collect(toSet());

    assertThat(clients).isEqualTo(SERVICES.values().stream().map(Class::getName).collect(toSet()));
  }
}
