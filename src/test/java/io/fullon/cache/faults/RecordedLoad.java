package io.fullon.cache.faults;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bot.Block;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.history.Answer;
import io.fullon.cache.history.Call;
import io.fullon.cache.history.Linearizability;
import io.fullon.cache.history.Market;
import io.fullon.cache.history.Queue;
import io.fullon.cache.history.Step;
import io.fullon.cache.history.StoredOrder;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.Patience;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Callers on several nodes who do everything to the same few blocks, queues and orders at the same
 * time, whatever happens, and write down what they saw. In the end there must be an order in which
 * it can have been done.
 */
final class RecordedLoad {

  /** Of each kind, each with so many callers. */
  private static final int LANES = 4;

  private static final int CALLERS = 4;

  /** After so many calls the callers go on with another one of the kind. */
  private static final int CALLS = 200;

  /** The same for calls without an answer, each of which makes the search much longer. */
  private static final int UNANSWERED = 6;

  /** After a failure, at most. */
  private static final int PAUSE_MS = 300;

  /** Of leases and claims: none ends by time. */
  static final long LONG_MS = 3_600_000;

  /** Of an order; the others end it. */
  private static final List<String> STATUSES =
      List.of("new", "open", "partially_filled", "canceled", "closed", "filled");

  private static final int ACTIVE = 3;

  /** More than is ever filled. */
  private static final String VOLUME = "1000";

  private final List<Vertx> nodes;
  private final List<Lane<?>> lanes = new ArrayList<>();
  private final List<Future<?>> callers = new ArrayList<>();
  private final ConcurrentLinkedQueue<Throwable> surprises = new ConcurrentLinkedQueue<>();
  private final AtomicLong unanswered = new AtomicLong();
  private final List<Gap> gaps = new ArrayList<>();
  private final AtomicInteger lastUnique = new AtomicInteger();
  private long checked;
  private volatile boolean over;

  /** A time in which reads may tell what is lost afterwards, as nanoTime. */
  private record Gap(long from, long to) {}

  /**
   * @param round makes the names of its blocks, queues and orders others than those before
   */
  RecordedLoad(List<Vertx> nodes, int round) {
    this.nodes = nodes;
    for (int i = 0; i < LANES; i++) {
      String number = round + "-" + i;
      lanes.add(new Markets("market-" + number));
      lanes.add(new Queues("queue-" + number));
      lanes.add(new Merges("merges-" + number));
    }
  }

  RecordedLoad start() {
    for (Lane<?> lane : lanes) {
      for (int i = 0; i < CALLERS; i++) {
        int caller = i;
        callers.add(Callers.until(() -> over, () -> lane.turn(caller)));
      }
    }
    return this;
  }

  private static int random(int below) {
    return ThreadLocalRandom.current().nextInt(below);
  }

  /** An int, as numbers are when they are read again. */
  private int unique() {
    return lastUnique.incrementAndGet();
  }

  private Vertx anyNode() {
    return nodes.get(random(nodes.size()));
  }

  private Future<Void> pause(long ms) {
    return anyNode().timer(ms, TimeUnit.MILLISECONDS);
  }

  private OrdersCache orders() {
    return OrdersCache.proxy(anyNode());
  }

  private BotCache bots() {
    return BotCache.proxy(anyNode());
  }

  /** One block, queue or order, and what was done to it. */
  private static final class Value<S> {

    final String name;
    final Deque<Call<S>> history = new ConcurrentLinkedDeque<>();
    final AtomicInteger calls = new AtomicInteger();
    final AtomicInteger unanswered = new AtomicInteger();

    /** Those that were answered, the last one first. */
    final Deque<Long> tokens = new ConcurrentLinkedDeque<>();

    /** Likewise. */
    final Deque<String> receipts = new ConcurrentLinkedDeque<>();

    Value(String name) {
      this.name = name;
    }

    boolean isUsedUp() {
      return calls.get() >= CALLS || unanswered.get() >= UNANSWERED;
    }
  }

