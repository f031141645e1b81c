package io.fullon.cache.fence;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.fence.Deed.What;
import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.testing.Signals;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Bots in two processes that are paused around each step, and stopped altogether, for longer than
 * their leases. Nothing is stored, and nothing given out, with a token that is dead by then.
 */
class PausedBotsIT {

  /** Of event loops, in both processes together. The processes are stopped besides. */
  private static final int PAUSES =
      Integer.getInteger("fullon.pauses", Boolean.getBoolean("fullon.long") ? 30_000 : 3_000);

  private static final long SEED = Long.getLong("fullon.seed", System.currentTimeMillis());

  private static final int PROCESSES = 2;
  private static final int LONGEST_STOP_MS = 150;
  private static final int LONGEST_RUN_MS = 100;

  @AutoClose private final SharedRedis redis = new SharedRedis();
  private final Queue<Deed> deeds = new ConcurrentLinkedQueue<>();
  private final Queue<Order> updates = new ConcurrentLinkedQueue<>();
  private final Random random = new Random(SEED);

  @Test
  void nothingIsStoredOrGivenOutWithATokenThatIsDead() throws Exception {
    System.out.println("-Dfullon.pauses=" + PAUSES + " -Dfullon.seed=" + SEED);
    CacheNode observer = redis.node("web", "enabled", false);
    get(
        observer
            .vertx()
            .eventBus()
            .<Object>localConsumer(
                OrdersCache.UPDATES,
                message -> {
                  if (message.body() instanceof Order order) {
                    updates.add(order);
                  }
                })
            .completion());
    for (int market = 0; market < PausedBots.MARKETS; market++) {
      get(observer.orders().saveOrder(PausedBots.EXCHANGE, PausedBots.order(market)));
    }
    long before = System.nanoTime();
    System.out.println("Stopped " + runProcesses() + " times");
    long after = System.nanoTime();

    // Their times mean the same here.
    assertThat(deeds).allMatch(deed -> deed.began() > before && deed.ended() < after);
    Map<Integer, List<Deed>> byMarket = deeds.stream().collect(Collectors.groupingBy(Deed::market));
    assertThat(byMarket.values().stream().flatMap(of -> FencedHistory.wrong(of).stream()))
        .isEmpty();
    assertOrdersNeverWentBack();
    assertEverythingHappened();
  }

  /** Gives how often one was stopped. */
  private int runProcesses() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(PROCESSES);
    try (ChildJvm one = start(0);
        ChildJvm other = start(1)) {
      List<ChildJvm> processes = List.of(one, other);
      List<Future<?>> readers = new ArrayList<>();
      processes.forEach(process -> readers.add(threads.submit(() -> read(process))));
      int stops = 0;
      while (readers.stream().noneMatch(Future::isDone)) {
        stop(processes.get(random.nextInt(PROCESSES)));
        stops++;
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
      return stops;
    } finally {
      threads.shutdownNow();
    }
  }

  private ChildJvm start(int number) {
    return ChildJvm.start(
        PausedBots.class,
        redis.server().uri(),
        String.valueOf(number),
        String.valueOf(PAUSES / PROCESSES),
        String.valueOf(SEED + number));
  }

  private void read(ChildJvm process) {
    String line = process.line();
    while (!line.equals(PausedBots.DONE)) {
      deeds.add(Deed.fromJson(new JsonObject(line)));
      line = process.line();
    }
  }

  /** All its threads, for a while. */
  private void stop(ChildJvm process) throws InterruptedException {
    Signals.send("STOP", process.pid());
    TimeUnit.MILLISECONDS.sleep(1 + random.nextInt(LONGEST_STOP_MS));
    Signals.send("CONT", process.pid());
    TimeUnit.MILLISECONDS.sleep(1 + random.nextInt(LONGEST_RUN_MS));
  }

  /** As they were told, which is as they were stored. */
  private void assertOrdersNeverWentBack() {
    Map<String, Order> last = new HashMap<>();
    for (Order order : updates) {
      Order before = last.put(order.exOrderId(), order);
      if (before != null) {
        assertThat(order.version())
            .as("%s after %s", order, before)
            .isGreaterThan(before.version());
        assertThat(order.blockToken())
            .as("%s after %s", order, before)
            .isGreaterThanOrEqualTo(before.blockToken() == null ? 0 : before.blockToken());
      }
    }
    assertThat(last).hasSizeGreaterThanOrEqualTo(PausedBots.MARKETS);
  }

  private void assertEverythingHappened() {
    Map<What, Long> done = count(Deed::done);
    Map<What, Long> refused = count(deed -> !deed.done());
    System.out.println("Done: " + done + ", refused: " + refused);
    assertThat(done.keySet()).containsExactlyInAnyOrder(What.values());
    assertThat(refused.keySet())
        .containsExactlyInAnyOrderElementsOf(
            EnumSet.complementOf(EnumSet.of(What.ACQUIRE, What.POP, What.TAKE)));
  }

  private Map<What, Long> count(Predicate<Deed> which) {
    return deeds.stream()
        .filter(which)
        .collect(
            Collectors.groupingBy(
                Deed::what, () -> new EnumMap<>(What.class), Collectors.counting()));
  }
}
