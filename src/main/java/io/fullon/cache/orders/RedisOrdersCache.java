package io.fullon.cache.orders;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fence.Fence;
import io.fullon.cache.fence.Fences;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.queue.Waiters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import io.vertx.serviceproxy.ServiceException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Orders in Redis: a hash each, which expires by itself; queues of their ids. A change is made
 * here, of what was read, and saved unless somebody else was faster; then it is made again.
 */
final class RedisOrdersCache implements OrdersCache {

  static final Script WRITE = Script.load("order-write");

  private static final int MAX_ATTEMPTS = 500;

  /** To the script: an order of whatever version is replaced. */
  private static final String ANY = "*";

  /** To the script: no own id is bound. */
  private static final String NOTHING = "";

  /** In no id. */
  private static final String SEPARATOR = "\n";

  /** Where to the script what is published is. */
  private static final int TEXT = 11;

  private static final int NEVER = -1;

  private final RedisLink link;
  private final OrdersOptions options;
  private final Statuses statuses;
  private final OrdersKeys keys;
  private final OrderQueues queues;
  private final OrderReads reads;
  private final OrderLists lists;
  private Waiters<Order> ends;

  private RedisOrdersCache(
      RedisLink link, OrdersOptions options, OrderQueues queues, Meters meters) {
    this.queues = queues;
    this.statuses = options.statuses();
    this.link = link;
    this.options = options;
    this.keys = new OrdersKeys(link.options().prefix());
    this.reads = new OrderReads(link, keys);
    this.lists = new OrderLists(link, keys, reads, meters);
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
    checkOwn("order.ex_id", exId, order.exId());
    checkReadable("order", order);
    return replace(exId, order.exOrderId(), order, token, 1).mapEmpty();
  }

  private Future<Response> replace(String exId, String id, Order order, Long token, int attempts) {
    Order replacing = withToken(token, StoredOrder.given(order, exId, id));
    Map<String, String> all = StoredOrder.NOTHING.changes(replacing);
    StoredOrder.NOTHING.checkSize("order", order, replacing, all);
    List<String> arguments =
        arguments(id, ANY, replacing, all, NOTHING, StoredOrder.NOTHING, token);
    return link.run(WRITE, keys.all(exId), arguments)
        .compose(answer -> unlessRefused(exId, token, answer))
        .compose(
            version ->
                orAgain(
                    version,
                    attempts,
                    // It is the bot's own id of another one.
                    next ->
                        reads
                            .one(exId, id)
                            .compose(found -> replace(exId, found.id(), order, token, next))));
  }

  @Override
  public Future<Order> saveOrderData(String exId, String exOrderId, JsonObject data, Long token) {
    Order order = withToken(token, Order.read(Fields.of("data", data)));
    checkOwn("data.ex_id", exId, order.exId());
    checkReadable("data", order);
    return merge(exId, exOrderId, order, token, 1);
  }

  /**
   * The first attempt takes what is quick to read for all there is. Whatever comes of it that is
   * not saved is looked at again.
   */
  private Future<Order> merge(String exId, String exOrderId, Order data, Long token, int attempts) {
    return (attempts == 1 ? reads.quickly(exId, exOrderId) : reads.one(exId, exOrderId))
        .compose(
            found -> {
              if (attempts == 1 && isOther(data.clientOrderId(), found)) {
                return merge(exId, exOrderId, data, token, 2);
              }
              Order merged;
              Map<String, String> changes;
              try {
                checkIds(exOrderId, found, data);
                merged = OrderMerge.merge(statuses, found.under(exId), news(data, found));
                changes = found.changes(merged);
                found.checkSize("data", data, merged, changes);
              } catch (InvalidValueException | ServiceException e) {
                return attempts == 1
                    ? merge(exId, exOrderId, data, token, 2)
                    : e instanceof ServiceException
                        ? Future.failedFuture(e)
                        : Failure.INVALID_ARGUMENT.future(e.getMessage());
              }
              return save(exId, found, merged, changes, NOTHING, StoredOrder.NOTHING, token)
                  .compose(
                      saved ->
                          orAgain(
                              saved, attempts, next -> merge(exId, exOrderId, data, token, next)));
            });
  }

