package io.fullon.cache.bot;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a Redis that loses its data, or has none. */
class BotLostDataTest {

  private static final String EXCHANGE = "exchange";
  private static final String SYMBOL = "BTC/USDT";
  private static final long LONG_MS = 600_000;

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final BotCache bots = BotCache.proxy(node.vertx());

  @BeforeEach
  void loseAll() {
    node.redis(Command.FLUSHALL);
  }

  @Test
  void givesNothingWhereThereIsNothing() {
    assertThat(get(bots.getBlocks())).isEmpty();
    assertThat(get(bots.getMarks())).isEmpty();
    assertThat(get(bots.checkBlock(EXCHANGE, SYMBOL, 1))).isFalse();
    assertThat(get(bots.getBots())).isEqualTo(new JsonObject());
    assertThat(get(bots.isBlocked(EXCHANGE, SYMBOL))).isNull();
    assertThat(get(bots.isOpeningPosition(EXCHANGE, SYMBOL))).isFalse();
    assertThat(get(bots.unblockExchange(EXCHANGE, SYMBOL, "bot", null))).isFalse();
    assertThat(get(bots.unblockExchange(EXCHANGE, SYMBOL, "bot", 1L))).isFalse();
    assertThat(get(bots.renewBlock(EXCHANGE, SYMBOL, "bot", 1, 1))).isFalse();
    assertThat(get(bots.markOpeningPosition(EXCHANGE, SYMBOL, "bot", 1L))).isFalse();
    assertThat(get(bots.unmarkOpeningPosition(EXCHANGE, SYMBOL, "bot"))).isTrue();
    assertThat(get(bots.unmarkOpeningPosition(EXCHANGE, SYMBOL, "bot", 1L))).isFalse();
    assertThat(get(bots.deleteBot("bot"))).isFalse();
    assertThat(node.redis(Command.DBSIZE).toInteger()).isZero();
  }

  @Test
  void growsTokensAlsoWhenAllDataWasLost() {
    long last = 0;
    for (int round = 0; round < 20; round++) {
      long clock = node.redis(Command.TIME).get(0).toLong() * 1_000;
      long token = get(bots.acquireBlock(EXCHANGE, SYMBOL, "bot " + round, LONG_MS)).token();
      assertThat(token).isGreaterThan(last).isGreaterThanOrEqualTo(clock);
      last = token;

      node.redis(Command.FLUSHALL);
    }
  }

  @Test
  void doesNotBelieveATokenFromBefore() {
    Block lost = get(bots.acquireBlock(EXCHANGE, SYMBOL, "bot", LONG_MS));
    get(bots.markOpeningPosition(EXCHANGE, SYMBOL, "bot"));
    node.redis(Command.FLUSHALL);

    assertThat(get(bots.isOpeningPosition(EXCHANGE, SYMBOL))).isFalse();
    assertThat(get(bots.renewBlock(EXCHANGE, SYMBOL, "bot", lost.token(), LONG_MS))).isFalse();
    Block lease = get(bots.acquireBlock(EXCHANGE, SYMBOL, "other", LONG_MS));
    assertThat(get(bots.unblockExchange(EXCHANGE, SYMBOL, "bot", lost.token()))).isFalse();
    assertThat(get(bots.getBlocks())).containsExactly(lease);
  }

  @Test
  void leavesNothingBehindOfWhatWasGivenBack() {
    long token = get(bots.acquireBlock(EXCHANGE, SYMBOL, "bot", LONG_MS)).token();
    get(bots.markOpeningPosition(EXCHANGE, SYMBOL, "bot"));
    get(bots.unblockExchange(EXCHANGE, SYMBOL, "bot", token));
    get(bots.markOpeningPosition(EXCHANGE, SYMBOL, "bot"));
    get(bots.unmarkOpeningPosition(EXCHANGE, SYMBOL, "bot"));
    get(bots.updateBot("bot", new JsonObject()));
    get(bots.deleteBot("bot"));

    assertThat(node.keys())
        .containsExactlyInAnyOrder(
            "fullon:bot_exchanges", "fullon:{bot}:blocks", "fullon:{orders:exchange}:token");
  }
}
