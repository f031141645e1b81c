package io.fullon.cache.orders;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fence.Fence;
import io.fullon.cache.fence.Fences;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.queue.Waiters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import io.fullon.cache.value.Times;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import io.vertx.serviceproxy.ServiceException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Orders in Redis: a hash each, which expires by itself; queues of their ids. A change is made
 * here, of what was read, and saved unless somebody else was faster; then it is made again.
 */
final class RedisOrdersCache implements OrdersCache {

  private static final Logger LOG = LoggerFactory.getLogger(RedisOrdersCache.class);
  private static final Script WRITE = Script.load("order-write");
  private static final Script READ = Script.load("order-read");

  /** How many orders Redis reads as one step. */
  private static final int PAGE = 100;

  /** How many own fields an order may have. */
  private static final int MAX_MORE = 256;

  /** How long an order may be, as JSON in UTF-8. */
  private static final int MAX_BYTES = 1 << 16;

  private static final int MAX_ATTEMPTS = 500;
  private static final Order NONE = Order.builder().build();

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
  private final LongAdder unreadable;
  private Waiters<Order> ends;

  private RedisOrdersCache(
      RedisLink link, OrdersOptions options, OrderQueues queues, Meters meters) {
    this.queues = queues;
    this.unreadable =
        meters.counter("fullon.cache.orders.unreadable", "Stored orders that cannot be read");
    this.statuses = options.statuses();
    this.link = link;
    this.options = options;
    this.keys = new OrdersKeys(link.options().prefix());
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
    Order replacing = withToken(token, given(order, exId, id));
    Map<String, String> all = changes(replacing, Found.NOTHING);
    checkSize("order", order, replacing, all, Found.NOTHING);
    List<String> arguments = arguments(id, ANY, replacing, all, NOTHING, Found.NOTHING, token);
    return link.run(WRITE, keys.all(exId), arguments)
        .compose(answer -> unlessRefused(exId, token, answer))
        .compose(
            version ->
                orAgain(
                    version,
                    attempts,
                    // It is the bot's own id of another one.
                    next ->
                        read(exId, id)
                            .compose(found -> replace(exId, found.id, order, token, next))));
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
    return (attempts == 1 ? readQuickly(exId, exOrderId) : read(exId, exOrderId))
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
                changes = changes(merged, found);
                checkSize("data", data, merged, changes, found);
              } catch (InvalidValueException | ServiceException e) {
                return attempts == 1
                    ? merge(exId, exOrderId, data, token, 2)
                    : e instanceof ServiceException
                        ? Future.failedFuture(e)
                        : Failure.INVALID_ARGUMENT.future(e.getMessage());
              }
              return save(exId, found, merged, changes, NOTHING, Found.NOTHING, token)
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
  private static void checkIds(String ofCall, Found found, Order data) {
    String given = data.exOrderId();
    boolean isOneOfBoth =
        found.id.equals(given) || (found.isBound && found.order.clientOrderId().equals(given));
    if (!isOneOfBoth) {
      checkOwn("data.ex_order_id", ofCall, given);
    }
  }

  private static void checkReadable(String name, Order order) {
    JsonObject more = order.more();
    if (!more.isEmpty()) {
      Json.readable(name, more, MAX_BYTES);
    }
  }

