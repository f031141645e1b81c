package io.fullon.cache.account;

import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Times;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/**
 * What was counted in a position and is kept, so that it can be counted again on top of one that
 * was synchronized. A line of text, since there are as many as fills in ten minutes.
 *
 * @param order of counting
 * @param micros when it happened
 * @param what the fill or the adjustment, as text
 */
record Counted(long order, String symbol, HedgeSide positionSide, long micros, String what) {

  static final Comparator<Counted> BY_TIME =
      Comparator.comparingLong(Counted::micros).thenComparingLong(Counted::order);

  private static final String SPACE = " ";
  private static final String NONE = "-";
  private static final int PARTS = 5;

  /** Of a fill; the last, its fees, may have spaces. */
  private static final int FILL_PARTS = 6;

  /** In Redis the trade id is not needed any more. */
  private static final String SOME_ID = "-";

  static Counted of(long order, Trade fill) {
    StringJoiner what = new StringJoiner(SPACE);
    what.add(fill.side().toString());
    what.add(Decimals.plain(fill.volume()));
    what.add(Decimals.plain(fill.price()));
    what.add(fill.contractSize() == null ? NONE : Decimals.plain(fill.contractSize()));
    what.add(fill.inverse() == null ? NONE : fill.inverse().toString());
    what.add(FeeSums.encode(FeeSums.of(fill)));
    return new Counted(
        order, fill.symbol(), fill.positionSide(), Times.micros(fill.time()), what.toString());
  }

  static Counted of(long order, Adjustment adjustment) {
    return new Counted(
        order,
        adjustment.symbol(),
        adjustment.positionSide(),
        Times.micros(adjustment.time()),
        adjustment.encode());
  }

  /** The name of its position. */
  String field() {
    return Markets.field(symbol, positionSide);
  }

  Position on(Position position) {
    return what.startsWith("{")
        ? FillArithmetic.apply(
            position, Adjustment.read(Json.parse("adjustment", what)), Instant.EPOCH)
        : FillArithmetic.apply(position, fill(), Instant.EPOCH);
  }

  private Trade fill() {
    String[] parts = what.split(SPACE, FILL_PARTS);
    Side side = parts[0].equals(Side.BUY.toString()) ? Side.BUY : Side.SELL;
    Trade.Builder fill =
        Trade.builder(SOME_ID, symbol, side)
            .volume(new BigDecimal(parts[1]))
            .price(new BigDecimal(parts[2]))
            .contractSize(parts[3].equals(NONE) ? null : new BigDecimal(parts[3]))
            .inverse(parts[4].equals(NONE) ? null : Boolean.valueOf(parts[4]))
            .time(Times.ofMicros(micros));
    return FeeSums.put(fill, FeeSums.read(new JsonObject(parts[5]))).build();
  }

  /** A line each. */
  static String encode(List<Counted> all) {
    return all.stream().map(Counted::encode).collect(Collectors.joining("\n"));
  }

  static List<Counted> read(String lines) {
    return lines.lines().map(Counted::readLine).toList();
  }

  private static Counted readLine(String line) {
    String[] parts = line.split(SPACE, PARTS);
    return new Counted(
        Long.parseLong(parts[0]),
        parts[1],
        HedgeSide.TYPE.read("position_side", parts[2]),
        Long.parseLong(parts[3]),
        parts[4]);
  }

  private String encode() {
    HedgeSide side = positionSide == null ? HedgeSide.BOTH : positionSide;
    return order + SPACE + symbol + SPACE + side + SPACE + micros + SPACE + what;
  }
}
