package io.fullon.cache.orders;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fence.Fence;
import io.fullon.cache.fence.Fences;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import io.vertx.serviceproxy.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * Orders in Redis: a hash each, which expires by itself. A change is made here, of what was read,
 * and saved unless somebody else was faster; then it is made again. Belongs to the link's event
 * loop.
 */
public final class OrderStore {

  static final Script WRITE = Script.load("order-write");

  private static final int MAX_ATTEMPTS = 500;

  /** To the script: an order of whatever version is replaced. */
  private static final String ANY = "*";

  /** To the script: no own id is bound. */
  private static final String NOTHING = "";

  /** Where to the script what is published is. */
  private static final int TEXT = 11;

  private final RedisLink link;
  private final OrdersOptions options;
  private final Statuses statuses;
  private final OrdersKeys keys;
  private final OrderReads reads;

  public OrderStore(RedisLink link, OrdersOptions options) {
    this.link = link;
    this.options = options;
    this.statuses = options.statuses();
    this.keys = new OrdersKeys(link.options().prefix());
    this.reads = new OrderReads(link, keys);
  }

  /**
   * @param id the exchange's, or the bot's own
   */
  public Future<StoredOrder> find(String exId, String id) {
    return reads
        .quickly(exId, id)
        .compose(
            found -> found.order() == null ? reads.one(exId, id) : Future.succeededFuture(found));
  }

  /** Whether the bot's own id is bound to the order with that id of the exchange's. */
  public Future<Boolean> isBound(String exId, String clientOrderId, String exOrderId) {
    return reads.isBound(exId, clientOrderId, exOrderId);
  }

  // Replacing

  Future<Void> replace(String exId, String id, Order order, Long token) {
    return replace(exId, id, order, token, 1).mapEmpty();
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

  // Merging

  /**
   * Merges what is told of an order. The first attempt takes what is quick to read for all there
   * is.
   */
  Future<Order> merge(String exId, String exOrderId, Order data, Long token) {
    Order told = withToken(token, data);
    Function<StoredOrder, Order> news =
        found -> {
          checkIds(exOrderId, found, told);
          return news(told, found);
        };
    return reads
        .quickly(exId, exOrderId)
        .compose(
            found ->
                isOther(told.clientOrderId(), found)
                    ? again(exId, exOrderId, news, token, 2)
                    : merge(exId, exOrderId, found, news, token, 1))
        .map(StoredOrder::order);
  }

  /**
   * Merges what there is to tell of an order that was read before.
   *
   * @param news what it is, of the order as it is stored; null for nothing
   * @return the order as it is then
   */
  public Future<StoredOrder> merge(
      String exId, StoredOrder known, Function<StoredOrder, Order> news) {
    return merge(exId, known.id(), known, news, null, 1);
  }

  /** Whatever comes of the first attempt that is not saved is looked at again. */
  private Future<StoredOrder> merge(
      String exId,
      String id,
      StoredOrder found,
      Function<StoredOrder, Order> news,
      Long token,
      int attempts) {
    Order merged;
    Map<String, String> changes;
    try {
      Order data = news.apply(found);
      if (data == null) {
        return Future.succeededFuture(found);
      }
      merged = OrderMerge.merge(statuses, found.under(exId), data);
      changes = found.changes(merged);
      found.checkSize("data", data, merged, changes);
    } catch (InvalidValueException | ServiceException e) {
      return attempts == 1
          ? again(exId, id, news, token, 2)
          : e instanceof ServiceException
              ? Future.failedFuture(e)
              : Failure.INVALID_ARGUMENT.future(e.getMessage());
    }
    return save(exId, found, merged, changes, NOTHING, StoredOrder.NOTHING, token)
        .compose(saved -> orAgain(saved, attempts, next -> again(exId, id, news, token, next)));
  }

  private Future<StoredOrder> again(
      String exId, String id, Function<StoredOrder, Order> news, Long token, int attempts) {
    return reads.one(exId, id).compose(found -> merge(exId, id, found, news, token, attempts));
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

  /** What the call says stands where the data says nothing, and must be the same where it does. */
  static void checkOwn(String field, String ofCall, String given) {
    if (given != null && !given.equals(ofCall)) {
      throw new InvalidValueException(field, "must be the call's " + ofCall, given);
    }
  }

  /** What the data says of the order that was found. The own id that is bound to it stays. */
  private static Order news(Order data, StoredOrder found) {
    return found.isBound() && data.clientOrderId() != null
        ? data.toBuilder().clientOrderId(null).build()
        : data;
  }

  /** Whether the bot calls the order otherwise. */
  static boolean isOther(String clientOrderId, StoredOrder found) {
    return clientOrderId != null
        && found.order() != null
        && found.order().clientOrderId() != null
        && !found.order().clientOrderId().equals(clientOrderId);
  }

  // Binding

  Future<Order> bind(String exId, String clientOrderId, String exOrderId, Long token) {
    return bind(exId, clientOrderId, exOrderId, token, 1).map(StoredOrder::order);
  }

  private Future<StoredOrder> bind(
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

  // Deleting

  Future<Boolean> delete(String exId, String exOrderId, Long token) {
    return link.run(WRITE, keys.all(exId), List.of("delete", exOrderId, textOf(token)))
        .compose(answer -> unlessRefused(exId, token, answer))
        .map(deleted -> deleted.toInteger() == 1);
  }

  // Writing

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

  /**
   * Saves what has become of an order, unless it has changed since it was read.
   *
   * @param binds the bot's own id that is bound to it from now on, or nothing
   * @param part the one that becomes part of it
   * @param token of the block that must be held, or null
   * @return the order; null when one of them has changed, and nothing was done
   */
  private Future<StoredOrder> save(
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
        .map(version -> version == null ? null : found.saved(order, changes, version.toLong()));
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
}
