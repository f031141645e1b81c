package io.fullon.cache.orders;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.metrics.Meters;
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
import io.vertx.redis.client.ResponseType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

  /** How many own fields an order may have. */
  private static final int MAX_MORE = 256;

  /** How long an order may be, as JSON in UTF-8. */
  private static final int MAX_BYTES = 1 << 16;

  private static final int MAX_PAGE = 1_000;
  private static final int MAX_ATTEMPTS = 500;
  private static final Order NONE = Order.builder().build();

  /** To the scripts: what is read, and what is replaced whatever it is. */
  private static final String BY_ID = "order";

  private static final String CLIENT = "client";
  private static final String ANY = "*";

  /** From which score on an order is open. */
  private static final double OPEN = 1e14;

  private static final String FIRST_OPEN = "100000000000000";

  /** In no id. */
  private static final String SEPARATOR = "\n";

  private static final int NEVER = -1;

  private final RedisLink link;
  private final OrdersOptions options;
  private final Statuses statuses;
  private final OrdersKeys keys;
  private final Gatherer<String> pushes;
  private final LongAdder deadLetters;
  private final LongAdder unreadable;
  private Waiters<Delivery> waiters;
  private Waiters<Order> ends;

  /** An id that came out of a queue; the rest is for those who claim it. */
  private record Delivery(String exOrderId, String receipt, int deliveries) {}

  private RedisOrdersCache(Vertx vertx, RedisLink link, OrdersOptions options, Meters meters) {
    this.deadLetters =
        meters.counter("fullon.cache.orders.dead", "Order ids that were delivered too often");
    this.unreadable =
        meters.counter("fullon.cache.orders.unreadable", "Stored orders that cannot be read");
    this.statuses = options.statuses();
    this.link = link;
    this.pushes = new Gatherer<>(vertx, this::push);
    this.options = options;
    this.keys = new OrdersKeys(link.options().prefix());
  }

  static Future<RedisOrdersCache> open(
      Vertx vertx, RedisLink link, OrdersOptions options, Meters meters) {
    RedisOrdersCache cache = new RedisOrdersCache(vertx, link, options, meters);
    int max = options.maxWaiting();
    OrdersKeys keys = cache.keys;
    return Waiters.open(vertx, link, keys.pushed(), max, keys::waiting, cache::take)
        .compose(
            pushed -> {
              cache.waiters = pushed;
              return Waiters.open(vertx, link, keys.ended(), max, key -> key, cache::ended)
                  .recover(cause -> pushed.close().transform(closed -> Future.failedFuture(cause)));
            })
        .map(
            ended -> {
              cache.ends = ended;
              return cache;
            });
  }

  Future<Void> close() {
    return Future.join(waiters.close(), ends.close()).mapEmpty();
  }

  // Queues

  @Override
  public Future<Integer> pushOpenOrder(String exOrderId, String localOrderId) {
    return pushes.add(
        localOrderId, List.of(exOrderId), (lengths, index) -> lengths.get(index).toInteger());
  }

  private Future<Response> push(String queue, List<String> ids) {
    List<String> arguments = new ArrayList<>(4 + ids.size());
    arguments.add("push");
    arguments.add(maxDeliveries(queue));
    arguments.add(keys.pushed());
    arguments.add(queue);
    arguments.addAll(ids);
    return link.run(QUEUE, queueKeys(queue), arguments);
  }

  private List<String> queueKeys(String queue) {
    String dead = OrdersKeys.dead(queue);
    List<String> names = dead == null ? List.of(queue) : List.of(queue, dead);
    return names.stream()
        .flatMap(name -> Stream.of(keys.waiting(name), keys.claimed(name), keys.entries(name)))
        .toList();
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
    String dead = OrdersKeys.dead(queue);
    List<String> arguments = new ArrayList<>(5 + consumers.size());
    arguments.add("take");
    arguments.add(maxDeliveries(queue));
    arguments.add(keys.pushed());
    arguments.add(dead == null ? "" : dead);
    arguments.add(String.valueOf(options.visibilityTimeoutMs()));
    arguments.addAll(consumers);
    return queue(queue, arguments)
        .map(
            answer -> {
              for (Response id : answer.get(1)) {
                deadLetters.increment();
                LOG.warn("Order {} was delivered too often: it is in the queue {} now", id, dead);
              }
              List<Delivery> deliveries = new ArrayList<>(answer.size() - 2);
              for (int i = 2; i < answer.size(); i++) {
                deliveries.add(delivery(queue, answer.get(i)));
              }
              return new Waiters.Batch<>(deliveries, answer.get(0).toLong());
            });
  }

  /** What is dead is delivered as often as it takes. */
  private String maxDeliveries(String queue) {
    return OrdersKeys.dead(queue) == null ? "0" : String.valueOf(options.maxDeliveries());
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
    return link.read(QUEUE, queueKeys(localOrderId), List.of("length", maxDeliveries(localOrderId)))
        .map(Response::toInteger);
  }

  // Orders

  @Override
  public Future<Void> saveOrder(String exId, Order order) {
    if (order.exOrderId() == null) {
      throw new InvalidValueException("order.ex_order_id", "is missing");
    }
    checkOwn("order.ex_id", exId, order.exId());
    checkSize("order", order);
    return replace(exId, order.exOrderId(), order, 1);
  }

  private Future<Void> replace(String exId, String id, Order order, int attempts) {
    JsonObject json = given(order, exId, id).toJson();
    json.remove(Order.VERSION.name());
    return link.run(SAVE, orderKeys(exId), arguments(id, ANY, order, json, null))
        .compose(
            version ->
                version != null
                    ? Future.succeededFuture()
                    // It is the bot's own id of another one.
                    : again(attempts)
                        .compose(v -> read(exId, id))
                        .compose(found -> replace(exId, found.id, order, attempts + 1)));
  }

  @Override
  public Future<Order> saveOrderData(String exId, String exOrderId, JsonObject data) {
    Order order = Order.read(Fields.of("data", data));
    checkOwn("data.ex_id", exId, order.exId());
    checkSize("data", order);
    return merge(exId, exOrderId, order, 1);
  }

  private Future<Order> merge(String exId, String exOrderId, Order data, int attempts) {
    return read(exId, exOrderId)
        .compose(
            found -> {
              Order before = found.order == null ? NONE : found.order;
              Order merged;
              try {
                checkIds(exOrderId, found.id, data);
                merged = given(OrderMerge.merge(statuses, before, data), exId, found.id);
                if (merged.more().size() > before.more().size()) {
                  checkSize("data", merged);
                }
              } catch (InvalidValueException e) {
                return Failure.INVALID_ARGUMENT.future(e.getMessage());
              }
              return save(exId, found, merged, null)
                  .compose(
                      saved ->
                          saved != null
                              ? Future.succeededFuture(saved)
                              : again(attempts)
                                  .compose(v -> merge(exId, exOrderId, data, attempts + 1)));
            });
  }

  /** Each lost attempt is one that somebody else has won. */
  private static Future<Void> again(int attempts) {
    return attempts < MAX_ATTEMPTS
        ? Future.succeededFuture()
        : Failure.UNAVAILABLE.future("The order changes too often: nothing was changed");
  }

  /** What the call says stands where the data says nothing, and must be the same where it does. */
  private static void checkOwn(String field, String ofCall, String given) {
    if (given != null && !given.equals(ofCall)) {
      throw new InvalidValueException(field, "must be the call's " + ofCall, given);
    }
  }

  /** An order has two ids; the call and the data may each say either. */
  private static void checkIds(String ofCall, String found, Order data) {
    if (!found.equals(data.exOrderId())) {
      checkOwn("data.ex_order_id", ofCall, data.exOrderId());
    }
  }

  private static void checkSize(String name, Order order) {
    JsonObject more = order.more();
    if (more.size() > MAX_MORE) {
      throw new InvalidValueException(
          name, "must have at most " + MAX_MORE + " fields of its own", more.size());
    }
    Json.readable(name, order.toJson(), MAX_BYTES);
  }

  private static Order given(Order order, String exId, String id) {
    return order.toBuilder().exId(exId).exOrderId(id).build();
  }

  /**
   * Saves what has become of an order, unless it has changed since it was read.
   *
   * @param part the one that becomes part of it, or null
   * @return the order; null when one of them has changed, and nothing was done
   */
  private Future<Order> save(String exId, Found found, Order order, Found part) {
    JsonObject before = found.order == null ? new JsonObject() : found.order.toJson();
    JsonObject changed = order.toJson();
    changed.remove(Order.VERSION.name());
    before.forEach(field -> changed.getMap().remove(field.getKey(), field.getValue()));
    return link.run(
            SAVE, orderKeys(exId), arguments(found.id, found.version(), order, changed, part))
        .map(
            version ->
                version == null
                    ? null
                    : order.toBuilder()
                        .set(Order.VERSION, version.toString().isEmpty() ? null : version.toLong())
                        .build());
  }

  private List<String> arguments(
      String id, String expected, Order order, JsonObject fields, Found part) {
    OrderState state = statuses.of(order);
    List<String> arguments = new ArrayList<>(7 + 2 * fields.size());
    arguments.add(id);
    arguments.add(expected);
    arguments.add(state.isFinal() ? "0" : "1");
    arguments.add(lifetime(state, order));
    arguments.add(part == null ? "" : part.id);
    arguments.add(part == null ? "" : part.version());
    arguments.add(keys.ended());
    fields.forEach(
        field -> {
          if (field.getValue() != null) {
            arguments.add(field.getKey());
            arguments.add(encode(field.getValue()));
          }
        });
    return arguments;
  }

  /** In ms; empty for ever. What a late message makes of a deleted order does not stay either. */
  private String lifetime(OrderState state, Order order) {
    boolean hasFill = order.finalVolume() != null && order.finalVolume().signum() > 0;
    if (state == OrderState.CANCELED && !hasFill) {
      return String.valueOf(options.keepCancelledMs());
    }
    return state.isFinal() || order.symbol() == null ? String.valueOf(options.keepFinalMs()) : "";
  }

  @Override
  public Future<Order> getOrderStatus(String exId, String exOrderId) {
    return read(exId, exOrderId).map(found -> found.order);
  }

  @Override
  public Future<Order> getOrderByClientId(String exId, String clientOrderId) {
    return read(CLIENT, exId, List.of(clientOrderId))
        .map(answer -> Found.of(answer.get(0)))
        .map(found -> isOf(clientOrderId, found) ? found.order : null);
  }

  /** Whether the bot calls the order so, or has saved it under that name. */
  private static boolean isOf(String clientOrderId, Found found) {
    return found.order != null
        && (found.order.clientOrderId() == null
            || found.order.clientOrderId().equals(clientOrderId));
  }

  @Override
  public Future<Order> bindOrder(String exId, String clientOrderId, String exOrderId) {
    return bind(exId, clientOrderId, exOrderId, 1);
  }

  private Future<Order> bind(String exId, String clientOrderId, String exOrderId, int attempts) {
    return read(BY_ID, exId, List.of(clientOrderId, exOrderId))
        .compose(
            answer -> {
              Found own = Found.of(answer.get(0));
              Found target = Found.of(answer.get(1));
              if (own.order != null && own.id.equals(target.id)) {
                own = Found.NOTHING;
              }
              checkUnbound(clientOrderId, answer.get(0).get(1).toString(), target);
              boolean isPart = own.id.equals(clientOrderId) && isOf(clientOrderId, own);
              Order known = target.order == null ? NONE : target.order;
              Order all =
                  (isPart ? OrderMerge.bind(own.order, known) : known)
                      .toBuilder().clientOrderId(clientOrderId).build();
              return save(exId, target, given(all, exId, target.id), isPart ? own : null)
                  .compose(
                      saved ->
                          saved != null
                              ? Future.succeededFuture(saved)
                              : again(attempts)
                                  .compose(
                                      v -> bind(exId, clientOrderId, exOrderId, attempts + 1)));
            });
  }

  private static void checkUnbound(String clientOrderId, String bound, Found target) {
    if (!bound.isEmpty() && !bound.equals(target.id)) {
      throw Failure.CONFLICT.exception(
          "clientOrderId: " + clientOrderId + " is bound to the order " + bound);
    }
    String other = target.order == null ? null : target.order.clientOrderId();
    if (other != null && !other.equals(clientOrderId)) {
      throw Failure.CONFLICT.exception(
          "exOrderId: " + target.id + " is bound to the client's " + other);
    }
  }

  @Override
  public Future<Order> awaitOrder(String exId, String exOrderId, long timeoutMs) {
    return ends.next(keys.order(exId, exOrderId), exId + SEPARATOR + exOrderId, timeoutMs);
  }

  /** Gives the order to all that wait for it, if it has come to its end. */
  private Future<Waiters.Batch<Order>> ended(String key, List<String> requests) {
    String[] ids = requests.get(0).split(SEPARATOR, 2);
    return read(ids[0], ids[1])
        .map(
            found ->
                found.order != null && statuses.of(found.order).isFinal()
                    ? Collections.nCopies(requests.size(), found.order)
                    : List.<Order>of())
        .map(orders -> new Waiters.Batch<>(orders, NEVER));
  }

  // Lists

  @Override
  public Future<List<Order>> getOpenOrders(String exId, String symbol, String botId) {
    JsonObject filter =
        new JsonObject().put("symbol", symbol).put("bot_id", botId).put("open", true);
    OrderFilter open = OrderFilter.read(Fields.of("", filter), statuses);
    return openIds(exId, Double.NEGATIVE_INFINITY, new ArrayList<>())
        .compose(
            ids -> orders(exId, ids.iterator(), open, Integer.MAX_VALUE, new LinkedHashMap<>()));
  }

  /** Those that are not final, the oldest first, in pieces. */
  @SuppressWarnings("deprecation") // what replaces ZRANGEBYSCORE needs Redis 6.2
  private Future<List<String>> openIds(String exId, double after, List<String> ids) {
    boolean first = after == Double.NEGATIVE_INFINITY;
    String from = first ? FIRST_OPEN : "(" + BigDecimal.valueOf(after).toPlainString();
    // Of those that an earlier version has saved it is not known how old they are.
    Future<?> unknown =
        first
            ? link.read(Command.ZRANGEBYSCORE, keys.index(exId), "+inf", "+inf")
                .onSuccess(answer -> answer.forEach(id -> ids.add(id.toString())))
            : Future.succeededFuture();
    return unknown
        .compose(
            v ->
                link.read(
                    Command.ZRANGEBYSCORE,
                    keys.index(exId),
                    from,
                    "(+inf",
                    "WITHSCORES",
                    "LIMIT",
                    0,
                    MAX_PAGE))
        .compose(
            answer -> {
              List<Map.Entry<String, Double>> page = scores(answer);
              page.forEach(entry -> ids.add(entry.getKey()));
              return page.size() < MAX_PAGE
                  ? Future.succeededFuture(ids)
                  : openIds(exId, page.get(page.size() - 1).getValue(), ids);
            });
  }

  /** What ZRANGEBYSCORE answers depends on the protocol's version. */
  private static List<Map.Entry<String, Double>> scores(Response answer) {
    List<Map.Entry<String, Double>> scores = new ArrayList<>();
    boolean paired = answer.size() > 0 && answer.get(0).type() == ResponseType.MULTI;
    for (int i = 0; i < answer.size(); i += paired ? 1 : 2) {
      Response id = paired ? answer.get(i).get(0) : answer.get(i);
      Response score = paired ? answer.get(i).get(1) : answer.get(i + 1);
      scores.add(Map.entry(id.toString(), score.toDouble()));
    }
    return scores;
  }

  @Override
  public Future<List<Order>> getOrders(String exId, JsonObject filter) {
    OrderFilter those =
        OrderFilter.read(
            filter == null ? Fields.of("filter", new JsonObject()) : Fields.of("filter", filter),
            statuses);
    return Scans.<Set<String>>sortedSet(
            link,
            keys.index(exId),
            () -> new TreeSet<>(Names.ORDER),
            (ids, id, score) -> {
              if (those.mayHave(id, Double.parseDouble(score) >= OPEN)) {
                ids.add(id);
              }
            })
        .compose(ids -> orders(exId, ids.iterator(), those, those.max(), new LinkedHashMap<>()));
  }

  /**
   * Reads orders in pages until there are enough.
   *
   * @param collected those that were read, by their ids
   */
  private Future<List<Order>> orders(
      String exId,
      Iterator<String> ids,
      OrderFilter filter,
      int max,
      Map<String, Order> collected) {
    List<String> page = new ArrayList<>(PAGE);
    while (ids.hasNext() && page.size() < PAGE) {
      page.add(ids.next());
    }
    if (page.isEmpty() || collected.size() >= max) {
      return Future.succeededFuture(
          collected.values().stream().limit(max).collect(Collectors.toCollection(ArrayList::new)));
    }
    return read(BY_ID, exId, page)
        .compose(
            answer -> {
              for (Response one : answer) {
                Order order = orderOrNull(one);
                if (order != null && filter.matches(order)) {
                  collected.put(one.get(0).toString(), order);
                }
              }
              return orders(exId, ids, filter, max, collected);
            });
  }

  /** One that cannot be read must not hide the others. */
  private Order orderOrNull(Response answer) {
    try {
      return Found.of(answer).order;
    } catch (RuntimeException e) {
      unreadable.increment();
      LOG.warn("The order {} cannot be read: {}", answer.get(0), e.getMessage());
      return null;
    }
  }

  @Override
  public Future<Boolean> deleteOrder(String exId, String exOrderId) {
    return link.run(DELETE, orderKeys(exId), List.of(exOrderId))
        .map(deleted -> deleted.toInteger() == 1);
  }

  private Future<Found> read(String exId, String id) {
    return read(BY_ID, exId, List.of(id)).map(answer -> Found.of(answer.get(0)));
  }

  private Future<Response> read(String first, String exId, List<String> ids) {
    List<String> arguments = new ArrayList<>(1 + ids.size());
    arguments.add(first);
    arguments.addAll(ids);
    return link.read(READ, orderKeys(exId), arguments);
  }

  /** Those of one slot: the index, and what the keys of orders and of client ids begin with. */
  private List<String> orderKeys(String exId) {
    return List.of(keys.index(exId), keys.order(exId, ""), keys.client(exId, ""));
  }

  /**
   * What there is under an id.
   *
   * @param id the order's, also where it was asked for by the other one
   * @param order null when there is none
   */
  private record Found(String id, Order order) {

    static final Found NOTHING = new Found("", null);

    static Found of(Response answer) {
      return new Found(answer.get(0).toString(), RedisOrdersCache.order(answer.get(2)));
    }

    /** As the script knows it. */
    String version() {
      if (order == null) {
        return "-";
      }
      return order.version() == null ? "" : order.version().toString();
    }
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