  /** Mostly the first one; null when there is none. */
  private static <T> T any(Deque<T> of) {
    List<T> all = List.copyOf(of);
    return all.isEmpty() ? null : all.get(random(4) > 0 ? 0 : random(all.size()));
  }

  /** Values of one kind, one after the other. */
  private abstract class Lane<S> {

    final String prefix;
    private final S initial;
    private final Deque<Value<S>> values = new ConcurrentLinkedDeque<>();
    private final AtomicLong answers = new AtomicLong();

    Lane(String prefix, S initial) {
      this.prefix = prefix;
      this.initial = initial;
    }

    /** Does anything to it. */
    abstract Future<?> call(int caller, Value<S> value);

    /** Looks at what has become of it. */
    abstract Future<?> look(Value<S> value);

    Future<?> turn(int caller) {
      Value<S> value = current();
      value.calls.incrementAndGet();
      return call(caller, value)
          .onSuccess(v -> answers.incrementAndGet())
          .transform(result -> pause(1 + random(result.succeeded() ? 3 : PAUSE_MS)));
    }

    private synchronized Value<S> current() {
      if (values.isEmpty() || values.getLast().isUsedUp()) {
        values.add(new Value<>(String.valueOf(values.size())));
      }
      return values.getLast();
    }

    /**
     * Makes a call and writes it down. What is known not to have been done is left out.
     *
     * @param step what it is, with what was answered
     */
    <T> Future<T> record(
        Value<S> value, Supplier<Future<T>> call, Function<Answer<T>, Step<S>> step) {
      long began = System.nanoTime();
      return call.get()
          .onComplete(
              result -> {
                long ended = System.nanoTime();
                if (result.succeeded()) {
                  Answer<T> answer = Answer.of(result.result());
                  value.history.add(new Call<>(step.apply(answer), began, ended));
                } else if (Failure.TIMEOUT.matches(result.cause())) {
                  value.history.add(Call.unanswered(step.apply(Answer.unknown()), began));
                  value.unanswered.incrementAndGet();
                  unanswered.incrementAndGet();
                } else if (!Failure.UNAVAILABLE.matches(result.cause())) {
                  surprises.add(result.cause());
                }
              });
    }

    /** Looks at every value when all is well again, which a node may notice later than others. */
    Future<?> lookAtAll() {
      List<Value<S>> all = List.copyOf(values);
      return Callers.inTurn(all.size(), i -> lookUntilAnswered(all.get(i)));
    }

    private Future<?> lookUntilAnswered(Value<S> value) {
      AtomicBoolean answered = new AtomicBoolean();
      return Callers.until(
          answered::get,
          () ->
              look(value)
                  .onSuccess(v -> answered.set(true))
                  .transform(
                      result -> result.succeeded() ? Future.succeededFuture() : pause(PAUSE_MS)));
    }

    /** Without what may have been read of what was lost later, which nobody was promised. */
    private List<Call<S>> promised(Value<S> value) {
      List<Call<S>> history = new ArrayList<>(value.history);
      long sincePrevious = Long.MIN_VALUE;
      for (Gap gap : gaps) {
        long previous = sincePrevious;
        long from =
            value.history.stream()
                .filter(call -> !call.isAnswered())
                .mapToLong(Call::began)
                .filter(began -> began > previous && began < gap.from)
                .min()
                .orElse(gap.from);
        sincePrevious = gap.to;
        history.removeIf(
            call -> call.step().isObservation() && call.began() < gap.to && call.ended() > from);
      }
      return history;
    }

    List<String> violations() {
      List<String> violations = new ArrayList<>();
      for (Value<S> value : values) {
        List<Call<S>> history = promised(value);
        checked += history.size();
        String violation = Linearizability.violation(initial, history);
        if (violation != null) {
          violations.add(prefix + " " + value.name + ": " + violation);
        }
      }
      return violations;
    }
  }

  // Blocks and their tokens

  private final class Markets extends Lane<Market> {

    Markets(String prefix) {
      super(prefix, Market.FREE);
    }

