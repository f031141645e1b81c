package io.fullon.cache.orders;

import io.fullon.cache.queue.Waiters;
import io.fullon.cache.redis.Gatherer;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Orders in Redis: a hash each, which expires by itself; queues of their ids. */
final class RedisOrdersCache implements OrdersCache {

  private static final Logger LOG = LoggerFactory.getLogger(RedisOrdersCache.class);
  private static final Script SAVE = Script.load("order-save");
  private static final Script DELETE = Script.load("order-delete");
  private static final Script READ = Script.load("order-read");
  private static final Script QUEUE = Script.load("order-queue");

  /** How many orders Redis reads as one step. */
  private static final int PAGE = 100;

  /** Who pops says so to the queue's script with no name; who claims gives its own. */
  private static final String POPS = "";

  private final RedisLink link;
  private final OrdersOptions options;
  private final OrdersKeys keys;
  private final Gatherer<String> pushes;
  private Waiters<Delivery> waiters;

  /** An id that came out of a queue; the rest is for those who claim it. */
  private record Delivery(String exOrderId, String receipt, int deliveries) {}

  private RedisOrdersCache(Vertx vertx, RedisLink link, OrdersOptions options) {
    this.link = link;
    this.pushes = new Gatherer<>(vertx, this::push);
    this.options = options;
    this.keys = new OrdersKeys(link.options().prefix());
  }

  static Future<RedisOrdersCache> open(Vertx vertx, RedisLink link, OrdersOptions options) {
    RedisOrdersCache cache = new RedisOrdersCache(vertx, link, options);
    return Waiters.open(
            vertx,
            link,
            cache.keys.pushed(),
            options.maxWaiting(),
            cache.keys::waiting,
            cache::take)
        .map(
            opened -> {
              cache.waiters = opened;
              return cache;
            });
  }

  Future<Void> close() {
    return waiters.close();
  }

  // Queues

  @Override
  public Future<Integer> pushOpenOrder(String exOrderId, String localOrderId) {
    return pushes.add(
        localOrderId, List.of(exOrderId), (lengths, index) -> lengths.get(index).toInteger());
  }

  private Future<Response> push(String queue, List<String> ids) {
    List<String> arguments = new ArrayList<>(3 + ids.size());
    arguments.add("push");
    arguments.add(keys.pushed());
    arguments.add(queue);
    arguments.addAll(ids);
    return link.run(QUEUE, queueKeys(queue), arguments);
  }

  private List<String> queueKeys(String queue) {
    return List.of(keys.waiting(queue), keys.claimed(queue), keys.entries(queue));
  }

  /** Does something with a queue after what came before. */
  private Future<Response> queue(String queue, List<String> operation) {
    pushes.flush(queue);
    return link.run(QUEUE, queueKeys(queue), operation);
  }

  @Override
  public Future<String> popOpenOrder(String localOrderId, long timeoutMs) {
    return waiters
        .next(localOrderId, POPS, timeoutMs)
        .map(delivery -> delivery == null ? null : delivery.exOrderId());
  }

  @Override
  public Future<OrderClaim> takeOpenOrder(String localOrderId, String consumer, long timeoutMs) {
    return waiters
        .next(localOrderId, consumer, timeoutMs)
        .map(
            delivery ->
                delivery == null
                    ? null
                    : new OrderClaim(
                        delivery.exOrderId(), delivery.receipt(), delivery.deliveries()));
  }

  private Future<Waiters.Batch<Delivery>> take(String queue, List<String> consumers) {
    List<String> arguments = new ArrayList<>(2 + consumers.size());
    arguments.add("take");
    arguments.add(String.valueOf(options.visibilityTimeoutMs()));
    arguments.addAll(consumers);
    return queue(queue, arguments)
        .map(
            answer -> {
              List<Delivery> deliveries = new ArrayList<>(answer.size() - 1);
              for (int i = 1; i < answer.size(); i++) {
                deliveries.add(delivery(queue, answer.get(i)));
              }
              return new Waiters.Batch<>(deliveries, answer.get(0).toLong());
            });
  }

  private static Delivery delivery(String queue, Response entry) {
    Delivery delivery =
        new Delivery(entry.get(0).toString(), entry.get(1).toString(), entry.get(2).toInteger());
    if (delivery.deliveries() > 1) {
      LOG.warn(
          "Order {} of the queue {} is delivered again ({}): {} did not acknowledge it in time",
          delivery.exOrderId(),
          queue,
          delivery.deliveries(),
          entry.get(3));
    }
    return delivery;
  }

