package io.fullon.cache.tick;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Json.DecimalStyle;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several nodes and several writers on one Redis, all on the same few symbols. */
class TickRaceIT {

  private static final String EXCHANGE = "binance";
  private static final int SYMBOLS = 5;
  private static final int WRITERS = 4;
  private static final int ROUNDS = Boolean.getBoolean("fullon.long") ? 200 : 25;
  private static final int AT_ONCE = 50;
  private static final long START = 1_700_000_000;

  /** Compared all the time, so that this has its chance to lose or to repeat something. */
  private static final JsonObject CONFIG =
      new JsonObject()
          .put("tick", new JsonObject().put("instances", 2).put("compare_interval_ms", 10));

  @AutoClose private final SharedRedis redis = new SharedRedis();
  private final List<Observed> nodes = new ArrayList<>();

  /** A node, and everything that it published, by symbol. */
  private static final class Observed {

    private final CacheNode node;
    private final Map<String, ConcurrentLinkedQueue<Tick>> published = new ConcurrentHashMap<>();

    Observed(SharedRedis redis) {
      node = redis.node(CONFIG);
      node.vertx()
          .eventBus()
          .<Tick>localConsumer(
              TickCache.UPDATES,
              message ->
                  published
                      .computeIfAbsent(message.body().symbol(), s -> new ConcurrentLinkedQueue<>())
                      .add(message.body()));
    }

    List<Tick> published(String symbol) {
      return List.copyOf(published.getOrDefault(symbol, new ConcurrentLinkedQueue<>()));
    }

    int publishedCount() {
      return published.values().stream().mapToInt(ConcurrentLinkedQueue::size).sum();
    }

    Map<String, Tick> table() {
      return get(node.ticks().getAllTickers(EXCHANGE)).stream()
          .collect(Collectors.toMap(Tick::symbol, tick -> tick));
    }
  }

  @BeforeEach
  void startNodes() {
    nodes.add(new Observed(redis));
    nodes.add(new Observed(redis));
  }

  private static String symbol(int i) {
    return "S" + i;
  }

  private static Tick tick(Random random, long around) {
    return Tick.of(
        EXCHANGE,
        symbol(random.nextInt(SYMBOLS)),
        BigDecimal.valueOf(random.nextInt(1_000_000), 2),
        Instant.ofEpochSecond(START + around + random.nextInt(3)));
  }

  private Map<String, Tick> stored() {
    CacheNode node = nodes.get(0).node;
    Map<String, Tick> stored = new ConcurrentHashMap<>();
    for (int i = 0; i < SYMBOLS; i++) {
      var text = node.redis(Command.HGET, "tickers:" + EXCHANGE, symbol(i));
      if (text != null) {
        stored.put(symbol(i), Tick.read(Json.parse("", text.toString())));
      }
    }
    return stored;
  }

  private void assertAllAgree() {
    await("all tables to be what Redis has")
        .untilAsserted(
            () -> {
              Map<String, Tick> stored = stored();
              nodes.forEach(observed -> assertThat(observed.table()).isEqualTo(stored));
            });
  }

  private void assertSameOrderEverywhere() {
    for (int i = 0; i < SYMBOLS; i++) {
      List<Tick> first = nodes.get(0).published(symbol(i));
      assertThat(first)
          .extracting(Tick::seq)
          .as("numbers of %s", symbol(i))
          .isSorted()
          .doesNotHaveDuplicates();
      assertThat(nodes.get(1).published(symbol(i))).as(symbol(i)).isEqualTo(first);
    }
  }

  @Test
  void everyStoredTickIsPublishedOnceAndInOrderOnEveryNode() {
    AtomicInteger storedCount = new AtomicInteger();
    Random random = new Random(5);

    for (int round = 0; round < ROUNDS; round++) {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        TickCache writer = nodes.get(random.nextInt(nodes.size())).node.ticks();
        calls.add(
            writer
                .updateTicker(EXCHANGE, tick(random, round))
                .onSuccess(stored -> storedCount.addAndGet(stored ? 1 : 0)));
      }
      get(Future.all(calls));
    }

