package io.fullon.cache.orders;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What a message makes of an order: the rules, said again in another way. */
public final class OrderRules {

  private static final List<String> STATE = List.of("status", "final_volume", "fee", "timestamp");

  private OrderRules() {}

  /** What messages say of an order: all but its ids and its version. */
  public static Map<String, Object> fields(Order order) {
    JsonObject json = order.toJson();
    json.remove("version");
    json.remove("ex_id");
    json.remove("ex_order_id");
    return new TreeMap<>(json.getMap());
  }

  private static String kind(Map<String, Object> order) {
    return order.get("status") == null
        ? "open"
        : switch (order.get("status").toString().toLowerCase(Locale.ROOT)) {
          case "filled" -> "filled";
          case "closed" -> closed(order);
          case "canceled" -> "canceled";
          case "expired" -> "expired";
          case "partially_filled", "partially filled" -> "part";
          default -> "open";
        };
  }

  private static String closed(Map<String, Object> order) {
    BigDecimal volume = number(order, "volume");
    BigDecimal filled = number(order, "final_volume");
    return volume == null || filled == null || filled.compareTo(volume) >= 0
        ? "filled"
        : "canceled";
  }

  private static boolean isFinal(String kind) {
    return !kind.equals("open") && !kind.equals("part");
  }

  private static BigDecimal number(Map<String, Object> order, String field) {
    return order.get(field) == null ? null : new BigDecimal(order.get(field).toString());
  }

  /**
   * @param fields of the order as it is; none where there is no order
   * @return those of the order that the message makes of it
   */
  public static Map<String, Object> merge(Map<String, Object> fields, JsonObject json) {
    Map<String, Object> message = new TreeMap<>(json.getMap());
    if (message.containsKey("timestamp")) {
      message.put("timestamp", ((Number) message.get("timestamp")).doubleValue());
    }
    String before = kind(fields);
    boolean says = message.containsKey("status");
    boolean ends = says && isFinal(kind(Map.of("status", message.get("status"))));
    BigDecimal known = number(fields, "final_volume");
    BigDecimal told = number(message, "final_volume");
    boolean less = known != null && told != null && told.compareTo(known) < 0;
    boolean more = told != null && told.compareTo(known == null ? BigDecimal.ZERO : known) > 0;
    boolean earlier =
        fields.containsKey("timestamp")
            && message.containsKey("timestamp")
            && (double) message.get("timestamp") < (double) fields.get("timestamp");
    boolean refused = less || (isFinal(before) && says && !ends) || (earlier && !more && !ends);
    Map<String, Object> next = new TreeMap<>(fields);
    message.forEach(
        (field, value) -> {
          if (!STATE.contains(field)) {
            next.put(field, value);
          } else if (!refused || (ends && field.equals("timestamp") && !earlier)) {
            next.put(field, value);
          } else if (ends && field.equals("status")) {
            next.put(field, value);
          }
        });
    String now = kind(next);
    if ((before.equals("filled") && !now.equals("filled"))
        || (before.equals("part") && now.equals("open"))) {
      next.put("status", fields.get("status"));
    }
    BigDecimal volume = number(next, "volume");
    BigDecimal filled = number(next, "final_volume");
    if (volume != null
        && filled != null
        && filled.compareTo(volume) >= 0
        && !kind(next).equals("filled")) {
      next.put("status", "filled");
    }
    return next;
  }
}
