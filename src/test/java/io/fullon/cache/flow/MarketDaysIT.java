package io.fullon.cache.flow;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.Signals;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random days of a simulated exchange, many at a time, reported on two nodes while Redis is killed
 * now and then.
 */
class MarketDaysIT {

  private static final int DAYS =
      Integer.getInteger("fullon.days", Boolean.getBoolean("fullon.long") ? 100_000 : 100);

  /** That of the first day; the next one has the next. */
  private static final long SEED = Long.getLong("fullon.seed", System.currentTimeMillis());

  private static final int EVENTS = 200;

  /** As many as keep the machine busy: what is under way needs memory. */
  private static final int AT_ONCE = 16;

  /** After so many days Redis is killed, with others under way. */
  private static final int DAYS_BETWEEN_KILLS = 60;

  /** After so many days all data is thrown away. */
  private static final int DAYS_KEPT = 1_000;

  /** What is acknowledged is written: the machine goes on when the server is killed. */
  private static final Map<String, String> KEEPING =
      Map.of("appendonly", "yes", "appendfsync", "no");

  /** Nobody listens to events. */
  private static final JsonObject WITHOUT_LISTENERS =
      new JsonObject()
          .put("orders", Options.of("events", false))
          .put("trades", Options.of("events", false))
          .put("account", Options.of("events", false))
          .put("web", Options.of("enabled", false));

  @TempDir private Path data;
  private EmbeddedRedis redis;
  private final List<CacheNode> nodes = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    redis = EmbeddedRedis.start(0, data, KEEPING);
    nodes.add(node());
    nodes.add(node());
  }

  /** With one thread, which is less woken up than several. */
  private CacheNode node() {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    return CacheNode.start(redis, vertx, WITHOUT_LISTENERS);
  }

  @AfterEach
  void stop() {
    nodes.forEach(CacheNode::close);
    redis.close();
  }

  private void kill() throws IOException {
    Signals.send("KILL", redis.pid());
    redis.close();
    redis = EmbeddedRedis.start(redis.port(), data, KEEPING);
  }

  /** Each call of a day has its own deadline. */
  @Test
  @Timeout(value = 1, unit = TimeUnit.DAYS) // they are up to 100,000
  void theAccountIsWhatTheExchangeKnowsHoweverItIsTold() throws Exception {
    System.out.println("-Dfullon.days=" + DAYS + " -Dfullon.seed=" + SEED);
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try {
      for (int first = 0; first < DAYS; first += DAYS_KEPT) {
        run(threads, first, Math.min(DAYS, first + DAYS_KEPT));
        nodes.get(0).redis(Command.FLUSHALL);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void run(ExecutorService threads, int first, int end) throws Exception {
    List<Vertx> vertxs = nodes.stream().map(CacheNode::vertx).toList();
    List<Future<?>> days = new ArrayList<>();
    for (int i = first; i < end; i++) {
      long seed = SEED + i;
      int account = i;
      days.add(
          threads.submit(() -> run(new MarketDay(seed, account, vertxs, seed % 4 == 0), seed)));
    }
    for (int i = 0; i < days.size(); i++) {
      days.get(i).get();
      if (i % DAYS_BETWEEN_KILLS == DAYS_BETWEEN_KILLS - 1) {
        kill();
      }
    }
  }

  private static void run(MarketDay day, long seed) {
    try {
      day.run(EVENTS);
    } catch (Throwable e) {
      throw new AssertionError("On the day of -Dfullon.days=1 -Dfullon.seed=" + seed, e);
    }
  }
}