  /** The order with the token under which it is written; null for none. */
  private static Order withToken(Long token, Order order) {
    return token == null ? order : order.toBuilder().set(Order.BLOCK_TOKEN, token).build();
  }

  /** What the script has answered, but why it refuses what is written under a block. */
  private static Future<Response> unlessRefused(String exId, Long token, Response answer) {
    if (answer == null || answer.type() != ResponseType.MULTI) {
      return Future.succeededFuture(answer);
    }
    return switch (answer.get(0).toString()) {
      case "fenced" ->
          Future.failedFuture(
              Fences.lost(
                  new Fence(exId, answer.get(1).toString(), token),
                  answer.get(2).toString(),
                  answer.get(3).toString()));
      case "symbol" ->
          Failure.CONFLICT.future("symbol: is " + answer.get(1) + ", and token is of its block");
      default ->
          Failure.INVALID_ARGUMENT.future("symbol: must be known, since token is of its block");
    };
  }

  /** What was saved, or another attempt: each lost one is one that somebody else has won. */
  private static <T> Future<T> orAgain(T saved, int attempts, IntFunction<Future<T>> again) {
    if (saved != null) {
      return Future.succeededFuture(saved);
    }
    return attempts < MAX_ATTEMPTS
        ? again.apply(attempts + 1)
        : Failure.UNAVAILABLE.future("The order changes too often: nothing was changed");
  }

  /** What the call says stands where the data says nothing, and must be the same where it does. */
  private static void checkOwn(String field, String ofCall, String given) {
    if (given != null && !given.equals(ofCall)) {
      throw new InvalidValueException(field, "must be the call's " + ofCall, given);
    }
  }

  /** A bound order has two ids; the call and the data may each say either. */
  private static void checkIds(String ofCall, StoredOrder found, Order data) {
    String given = data.exOrderId();
    boolean isOneOfBoth =
        found.id().equals(given)
            || (found.isBound() && found.order().clientOrderId().equals(given));
    if (!isOneOfBoth) {
      checkOwn("data.ex_order_id", ofCall, given);
    }
  }

  private static void checkReadable(String name, Order order) {
    JsonObject more = order.more();
    if (!more.isEmpty()) {
      Json.readable(name, more, StoredOrder.MAX_BYTES);
    }
  }

  /** What the data says of the order that was found. The own id that is bound to it stays. */
  private static Order news(Order data, StoredOrder found) {
    return found.isBound() && data.clientOrderId() != null
        ? data.toBuilder().clientOrderId(null).build()
        : data;
  }

  /**
   * Saves what has become of an order, unless it has changed since it was read.
   *
   * @param binds the bot's own id that is bound to it from now on, or nothing
   * @param part the one that becomes part of it
   * @param token of the block that must be held, or null
   * @return the order; null when one of them has changed, and nothing was done
   */
  private Future<Order> save(
      String exId,
      StoredOrder found,
      Order order,
      Map<String, String> changes,
      String binds,
      StoredOrder part,
      Long token) {
    List<String> arguments =
        arguments(found.id(), found.version(), order, changes, binds, part, token);
    // Nothing is published of what has not changed.
    arguments.set(TEXT, changes.isEmpty() && binds.isEmpty() ? NOTHING : found.text(changes));
    return link.run(WRITE, keys.all(exId), arguments)
        .compose(answer -> unlessRefused(exId, token, answer))
        .map(
            version ->
                version == null
                    ? null
                    : order.toBuilder().set(Order.VERSION, version.toLong()).build());
  }

