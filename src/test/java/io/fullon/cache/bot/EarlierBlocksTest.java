package io.fullon.cache.bot;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blocks and marks of a version that kept them in one place for all exchanges. */
class EarlierBlocksTest {

  private static final String SYMBOL = "BTC/USD:PERP";
  private static final String BOT = "bot 1: grüß";
  private static final String OTHER = "bot 2";
  private static final long LONG_MS = 600_000;
  private static final JsonObject NO_WEB = Options.section("web", "enabled", false);

  @AutoClose private static final SharedRedis shared = new SharedRedis();
  private static final Redis redis = Redis.createClient(shared.vertx(), shared.server().uri());
  private static final EarlierNode earlier = new EarlierNode(redis::send);

  @BeforeEach
  void loseAll() {
    redis(Command.FLUSHALL);
  }

  private static Response redis(Command command, String... arguments) {
    Request request = Request.cmd(command);
    for (String argument : arguments) {
      request.arg(argument);
    }
    return get(redis.send(request));
  }

  private static List<String> keys() {
    return redis(Command.KEYS, "fullon:*").stream().map(Object::toString).sorted().toList();
  }

  private static BotCache start() {
    return BotCache.proxy(shared.node(NO_WEB).vertx());
  }

  @Test
  void areTakenOverWithTheirBotsTokensEndsAndMarks() {
    earlier.block("kraken", SYMBOL, BOT);
    earlier.mark("kraken", SYMBOL, BOT);
    long lease = earlier.acquire("kraken", "A", OTHER, LONG_MS);
    earlier.acquire("binance", "B", BOT, LONG_MS);
    earlier.mark("okx", SYMBOL, OTHER);
    Instant before = Instant.now();

    BotCache bots = start();

    assertThat(get(bots.getBlocks()))
        .extracting(Block::exchange, Block::symbol, Block::botId, b -> b.expiresAt() == null)
        .containsExactly(
            tuple("binance", "B", BOT, false),
            tuple("kraken", "A", OTHER, false),
            tuple("kraken", SYMBOL, BOT, true));
    assertThat(get(bots.getBlocks()).get(1).token()).isEqualTo(lease);
    assertThat(get(bots.getBlocks()).get(1).expiresAt())
        .isBefore(before.plusMillis(LONG_MS))
        .isAfter(before);
    assertThat(get(bots.renewBlock("kraken", "A", OTHER, lease, LONG_MS))).isTrue();
    assertThat(get(bots.acquireBlock("kraken", SYMBOL, OTHER, LONG_MS))).isNull();
    assertThat(get(bots.isOpeningPosition("kraken", SYMBOL))).isTrue();
    assertThat(get(bots.isOpeningPosition("kraken", "A"))).isFalse();
    assertThat(get(bots.isOpeningPosition("okx", SYMBOL))).isTrue();
    assertThat(get(bots.markOpeningPosition("okx", SYMBOL, BOT))).isFalse();
  }

  @Test
  void leaveNothingButTheLastTokenWhereTheyWere() {
    earlier.block("kraken", SYMBOL, BOT);
    earlier.mark("okx", SYMBOL, OTHER);

    start();

    assertThat(keys())
        .containsExactly(
            "fullon:bot_exchanges",
            "fullon:{bot}:blocks",
            "fullon:{orders:kraken}:blocks",
            "fullon:{orders:kraken}:token",
            "fullon:{orders:okx}:marks",
            "fullon:{orders:okx}:token");
    assertThat(redis(Command.TYPE, "fullon:{bot}:blocks")).hasToString("string");
  }

  @Test
  void aStartLeavesNothingWhereThereWereNone() {
    start();

    assertThat(keys()).isEmpty();
  }

  @Test
  void aMarkWithoutABlockEndsAnHourLater() {
    earlier.mark("okx", SYMBOL, OTHER);

    Instant before = Instant.now();
    BotCache bots = start();

    Mark mark = get(bots.getMarks()).get(0);
    assertThat(mark).isEqualTo(new Mark("okx", SYMBOL, OTHER, mark.expiresAt()));
    assertThat(mark.expiresAt())
        .isBetween(before.plusSeconds(3_540), Instant.now().plusSeconds(3_660));
  }

  @Test
  void theNodeThatKeptThemGivesNoMore() {
    earlier.acquire("kraken", SYMBOL, BOT, LONG_MS);
    start();

    for (String operation : List.of("block", "acquire", "renew", "release", "mark", "unmark")) {
      Future<?> call = earlier.run(operation, "kraken", "A", BOT, LONG_MS, LONG_MS);
      assertThat(failure(call)).as(operation).hasMessageContaining("WRONGTYPE");
    }
    assertThat(keys()).doesNotContain("fullon:{bot}:marks", "fullon:{bot}:token");
  }

  @Test
  void anEarlierNodeThatGivesTheFirstBlockOfAllAfterTheStartIsNotOverlooked() {
    BotCache bots = start();
    long token = earlier.acquire("kraken", SYMBOL, BOT, LONG_MS);

    assertThat(get(bots.acquireBlock("kraken", SYMBOL, OTHER, LONG_MS))).isNull();

    assertThat(get(bots.checkBlock("kraken", SYMBOL, token))).isTrue();
    assertThat(failure(earlier.run("acquire", "kraken", "A", BOT, 1))).isNotNull();
  }

  @Test
  void everyWayToTheFirstBlockOrMarkClosesTheirPlace() {
    BotCache bots = start();
    List<Future<?>> ways = new ArrayList<>();
    for (int way = 0; way < 3; way++) {
      redis(Command.FLUSHALL);
      ways.add(
          switch (way) {
            case 0 -> bots.blockExchange("kraken", SYMBOL, BOT);
            case 1 -> bots.acquireBlock("kraken", SYMBOL, BOT, LONG_MS);
            default -> bots.markOpeningPosition("kraken", SYMBOL, BOT);
          });
      get(ways.get(way));
      assertThat(failure(earlier.run("acquire", "kraken", SYMBOL, OTHER, 1))).isNotNull();
    }
  }

