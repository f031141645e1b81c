package io.fullon.cache.tick;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TickCacheTest {

  private static CacheNode node;

  @BeforeAll
  static void start() {
    node = CacheNode.start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void givesBackWhatWasStored() {
    Tick tick =
        Tick.of("exa", "BTC/USDT", new BigDecimal("9.9640"), Instant.parse("2026-01-01T00:00:00Z"));

    assertThat(get(node.ticks().updateTicker("exa", tick))).isTrue();

    Tick stored = get(node.ticks().getTicker("BTC/USDT", "exa"));
    assertThat(stored.withSeq(null)).isEqualTo(tick);
    assertThat(stored.seq()).isNotNull();
  }

  @Test
  void reachesTheFeed() {
    try (FeedClient client = node.feed()) {
      client.next("welcome");
      assertThat(client.subscribe("exb", "*")).isEmpty();
      Tick tick = Tick.of("exb", "BTC/USDT", new BigDecimal("1.10"), Instant.ofEpochSecond(100));

      get(node.ticks().updateTicker("exb", tick));

      JsonObject update = client.next("update").getJsonArray("ticks").getJsonObject(0);
      assertThat(update.getString("price")).isEqualTo("1.10");
    }
  }
}
