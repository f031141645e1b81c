package io.fullon.cache.orders;

import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lists orders, which are read in pages. */
final class OrderLists {

  private static final Logger LOG = LoggerFactory.getLogger(OrderLists.class);

  /** How many orders Redis reads as one step. */
  private static final int PAGE = 100;

  private final RedisLink link;
  private final OrdersKeys keys;
  private final OrderReads reads;
  private final LongAdder unreadable;

  OrderLists(RedisLink link, OrdersKeys keys, OrderReads reads, Meters meters) {
    this.link = link;
    this.keys = keys;
    this.reads = reads;
    this.unreadable =
        meters.counter("fullon.cache.orders.unreadable", "Stored orders that cannot be read");
  }

  /** Those that are wanted, by id. */
  Future<List<Order>> orders(String exId, OrderFilter wanted) {
    String count = String.valueOf(PAGE);
    String symbol = textOrNone(wanted.symbol());
    String bot = textOrNone(wanted.botId());
    Listing listing =
        new Listing(
            wanted,
            last -> {
              String from = last == null ? "-" : "(" + last;
              return reads.run("page", exId, List.of(from, count, symbol, bot));
            });
    return complete(exId).compose(v -> listing.after(wanted.after()));
  }

  /** Those of the open ones that are wanted, the oldest first. */
  Future<List<Order>> open(String exId, OrderFilter wanted) {
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
              return new Listing(wanted, last -> reads.run("orders", exId, next(oldest)))
                  .after(null);
            });
  }

  private static String textOrNone(String value) {
    return value == null ? "" : StoredOrder.encode(value);
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
      return StoredOrder.of(answer).order();
    } catch (RuntimeException e) {
      unreadable.increment();
      LOG.warn("The order {} cannot be read: {}", answer.get(0), e.getMessage());
      return null;
    }
  }

  /** Completes when all orders are in all lists, those too that an earlier version has saved. */
  private Future<Void> complete(String exId) {
    return reads
        .run("complete", exId, List.of())
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
    link.run(OrderStore.WRITE, keys.all(exId), List.of("adopt", cursor))
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
}
