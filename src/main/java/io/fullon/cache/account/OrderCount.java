package io.fullon.cache.account;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * What is counted of an order: the larger of what it was settled with and of its single fills.
 *
 * @param filledMicros when the last of it happened; 0 when that is not known
 * @param last the last trade that settling made; null when it made none
 * @param pending trades that must yet be put into the list of their symbol
 */
record OrderCount(Sum singles, Sum settled, long filledMicros, Trade last, List<Trade> pending) {

  static final OrderCount NONE = new OrderCount(Sum.NONE, Sum.NONE, 0, null, List.of());

  Sum counted() {
    Sum larger = singles.volume().compareTo(settled.volume()) >= 0 ? singles : settled;
    return new Sum(larger.volume(), larger.cost(), FeeSums.larger(settled.fees(), singles.fees()));
  }

  OrderCount withSingle(Sum fill, long micros) {
    return new OrderCount(singles.plus(fill), settled, later(micros), last, pending);
  }

  OrderCount withSettled(Sum order, long micros, Trade trade) {
    return new OrderCount(singles, order, later(micros), trade, pending);
  }

  private long later(long micros) {
    return Math.max(filledMicros, micros);
  }

  OrderCount withPending(Trade trade) {
    List<Trade> more = new ArrayList<>(pending);
    more.add(trade);
    return new OrderCount(singles, settled, filledMicros, last, more);
  }

  /** Without these, which are in the list. */
  OrderCount without(List<Trade> listed) {
    List<Trade> rest = new ArrayList<>(pending);
    rest.removeAll(listed);
    return new OrderCount(singles, settled, filledMicros, last, rest);
  }

  static OrderCount read(String text) {
    JsonObject json = new JsonObject(text);
    List<Trade> pending = new ArrayList<>();
    json.getJsonArray("pending", new JsonArray()).forEach(each -> pending.add(trade(each)));
    return new OrderCount(
        Sum.read(json.getJsonObject("singles")),
        Sum.read(json.getJsonObject("settled")),
        json.getLong("filled", 0L),
        json.getValue("last") == null ? null : trade(json.getValue("last")),
        pending);
  }

  private static Trade trade(Object text) {
    return Trade.read(Json.parse("trade", text.toString()));
  }

  String encode() {
    JsonObject json =
        new JsonObject()
            .put("singles", singles.toJson())
            .put("settled", settled.toJson())
            .put("filled", filledMicros);
    if (last != null) {
      json.put("last", last.encode());
    }
    if (!pending.isEmpty()) {
      json.put("pending", new JsonArray(pending.stream().map(Trade::encode).toList()));
    }
    return json.encode();
  }
}