  private List<String> arguments(
      String id,
      String expected,
      Order order,
      Map<String, String> fields,
      String binds,
      StoredOrder part,
      Long token) {
    List<String> arguments = new ArrayList<>(TEXT + 1 + 2 * fields.size());
    arguments.add("save");
    arguments.add(id);
    arguments.add(expected);
    arguments.add(lifetime(order));
    arguments.add(order.timestamp() == null ? "" : String.valueOf(Times.micros(order.timestamp())));
    arguments.add(binds);
    arguments.add(part.id());
    arguments.add(part.order() == null ? "" : part.version());
    arguments.add(keys.ended());
    arguments.add(textOf(token));
    arguments.add(order.symbol() == null ? "" : order.symbol());
    arguments.add(NOTHING);
    fields.forEach(
        (field, text) -> {
          arguments.add(field);
          arguments.add(text);
        });
    return arguments;
  }

  private static String textOf(Long token) {
    return token == null ? "" : token.toString();
  }

  /** In ms; empty for an open order, which does not expire. */
  private String lifetime(Order order) {
    OrderState state = statuses.of(order);
    if (!state.isFinal()) {
      return "";
    }
    boolean hasFill = order.finalVolume() != null && order.finalVolume().signum() > 0;
    return String.valueOf(
        state == OrderState.CANCELED && !hasFill
            ? options.keepCancelledMs()
            : options.keepFinalMs());
  }

  @Override
  public Future<Order> getOrderStatus(String exId, String exOrderId) {
    return reads
        .quickly(exId, exOrderId)
        .compose(
            found ->
                found.order() == null ? reads.one(exId, exOrderId) : Future.succeededFuture(found))
        .map(found -> found.order());
  }

  @Override
  public Future<Order> getOrderByClientId(String exId, String clientOrderId) {
    return reads
        .run("client", exId, List.of(clientOrderId))
        .map(answer -> StoredOrder.of(answer.get(0)))
        .map(found -> found.isBound() || !isOther(clientOrderId, found) ? found.order() : null);
  }

  /** Whether the bot calls the order otherwise. */
  private static boolean isOther(String clientOrderId, StoredOrder found) {
    return clientOrderId != null
        && found.order() != null
        && found.order().clientOrderId() != null
        && !found.order().clientOrderId().equals(clientOrderId);
  }

  @Override
  public Future<Order> bindOrder(String exId, String clientOrderId, String exOrderId, Long token) {
    return bind(exId, clientOrderId, exOrderId, token, 1);
  }

  private Future<Order> bind(
      String exId, String clientOrderId, String exOrderId, Long token, int attempts) {
    return reads
        .run("orders", exId, List.of(clientOrderId, exOrderId))
        .compose(
            answer -> {
              StoredOrder own = StoredOrder.of(answer.get(0));
              StoredOrder target = StoredOrder.of(answer.get(1));
              checkUnbound(clientOrderId, own, target);
              boolean isPart = own.order() != null && !own.id().equals(target.id());
              Order known = target.under(exId);
              Order all = isPart ? OrderMerge.bind(statuses, own.order(), known) : known;
              Order bound = withToken(token, all.toBuilder().clientOrderId(clientOrderId).build());
              return save(
                      exId,
                      target,
                      bound,
                      target.changes(bound),
                      clientOrderId,
                      isPart ? own : StoredOrder.NOTHING,
                      token)
                  .compose(
                      saved ->
                          orAgain(
                              saved,
                              attempts,
                              next -> bind(exId, clientOrderId, exOrderId, token, next)));
            });
  }

  private static void checkUnbound(String clientOrderId, StoredOrder own, StoredOrder target) {
    if (!own.id().equals(clientOrderId) && !own.id().equals(target.id())) {
      throw Failure.CONFLICT.exception(
          "clientOrderId: " + clientOrderId + " is bound to the order " + own.id());
    }
    for (StoredOrder each : List.of(own, target)) {
      if (isOther(clientOrderId, each)) {
        throw Failure.CONFLICT.exception(
            "exOrderId: "
                + each.id()
                + " is bound to the client's "
                + each.order().clientOrderId());
      }
    }
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
    return link.run(WRITE, keys.all(exId), List.of("delete", exOrderId, textOf(token)))
        .compose(answer -> unlessRefused(exId, token, answer))
        .map(deleted -> deleted.toInteger() == 1);
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