    @Override
    Future<?> call(int caller, Value<Market> market) {
      String bot = "bot " + caller % 3;
      Long token = any(market.tokens);
      int what = token == null ? 0 : random(12);
      return switch (what) {
        case 0, 1 ->
            record(
                    market,
                    () -> bots().acquireBlock(prefix, market.name, bot, LONG_MS),
                    block -> new Market.Acquire(bot, block.map(RecordedLoad::token)))
                .onSuccess(
                    block -> {
                      if (block != null) {
                        market.tokens.addFirst(block.token());
                      }
                    });
        case 2 ->
            record(
                market,
                () -> bots().renewBlock(prefix, market.name, bot, token, LONG_MS),
                answer -> new Market.Renew(bot, token, answer));
        case 3, 4 ->
            record(
                market,
                () -> bots().unblockExchange(prefix, market.name, bot, token),
                answer -> new Market.Release(bot, token, answer));
        case 5 ->
            record(
                market,
                () -> bots().markOpeningPosition(prefix, market.name, bot, token),
                answer -> new Market.Mark(bot, token, answer));
        case 6, 7, 8 ->
            record(market, () -> write(market, token), answer -> new Market.Write(token, answer));
        default -> look(market);
      };
    }

    private Future<Boolean> write(Value<Market> market, long token) {
      JsonObject data = new JsonObject().put("symbol", market.name).put("n", unique());
      return orders()
          .saveOrderData(prefix, "order-" + market.name, data, token)
          .map(true)
          .recover(
              cause ->
                  Failure.CONFLICT.matches(cause)
                      ? Future.succeededFuture(false)
                      : Future.failedFuture(cause));
    }

    @Override
    Future<?> look(Value<Market> market) {
      Long token = any(market.tokens);
      return record(market, () -> bots().isBlocked(prefix, market.name), Market.Holder::new)
          .compose(
              v ->
                  record(
                      market,
                      () -> bots().isOpeningPosition(prefix, market.name),
                      Market.Opening::new))
          .compose(
              v ->
                  token == null
                      ? Future.succeededFuture()
                      : record(
                          market,
                          () -> bots().checkBlock(prefix, market.name, token),
                          answer -> new Market.Check(token, answer)));
    }
  }

  private static Long token(Block block) {
    return block == null ? null : block.token();
  }

  // Queues

  private final class Queues extends Lane<Queue> {

    Queues(String prefix) {
      super(prefix, Queue.EMPTY);
    }

    private String name(Value<Queue> queue) {
      return prefix + "-" + queue.name;
    }

    @Override
    Future<?> call(int caller, Value<Queue> queue) {
      return switch (random(10)) {
        case 0, 1, 2 -> {
          String id = "o" + unique();
          yield record(
              queue,
              () -> orders().pushOpenOrder(id, name(queue)),
              length -> new Queue.Push(id, length));
        }
        case 3, 4 -> pop(queue, random(20));
        case 5, 6 ->
            record(
                    queue,
                    () -> orders().takeOpenOrder(name(queue), "caller", random(20)),
                    Queue.Take::new)
                .onSuccess(
                    claim -> {
                      if (claim != null) {
                        queue.receipts.addFirst(claim.receipt());
                      }
                    });
        case 7, 8 -> {
          String receipt = any(queue.receipts);
          yield receipt == null ? pop(queue, 0) : acknowledge(queue, receipt);
        }
        default -> record(queue, () -> orders().getQueueLength(name(queue)), Queue.Length::new);
      };
    }

    private Future<String> pop(Value<Queue> queue, long timeoutMs) {
      return record(queue, () -> orders().popOpenOrder(name(queue), timeoutMs), Queue.Pop::new);
    }

    private Future<?> acknowledge(Value<Queue> queue, String receipt) {
      return record(
          queue,
          () -> orders().ackOpenOrder(name(queue), receipt),
          answer -> new Queue.Ack(receipt, answer));
    }

