package io.fullon.cache.orders;

import io.fullon.cache.fence.Fence;
import io.fullon.cache.fence.Fences;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.queue.Waiters;
import io.fullon.cache.redis.Gatherer;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queues of orders' ids. What was pushed under a block is given out only if that was still held:
 * the queue and the block are in two Cluster slots, so an id is claimed, then looked at, then
 * given.
 */
final class OrderQueues {

  private static final Logger LOG = LoggerFactory.getLogger(OrderQueues.class);
  private static final Script SCRIPT = Script.load("order-queue");

  /** Who pops says so to the script with no name; who claims gives its own. */
  private static final String POPS = "";

  private static final String NO_BLOCK = "";

  private final RedisLink link;
  private final OrdersOptions options;
  private final OrdersKeys keys;
  private final Gatherer<Push> pushes;
  private final LongAdder deadLetters;
  private final LongAdder fenced;
  private Waiters<Delivery> waiters;

  /** An id for a queue, and the block under which it is pushed, as text. */
  private record Push(String exOrderId, String block) {}

  /**
   * An id that came out of a queue; receipt and deliveries are for those who claim it.
   *
   * @param block under which it was pushed, as text
   * @param failure why it is not known whether that is held, or null
   */
  private record Delivery(
      String exOrderId, String receipt, int deliveries, String block, Throwable failure) {

    boolean isFenced() {
      return !block.equals(NO_BLOCK);
    }

    Delivery failed(Throwable cause) {
      return isFenced() ? new Delivery(exOrderId, receipt, deliveries, block, cause) : this;
    }

    Future<Delivery> future() {
      return failure == null ? Future.succeededFuture(this) : Future.failedFuture(failure);
    }
  }

  private OrderQueues(Vertx vertx, RedisLink link, OrdersOptions options, Meters meters) {
    this.deadLetters =
        meters.counter("fullon.cache.orders.dead", "Order ids that were delivered too often");
    this.fenced =
        meters.counter(
            "fullon.cache.orders.fenced", "Order ids dropped, whose block was not held any more");
    this.link = link;
    this.options = options;
    this.keys = new OrdersKeys(link.options().prefix());
    this.pushes = new Gatherer<>(vertx, this::push);
  }

  static Future<OrderQueues> open(
      Vertx vertx, RedisLink link, OrdersOptions options, Meters meters) {
    OrderQueues queues = new OrderQueues(vertx, link, options, meters);
    OrdersKeys keys = queues.keys;
    return Waiters.open(
            vertx, link, keys.pushed(), options.maxWaiting(), keys::waiting, queues::take)
        .map(
            waiters -> {
              queues.waiters = waiters;
              return queues;
            });
  }

  Future<Void> close() {
    return waiters.close();
  }

  /**
   * @param block which must be held, or null
   */
  Future<Integer> push(String exOrderId, String queue, Fence block) {
    if (block == null) {
      return add(queue, new Push(exOrderId, NO_BLOCK));
    }
    // Who has lost it already is told at once. What counts is that it is held when the id comes
    // out.
    return Fences.check(link, block).compose(v -> add(queue, new Push(exOrderId, text(block))));
  }

  private Future<Integer> add(String queue, Push push) {
    return pushes.add(queue, List.of(push), (answer, index) -> answer.get(1 + index).toInteger());
  }

  private Future<Response> push(String queue, List<Push> ids) {
    Pair pair = pair(queue);
    List<String> arguments = pair.operation("push");
    arguments.add(keys.pushed());
    arguments.add(pair.dead());
    arguments.add(queue);
    for (Push id : ids) {
      arguments.add(id.exOrderId());
      arguments.add(id.block());
    }
    return link.run(SCRIPT, pair.keys(), arguments)
        .onSuccess(answer -> tellDead(pair, answer.get(0)));
  }

  /**
   * A queue and that of its dead, of which either is meant: what is dead by now goes there whoever
   * asks for which.
   *
   * @param dead empty where there is none
   */
  private record Pair(
      String living, String dead, boolean isDead, int maxDeliveries, OrdersKeys all) {

    List<String> keys() {
      return Stream.of(living, dead)
          .filter(name -> !name.isEmpty())
          .flatMap(name -> Stream.of(all.waiting(name), all.claimed(name), all.entries(name)))
          .toList();
    }

    List<String> operation(String name) {
      String which = isDead ? "dead" : "living";
      return new ArrayList<>(List.of(name, which, String.valueOf(maxDeliveries)));
    }
  }

