package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Exchanges that tell of their orders late, twice and out of order, to two nodes at once. Whatever
 * the order of the messages was: put by version, each answer follows from the one before by the
 * rules, which a second implementation has; and what the exchange knows is known in the end.
 */
class OrderModelIT {

  private static final int DAYS = 400;
  private static final int ORDERS = 6;
  private static final int CALLERS = 6;

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final CacheNode one = redis.node("orders", "instances", 2);
  private static final CacheNode other = redis.node("orders", "instances", 2);
  private static final List<OrdersCache> nodes = List.of(one.orders(), other.orders());

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  /** A message, and the order as it was after it. */
  private record Step(JsonObject message, Order after) {}

  /** What an exchange sends of one order, as it becomes known to it. */
  private List<JsonObject> life() {
    List<JsonObject> life = new ArrayList<>();
    BigDecimal volume = BigDecimal.valueOf(1 + random.nextInt(5));
    BigDecimal filled = BigDecimal.ZERO;
    boolean stamped = random.nextBoolean();
    int parts = random.nextInt(5);
    boolean ends = random.nextInt(5) > 0;
    for (int i = 0; i <= parts + 1; i++) {
      JsonObject message = new JsonObject().put("volume", volume.toPlainString());
      if (stamped) {
        message.put("timestamp", 1_000 + i);
      }
      if (i == parts + 1 && ends) {
        boolean all = random.nextBoolean();
        filled = all ? volume : filled;
        message.put(
            "status", all ? pick("filled", "FILLED", "closed") : pick("Canceled", "expired"));
      } else if (i == parts + 1) {
        continue;
      } else if (i == 0) {
        message.put("status", pick("new", "open", "whatever"));
      } else {
        filled =
            filled.add(volume.multiply(new BigDecimal("0.07").movePointLeft(random.nextInt(9))));
        message.put("status", pick("partially_filled", "Partially Filled", "open"));
      }
      message.put("final_volume", filled.toPlainString()).put("fee", "" + i).put("seen", i);
      life.add(message);
      if (random.nextInt(4) == 0) {
        JsonObject piece = message.copy();
        piece.remove(pick("status", "final_volume", "fee", "timestamp", "volume"));
        life.add(piece);
      }
      if (random.nextInt(3) == 0) {
        life.add(message.copy());
      }
    }
    if (random.nextInt(4) == 0) {
      life.add(new JsonObject().put("status", "canceled")); // a request that crosses the fill
    }
    return life;
  }

  private String pick(String... texts) {
    return texts[random.nextInt(texts.length)];
  }

  @Test
  void everyAnswerFollowsFromTheOneBeforeAndNothingTheExchangeKnowsIsLost() {
    for (int day = 0; day < DAYS; day++) {
      Map<String, List<JsonObject>> told = new TreeMap<>();
      List<Map.Entry<String, JsonObject>> messages = new ArrayList<>();
      for (int i = 0; i < ORDERS; i++) {
        String id = day + "-" + i;
        told.put(id, life());
        told.get(id).forEach(message -> messages.add(Map.entry(id, message)));
      }
      if (random.nextInt(4) > 0) {
        Collections.shuffle(messages, random);
      }
      Map<String, List<Step>> steps = tell(messages);
      told.forEach((id, life) -> check(id, life, steps.get(id)));
      assertThat(get(nodes.get(day % 2).getOpenOrders("m")).stream().map(Order::exOrderId))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(open(steps));
      for (String id : told.keySet()) {
        get(nodes.get(0).deleteOrder("m", id));
      }
    }
  }

  private static List<String> open(Map<String, List<Step>> steps) {
    return steps.values().stream()
        .map(all -> all.get(all.size() - 1).after())
        .filter(order -> !order.isFinal())
        .map(Order::exOrderId)
        .toList();
  }

  private Map<String, List<Step>> tell(List<Map.Entry<String, JsonObject>> messages) {
    Map<String, List<Step>> steps = new TreeMap<>();
    List<Future<?>> callers = new ArrayList<>();
    for (int c = 0; c < CALLERS; c++) {
      int caller = c;
      callers.add(
          Callers.inTurn(
              (messages.size() + CALLERS - 1 - caller) / CALLERS,
              i -> {
                Map.Entry<String, JsonObject> message = messages.get(i * CALLERS + caller);
                return nodes
                    .get((i + caller) % 2)
                    .saveOrderData("m", message.getKey(), message.getValue())
                    .onSuccess(
                        order -> {
                          synchronized (steps) {
                            steps
                                .computeIfAbsent(message.getKey(), id -> new ArrayList<>())
                                .add(new Step(message.getValue(), order));
                          }
                        });
              }));
    }
    Callers.await(callers);
    steps.values().forEach(all -> all.sort((a, b) -> compare(a, b)));
    return steps;
  }

  private static int compare(Step a, Step b) {
    return Long.compare(a.after().version(), b.after().version());
  }

  private void check(String id, List<JsonObject> life, List<Step> steps) {
    Map<String, Object> known = Map.of();
    // Those that changed nothing may stand on either side of the one that has their version.
    Map<Long, List<Step>> byVersion =
        steps.stream()
            .collect(
                Collectors.groupingBy(
                    step -> step.after().version(), TreeMap::new, Collectors.toList()));
    for (List<Step> same : byVersion.values()) {
      Map<String, Object> before = known;
      Step changing =
          same.stream()
              .filter(
                  step ->
                      OrderRules.merge(before, step.message())
                          .equals(OrderRules.fields(step.after())))
              .findFirst()
              .orElse(null);
      assertThat(changing).as("seed %d, %s: %s of %s", seed, id, same, before).isNotNull();
      known = OrderRules.merge(before, changing.message());
      for (Step step : same) {
        assertThat(OrderRules.merge(known, step.message()))
            .as("seed %d, %s: %s changes nothing", seed, id, step.message())
            .isEqualTo(known);
      }
    }
    BigDecimal most =
        life.stream()
            .filter(message -> message.containsKey("final_volume"))
            .map(message -> new BigDecimal(message.getString("final_volume")))
            .reduce(BigDecimal.ZERO, BigDecimal::max);
    Order last = steps.get(steps.size() - 1).after();
    boolean wasFilled = steps.stream().anyMatch(step -> step.after().state() == OrderState.FILLED);
    if (wasFilled) {
      assertThat(last.state()).as("seed %d, %s", seed, id).isEqualTo(OrderState.FILLED);
    }
    if (steps.stream().noneMatch(step -> step.after().isFinal())
        && life.stream().noneMatch(message -> message.containsKey("timestamp"))) {
      assertThat(last.finalVolume()).as("seed %d, %s", seed, id).isEqualByComparingTo(most);
    }
  }
}