    @Override
    Future<?> look(Value<Queue> queue) {
      AtomicBoolean empty = new AtomicBoolean();
      List<String> receipts = List.copyOf(queue.receipts);
      return Callers.until(empty::get, () -> pop(queue, 0).onSuccess(id -> empty.set(id == null)))
          .compose(v -> Callers.inTurn(receipts.size(), i -> acknowledge(queue, receipts.get(i))));
    }
  }

  // Merges

  private final class Merges extends Lane<StoredOrder> {

    Merges(String prefix) {
      super(prefix, StoredOrder.NONE);
    }

    @Override
    Future<?> call(int caller, Value<StoredOrder> order) {
      int what = random(100);
      if (what < 60) {
        JsonObject data = message(caller, order);
        return record(
            order,
            () -> orders().saveOrderData(prefix, order.name, data),
            answer -> new StoredOrder.Merge(data, answer));
      } else if (what < 63) {
        Order whole =
            Order.builder()
                .exOrderId(order.name)
                .status("open")
                .volume(new BigDecimal(VOLUME))
                .finalVolume(BigDecimal.valueOf(order.calls.get()))
                .more("by", unique())
                .build();
        return record(
            order, () -> orders().saveOrder(prefix, whole), answer -> new StoredOrder.Save(whole));
      } else if (what < 65) {
        return record(
            order, () -> orders().deleteOrder(prefix, order.name), StoredOrder.Delete::new);
      }
      return look(order);
    }

    /** What an exchange may tell of it now, or has told before. Each changes something. */
    private JsonObject message(int caller, Value<StoredOrder> order) {
      int turn = Math.max(1, order.calls.get() - random(2) * random(30));
      JsonObject data =
          new JsonObject().put("by", unique()).put("field-" + caller, turn).put("volume", VOLUME);
      if (random(3) > 0) {
        data.put("final_volume", String.valueOf(turn)).put("fee", "0." + turn);
      }
      if (random(3) > 0) {
        data.put("timestamp", 1_000 + turn);
      }
      if (random(3) > 0) {
        data.put("status", STATUSES.get(random(random(15) == 0 ? STATUSES.size() : ACTIVE)));
      }
      return data;
    }

    @Override
    Future<?> look(Value<StoredOrder> order) {
      return record(
          order, () -> orders().getOrderStatus(prefix, order.name), StoredOrder.Read::new);
    }
  }

  // What the test does meanwhile

  /** Waits until the callers of every lane have had so many answers more. */
  void awaitProgress(int more) {
    long[] wanted = lanes.stream().mapToLong(lane -> lane.answers.get() + more).toArray();
    for (int i = 0; i < wanted.length; i++) {
      long enough = wanted[i];
      AtomicLong answers = lanes.get(i).answers;
      Patience.await(
          "answers of " + lanes.get(i).prefix, () -> answers.get() >= enough, answers::get);
    }
  }

  /** Waits until one more call has no answer. */
  void awaitUnanswered() {
    long before = unanswered.get();
    Patience.await("a call without an answer", () -> unanswered.get() > before, unanswered::get);
  }

  /**
   * Does what loses writes that were not acknowledged, such as a failover. Until it is over, and
   * since the first of those writes, what is read is not promised to stay.
   */
  void lose(Runnable fault) {
    long from = System.nanoTime();
    fault.run();
    gaps.add(new Gap(from, System.nanoTime()));
  }

  /** Ends it; fails when there is no order in which all can have been done. */
  void assertLinearizable(String fault) {
    over = true;
    get(Future.join(callers));
    Callers.await(lanes.stream().map(Lane::lookAtAll).toList());
    assertThat(surprises).isEmpty();
    List<String> violations = lanes.stream().flatMap(lane -> lane.violations().stream()).toList();
    System.out.printf(
        "%s: checked %d calls on %d values, %d without an answer%n",
        fault,
        checked,
        lanes.stream().mapToInt(lane -> lane.values.size()).sum(),
        unanswered.get());
    assertThat(violations.size() + " violations: " + String.join("\n", violations))
        .isEqualTo("0 violations: ");
  }
}