  private Pair pair(String queue) {
    int max = options.maxDeliveries();
    String living = max > 0 ? OrdersKeys.living(queue) : null;
    if (living != null) {
      return new Pair(living, queue, true, max, keys);
    }
    String dead = max > 0 ? OrdersKeys.dead(queue) : null;
    return dead == null
        ? new Pair(queue, "", false, 0, keys)
        : new Pair(queue, dead, false, max, keys);
  }

  private void tellDead(Pair pair, Response ids) {
    for (int i = 0; i < ids.size(); i += 2) {
      deadLetters.increment();
      LOG.warn(
          "Order {} was delivered too often: it is in the queue {} now", ids.get(i), pair.dead());
    }
  }

  /** An exchange and a symbol have no spaces. */
  private static String text(Fence block) {
    return block.exchange() + " " + block.symbol() + " " + block.token();
  }

  private static Fence block(String text) {
    String[] parts = text.split(" ", 3);
    return new Fence(parts[0], parts[1], Long.parseLong(parts[2]));
  }

  Future<Integer> length(String queue) {
    pushes.flush(queue);
    Pair pair = pair(queue);
    return link.read(SCRIPT, pair.keys(), pair.operation("length")).map(Response::toInteger);
  }

  Future<Boolean> acknowledge(String queue, String receipt) {
    return acknowledge(queue, List.of(receipt)).map(answer -> answer.get(0).toInteger() == 1);
  }

  private Future<Response> acknowledge(String queue, List<String> receipts) {
    Pair pair = pair(queue);
    List<String> arguments = pair.operation("ack");
    arguments.addAll(receipts);
    // After what came before.
    pushes.flush(queue);
    return link.run(SCRIPT, pair.keys(), arguments);
  }

  // Out of a queue

  Future<String> pop(String queue, long timeoutMs) {
    return next(queue, POPS, timeoutMs)
        .map(delivery -> delivery == null ? null : delivery.exOrderId());
  }

  Future<OrderClaim> take(String queue, String consumer, long timeoutMs) {
    return next(queue, consumer, timeoutMs)
        .map(
            delivery ->
                delivery == null
                    ? null
                    : new OrderClaim(
                        delivery.exOrderId(), delivery.receipt(), delivery.deliveries()));
  }

  private Future<Delivery> next(String queue, String consumer, long timeoutMs) {
    return waiters
        .next(queue, consumer, timeoutMs)
        .compose(delivery -> delivery == null ? Future.succeededFuture() : delivery.future());
  }

  private Future<Waiters.Batch<Delivery>> take(String queue, List<String> consumers) {
    Taking taking = new Taking(queue, consumers);
    taking.next();
    return taking.done.future();
  }

  /** Takes ids out of a queue until all have one or it is empty: what is dropped makes room. */
  private final class Taking {

    private final String queue;
    private final Pair pair;
    private final List<String> consumers;

    /** What each has; null while it has none. */
    private final Delivery[] taken;

    /** Blocks that are not held any more: none of them ever is again. */
    private final Set<String> lost = new HashSet<>();

    // Not a chain of futures: completing one that is thousands long overflows the stack.
    private final Promise<Waiters.Batch<Delivery>> done = Promise.promise();

    Taking(String queue, List<String> consumers) {
      this.queue = queue;
      this.pair = pair(queue);
      this.consumers = consumers;
      this.taken = new Delivery[consumers.size()];
    }

