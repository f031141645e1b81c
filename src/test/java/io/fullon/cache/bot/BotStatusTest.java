package io.fullon.cache.bot;

import static io.fullon.cache.testing.CacheNode.get;
import static io.fullon.cache.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.math.BigDecimal;
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

  /** What the bot said, without when. */
  private JsonObject status() {
    return said(get(bots.getBots()).getJsonObject(bot));
  }

  private static JsonObject said(JsonObject status) {
    if (status != null) {
      assertThat(status.remove("updated_at")).isInstanceOf(Number.class);
    }
    return status;
  }

  private double updatedAt() {
    return get(bots.getBots()).getJsonObject(bot).getDouble("updated_at");
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
      assertThat(said(all.getJsonObject(bot + i))).isEqualTo(new JsonObject().put("i", i));
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
    assertThat(said(all.getJsonObject("4711"))).isEqualTo(status);
    assertThat(get(node.call(BotCache.ADDRESS, "deleteBot", call))).isEqualTo(true);
    assertThat(get(node.call(BotCache.ADDRESS, "deleteBot", call))).isEqualTo(false);
  }

  @Test
  void tellsWhenAStatusWasSavedByTheClockOfRedis() {
    double before = now();
    get(bots.updateBot(bot, new JsonObject()));
    double first = updatedAt();
    get(bots.updateBot(bot, new JsonObject()));

    assertThat(first).isBetween(before, now());
    assertThat(updatedAt()).isGreaterThan(first).isLessThanOrEqualTo(now());
  }

  private static double now() {
    Response clock = node.redis(Command.TIME);
    return clock.get(0).toLong() + clock.get(1).toLong() / 1e6;
  }

  @Test
  void aBotCannotSayItselfWhenItsStatusWasSaved() {
    get(bots.updateBot(bot, new JsonObject().put("updated_at", 1)));

    assertThat(updatedAt()).isGreaterThan(1_000_000_000);
  }

  @Test
  void keepsEveryDigitOfAStatus() {
    BigDecimal free = new BigDecimal("0.123456789012345678901234567890");

    get(bots.updateBot(bot, new JsonObject().put("free", free)));

    assertThat(status().getValue("free")).isEqualTo(free);
  }

  @Test
  void takesNoNumberThatJsonDoesNotHave() {
    for (Object none : new Object[] {Double.NaN, Float.NEGATIVE_INFINITY}) {
      assertRefused(
          bots.updateBot(bot, new JsonObject().put("a", new JsonObject().put("n", none))),
          "status.a");
    }
  }

  @Test
  void takesAStatusOfSixtyFourKilobytesAndNoLongerOne() {
    int room = BotCache.MAX_STATUS_BYTES - "{\"s\":\"\"}".length();
    get(bots.updateBot(bot, new JsonObject().put("s", "x".repeat(room))));

    assertRefused(bots.updateBot(bot, new JsonObject().put("s", "x".repeat(room + 1))), "status");
    assertRefused(bots.updateBot(bot, new JsonObject().put("s", "é".repeat(room))), "status");

    assertThat(status().getString("s")).hasSize(room);
  }

  @Test
  void refusesAStatusThatIsNestedTooDeep() {
    JsonObject deep = new JsonObject();
    for (int i = 0; i < 40; i++) {
      deep = new JsonObject().put("in", deep);
    }
    assertRefused(bots.updateBot(bot, deep), "status");
    assertThat(status()).isNull();
  }

  @Test
  void aStatusThatCannotBeReadDoesNotHideTheOthers() {
    List<String> none =
        List.of("", "x", "{", "[1]", "1 ", "1 [", "x {}", "9".repeat(30) + " {}", "1 {} {}");
    for (int i = 0; i < none.size(); i++) {
      node.redis(Command.HSET, "fullon:bots", bot + "none" + i, none.get(i));
    }
    get(bots.updateBot(bot, new JsonObject().put("state", "running")));

    JsonObject all = get(bots.getBots());

    assertThat(said(all.getJsonObject(bot))).isEqualTo(new JsonObject().put("state", "running"));
    for (int i = 0; i < none.size(); i++) {
      assertThat(all.containsKey(bot + "none" + i)).as(none.get(i)).isFalse();
    }
  }

  @Test
  void countsAStatusThatCannotBeRead() {
    SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    Metrics.addRegistry(metrics);
    try {
      double before = metrics.get("fullon.cache.bots.garbage").functionCounter().count();
      node.redis(Command.HSET, "fullon:bots", bot, "none");
      get(bots.getBots());
      assertThat(metrics.get("fullon.cache.bots.garbage").functionCounter().count())
          .isGreaterThan(before);
    } finally {
      Metrics.removeRegistry(metrics);
    }
  }

  @Test
  void givesAStatusThatAnEarlierVersionSavedWithoutATime() {
    node.redis(Command.HSET, "fullon:bots", bot, "{\"state\":\"running\"}");

    assertThat(get(bots.getBots()).getJsonObject(bot))
        .isEqualTo(new JsonObject().put("state", "running"));
  }
}