    for (Observed observed : nodes) {
      await("all that was stored to be published")
          .until(() -> observed.publishedCount() >= storedCount.get());
      assertThat(observed.publishedCount()).isEqualTo(storedCount.get());
    }
    assertSameOrderEverywhere();
    assertAllAgree();
  }

  @Test
  void tablesRedisAndWhatIsPublishedAgreeAfterUpdatesAndDeletions() {
    List<Thread> writers =
        IntStream.range(0, WRITERS).mapToObj(i -> new Thread(() -> write(i))).toList();

    writers.forEach(Thread::start);
    writers.forEach(TickRaceIT::join);

    assertAllAgree();
    await("the last ticks to be published")
        .untilAsserted(
            () ->
                stored()
                    .forEach(
                        (symbol, tick) ->
                            nodes.forEach(
                                observed ->
                                    assertThat(observed.published(symbol)).contains(tick))));
    for (Observed observed : nodes) {
      for (int i = 0; i < SYMBOLS; i++) {
        assertThat(observed.published(symbol(i)))
            .extracting(Tick::seq)
            .as("numbers of %s", symbol(i))
            .isSorted()
            .doesNotHaveDuplicates();
      }
    }
  }

  /** Updates and deletes at random; after each answer, reads what it must see at least. */
  private void write(int seed) {
    Random random = new Random(seed);
    CacheNode node = nodes.get(seed % nodes.size()).node;
    for (int round = 0; round < ROUNDS; round++) {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < AT_ONCE / WRITERS; i++) {
        Tick tick = tick(random, round);
        int kind = random.nextInt(50);
        calls.add(
            kind == 0
                ? node.ticks().deleteExchangeTickers(EXCHANGE)
                : kind < 5
                    ? node.ticks().deleteTicker(tick.symbol(), EXCHANGE)
                    : kind < 10
                        ? node.ticks().updateTickers(List.of(tick, tick(random, round), tick))
                        : node.ticks().updateTicker(EXCHANGE, tick));
      }
      get(Future.all(calls));
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aNodeReadsItsOwnWritesWhileOthersWrite() {
    CacheNode busy = nodes.get(1).node;
    TickCache ticks = nodes.get(0).node.ticks();
    Random random = new Random(7);
    List<Future<?>> noise = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < AT_ONCE; i++) {
        noise.add(busy.ticks().updateTicker(EXCHANGE, tick(random, round)));
      }
      Tick own =
          Tick.of(EXCHANGE, "OWN", BigDecimal.valueOf(round), Instant.ofEpochSecond(START + round));
      assertThat(get(ticks.updateTicker(EXCHANGE, own))).isTrue();
      assertThat(get(ticks.getPrice("OWN", EXCHANGE))).isEqualTo(own.price());
      assertThat(get(ticks.deleteTicker("OWN", EXCHANGE))).isTrue();
      assertThat(get(ticks.getPrice("OWN", EXCHANGE))).isNull();
    }
    get(Future.all(noise));
    assertAllAgree();
  }

  @Test
  void allAgreeWithAProgramThatKnowsNeitherTimesNorNumbers() {
    Random random = new Random(11);
    CacheNode node = nodes.get(0).node;
    for (int round = 0; round < ROUNDS; round++) {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        calls.add(node.ticks().updateTicker(EXCHANGE, tick(random, round)));
      }
      Tick foreign = tick(random, round);
      String json = foreign.encode(DecimalStyle.NUMBER);
      node.redis(Command.HSET, "tickers:" + EXCHANGE, foreign.symbol(), json);
      node.redis(Command.PUBLISH, "ticker_updates:" + EXCHANGE + ":" + foreign.symbol(), json);
      if (round % 10 == 0) {
        node.redis(Command.HDEL, "tickers:" + EXCHANGE, symbol(random.nextInt(SYMBOLS)));
      }
      get(Future.all(calls));
    }

    assertAllAgree();
  }
}