  @Override
  public Future<Boolean> ackOpenOrder(String localOrderId, String receipt) {
    return queue(localOrderId, List.of("ack", receipt))
        .map(acknowledged -> acknowledged.toInteger() == 1);
  }

  @Override
  public Future<Integer> getQueueLength(String localOrderId) {
    pushes.flush(localOrderId);
    return link.read(QUEUE, queueKeys(localOrderId), List.of("length")).map(Response::toInteger);
  }

  // Orders

  @Override
  public Future<Void> saveOrder(String exId, Order order) {
    if (order.exOrderId() == null) {
      throw new InvalidValueException("order.ex_order_id", "is missing");
    }
    JsonObject json = order.toJson();
    return save("replace", "order", exId, order.exOrderId(), json).mapEmpty();
  }

  @Override
  public Future<Order> saveOrderData(String exId, String exOrderId, JsonObject data) {
    JsonObject json = Order.read(Fields.of("data", data)).toJson();
    return save("merge", "data", exId, exOrderId, json).map(RedisOrdersCache::order);
  }

  private Future<Response> save(
      String mode, String parameter, String exId, String exOrderId, JsonObject json) {
    putOwn(json, parameter, "ex_id", exId);
    putOwn(json, parameter, "ex_order_id", exOrderId);
    List<String> arguments = new ArrayList<>(4 + 2 * json.size());
    arguments.add(mode);
    arguments.add(exOrderId);
    arguments.add(String.valueOf(options.keepCancelledMs()));
    arguments.add(String.valueOf(options.keepFinalMs()));
    json.forEach(
        field -> {
          if (field.getValue() != null) {
            arguments.add(field.getKey());
            arguments.add(encode(field.getValue()));
          }
        });
    return link.run(SAVE, List.of(keys.order(exId, exOrderId), keys.index(exId)), arguments);
  }

  /** What the call says stands where the data says nothing, and must be the same where it does. */
  private static void putOwn(JsonObject json, String parameter, String field, String ofCall) {
    String given = json.getString(field);
    if (given != null && !given.equals(ofCall)) {
      throw new InvalidValueException(
          parameter + "." + field, "must be the call's " + ofCall, given);
    }
    json.put(field, ofCall);
  }

  @Override
  public Future<Order> getOrderStatus(String exId, String exOrderId) {
    return link.read(Command.HGETALL, keys.order(exId, exOrderId)).map(RedisOrdersCache::order);
  }

  @Override
  public Future<List<Order>> getOrders(String exId) {
    return Scans.<Set<String>>sortedSet(
            link,
            keys.index(exId),
            () -> new TreeSet<>(Names.ORDER),
            (ids, id, expires) -> ids.add(id))
        .compose(ids -> read(exId, List.copyOf(ids)));
  }

  private Future<List<Order>> read(String exId, List<String> ids) {
    List<Order> orders = new ArrayList<>();
    Future<?> read = Future.succeededFuture();
    for (int from = 0; from < ids.size(); from += PAGE) {
      List<String> page = ids.subList(from, Math.min(from + PAGE, ids.size()));
      read =
          read.compose(v -> link.read(READ, orderKeys(exId, page), List.of()))
              .map(hashes -> orders.addAll(orders(hashes)));
    }
    return read.map(orders);
  }

  private List<String> orderKeys(String exId, List<String> ids) {
    return ids.stream().map(id -> keys.order(exId, id)).toList();
  }

  @Override
  public Future<Boolean> deleteOrder(String exId, String exOrderId) {
    return link.run(
            DELETE, List.of(keys.order(exId, exOrderId), keys.index(exId)), List.of(exOrderId))
        .map(deleted -> deleted.toInteger() == 1);
  }

  /** Those of the orders that have not expired. */
  private static List<Order> orders(Response hashes) {
    List<Order> orders = new ArrayList<>(hashes.size());
    for (Response hash : hashes) {
      Order order = order(hash);
      if (order != null) {
        orders.add(order);
      }
    }
    return orders;
  }

  /** The order of these fields, each of which is JSON text; null when there are none. */
  private static Order order(Response hash) {
    StringJoiner json = new StringJoiner(",", "{", "}").setEmptyValue("");
    Scans.forEach(hash, (field, text) -> json.add(encode(field) + ":" + text));
    return json.length() == 0 ? null : Order.read(Json.parse("order", json.toString()));
  }

  private static String encode(Object value) {
    return io.vertx.core.json.Json.encode(value);
  }
}