    void next() {
      List<Integer> missing = new ArrayList<>();
      for (int i = 0; i < taken.length; i++) {
        if (taken[i] == null) {
          missing.add(i);
        }
      }
      claim(missing)
          .compose(
              answer -> {
                List<Delivery> claims = claims(answer);
                return held(missing, claims)
                    .onSuccess(
                        held -> {
                          for (int i = 0; i < held.size(); i++) {
                            taken[missing.get(i)] = held.get(i);
                          }
                          boolean isEmpty =
                              claims.size() < missing.size() && answer.get(3).toInteger() == 1;
                          if (isEmpty || Stream.of(taken).allMatch(Objects::nonNull)) {
                            end(answer.get(0).toLong());
                          } else {
                            next();
                          }
                        });
              })
          .onFailure(
              cause -> {
                if (missing.size() < taken.length) {
                  // What others have is theirs; who has none asks again.
                  end(0);
                } else {
                  done.fail(cause);
                }
              });
    }

    private void end(long retryAfterMs) {
      done.complete(new Waiters.Batch<>(Arrays.asList(taken), retryAfterMs));
    }

    private Future<Response> claim(List<Integer> missing) {
      List<String> arguments = pair.operation("take");
      arguments.add(keys.pushed());
      arguments.add(pair.dead());
      arguments.add(String.valueOf(options.visibilityTimeoutMs()));
      arguments.add(String.valueOf(lost.size()));
      arguments.addAll(lost);
      missing.forEach(i -> arguments.add(consumers.get(i)));
      pushes.flush(queue);
      return link.run(SCRIPT, pair.keys(), arguments);
    }

    private List<Delivery> claims(Response answer) {
      tellDead(pair, answer.get(1));
      Response dropped = answer.get(2);
      for (int i = 0; i < dropped.size(); i += 2) {
        drop(dropped.get(i).toString(), dropped.get(i + 1).toString());
      }
      List<Delivery> claims = new ArrayList<>(answer.size() - 4);
      for (int i = 4; i < answer.size(); i++) {
        claims.add(delivery(answer.get(i)));
      }
      return claims;
    }

    private void drop(String exOrderId, String block) {
      fenced.increment();
      LOG.warn(
          "Order {} of the queue {} is dropped: it was pushed under the block {}, which is not held"
              + " any more",
          exOrderId,
          queue,
          block);
    }

    private Delivery delivery(Response entry) {
      Delivery delivery =
          new Delivery(
              entry.get(0).toString(),
              entry.get(1).toString(),
              entry.get(2).toInteger(),
              entry.get(4).toString(),
              null);
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

    /**
     * Looks at the blocks under which ids were pushed.
     *
     * @return the claims; null in the place of one whose block is not held any more, or that has
     *     ended meanwhile; failed where that is not known. Never fails: what was pushed under no
     *     block may be out of the queue
     */
    private Future<List<Delivery>> held(List<Integer> missing, List<Delivery> claims) {
      Set<String> blocks = new HashSet<>();
      claims.stream().filter(Delivery::isFenced).forEach(claim -> blocks.add(claim.block()));
      if (blocks.isEmpty()) {
        return Future.succeededFuture(claims);
      }
      return Fences.held(link, blocks.stream().map(OrderQueues::block).toList())
          .compose(
              held -> {
                held.forEach(block -> blocks.remove(text(block)));
                lost.addAll(blocks);
                return end(missing, claims);
              })
          .otherwise(cause -> claims.stream().map(claim -> claim.failed(cause)).toList());
    }

    /** Takes out of the queue for good what is dropped, and what is popped. */
    private Future<List<Delivery>> end(List<Integer> missing, List<Delivery> claims) {
      List<Delivery> given = new ArrayList<>(claims);
      List<Integer> ended = new ArrayList<>();
      for (int i = 0; i < claims.size(); i++) {
        Delivery claim = claims.get(i);
        if (lost.contains(claim.block())) {
          drop(claim.exOrderId(), claim.block());
          given.set(i, null);
          ended.add(i);
        } else if (claim.isFenced() && consumers.get(missing.get(i)).equals(POPS)) {
          ended.add(i);
        }
      }
      if (ended.isEmpty()) {
        return Future.succeededFuture(given);
      }
      return acknowledge(queue, ended.stream().map(i -> claims.get(i).receipt()).toList())
          .map(
              answer -> {
                for (int i = 0; i < ended.size(); i++) {
                  if (answer.get(i).toInteger() == 0) {
                    // Its time was over: it is somebody else's.
                    given.set(ended.get(i), null);
                  }
                }
                return given;
              });
    }
  }
}