  @Test
  void tokensGrowOverThoseThatWereGivenBefore() {
    long ahead = (Instant.now().getEpochSecond() + 100_000_000) * 1_000_000;
    redis(Command.SET, "fullon:{bot}:token", String.valueOf(ahead));
    long last = earlier.acquire("kraken", SYMBOL, BOT, LONG_MS);
    assertThat(last).isEqualTo(ahead + 1);

    BotCache bots = start();

    assertThat(get(bots.acquireBlock("kraken", SYMBOL, BOT, LONG_MS)).token()).isGreaterThan(last);
    assertThat(get(bots.acquireBlock("kraken", "A", BOT, LONG_MS)).token()).isGreaterThan(last);
    // Which may have had blocks that have ended.
    assertThat(get(bots.acquireBlock("binance", "A", BOT, LONG_MS)).token()).isGreaterThan(last);
  }

  @Test
  void tokensGrowAlsoWhereNoBlockIsLeft() {
    long ahead = (Instant.now().getEpochSecond() + 100_000_000) * 1_000_000;
    redis(Command.SET, "fullon:{bot}:token", String.valueOf(ahead));

    BotCache bots = start();

    assertThat(get(bots.acquireBlock("binance", "A", BOT, LONG_MS)).token()).isGreaterThan(ahead);
    assertThat(failure(earlier.run("acquire", "binance", "A", BOT, 1))).isNotNull();
  }

  @Test
  void whatWasGivenBackIsNotTakenOverAgain() {
    earlier.block("kraken", SYMBOL, BOT);
    // As a node that died before the end.
    String left = "fullon:{bot}:old_blocks";
    BotCache bots = start();
    get(bots.unblockExchange("kraken", SYMBOL, BOT, null));
    redis(Command.HSET, left, "kraken:" + SYMBOL, "1 0 0 " + BOT);

    start();

    assertThat(get(bots.getBlocks())).isEmpty();
    assertThat(keys()).doesNotContain(left);
  }

  @Test
  void whatOneNodeBeganAnotherFinishes() {
    earlier.block("kraken", SYMBOL, BOT);
    long lease = earlier.acquire("binance", "B", OTHER, LONG_MS);
    earlier.mark("okx", "C", OTHER);
    // It has closed their place, taken over one exchange, and died.
    redis(Command.RENAME, "fullon:{bot}:blocks", "fullon:{bot}:old_blocks");
    redis(Command.RENAME, "fullon:{bot}:token", "fullon:{bot}:blocks");
    redis(Command.HSET, "fullon:{orders:kraken}:blocks", SYMBOL, "7 0 0 " + OTHER);
    redis(Command.SET, "fullon:{orders:kraken}:token", "7");

    BotCache bots = start();

    assertThat(get(bots.isBlocked("kraken", SYMBOL))).isEqualTo(OTHER);
    assertThat(get(bots.checkBlock("binance", "B", lease))).isTrue();
    assertThat(get(bots.isOpeningPosition("okx", "C"))).isTrue();
    assertThat(keys()).doesNotContain("fullon:{bot}:old_blocks", "fullon:{bot}:marks");
  }

  @Test
  void areTakenOverByAVerticleThatCouldNotAtItsStart() {
    BotCache bots = start();
    earlier.acquire("kraken", SYMBOL, BOT, LONG_MS);
    earlier.acquire("binance", SYMBOL, BOT, LONG_MS);

    // Of another exchange.
    get(bots.acquireBlock("okx", SYMBOL, OTHER, LONG_MS));

    assertThat(get(bots.getBlocks()))
        .extracting(Block::exchange)
        .containsExactly("binance", "kraken", "okx");
  }

  /** What an earlier node has answered is never given to another bot. */
  @Test
  void noBlockHasTwoBotsWhileEarlierNodesRunAndNewOnesStart() throws Exception {
    for (int round = 0; round < 3; round++) {
      redis(Command.FLUSHALL);
      race("exchange-" + round);
    }
  }

  private static void race(String exchange) throws Exception {
    Map<String, Long> given = new ConcurrentHashMap<>();
    AtomicBoolean closed = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      threads.execute(
          () -> {
            for (int i = 0; !closed.get(); i++) {
              String symbol = "S" + i;
              try {
                given.put(symbol, earlier.acquire(exchange, symbol, BOT, LONG_MS));
              } catch (Throwable e) { // that of an answer is no exception
                closed.set(true);
              }
            }
          });
      await().until(() -> given.size() > 50);
      List<java.util.concurrent.Future<CacheNode>> starts =
          IntStream.range(0, 2)
              .mapToObj(i -> threads.submit(() -> CacheNode.start(shared.server(), NO_WEB)))
              .toList();
      for (java.util.concurrent.Future<CacheNode> start : starts) {
        try (CacheNode node = start.get()) {
          BotCache bots = BotCache.proxy(node.vertx());
          await().untilTrue(closed);
          List<Future<?>> looks = new ArrayList<>();
          given.forEach(
              (symbol, token) ->
                  looks.add(
                      bots.acquireBlock(exchange, symbol, OTHER, LONG_MS)
                          .compose(none -> bots.checkBlock(exchange, symbol, token))
                          .map(held -> assertThat(held).as(symbol).isTrue())));
          get(Future.all(looks));
        }
      }
    } finally {
      closed.set(true);
      threads.shutdownNow();
    }
  }
}
