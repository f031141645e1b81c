package io.fullon.cache.bot;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class BotStatusTest {

  private static final AtomicInteger BOTS = new AtomicInteger();

  @AutoClose private static final CacheNode node = CacheNode.start();
  private static final BotCache bots = BotCache.proxy(node.vertx());

  private final String bot = "bot " + BOTS.incrementAndGet() + ": ∆";

  private JsonObject status() {
    return get(bots.getBots()).getJsonObject(bot);
  }

  @Test
  void keepsAStatusAsItIs() {
    JsonObject status =
        new JsonObject()
            .put("state", "running")
            .put("symbols", new JsonArray().add("BTC/USDT").add(1))
            .put("balance", "9.9640")
            .put("nothing", null)
            .put("inner", new JsonObject().put("deep", 1.5).put("big", 9_007_199_254_740_993L));

    get(bots.updateBot(bot, status));

    assertThat(status()).isEqualTo(status);
  }

  @Test
  void replacesTheStatusThatWasThere() {
    get(bots.updateBot(bot, new JsonObject().put("state", "running").put("old", true)));

    get(bots.updateBot(bot, new JsonObject().put("state", "stopped")));
    assertThat(status()).isEqualTo(new JsonObject().put("state", "stopped"));

    get(bots.updateBot(bot, new JsonObject()));
    assertThat(status()).isEqualTo(new JsonObject());
  }

  @Test
  void forgetsAStatusButNotTheBlock() {
    get(bots.updateBot(bot, new JsonObject()));
    get(bots.blockExchange("exchange", "BTC/USDT", bot));

    assertThat(get(bots.deleteBot(bot))).isTrue();
    assertThat(get(bots.deleteBot(bot))).isFalse();

    assertThat(status()).isNull();
    assertThat(get(bots.isBlocked("exchange", "BTC/USDT"))).isEqualTo(bot);
  }

  @Test
  void givesTheStatusOfAllBots() {
    List<Future<Void>> updates = new ArrayList<>();
    for (int i = 0; i < 1_200; i++) {
      updates.add(bots.updateBot(bot + i, new JsonObject().put("i", i)));
    }
    get(Future.all(updates));

    JsonObject all = get(bots.getBots());

    for (int i = 0; i < 1_200; i++) {
      assertThat(all.getJsonObject(bot + i)).isEqualTo(new JsonObject().put("i", i));
    }
  }

  @Test
  void refusesAStatusThatWouldHideAllOthers() {
    get(bots.updateBot(bot, new JsonObject().put("state", "running")));
    JsonObject longNumber = new JsonObject().put("n", BigInteger.TEN.pow(2_000));
    JsonObject longName = new JsonObject().put("n".repeat(60_000), 1);

    assertRefused(bots.updateBot(bot, longNumber), "status");
    assertRefused(bots.updateBot(bot, longName), "status");

    assertThat(status()).isEqualTo(new JsonObject().put("state", "running"));
  }

  @Test
  void speaksPlainJson() {
    JsonObject status = new JsonObject().put("free", new JsonArray());
    JsonObject call = new JsonObject().put("botId", 4_711).put("status", status);

    assertThat(get(node.call(BotCache.ADDRESS, "updateBot", call))).isNull();

    JsonObject all = (JsonObject) get(node.call(BotCache.ADDRESS, "getBots", new JsonObject()));
    assertThat(all.getJsonObject("4711")).isEqualTo(status);
    assertThat(get(node.call(BotCache.ADDRESS, "deleteBot", call))).isEqualTo(true);
    assertThat(get(node.call(BotCache.ADDRESS, "deleteBot", call))).isEqualTo(false);
  }
}
