package io.fullon.cache.bot;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class BotBlockTest {

  private static final AtomicInteger EXCHANGES = new AtomicInteger();
  private static final String SYMBOL = "BTC/USD:PERP";
  private static final String BOT = "bot 1: grüß";
  private static final String OTHER = "bot 2";

  /** Longer than any test. */
  private static final long LONG_MS = 600_000;

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final BotCache bots = BotCache.proxy(node.vertx());

  private final String exchange = "exchange-" + EXCHANGES.incrementAndGet();

  private boolean block(String bot) {
    return get(bots.blockExchange(exchange, SYMBOL, bot));
  }

  private Block acquire(String bot, long ttlMs) {
    return get(bots.acquireBlock(exchange, SYMBOL, bot, ttlMs));
  }

  private boolean renew(String bot, long token) {
    return get(bots.renewBlock(exchange, SYMBOL, bot, token, LONG_MS));
  }

  private boolean unblock(String bot, Long token) {
    return get(bots.unblockExchange(exchange, SYMBOL, bot, token));
  }

  private boolean check(long token) {
    return get(bots.checkBlock(exchange, SYMBOL, token));
  }

  private String holder() {
    return get(bots.isBlocked(exchange, SYMBOL));
  }

  /** The block as all blocks list it, or null. */
  private Block listed() {
    return get(bots.getBlocks()).stream()
        .filter(block -> block.exchange().equals(exchange) && block.symbol().equals(SYMBOL))
        .findFirst()
        .orElse(null);
  }

  private void letItEnd() {
    await("the lease to end").until(() -> holder() == null);
  }

  private static Instant redisClock() {
    Response clock = node.redis(Command.TIME);
    return Instant.ofEpochSecond(clock.get(0).toLong(), clock.get(1).toLong() * 1_000);
  }

  private Object call(String action, JsonObject more) {
    JsonObject body = new JsonObject().put("exchange", exchange).put("symbol", SYMBOL);
    return get(node.call(BotCache.ADDRESS, action, body.mergeIn(more)));
  }

  // Lasting ones

  @Test
  void givesAFreeBlockToOneBotOnly() {
    assertThat(holder()).isNull();

    assertThat(block(BOT)).isTrue();
    assertThat(block(OTHER)).isFalse();

    assertThat(holder()).isEqualTo(BOT);
  }

  @Test
  void saysTrueToTheBotThatHasTheBlockAlready() {
    block(BOT);
    Block before = listed();

    assertThat(block(BOT)).isTrue();

    assertThat(listed()).isEqualTo(before);
    assertThat(before.expiresAt()).isNull();
  }

  @Test
  void keepsBlocksOfSymbolsAndExchangesApart() {
    block(BOT);

    assertThat(get(bots.blockExchange(exchange, "BTC/USD", OTHER))).isTrue();
    assertThat(get(bots.blockExchange(exchange + "-2", SYMBOL, OTHER))).isTrue();

    assertThat(holder()).isEqualTo(BOT);
  }

  @Test
  void givesTheBlockToTheNextBotWhenItWasUnblocked() {
    block(BOT);

    assertThat(unblock(BOT, null)).isTrue();

    assertThat(holder()).isNull();
    assertThat(block(OTHER)).isTrue();
  }

  @Test
  void letsNobodyElseUnblock() {
    assertThat(unblock(BOT, null)).isFalse();
    block(BOT);

    assertThat(unblock(OTHER, null)).isFalse();
    assertThat(unblock(OTHER, listed().token())).isFalse();

    assertThat(holder()).isEqualTo(BOT);
  }

  @Test
  void unblocksALastingBlockByItsTokenToo() {
    block(BOT);
    long token = listed().token();

    assertThat(unblock(BOT, token - 1)).isFalse();
    assertThat(unblock(BOT, token)).isTrue();
    assertThat(unblock(BOT, token)).isFalse();
  }

  // Leases

  @Test
  void givesALeaseThatEndsByRedisClock() {
    Instant before = redisClock();
    Block lease = acquire(BOT, LONG_MS);
    Instant after = redisClock();

    assertThat(lease)
        .isEqualTo(new Block(exchange, SYMBOL, BOT, lease.token(), lease.expiresAt()))
        .isEqualTo(listed());
    assertThat(lease.expiresAt())
        .isBetween(before.plusMillis(LONG_MS - 1), after.plusMillis(LONG_MS));
    assertThat(lease.token()).isGreaterThanOrEqualTo(before.toEpochMilli());
  }

  @Test
  void givesNoLeaseOfABlockThatAnotherBotHas() {
    block(BOT);
    assertThat(acquire(OTHER, LONG_MS)).isNull();
    unblock(BOT, null);

    Block lease = acquire(BOT, LONG_MS);
    assertThat(acquire(OTHER, LONG_MS)).isNull();

    assertThat(listed()).isEqualTo(lease);
  }

  @Test
  void leavesALeaseAsItIsWhenItsBotBlocksToo() {
    Block lease = acquire(BOT, LONG_MS);

    assertThat(block(BOT)).isTrue();

    assertThat(listed()).isEqualTo(lease);
  }

  @Test
  void turnsALastingBlockOfTheBotIntoALease() {
    block(BOT);
    Block lasting = listed();

    Block lease = acquire(BOT, LONG_MS);

    assertThat(lease.token()).isGreaterThan(lasting.token());
    assertThat(listed()).isEqualTo(lease);
  }

  @Test
  void killsTheOldTokenOfAHolderThatAcquiresAgain() {
    Block old = acquire(BOT, LONG_MS);
    Block lease = acquire(BOT, LONG_MS);

    assertThat(lease.token()).isGreaterThan(old.token());
    assertThat(renew(BOT, old.token())).isFalse();
    assertThat(unblock(BOT, old.token())).isFalse();
    assertThat(listed()).isEqualTo(lease);
    assertThat(renew(BOT, lease.token())).isTrue();
    assertThat(unblock(BOT, lease.token())).isTrue();
  }

  @Test
  void endsALeaseOnlyWithItsToken() {
    Block lease = acquire(BOT, LONG_MS);

    assertThat(unblock(BOT, null)).isFalse();
    assertThat(listed()).isEqualTo(lease);
    assertThat(unblock(BOT, lease.token())).isTrue();
    assertThat(listed()).isNull();
  }

  @Test
  void anEarlierProcessOfTheBotDoesNotEndTheLeaseOfALaterOne() {
    Block earlier = acquire(BOT, LONG_MS);
    get(bots.markOpeningPosition(exchange, SYMBOL, BOT, earlier.token()));
    Block later = acquire(BOT, LONG_MS);
    get(bots.markOpeningPosition(exchange, SYMBOL, BOT, later.token()));

    assertThat(get(bots.unmarkOpeningPosition(exchange, SYMBOL, BOT, earlier.token()))).isFalse();
    assertThat(unblock(BOT, null)).isFalse();
    assertThat(unblock(BOT, earlier.token())).isFalse();

    assertThat(listed()).isEqualTo(later);
    assertThat(get(bots.isOpeningPosition(exchange, SYMBOL))).isTrue();
  }

  @Test
  void tellsWhetherABlockIsHeldWithAToken() {
    assertThat(check(1)).isFalse();
    block(BOT);
    long lasting = listed().token();
    assertThat(check(lasting)).isTrue();

    long lease = acquire(BOT, LONG_MS).token();
    assertThat(check(lasting)).isFalse();
    assertThat(check(lease)).isTrue();
    assertThat(check(lease + 1)).isFalse();
    assertThat(get(bots.checkBlock(exchange, "BTC/USD", lease))).isFalse();
    assertThat(get(bots.checkBlock(exchange + "-2", SYMBOL, lease))).isFalse();

    get(bots.renewBlock(exchange, SYMBOL, BOT, lease, 50));
    letItEnd();
    assertThat(check(lease)).isFalse();
  }

  @Test
  void renewsFromNowOn() {
    Block lease = acquire(BOT, LONG_MS);
    Instant before = redisClock();

    assertThat(get(bots.renewBlock(exchange, SYMBOL, BOT, lease.token(), 2 * LONG_MS))).isTrue();

    assertThat(listed().token()).isEqualTo(lease.token());
    assertThat(listed().expiresAt())
        .isBetween(before.plusMillis(2 * LONG_MS - 1), redisClock().plusMillis(2 * LONG_MS));
  }

  @Test
  void renewsNothingButTheLeaseOfThatBotWithThatToken() {
    assertThat(renew(BOT, 1)).isFalse();
    Block lease = acquire(BOT, LONG_MS);

    assertThat(renew(BOT, lease.token() - 1)).isFalse();
    assertThat(renew(BOT, lease.token() + 1)).isFalse();
    assertThat(renew(OTHER, lease.token())).isFalse();

    assertThat(listed()).isEqualTo(lease);
  }

  @Test
  void endsALeaseThatIsNotRenewed() {
    Block lease = acquire(BOT, 50);

    letItEnd();

    assertThat(redisClock()).isAfterOrEqualTo(lease.expiresAt());
    assertThat(listed()).isNull();
    assertThat(renew(BOT, lease.token())).isFalse();
    assertThat(unblock(BOT, lease.token())).isFalse();
    assertThat(unblock(BOT, null)).isFalse();
    assertThat(block(OTHER)).isTrue();
  }

  @Test
  void givesABlockWhoseLeaseEndedToWhoeverComes() {
    for (String next : List.of(OTHER, BOT)) {
      Block ended = acquire(BOT, 1);
      await("the lease to end").until(() -> redisClock().isAfter(ended.expiresAt()));

      Block lease = acquire(next, LONG_MS);

      assertThat(lease.token()).isGreaterThan(ended.token());
      assertThat(unblock(next, lease.token())).isTrue();
    }
  }

  @Test
  void growsTokensOverWhateverHappens() {
    List<Long> tokens = new ArrayList<>();
    tokens.add(acquire(BOT, LONG_MS).token());
    tokens.add(acquire(BOT, LONG_MS).token());
    unblock(BOT, tokens.get(1));
    tokens.add(acquire(OTHER, 1).token());
    letItEnd();
    block(BOT);
    tokens.add(listed().token());
    unblock(BOT, null);
    tokens.add(acquire(OTHER, LONG_MS).token());

    assertThat(tokens).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void growsTokensWhenTheClockWentBack() {
    long ahead = redisClock().plus(Duration.ofDays(365)).toEpochMilli() * 1_000;
    acquire(BOT, LONG_MS);
    node.redis(Command.SET, "fullon:{orders:" + exchange + "}:token", String.valueOf(ahead));

    assertThat(acquire(BOT, LONG_MS).token()).isEqualTo(ahead + 1);
    assertThat(acquire(BOT, LONG_MS).token()).isEqualTo(ahead + 2);
    assertThat(listed().token()).isEqualTo(ahead + 2);
  }

  // All of them

  @Test
  void listsBlocksByExchangeAndSymbol() {
    for (String name : List.of(exchange + "a", exchange, exchange + "-b")) {
      get(bots.blockExchange(name, "B:2", BOT));
      get(bots.acquireBlock(name, "A:1", OTHER, LONG_MS));
    }

    assertThat(get(bots.getBlocks()))
        .filteredOn(block -> block.exchange().startsWith(exchange))
        .extracting(block -> block.exchange() + " " + block.symbol() + " " + block.botId())
        .containsExactly(
            exchange + " A:1 " + OTHER,
            exchange + " B:2 " + BOT,
            exchange + "-b A:1 " + OTHER,
            exchange + "-b B:2 " + BOT,
            exchange + "a A:1 " + OTHER,
            exchange + "a B:2 " + BOT);
  }

  @Test
  void listsMoreBlocksThanOnePageHolds() {
    for (int i = 0; i < 1_200; i++) {
      get(bots.blockExchange(exchange, "S" + i, BOT));
    }

    assertThat(get(bots.getBlocks()))
        .filteredOn(block -> block.exchange().equals(exchange))
        .hasSize(1_200)
        .doesNotHaveDuplicates();
  }

  // Plain JSON

  @Test
  void speaksPlainJson() {
    JsonObject bot = new JsonObject().put("botId", 7);
    assertThat(call("isBlocked", new JsonObject())).isNull();
    assertThat(call("blockExchange", bot)).isEqualTo(true);
    assertThat(call("isBlocked", new JsonObject())).isEqualTo("7");
    assertThat(call("unblockExchange", bot)).isEqualTo(true);
    assertThat(call("unblockExchange", bot.copy().put("token", null))).isEqualTo(false);

    JsonObject lease = (JsonObject) call("acquireBlock", bot.copy().put("ttlMs", LONG_MS));
    JsonObject renewal =
        bot.copy().put("token", lease.getLong("token")).put("ttlMs", Integer.valueOf(600_000));
    assertThat(call("acquireBlock", new JsonObject().put("botId", "8").put("ttlMs", 1))).isNull();
    assertThat(call("checkBlock", lease)).isEqualTo(true);
    assertThat(call("unblockExchange", bot)).isEqualTo(false);
    assertThat(call("renewBlock", renewal)).isEqualTo(true);
    assertThat(call("unblockExchange", renewal)).isEqualTo(true);
  }

  @Test
  void listsBlocksInPlainJsonWithExactlyTheirFields() {
    get(bots.blockExchange(exchange, "A", BOT));
    Block lease = get(bots.acquireBlock(exchange, "B", OTHER, LONG_MS));
    JsonArray all = (JsonArray) get(node.call(BotCache.ADDRESS, "getBlocks", new JsonObject()));
    List<JsonObject> own =
        all.stream()
            .map(JsonObject.class::cast)
            .filter(block -> block.getString("exchange").equals(exchange))
            .toList();

    assertThat(own).hasSize(2);
    JsonObject lasting = own.get(0).copy();
    assertThat(lasting.remove("token")).isInstanceOf(Long.class);
    assertThat(lasting)
        .isEqualTo(
            new JsonObject().put("exchange", exchange).put("symbol", "A").put("bot_id", BOT));
    assertThat(own.get(1))
        .isEqualTo(
            new JsonObject()
                .put("exchange", exchange)
                .put("symbol", "B")
                .put("bot_id", OTHER)
                .put("token", lease.token())
                .put("expires_at", lease.expiresAt().toEpochMilli() / 1e3));
  }
}
