package io.fullon.cache.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Field;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Table;
import io.fullon.cache.value.Times;
import io.fullon.cache.value.Value;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;

/** What holds of every type of values that has a table of fields, whatever the fields are. */
public interface ValueContract<V extends Value<V>> {

  Table<V> table();

  V read(Fields fields);

  /** What is valid JSON, of JSON whose fields are each valid by themselves. */
  default JsonObject fit(JsonObject json) {
    return json;
  }

  /** Fields whose longest texts are longer than ids are. */
  String LONG_TEXT = "x".repeat(4_097);

  @Provide
  default Arbitrary<JsonObject> valid() {
    List<Field<V, ?>> fields = table().fields();
    List<Arbitrary<Object>> values = new ArrayList<>();
    for (Field<V, ?> field : fields) {
      values.add(field.isRequired() ? good(field) : good(field).injectNull(0.4));
    }
    return Combinators.combine(values)
        .as(
            all -> {
              JsonObject json = new JsonObject();
              for (int i = 0; i < all.size(); i++) {
                if (all.get(i) != null) {
                  json.put(fields.get(i).name(), all.get(i));
                }
              }
              return fit(json);
            });
  }

  private static Arbitrary<Object> good(Field<?, ?> field) {
    return switch (field.type().name()) {
      case "symbol" -> any(Arbitraries.of("BTC/USDT", "BTC/USD:PERP", "币安人生/USDT", "x".repeat(64)));
      case "exchange" -> any(Arbitraries.of("binance", "okx_1-A"));
      case "id" -> any(Arbitraries.of("1", "é 🚀:{%}", "x".repeat(128)));
      case "text" -> any(Arbitraries.of("", "a \"b\" \\ \n €", "x".repeat(128)));
      case "side" -> any(Arbitraries.of("buy", "sell"));
      case "hedgeSide" -> any(Arbitraries.of("both", "long", "short"));
      case "positionSide" -> any(Arbitraries.of("long", "short", "neutral"));
      case "symbolType" -> any(Arbitraries.of("spot", "swap", "future", "option"));
      case "timeframe" -> any(Arbitraries.of("1m", "5m", "15m", "30m", "1h", "4h", "1d"));
      case "boolean" -> any(Arbitraries.of(true, false));
      case "int" -> any(Arbitraries.integers().between(0, 64));
      case "time" -> any(Samples.times().map(Times::seconds));
      case "decimal" -> any(positive());
      case "amounts" ->
          any(
              Arbitraries.maps(Arbitraries.of("BTC", "USDT", "a b"), positive())
                  .ofMinSize(1)
                  .map(map -> new JsonObject(Map.<String, Object>copyOf(map))));
      default -> throw new AssertionError("Say what is a good one: " + field.type().name());
    };
  }

  /** Above zero and with every digit, since all decimals may be. */
  private static Arbitrary<String> positive() {
    return Samples.decimals()
        .map(decimal -> decimal.scale() < 0 ? decimal.setScale(0) : decimal)
        .map(decimal -> decimal.signum() == 0 ? "0.10" : Decimals.plain(decimal.abs()));
  }

  @SuppressWarnings("unchecked") // an arbitrary only gives
  private static Arbitrary<Object> any(Arbitrary<?> values) {
    return (Arbitrary<Object>) values;
  }

  private static List<Object> bad(String type) {
    List<Object> all = new ArrayList<>(List.of(new JsonArray().add("x")));
    if (!type.equals("amounts")) {
      all.add(new JsonObject().put("x", 1));
    }
    if (!Set.of("int", "decimal", "id", "time").contains(type)) {
      all.add(17);
    }
    if (!type.equals("boolean")) {
      all.add(true);
    }
    all.addAll(
        switch (type) {
          case "decimal" -> List.of("abc", "", "1".repeat(161), Double.NaN, "1E999999999");
          case "time" -> List.of("2026-01-01", -1, 1_700_000_000_000L);
          case "int" -> List.of("1", 1.5, new java.math.BigInteger("99999999999999999999"));
          case "amounts" -> List.of("x", new JsonObject().put("", 1));
          case "text" -> List.of(LONG_TEXT);
          default -> List.of("", "a\nb", "x".repeat(129));
        });
    return all;
  }

  @Provide
  default Arbitrary<Tuple2<Field<V, ?>, Object>> spoiled() {
    return Arbitraries.of(table().fields())
        .flatMap(
            field -> Arbitraries.of(bad(field.type().name())).map(bad -> Tuple.of(field, bad)));
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  default void goesThroughAValueUnchanged(@ForAll("valid") JsonObject json) {
    V value = read(Fields.of("", json));

    assertThat(value.toJson()).isEqualTo(json);
    JsonObject again = new JsonObject(json.encode());
    assertThat(read(Fields.of("", again))).isEqualTo(value).hasSameHashCodeAs(value);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  default void whatDoesNotFitIsRefusedWithItsNameAndValue(
      @ForAll("valid") JsonObject json, @ForAll("spoiled") Tuple2<Field<V, ?>, Object> spoiled) {
    String field = spoiled.get1().name();
    JsonObject bad = json.copy().put(field, spoiled.get2());

    for (String path : new String[] {"", "values[3]"}) {
      assertThatThrownBy(() -> read(Fields.of(path, bad)))
          .isInstanceOf(InvalidValueException.class)
          .hasMessageStartingWith((path.isEmpty() ? "" : path + ".") + field)
          .hasMessageMatching("(?s)[^ ]*: .*, got .*");
    }
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  default void whatMustBeThereIsMissed(@ForAll("valid") JsonObject json) {
    for (Field<V, ?> field : table().fields()) {
      if (field.isRequired()) {
        assertThatThrownBy(() -> read(Fields.of("v", json.copy().putNull(field.name()))))
            .isInstanceOf(InvalidValueException.class)
            .hasMessage("v." + field.name() + ": is missing");
      }
    }
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  default void everyFieldIsReadByItsAccessor(@ForAll("valid") JsonObject json) throws Exception {
    V value = read(Fields.of("", json));
    for (Field<V, ?> field : table().fields()) {
      assertThat(value.getClass().getMethod(camelCase(field.name())).invoke(value))
          .as(field.name())
          .isEqualTo(value.get(field));
      assertThat(value.get(field) == null).isEqualTo(!json.containsKey(field.name()));
    }
  }

  private static String camelCase(String name) {
    if (name.equals("final")) {
      return "isFinal"; // the name is a word of the language
    }
    return java.util.regex.Pattern.compile("_(.)")
        .matcher(name)
        .replaceAll(found -> found.group(1).toUpperCase(java.util.Locale.ROOT));
  }
}
