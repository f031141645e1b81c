package io.fullon.cache.input;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A parameter of a call, or a field of an object in it: one good value, and what must be refused.
 *
 * @param fields what an object or the objects of a list are made of
 */
record Parameter(
    String name,
    boolean required,
    Object good,
    List<Object> bad,
    List<Parameter> fields,
    boolean isList) {

  /** One call with one thing wrong: this value, or nothing at all, at the path. */
  record Spoiled(String path, Object value, boolean missing) {}

  private static final Object NAN = Double.NaN;
  private static final Object HUGE = new BigDecimal("1E999999999");
  private static final String MEGABYTE = "x".repeat(1_000_000);

  private static Parameter of(String name, Object good, Object... bad) {
    List<Object> all = new ArrayList<>(Arrays.asList(bad));
    all.add(true);
    all.add(new JsonObject());
    all.add(new JsonArray().add(good));
    return new Parameter(name, true, good, all, List.of(), false);
  }

  static Parameter symbol(String name) {
    return of(name, "BTC/USDT", "", "A B", "*", "'", "A\n", "x".repeat(65), MEGABYTE, 5, 1.5, NAN);
  }

  static Parameter exchange(String name) {
    return of(name, "binance", "", "a b", "a:b", "*", "a.b", "x".repeat(65), MEGABYTE, 5, 1.5, NAN);
  }

  /** An order's, a trade's, a bot's: an integer is fine too. */
  static Parameter id(String name) {
    return of(name, "id-1", "", "a\nb", "x".repeat(129), MEGABYTE, 1.5, NAN, HUGE);
  }

  static Parameter decimal(String name) {
    return of(
        name,
        "9.9640",
        "abc",
        "",
        " 1",
        "+1",
        ".5",
        "1.",
        "0x1",
        "NaN",
        "1E999999999",
        "1E-999999999",
        "1".repeat(65),
        MEGABYTE,
        NAN,
        Double.POSITIVE_INFINITY,
        HUGE,
        BigInteger.ONE.shiftLeft(10_000));
  }

  /** A decimal that must not be below zero. */
  static Parameter positive(String name) {
    return decimal(name).butNot("-1", -0.5);
  }

  static Parameter time(String name) {
    return of(
        name,
        1_700_000_000.5,
        "1700000000",
        "2026-01-01T00:00:00Z",
        "",
        -1,
        -0.001,
        1_700_000_000_000L,
        253_402_300_800L,
        4.0e18,
        NAN,
        HUGE);
  }

  static Parameter integer(String name, long min, long max) {
    Parameter integer =
        of(
            name,
            min,
            String.valueOf(min),
            "",
            1.5,
            min + 0.5,
            4_294_967_297.9,
            NAN,
            HUGE,
            new BigInteger("99999999999999999999"));
    Parameter above = max == Long.MAX_VALUE ? integer : integer.butNot(max + 1);
    return (max < 4_294_967_297L ? above.butNot(4_294_967_297L) : above).butNot(min - 1);
  }

  static Parameter flag(String name) {
    List<Object> bad = List.of("true", "", 1, 0, NAN, new JsonObject(), new JsonArray());
    return new Parameter(name, true, true, bad, List.of(), false);
  }

  static Parameter text(String name, int max) {
    return of(name, "text", 5, 1.5, NAN, "x".repeat(max + 1), MEGABYTE);
  }

  /** An object that is kept as it is. */
  static Parameter json(String name) {
    return object(name);
  }

  static Parameter object(String name, Parameter... fields) {
    List<Object> bad = List.of("", "x", 5, 1.5, true, new JsonArray(), NAN);
    return new Parameter(name, true, null, bad, List.of(fields), false);
  }

  /** A list of such objects; the second of two is the one that gets spoiled. */
  static Parameter objects(String name, Parameter... fields) {
    List<Object> bad = List.of("", "x", 5, true, new JsonObject(), NAN);
    return new Parameter(name, true, null, bad, List.of(fields), true);
  }

  Parameter optional() {
    return new Parameter(name, false, good, bad, fields, isList);
  }

  Parameter butNot(Object... more) {
    List<Object> all = new ArrayList<>(bad);
    all.addAll(Arrays.asList(more));
    return new Parameter(name, required, good, all, fields, isList);
  }

  /** A good value of its own. */
  Object value() {
    if (isList) {
      return new JsonArray().add(object(fields)).add(object(fields));
    }
    return good == null ? object(fields) : good;
  }

  static JsonObject object(List<Parameter> fields) {
    JsonObject object = new JsonObject();
    fields.forEach(field -> object.put(field.name, field.value()));
    return object;
  }

  /** Everything that can be wrong with it. */
  Stream<Spoiled> spoiled(String parent) {
    String path = parent + name;
    Stream<Spoiled> itself = bad.stream().map(value -> new Spoiled(path, value, false));
    Stream<Spoiled> absent =
        required
            ? Stream.of(new Spoiled(path, null, true), new Spoiled(path, null, false))
            : Stream.empty();
    String below = isList ? path + "[1]" : path;
    Stream<Spoiled> elements =
        isList
            ? Stream.of(null, "x", 5, new JsonArray()).map(e -> new Spoiled(below, e, false))
            : Stream.empty();
    Stream<Spoiled> inside = fields.stream().flatMap(field -> field.spoiled(below + "."));
    return Stream.of(absent, itself, elements, inside).flatMap(all -> all);
  }
}
