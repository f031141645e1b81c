package io.fullon.cache.orders;

import io.fullon.cache.redis.Scans;
import io.fullon.cache.value.Field;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What Redis has under the id of an order.
 *
 * @param id the order's, also where it was asked for by the other one
 * @param isBound whether the bot's own id is bound to it
 * @param texts its fields as JSON, each by itself
 * @param order null when there is none
 */
public record StoredOrder(String id, boolean isBound, Map<String, String> texts, Order order) {

  static final StoredOrder NOTHING = new StoredOrder("", false, Map.of(), null);

  private static final Order NONE = Order.builder().build();

  /** Is as good as no field. */
  private static final String NULL = "null";

  /** How many own fields an order may have. */
  private static final int MAX_MORE = 256;

  /** How long an order may be, as JSON in UTF-8. */
  static final int MAX_BYTES = 1 << 16;

  static StoredOrder of(Response answer) {
    return of(answer.get(0).toString(), answer.get(1).toString().equals("="), answer.get(2));
  }

  static StoredOrder of(String id, boolean isBound, Response hash) {
    Map<String, String> texts = new HashMap<>();
    Scans.forEach(hash, texts::put);
    Order order = texts.isEmpty() ? null : order(texts);
    return new StoredOrder(id, isBound, texts, order);
  }

  Order known() {
    return order == null ? NONE : order;
  }

  /** What is known, with the ids under which it is. */
  Order under(String exId) {
    return order != null && exId.equals(order.exId()) && id.equals(order.exOrderId())
        ? order
        : given(known(), exId, id);
  }

  /** As the script knows it. */
  String version() {
    return order == null ? "-" : texts.getOrDefault(Order.VERSION.name(), "");
  }

  /**
   * It with these changes as JSON, without the version and what closes it; empty where it may be
   * another one by then, since an earlier version of this program gave it no version.
   */
  String text(Map<String, String> changes) {
    if (version().isEmpty()) {
      return "";
    }
    Map<String, String> all = new HashMap<>(texts);
    all.putAll(changes);
    all.remove(Order.VERSION.name());
    return open(all).toString();
  }

  /** The order under these ids. */
  static Order given(Order order, String exId, String id) {
    return order.toBuilder().exId(exId).exOrderId(id).build();
  }

  /** As it is after these changes were saved. */
  StoredOrder saved(Order next, Map<String, String> changes, long version) {
    Map<String, String> all = new HashMap<>(texts);
    all.putAll(changes);
    all.put(Order.VERSION.name(), String.valueOf(version));
    return new StoredOrder(id, isBound, all, next.toBuilder().set(Order.VERSION, version).build());
  }

  /** The fields that are otherwise in the next one, as JSON, each by itself. */
  Map<String, String> changes(Order next) {
    Map<String, String> changes = new HashMap<>();
    for (Map.Entry<String, Object> field : next.toJson()) {
      String was = texts.get(field.getKey());
      if (field.getValue() != null
          && !field.getKey().equals(Order.VERSION.name())
          && !isPlainText(was, field.getValue())) {
        String text = encode(field.getValue());
        if (!text.equals(was)) {
          changes.put(field.getKey(), text);
        }
      }
    }
    for (Field<Order, ?> field : Order.FIELDS.fields()) {
      if (next.get(field) == null && known().get(field) != null) {
        changes.put(field.name(), NULL);
      }
    }
    return changes;
  }

  /** Whether the JSON is that text, without encoding it; false may be wrong. */
  private static boolean isPlainText(String json, Object value) {
    return json != null
        && value instanceof String text
        && json.length() == text.length() + 2
        && json.startsWith(text, 1)
        && text.indexOf('\\') < 0;
  }

  /** What is too large already, as binding may make it, may become no larger. */
  void checkSize(String name, Order data, Order next, Map<String, String> changes) {
    if (data.more().isEmpty() && data.fees() == null) {
      // All other fields are short.
      return;
    }
    int fields = next.more().size();
    if (fields > MAX_MORE && fields > known().more().size()) {
      throw new InvalidValueException(
          name, "must have at most " + MAX_MORE + " fields of its own", fields);
    }
    Map<String, String> changed = new HashMap<>(texts);
    changed.keySet().retainAll(changes.keySet());
    int growth = length(changes) - length(changed);
    if (growth > 0 && length(texts) + growth > MAX_BYTES) {
      throw new InvalidValueException(
          name, "must be at most " + MAX_BYTES + " bytes of JSON", length(texts) + growth);
    }
  }

  private static int length(Map<String, String> texts) {
    int length = 0;
    for (Map.Entry<String, String> field : texts.entrySet()) {
      length += length(field.getKey()) + length(field.getValue());
    }
    return length;
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static Order order(Map<String, String> texts) {
    return Order.read(Json.parse("order", open(texts).append('}').toString()));
  }

  /** A JSON object that is not closed yet. */
  private static StringBuilder open(Map<String, String> texts) {
    StringBuilder json = new StringBuilder(512);
    char before = '{';
    for (Map.Entry<String, String> field : texts.entrySet()) {
      Json.append(json.append(before), field.getKey());
      json.append(':').append(field.getValue());
      before = ',';
    }
    return json;
  }

  /** A field as JSON. */
  static String encode(Object value) {
    if (!(value instanceof String text)) {
      return io.vertx.core.json.Json.encode(value);
    }
    StringBuilder json = new StringBuilder(text.length() + 2);
    Json.append(json, text);
    return json.toString();
  }
}
