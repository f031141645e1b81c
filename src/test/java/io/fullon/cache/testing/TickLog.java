package io.fullon.cache.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/**
 * The numbered ticks that one client was sent, checked as they come: none missing, none twice, none
 * back in time, and those that stand for others count them right.
 */
public final class TickLog {

  private final Map<String, Long> first = new HashMap<>();
  private final Map<String, Long> latest = new HashMap<>();
  private int sent;
  private int skipped;

  static String key(String exchange, String symbol) {
    return exchange + " " + symbol;
  }

  private static String key(JsonObject tick) {
    return key(tick.getString("exchange"), tick.getString("symbol"));
  }

  /** Reads frames until the client has the ticks with those numbers, by exchange and symbol. */
  public void readUntil(FeedClient client, Map<String, Long> numbers) {
    while (!latest.entrySet().containsAll(numbers.entrySet())) {
      add(client.next());
    }
  }

  /** Takes a frame; those without ticks do not matter. */
  public void add(JsonObject frame) {
    boolean update = frame.getString("type").equals("update");
    JsonArray ticks = frame.getJsonArray("ticks", new JsonArray());
    for (int i = 0; i < ticks.size(); i++) {
      if (update) {
        update(ticks.getJsonObject(i));
      } else {
        snapshot(ticks.getJsonObject(i));
      }
    }
    if (frame.getString("type").equals("removed")) {
      frame.getJsonArray("symbols").forEach(symbol -> latest.remove(key((JsonObject) symbol)));
    }
  }

  private void snapshot(JsonObject tick) {
    Long before = latest.putIfAbsent(key(tick), tick.getLong("seq"));
    first.putIfAbsent(key(tick), tick.getLong("seq"));
    if (before != null && !before.equals(tick.getLong("seq"))) {
      throw new AssertionError("Was at " + before + ", the snapshot says " + tick);
    }
  }

  private void update(JsonObject tick) {
    if (!tick.containsKey("seq")) {
      return; // another program's
    }
    int conflated = tick.getInteger("conflated", 0);
    sent++;
    skipped += conflated;
    long seq = tick.getLong("seq");
    first.putIfAbsent(key(tick), seq - conflated);
    Long before = latest.put(key(tick), seq);
    if (before != null && before + 1 + conflated != seq) {
      throw new AssertionError("After " + before + " came " + tick);
    }
  }

  /** The number of the first tick of each ticker. */
  public Map<String, Long> first() {
    return first;
  }

  /** How many ticks came in updates. */
  public int sent() {
    return sent;
  }

  /** How many others they stood for. */
  public int skipped() {
    return skipped;
  }
}
