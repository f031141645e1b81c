package io.fullon.cache.account;

import static io.fullon.cache.account.Position.ROUNDED;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is counted of an order, which is told in two ways: fill by fill, and as a whole. Both tell
 * of the same volume, so the larger of them is counted.
 *
 * @param inverse whether its contract is inverse, and its costs so; null before anything is counted
 * @param singles the sum of its single fills
 * @param settled what it was settled with as a whole
 * @param filledMicros when the last of it happened; 0 when that is not known
 * @param last the last trade that settling made; null when it made none
 * @param named the trade that the order named, by which settling has listed its first part; null
 *     when it named none
 * @param pending trades that must yet be put into the list of their symbol
 * @param twins the latest of its single fills that are counted of other orders, too
 */
record OrderCount(
    Boolean inverse,
    Sum singles,
    Sum settled,
    long filledMicros,
    Trade last,
    String named,
    List<Trade> pending,
    List<Twin> twins) {

  static final OrderCount NONE =
      new OrderCount(null, Sum.NONE, Sum.NONE, 0, null, null, List.of(), List.of());

  /** Where ids of fills are an order's own, each of them may have some. */
  private static final int MAX_TWINS = 64;

  private static final String INVERSE = "inverse";
  private static final String SINGLES = "singles";
  private static final String SETTLED = "settled";
  private static final String FILLED = "filled";
  private static final String LAST = "last";
  private static final String NAMED = "named";
  private static final String PENDING = "pending";
  private static final String TWINS = "twins";

  /** Of equal volumes the settled one, so that fills that only repeat it change nothing. */
  Sum counted() {
    boolean areMore = singles.volume().compareTo(settled.volume()) > 0;
    Sum larger = areMore ? singles : settled;
    Sum other = areMore ? settled : singles;
    if (singles.volume().compareTo(settled.volume()) == 0) {
      return new Sum(
          larger.volume(), larger.cost(), FeeSums.larger(settled.fees(), singles.fees()));
    }
    return new Sum(larger.volume(), larger.cost(), FeeSums.over(other.fees(), larger.fees()));
  }

  /**
   * @param told whether its contract is inverse; what was told first stays
   */
  OrderCount inContract(boolean told) {
    return inverse != null
        ? this
        : new OrderCount(told, singles, settled, filledMicros, last, named, pending, twins);
  }

  boolean isInverse() {
    return Boolean.TRUE.equals(inverse);
  }

  OrderCount withSingle(Sum fill, long micros) {
    return new OrderCount(
        inverse, singles.plus(fill), settled, later(micros), last, named, pending, twins);
  }

  OrderCount withSettled(Sum order, long micros) {
    return new OrderCount(inverse, singles, order, later(micros), last, named, pending, twins);
  }

  private long later(long micros) {
    return Math.max(filledMicros, micros);
  }

  OrderCount withLast(Trade trade) {
    String name = isOfOrder(trade) ? named : trade.tradeId();
    return new OrderCount(inverse, singles, settled, filledMicros, trade, name, pending, twins);
  }

  /** Whether it is called as settling calls what its order does not name. */
  static boolean isOfOrder(Trade trade) {
    String id = trade.tradeId();
    String ofOrder = Trade.OF_ORDER + trade.exOrderId();
    return id.startsWith(ofOrder)
        && (id.length() == ofOrder.length() || id.charAt(ofOrder.length()) == '/');
  }

  /** Not by its own id if settling has listed a part by that: the list has each once. */
  Trade toBeListed(Trade share) {
    if (!share.tradeId().equals(named)) {
      return share;
    }
    String id = Trade.OF_ORDER + share.exOrderId() + "/" + Decimals.plain(counted().volume());
    // No volume ends so: it is another than that of what settling has listed last.
    boolean isTaken = last != null && last.tradeId().equals(id);
    return share.toBuilder().set(Trade.TRADE_ID, isTaken ? id + "." : id).build();
  }

  /** What so much costs, contracts counted as one; of a price of 0 nothing. */
  BigDecimal cost(BigDecimal volume, BigDecimal price) {
    return isInverse() && price.signum() != 0
        ? volume.divide(price, ROUNDED)
        : volume.multiply(price);
  }

  /** At which price a part costs what it does; null where there is none. */
  BigDecimal price(Sum part) {
    return price(part.volume(), part.cost());
  }

  BigDecimal price(BigDecimal volume, BigDecimal cost) {
    if (volume.signum() == 0 || (isInverse() && cost.signum() <= 0)) {
      return null;
    }
    BigDecimal price = isInverse() ? volume.divide(cost, ROUNDED) : cost.divide(volume, ROUNDED);
    return Decimals.fits(price) ? price : null;
  }

  /** With what was counted of it under another id. */
  OrderCount joined(OrderCount other) {
    List<Trade> all = new ArrayList<>(other.pending);
    all.addAll(pending);
    return new OrderCount(
        inverse == null ? other.inverse : inverse,
        singles.plus(other.singles),
        settled.volume().compareTo(other.settled.volume()) < 0 ? other.settled : settled,
        later(other.filledMicros),
        last == null ? other.last : last,
        named == null ? other.named : named,
        all,
        List.of());
  }

  /** Those of its fills that are counted under another id of it, too. */
  Collection<Twin> twins(String id, OrderCount other, String otherId) {
    Map<String, Twin> both = new LinkedHashMap<>();
    for (Twin each : twins) {
      if (each.order().equals(otherId)) {
        both.merge(each.tradeId(), each, Twin::joined);
      }
    }
    for (Twin each : other.twins) {
      if (each.order().equals(id)) {
        both.merge(each.tradeId(), each, Twin::joined);
      }
    }
    return both.values();
  }

  OrderCount withTwin(Twin twin) {
    List<Twin> all = new ArrayList<>(twins);
    all.removeIf(twin::isOf);
    all.add(twin);
    List<Twin> latest = all.subList(Math.max(0, all.size() - MAX_TWINS), all.size());
    return new OrderCount(inverse, singles, settled, filledMicros, last, named, pending, latest);
  }

  /** With the fill once, where it has it twice. */
  OrderCount once(Twin twin) {
    Sum less = singles.minus(twin.sum());
    return new OrderCount(inverse, less, settled, filledMicros, last, named, pending, twins);
  }

  OrderCount withPending(Trade trade) {
    List<Trade> more = new ArrayList<>(pending);
    more.add(trade);
    return new OrderCount(inverse, singles, settled, filledMicros, last, named, more, twins);
  }

  /** Without these, which are in the list. */
  OrderCount without(List<Trade> listed) {
    List<Trade> rest = new ArrayList<>(pending);
    rest.removeAll(listed);
    return new OrderCount(inverse, singles, settled, filledMicros, last, named, rest, twins);
  }

  static OrderCount read(String text) {
    JsonObject json = new JsonObject(text);
    List<Trade> pending = new ArrayList<>();
    json.getJsonArray(PENDING, new JsonArray()).forEach(each -> pending.add(trade(each)));
    List<Twin> twins = new ArrayList<>();
    json.getJsonArray(TWINS, new JsonArray())
        .forEach(each -> twins.add(Twin.read((JsonObject) each)));
    return new OrderCount(
        json.getBoolean(INVERSE),
        Sum.read(json.getJsonObject(SINGLES)),
        Sum.read(json.getJsonObject(SETTLED)),
        json.getLong(FILLED, 0L),
        json.getValue(LAST) == null ? null : trade(json.getValue(LAST)),
        json.getString(NAMED),
        pending,
        twins);
  }

  private static Trade trade(Object text) {
    return Trade.read(Json.parse("trade", text.toString()));
  }

  String encode() {
    JsonObject json = new JsonObject().put(INVERSE, inverse).put(FILLED, filledMicros);
    if (!singles.equals(Sum.NONE)) {
      json.put(SINGLES, singles.toJson());
    }
    if (!settled.equals(Sum.NONE)) {
      json.put(SETTLED, settled.toJson());
    }
    if (last != null) {
      json.put(LAST, last.encode());
    }
    if (named != null) {
      json.put(NAMED, named);
    }
    if (!pending.isEmpty()) {
      json.put(PENDING, new JsonArray(pending.stream().map(Trade::encode).toList()));
    }
    if (!twins.isEmpty()) {
      json.put(TWINS, new JsonArray(twins.stream().map(Twin::toJson).toList()));
    }
    return json.encode();
  }
}
