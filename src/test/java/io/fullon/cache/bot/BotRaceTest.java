package io.fullon.cache.bot;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Bots on two nodes with several verticles each, after the same block at the same time. */
class BotRaceTest {

  private static final String EXCHANGE = "exchange";
  private static final int BOTS = 8;
  private static final int ROUNDS = 1_000;

  /** Longer than any test. */
  private static final long LONG_MS = 600_000;

  private static final JsonObject CONFIG =
      new JsonObject()
          .put("web", new JsonObject().put("enabled", false))
          .put("bot", new JsonObject().put("instances", 3));

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final List<CacheNode> nodes = List.of(redis.node(CONFIG), redis.node(CONFIG));

  private static BotCache bots(int bot) {
    return BotCache.proxy(nodes.get(bot % nodes.size()).vertx());
  }

  /** Runs it for each bot in a thread of its own; what the first of them throws ends all. */
  private static void forEachBot(Bot each) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(BOTS);
    try {
      ExecutorCompletionService<Void> done = new ExecutorCompletionService<>(threads);
      IntStream.range(0, BOTS).forEach(bot -> done.submit(() -> each.run(bot), null));
      for (int bot = 0; bot < BOTS; bot++) {
        done.take().get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private interface Bot {
    void run(int bot);
  }

  @Test
  void neverGivesALeaseToTwoBotsAndGrowsTheToken() throws Exception {
    CriticalSection section = new CriticalSection();

    forEachBot(
        bot -> {
          String id = "bot " + bot;
          while (section.rounds() < ROUNDS) {
            Block lease = get(bots(bot).acquireBlock(EXCHANGE, "LEASE", id, LONG_MS));
            if (lease != null) {
              section.enter(lease.token());
              assertThat(get(bots(bot).isBlocked(EXCHANGE, "LEASE"))).isEqualTo(id);
              section.leave();
              assertThat(get(bots(bot).unblockExchange(EXCHANGE, "LEASE", id, lease.token())))
                  .isTrue();
            }
          }
        });

    section.assertUsedBy(ROUNDS);
  }

  @Test
  void neverGivesALastingBlockToTwoBots() throws Exception {
    CriticalSection section = new CriticalSection();

    forEachBot(
        bot -> {
          String id = "bot " + bot;
          while (section.rounds() < ROUNDS) {
            if (get(bots(bot).blockExchange(EXCHANGE, "LASTING", id))) {
              section.enter(section.lastToken + 1);
              assertThat(get(bots(bot).markOpeningPosition(EXCHANGE, "LASTING", id))).isTrue();
              section.leave();
              assertThat(get(bots(bot).unblockExchange(EXCHANGE, "LASTING", id, null))).isTrue();
            }
          }
        });

    section.assertUsedBy(ROUNDS);
    assertThat(get(bots(0).isOpeningPosition(EXCHANGE, "LASTING"))).isFalse();
  }

  @Test
  void givesAMarkToOneBotOnly() throws Exception {
    CriticalSection section = new CriticalSection();

    forEachBot(
        bot -> {
          String id = "bot " + bot;
          while (section.rounds() < ROUNDS) {
            if (get(bots(bot).markOpeningPosition(EXCHANGE, "MARK", id))) {
              section.enter(section.lastToken + 1);
              assertThat(get(bots(bot).isOpeningPosition(EXCHANGE, "MARK"))).isTrue();
              section.leave();
              assertThat(get(bots(bot).unmarkOpeningPosition(EXCHANGE, "MARK", id))).isTrue();
            }
          }
        });

    section.assertUsedBy(ROUNDS);
  }

  @Test
  void leavesOneValidTokenOfManyThatABotAcquiresAtOnce() {
    List<Future<Block>> calls = new ArrayList<>();
    for (int call = 0; call < ROUNDS; call++) {
      calls.add(bots(call).acquireBlock(EXCHANGE, "SAME", "bot", LONG_MS));
    }
    List<Long> tokens = calls.stream().map(call -> get(call).token()).sorted().toList();
    long last = tokens.get(ROUNDS - 1);

    assertThat(tokens).doesNotHaveDuplicates();
    assertThat(tokens)
        .filteredOn(token -> get(bots(0).renewBlock(EXCHANGE, "SAME", "bot", token, LONG_MS)))
        .containsExactly(last);
  }

  /** Where only one may be at a time. It is outside of Redis, and knows nothing of blocks. */
  private static final class CriticalSection {

    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger rounds = new AtomicInteger();

    /** Touched only by who is inside; entering and leaving make it visible. */
    private long lastToken;

    void enter(long token) {
      assertThat(inside.incrementAndGet()).as("bots that have the block").isEqualTo(1);
      assertThat(token).as("the token after %s", lastToken).isGreaterThan(lastToken);
      lastToken = token;
    }

    void leave() {
      rounds.incrementAndGet();
      assertThat(inside.decrementAndGet()).as("other bots that have the block").isZero();
    }

    int rounds() {
      return rounds.get();
    }

    void assertUsedBy(int atLeast) {
      assertThat(rounds.get()).isGreaterThanOrEqualTo(atLeast);
      assertThat(inside.get()).isZero();
    }
  }
}
