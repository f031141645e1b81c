package io.fullon.cache.orders;

import io.fullon.cache.fence.Fence;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.queue.Waiters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.List;

/** Orders in Redis, and queues of their ids. */
final class RedisOrdersCache implements OrdersCache {

  /** In no id. */
  private static final String SEPARATOR = "\n";

  private static final int NEVER = -1;

  private final Statuses statuses;
  private final OrdersKeys keys;
  private final OrderQueues queues;
  private final OrderReads reads;
  private final OrderLists lists;
  private final OrderStore store;
  private Waiters<Order> ends;

  private RedisOrdersCache(
      RedisLink link, OrdersOptions options, OrderQueues queues, Meters meters) {
    this.queues = queues;
    this.statuses = options.statuses();
    this.keys = new OrdersKeys(link.options().prefix());
    this.reads = new OrderReads(link, keys);
    this.lists = new OrderLists(link, keys, reads, meters);
    this.store = new OrderStore(link, options);
  }

  static Future<RedisOrdersCache> open(
      Vertx vertx, RedisLink link, OrdersOptions options, Meters meters) {
    return OrderQueues.open(vertx, link, options, meters)
        .compose(
            queues -> {
              RedisOrdersCache cache = new RedisOrdersCache(link, options, queues, meters);
              return Waiters.open(
                      vertx,
                      link,
                      cache.keys.ended(),
                      options.maxWaiting(),
                      key -> key,
                      cache::ended)
                  .onSuccess(ended -> cache.ends = ended)
                  .map(cache)
                  .recover(cause -> queues.close().transform(closed -> Future.failedFuture(cause)));
            });
  }

  Future<Void> close() {
    return Future.join(queues.close(), ends.close()).mapEmpty();
  }

  // Queues

  @Override
  public Future<Integer> pushOpenOrder(String exOrderId, String localOrderId, Fence block) {
    return queues.push(exOrderId, localOrderId, block);
  }

  @Override
  public Future<String> popOpenOrder(String localOrderId, long timeoutMs) {
    return queues.pop(localOrderId, timeoutMs);
  }

  @Override
  public Future<OrderClaim> takeOpenOrder(String localOrderId, String consumer, long timeoutMs) {
    return queues.take(localOrderId, consumer, timeoutMs);
  }

  @Override
  public Future<Boolean> ackOpenOrder(String localOrderId, String receipt) {
    return queues.acknowledge(localOrderId, receipt);
  }

  @Override
  public Future<Integer> getQueueLength(String localOrderId) {
    return queues.length(localOrderId);
  }

  // Orders

  @Override
  public Future<Void> saveOrder(String exId, Order order, Long token) {
    if (order.exOrderId() == null) {
      throw new InvalidValueException("order.ex_order_id", "is missing");
    }
    OrderStore.checkOwn("order.ex_id", exId, order.exId());
    checkReadable("order", order);
    return store.replace(exId, order.exOrderId(), order, token);
  }

  @Override
  public Future<Order> saveOrderData(String exId, String exOrderId, JsonObject data, Long token) {
    Order order = Order.read(Fields.of("data", data));
    OrderStore.checkOwn("data.ex_id", exId, order.exId());
    checkReadable("data", order);
    return store.merge(exId, exOrderId, order, token);
  }

  private static void checkReadable(String name, Order order) {
    JsonObject more = order.more();
    if (!more.isEmpty()) {
      Json.readable(name, more, StoredOrder.MAX_BYTES);
    }
  }

  @Override
  public Future<Order> getOrderStatus(String exId, String exOrderId) {
    return store.find(exId, exOrderId).map(StoredOrder::order);
  }

  @Override
  public Future<Order> getOrderByClientId(String exId, String clientOrderId) {
    return reads
        .run("client", exId, List.of(clientOrderId))
        .map(answer -> StoredOrder.of(answer.get(0)))
        .map(
            found ->
                found.isBound() || !OrderStore.isOther(clientOrderId, found)
                    ? found.order()
                    : null);
  }

  @Override
  public Future<Order> bindOrder(String exId, String clientOrderId, String exOrderId, Long token) {
    return store.bind(exId, clientOrderId, exOrderId, token);
  }

  @Override
  public Future<Order> awaitOrder(String exId, String exOrderId, long timeoutMs) {
    return ends.next(keys.order(exId, exOrderId), exId + SEPARATOR + exOrderId, timeoutMs);
  }

  /** Gives the order to all that wait for it, if it has come to its end. */
  private Future<Waiters.Batch<Order>> ended(String key, List<String> requests) {
    String[] ids = requests.get(0).split(SEPARATOR, 2);
    return reads
        .one(ids[0], ids[1])
        .map(
            found ->
                found.order() != null && statuses.of(found.order()).isFinal()
                    ? Collections.nCopies(requests.size(), found.order())
                    : List.<Order>of())
        .map(orders -> new Waiters.Batch<>(orders, NEVER));
  }

  @Override
  public Future<Boolean> deleteOrder(String exId, String exOrderId, Long token) {
    return store.delete(exId, exOrderId, token);
  }

  // Lists

  @Override
  public Future<List<Order>> getOrders(String exId, JsonObject filter) {
    return lists.orders(
        exId,
        OrderFilter.read(
            Fields.of("filter", filter == null ? new JsonObject() : filter), statuses));
  }

  @Override
  public Future<List<Order>> getOpenOrders(String exId, String symbol, String botId) {
    return lists.open(exId, OrderFilter.open(statuses, symbol, botId));
  }
}