  /** The fields that are not as they were, as JSON, each by itself. */
  private static Map<String, String> changes(Order order, Found before) {
    Map<String, String> changes = new HashMap<>();
    for (Map.Entry<String, Object> field : order.toJson()) {
      String was = before.texts.get(field.getKey());
      if (field.getValue() != null
          && !field.getKey().equals(Order.VERSION.name())
          && !isPlainText(was, field.getValue())) {
        String text = encode(field.getValue());
        if (!text.equals(was)) {
          changes.put(field.getKey(), text);
        }
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
  private static void checkSize(
      String name, Order data, Order order, Map<String, String> changes, Found before) {
    if (data.more().isEmpty() && data.fees() == null) {
      // All other fields are short.
      return;
    }
    int fields = order.more().size();
    if (fields > MAX_MORE && fields > before.known().more().size()) {
      throw new InvalidValueException(
          name, "must have at most " + MAX_MORE + " fields of its own", fields);
    }
    Map<String, String> changed = new HashMap<>(before.texts);
    changed.keySet().retainAll(changes.keySet());
    int growth = length(changes) - length(changed);
    if (growth > 0 && length(before.texts) + growth > MAX_BYTES) {
      throw new InvalidValueException(
          name, "must be at most " + MAX_BYTES + " bytes of JSON", length(before.texts) + growth);
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

  private static Order given(Order order, String exId, String id) {
    return order.toBuilder().exId(exId).exOrderId(id).build();
  }

  /** What the data says of the order that was found. The own id that is bound to it stays. */
  private static Order news(Order data, Found found) {
    return found.isBound && data.clientOrderId() != null
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
      Found found,
      Order order,
      Map<String, String> changes,
      String binds,
      Found part,
      Long token) {
    List<String> arguments =
        arguments(found.id, found.version(), order, changes, binds, part, token);
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
      Found part,
      Long token) {
    List<String> arguments = new ArrayList<>(TEXT + 1 + 2 * fields.size());
    arguments.add("save");
    arguments.add(id);
    arguments.add(expected);
    arguments.add(lifetime(order));
    arguments.add(order.timestamp() == null ? "" : String.valueOf(Times.micros(order.timestamp())));
    arguments.add(binds);
    arguments.add(part.id);
    arguments.add(part.order == null ? "" : part.version());
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
    return readQuickly(exId, exOrderId)
        .compose(
            found -> found.order == null ? read(exId, exOrderId) : Future.succeededFuture(found))
        .map(found -> found.order);
  }

  @Override
  public Future<Order> getOrderByClientId(String exId, String clientOrderId) {
    return read("client", exId, List.of(clientOrderId))
        .map(answer -> Found.of(answer.get(0)))
        .map(found -> found.isBound || !isOther(clientOrderId, found) ? found.order : null);
  }

  /** Whether the bot calls the order otherwise. */
  private static boolean isOther(String clientOrderId, Found found) {
    return clientOrderId != null
        && found.order != null
        && found.order.clientOrderId() != null
        && !found.order.clientOrderId().equals(clientOrderId);
  }

  @Override
  public Future<Order> bindOrder(String exId, String clientOrderId, String exOrderId, Long token) {
    return bind(exId, clientOrderId, exOrderId, token, 1);
  }

  private Future<Order> bind(
      String exId, String clientOrderId, String exOrderId, Long token, int attempts) {
    return read("orders", exId, List.of(clientOrderId, exOrderId))
        .compose(
            answer -> {
              Found own = Found.of(answer.get(0));
              Found target = Found.of(answer.get(1));
              checkUnbound(clientOrderId, own, target);
              boolean isPart = own.order != null && !own.id.equals(target.id);
              Order known = target.under(exId);
              Order all = isPart ? OrderMerge.bind(statuses, own.order, known) : known;
              Order bound = withToken(token, all.toBuilder().clientOrderId(clientOrderId).build());
              return save(
                      exId,
                      target,
                      bound,
                      changes(bound, target),
                      clientOrderId,
                      isPart ? own : Found.NOTHING,
                      token)
                  .compose(
                      saved ->
                          orAgain(
                              saved,
                              attempts,
                              next -> bind(exId, clientOrderId, exOrderId, token, next)));
            });
  }

  private static void checkUnbound(String clientOrderId, Found own, Found target) {
    if (!own.id.equals(clientOrderId) && !own.id.equals(target.id)) {
      throw Failure.CONFLICT.exception(
          "clientOrderId: " + clientOrderId + " is bound to the order " + own.id);
    }
    for (Found each : List.of(own, target)) {
      if (isOther(clientOrderId, each)) {
        throw Failure.CONFLICT.exception(
            "exOrderId: " + each.id + " is bound to the client's " + each.order.clientOrderId());
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
    return read(ids[0], ids[1])
        .map(
            found ->
                found.order != null && statuses.of(found.order).isFinal()
                    ? Collections.nCopies(requests.size(), found.order)
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
    OrderFilter those =
        OrderFilter.read(Fields.of("filter", filter == null ? new JsonObject() : filter), statuses);
    return complete(exId)
        .compose(
            v ->
                new Listing(
                        those,
                        last -> {
                          String from = last == null ? "-" : "(" + last;
                          String count = String.valueOf(PAGE);
                          String symbol = textOrNone(those.symbol());
                          String bot = textOrNone(those.botId());
                          return read("page", exId, List.of(from, count, symbol, bot));
                        })
                    .after(those.after()));
  }

  @Override
  public Future<List<Order>> getOpenOrders(String exId, String symbol, String botId) {
    OrderFilter open = OrderFilter.open(statuses, symbol, botId);
    return complete(exId)
        .compose(
            v ->
                Scans.<Map<String, Double>>sortedSet(
                    link,
                    keys.open(exId),
                    HashMap::new,
                    (since, id, score) -> since.put(id, Double.valueOf(score))))
        .compose(
            since -> {
              Iterator<String> oldest =
                  since.keySet().stream()
                      .sorted(
                          Comparator.<String, Double>comparing(since::get)
                              .thenComparing(Names.ORDER))
                      .iterator();
              return new Listing(open, last -> read("orders", exId, next(oldest))).after(null);
            });
  }

  private static String textOrNone(String value) {
    return value == null ? "" : encode(value);
  }

  private static List<String> next(Iterator<String> ids) {
    List<String> page = new ArrayList<>(PAGE);
    while (ids.hasNext() && page.size() < PAGE) {
      page.add(ids.next());
    }
    return page;
  }

  /** Orders that are wanted, read in pages until there are enough. */
  private final class Listing {

    private final OrderFilter filter;
    private final Function<String, Future<Response>> pages;

    /** By id, since one that is bound meanwhile may come under either. */
    private final Map<String, Order> found = new LinkedHashMap<>();

    // Not a chain of futures: completing one that is thousands long overflows the stack.
    private final Promise<List<Order>> done = Promise.promise();

    /**
     * @param pages reads those behind the last that was read
     */
    Listing(OrderFilter filter, Function<String, Future<Response>> pages) {
      this.filter = filter;
      this.pages = pages;
    }

    Future<List<Order>> after(String last) {
      take(pages.apply(last));
      return done.future();
    }

    private void take(Future<Response> page) {
      page.onSuccess(this::take).onFailure(done::fail);
    }

    private void take(Response page) {
      boolean isLast = page.size() < PAGE;
      String last = isLast ? null : page.get(PAGE - 1).get(0).toString();
      // Redis reads the next one while this one is read here, unless it may not be needed.
      boolean isMore = !isLast && found.size() + PAGE < filter.max();
      Future<Response> next = isMore ? pages.apply(last) : null;
      for (Response each : page) {
        Order order = orderOrNull(each);
        if (order != null && found.size() < filter.max() && filter.matches(order)) {
          found.put(each.get(0).toString(), order);
        }
      }
      if (isLast || found.size() == filter.max()) {
        done.complete(new ArrayList<>(found.values()));
      } else {
        take(next == null ? pages.apply(last) : next);
      }
    }
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

  /** Completes when all orders are in all lists, those too that an earlier version has saved. */
  private Future<Void> complete(String exId) {
    return read("complete", exId, List.of())
        .compose(
            is -> {
              if (is.toInteger() == 1) {
                return Future.succeededFuture();
              }
              Promise<Void> adopted = Promise.promise();
              adopt(exId, "0", adopted);
              return adopted.future().compose(v -> complete(exId));
            });
  }

  private void adopt(String exId, String cursor, Promise<Void> done) {
    link.run(WRITE, keys.all(exId), List.of("adopt", cursor))
        .onFailure(done::fail)
        .onSuccess(
            next -> {
              if (next.toString().equals("0")) {
                done.complete();
              } else {
                adopt(exId, next.toString(), done);
              }
            });
  }

  // Reading

  /** Without looking whether it is the bot's own id that is bound to another. */
  private Future<Found> readQuickly(String exId, String id) {
    return link.read(Command.HGETALL, keys.order(exId, id)).map(hash -> Found.of(id, false, hash));
  }

  private Future<Found> read(String exId, String id) {
    return read("orders", exId, List.of(id)).map(answer -> Found.of(answer.get(0)));
  }

  private Future<Response> read(String operation, String exId, List<String> more) {
    List<String> arguments = new ArrayList<>(1 + more.size());
    arguments.add(operation);
    arguments.addAll(more);
    return link.read(READ, keys.all(exId), arguments);
  }

  /**
   * What there is under an id.
   *
   * @param id the order's, also where it was asked for by the other one
   * @param isBound whether the bot's own id is bound to it
   * @param texts its fields as JSON, each by itself
   * @param order null when there is none
   */
  private record Found(String id, boolean isBound, Map<String, String> texts, Order order) {

    static final Found NOTHING = new Found("", false, Map.of(), null);

    static Found of(Response answer) {
      return of(answer.get(0).toString(), answer.get(1).toString().equals("="), answer.get(2));
    }

    static Found of(String id, boolean isBound, Response hash) {
      Map<String, String> texts = new HashMap<>();
      Scans.forEach(hash, texts::put);
      Order order = texts.isEmpty() ? null : RedisOrdersCache.order(texts);
      return new Found(id, isBound, texts, order);
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

  private static String encode(Object value) {
    if (!(value instanceof String text)) {
      return io.vertx.core.json.Json.encode(value);
    }
    StringBuilder json = new StringBuilder(text.length() + 2);
    Json.append(json, text);
    return json.toString();
  }
}
