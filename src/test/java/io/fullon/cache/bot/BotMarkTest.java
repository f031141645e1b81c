package io.fullon.cache.bot;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class BotMarkTest {

  private static final AtomicInteger EXCHANGES = new AtomicInteger();
  private static final String SYMBOL = "ETH/USD:PERP";
  private static final String BOT = "bot 1";
  private static final String OTHER = "bot 2";

  /** Longer than any test. */
  private static final long LONG_MS = 600_000;

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final BotCache bots = BotCache.proxy(node.vertx());

  private final String exchange = "exchange-" + EXCHANGES.incrementAndGet();

  private boolean mark(String bot) {
    return get(bots.markOpeningPosition(exchange, SYMBOL, bot));
  }

  private boolean markUnder(String bot, long token) {
    return get(bots.markOpeningPosition(exchange, SYMBOL, bot, token));
  }

  private boolean unmark(String bot) {
    return get(bots.unmarkOpeningPosition(exchange, SYMBOL, bot));
  }

  private boolean isOpening() {
    return get(bots.isOpeningPosition(exchange, SYMBOL));
  }

  private Block acquire(String bot, long ttlMs) {
    return get(bots.acquireBlock(exchange, SYMBOL, bot, ttlMs));
  }

  /** Ends the block that the bot has, lease or not. */
  private void unblock(String bot) {
    long token =
        get(bots.getBlocks()).stream()
            .filter(block -> block.exchange().equals(exchange) && block.symbol().equals(SYMBOL))
            .findFirst()
            .orElseThrow()
            .token();
    assertThat(get(bots.unblockExchange(exchange, SYMBOL, bot, token))).isTrue();
  }

  private boolean markFor(String bot, long ttlMs) {
    return get(bots.markOpeningPosition(exchange, SYMBOL, bot, null, ttlMs));
  }

  private boolean unmarkUnder(String bot, long token) {
    return get(bots.unmarkOpeningPosition(exchange, SYMBOL, bot, token));
  }

  /** As all marks list it, or null. */
  private Mark listed() {
    return get(bots.getMarks()).stream()
        .filter(mark -> mark.exchange().equals(exchange) && mark.symbol().equals(SYMBOL))
        .findFirst()
        .orElse(null);
  }

  private static Instant redisClock() {
    Response clock = node.redis(Command.TIME);
    return Instant.ofEpochSecond(clock.get(0).toLong(), clock.get(1).toLong() * 1_000);
  }

  /** It ends in a moment. */
  private void shorten(Block lease) {
    get(bots.renewBlock(exchange, SYMBOL, lease.botId(), lease.token(), 10));
  }

  private Object call(String action, JsonObject more) {
    JsonObject body = new JsonObject().put("exchange", exchange).put("symbol", SYMBOL);
    return get(node.call(BotCache.ADDRESS, action, body.mergeIn(more)));
  }

  // Without a block

  @Test
  void marksUntilItIsUnmarked() {
    assertThat(isOpening()).isFalse();

    assertThat(mark(BOT)).isTrue();
    assertThat(mark(BOT)).isTrue();
    assertThat(isOpening()).isTrue();

    assertThat(unmark(BOT)).isTrue();
    assertThat(isOpening()).isFalse();
  }

  @Test
  void hasNothingToTakeAwayWhereThereIsNoMark() {
    assertThat(unmark(BOT)).isTrue();
    assertThat(isOpening()).isFalse();
  }

  @Test
  void leavesTheMarkOfAnotherBotAlone() {
    mark(BOT);

    assertThat(mark(OTHER)).isFalse();
    assertThat(unmark(OTHER)).isFalse();

    assertThat(isOpening()).isTrue();
    assertThat(unmark(BOT)).isTrue();
    assertThat(mark(OTHER)).isTrue();
  }

  @Test
  void keepsMarksOfSymbolsAndExchangesApart() {
    mark(BOT);

    assertThat(get(bots.isOpeningPosition(exchange, "ETH/USD"))).isFalse();
    assertThat(get(bots.isOpeningPosition(exchange + "-2", SYMBOL))).isFalse();
    assertThat(get(bots.markOpeningPosition(exchange, "ETH/USD", OTHER))).isTrue();
  }

  @Test
  void leavesAMarkThatWasMadeBeforeTheBlockWhenTheBlockEnds() {
    mark(BOT);
    acquire(BOT, LONG_MS);
    assertThat(isOpening()).isTrue();

    unblock(BOT);

    assertThat(isOpening()).isTrue();
  }

  @Test
  void doesNotMarkUnderTheBlockOfAnotherBotThatHasMarkedBefore() {
    mark(OTHER);
    Block lease = acquire(BOT, LONG_MS);

    assertThat(mark(BOT)).isFalse();
    assertThat(markUnder(BOT, lease.token())).isFalse();
    assertThat(unmark(BOT)).isFalse();

    assertThat(isOpening()).isTrue();
  }

  @Test
  void endsAMarkWithoutABlockByItself() {
    assertThat(markFor(BOT, 50)).isTrue();
    assertThat(markFor(OTHER, LONG_MS)).isFalse();

    await("the mark to end").until(() -> !isOpening());

    assertThat(listed()).isNull();
    assertThat(unmark(OTHER)).isTrue();
    assertThat(markFor(OTHER, LONG_MS)).isTrue();
  }

  @Test
  void endsAMarkAnHourLaterIfNobodySaysWhen() {
    Instant before = redisClock();
    mark(BOT);

    assertThat(listed()).isEqualTo(new Mark(exchange, SYMBOL, BOT, listed().expiresAt()));
    assertThat(listed().expiresAt())
        .isBetween(before.plusSeconds(3_600).minusMillis(1), redisClock().plusSeconds(3_600));
  }

  @Test
  void marksAgainFromNowOn() {
    markFor(BOT, LONG_MS);

    assertThat(markFor(BOT, 10 * LONG_MS)).isTrue();

    assertThat(listed().expiresAt()).isAfter(redisClock().plusMillis(9 * LONG_MS));
  }

  /** It is a moment too late, and its bot dies: the market must not be locked for ever. */
  @Test
  void doesNotLockTheMarketForEverWhenTheLeaseEndedAMomentBefore() {
    Block lease = acquire(BOT, LONG_MS);
    shorten(lease);
    await("the lease to end").until(() -> get(bots.isBlocked(exchange, SYMBOL)) == null);

    assertThat(markUnder(BOT, lease.token())).isFalse();
    assertThat(listed()).isNull();
    assertThat(mark(BOT)).isTrue();
    assertThat(listed().expiresAt()).isNotNull();
    markFor(BOT, 10);
    await("the mark to end").until(() -> mark(OTHER));
  }

  // Under a block

  @Test
  void unmarksUnderThatBlockOnly() {
    assertThat(unmarkUnder(BOT, 1)).isFalse();
    Block old = acquire(BOT, LONG_MS);
    Block lease = acquire(BOT, LONG_MS);
    markUnder(BOT, lease.token());

    assertThat(unmarkUnder(BOT, old.token())).isFalse();
    assertThat(unmarkUnder(OTHER, lease.token())).isFalse();
    assertThat(isOpening()).isTrue();

    assertThat(unmarkUnder(BOT, lease.token())).isTrue();
    assertThat(isOpening()).isFalse();
  }

  @Test
  void listsAMarkUnderALeaseWithTheEndOfTheLease() {
    Block lease = acquire(BOT, LONG_MS);
    assertThat(listed()).isNull();
    get(bots.markOpeningPosition(exchange, SYMBOL, BOT, lease.token(), 1L));

    assertThat(listed()).isEqualTo(new Mark(exchange, SYMBOL, BOT, lease.expiresAt()));
    unblock(BOT);
    assertThat(listed()).isNull();
  }

  @Test
  void listsAMarkUnderALastingBlockWithoutAnEnd() {
    get(bots.blockExchange(exchange, SYMBOL, BOT));
    mark(BOT);

    assertThat(listed()).isEqualTo(new Mark(exchange, SYMBOL, BOT, null));
  }

  @Test
  void listsMarksByExchangeAndSymbol() {
    for (String name : List.of(exchange + "a", exchange)) {
      get(bots.markOpeningPosition(name, "B:2", BOT));
      get(bots.blockExchange(name, "A:1", OTHER));
      get(bots.markOpeningPosition(name, "A:1", OTHER));
    }

    assertThat(get(bots.getMarks()))
        .filteredOn(mark -> mark.exchange().startsWith(exchange))
        .extracting(mark -> mark.exchange() + " " + mark.symbol() + " " + mark.botId())
        .containsExactly(
            exchange + " A:1 " + OTHER,
            exchange + " B:2 " + BOT,
            exchange + "a A:1 " + OTHER,
            exchange + "a B:2 " + BOT);
  }

  @Test
  void refusesWhoDoesNotHaveTheBlock() {
    acquire(BOT, LONG_MS);

    assertThat(mark(OTHER)).isFalse();
    assertThat(unmark(OTHER)).isFalse();
    assertThat(isOpening()).isFalse();

    mark(BOT);
    assertThat(mark(OTHER)).isFalse();
    assertThat(unmark(OTHER)).isFalse();
    assertThat(isOpening()).isTrue();
  }

  @Test
  void endsAMarkUnderALastingBlockWhenThatIsUnblocked() {
    get(bots.blockExchange(exchange, SYMBOL, BOT));
    assertThat(mark(BOT)).isTrue();
    assertThat(isOpening()).isTrue();

    unblock(BOT);

    assertThat(isOpening()).isFalse();
  }

  @Test
  void endsAMarkUnderALeaseWhenThatIsUnblocked() {
    Block lease = acquire(BOT, LONG_MS);
    mark(BOT);

    get(bots.unblockExchange(exchange, SYMBOL, BOT, lease.token()));

    assertThat(isOpening()).isFalse();
    assertThat(mark(OTHER)).isTrue();
  }

  @Test
  void endsAMarkUnderALeaseWhenThatEndsByItself() {
    Block lease = acquire(BOT, LONG_MS);
    assertThat(markUnder(BOT, lease.token())).isTrue();
    assertThat(isOpening()).isTrue();

    shorten(lease);
    await("the mark to end").until(() -> !isOpening());

    assertThat(get(bots.isBlocked(exchange, SYMBOL))).isNull();
    assertThat(mark(OTHER)).isTrue();
  }

  @Test
  void endsAMarkUnderALeaseWhenAnotherBotAcquires() {
    Block lease = acquire(BOT, LONG_MS);
    assertThat(markUnder(BOT, lease.token())).isTrue();
    shorten(lease);

    // Nobody looks at it in between.
    await("the lease to end").until(() -> acquire(OTHER, LONG_MS) != null);

    assertThat(isOpening()).isFalse();
    assertThat(mark(BOT)).isFalse();
    assertThat(mark(OTHER)).isTrue();
  }

  @Test
  void keepsTheMarkWhenItsBotAcquiresAgainOrRenews() {
    acquire(BOT, LONG_MS);
    mark(BOT);

    Block again = acquire(BOT, LONG_MS);
    assertThat(isOpening()).isTrue();
    get(bots.renewBlock(exchange, SYMBOL, BOT, again.token(), LONG_MS));
    assertThat(isOpening()).isTrue();
    get(bots.blockExchange(exchange, SYMBOL, BOT));
    assertThat(isOpening()).isTrue();

    unblock(BOT);
    assertThat(isOpening()).isFalse();
  }

  @Test
  void movesAnEarlierMarkUnderTheBlock() {
    mark(BOT);
    acquire(BOT, LONG_MS);
    mark(BOT);

    unblock(BOT);

    assertThat(isOpening()).isFalse();
  }

  @Test
  void unmarksUnderABlockAndKeepsTheBlock() {
    Block lease = acquire(BOT, LONG_MS);
    mark(BOT);

    assertThat(unmark(BOT)).isTrue();

    assertThat(isOpening()).isFalse();
    assertThat(get(bots.getBlocks())).contains(lease);
  }

  @Test
  void marksUnderThatBlockOnly() {
    assertThat(markUnder(BOT, 1)).isFalse();
    Block old = acquire(BOT, LONG_MS);
    Block lease = acquire(BOT, LONG_MS);

    assertThat(markUnder(BOT, old.token())).isFalse();
    assertThat(markUnder(OTHER, lease.token())).isFalse();
    assertThat(isOpening()).isFalse();
    shorten(lease);
    await("the lease to end").until(() -> get(bots.isBlocked(exchange, SYMBOL)) == null);
    assertThat(markUnder(BOT, lease.token())).isFalse();
    assertThat(isOpening()).isFalse();
  }

  // Plain JSON

  @Test
  void speaksPlainJson() {
    JsonObject bot = new JsonObject().put("botId", 7);
    assertThat(call("isOpeningPosition", new JsonObject())).isEqualTo(false);
    assertThat(call("markOpeningPosition", bot)).isEqualTo(true);
    assertThat(call("markOpeningPosition", new JsonObject().put("botId", "8"))).isEqualTo(false);
    assertThat(call("isOpeningPosition", new JsonObject())).isEqualTo(true);
    assertThat((JsonArray) get(node.call(BotCache.ADDRESS, "getMarks", new JsonObject())))
        .contains(
            new JsonObject()
                .put("exchange", exchange)
                .put("symbol", SYMBOL)
                .put("bot_id", "7")
                .put("expires_at", listed().expiresAt().toEpochMilli() / 1e3));
    assertThat(call("unmarkOpeningPosition", bot)).isEqualTo(true);
    long token = acquire("7", LONG_MS).token();
    assertThat(call("markOpeningPosition", bot.copy().put("token", token - 1))).isEqualTo(false);
    assertThat(call("markOpeningPosition", bot.copy().put("token", token))).isEqualTo(true);
    assertThat(call("isOpeningPosition", new JsonObject())).isEqualTo(true);
  }
}
