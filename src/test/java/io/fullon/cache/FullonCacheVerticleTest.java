package io.fullon.cache;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FullonCacheVerticleTest {

  private static final List<String> ADDRESSES = List.of(SymbolCache.ADDRESS, TickCache.ADDRESS);

  @AutoClose private final SharedRedis shared = new SharedRedis();
  private final EmbeddedRedis redis = shared.server();
  private final Vertx vertx = shared.vertx();
  private Redis client;

  @BeforeEach
  void start() {
    client =
        Redis.createClient(
            vertx, new RedisOptions().setConnectionString(redis.uri()).setMaxPoolSize(1));
  }

  private Future<String> deploy(JsonObject more) {
    return deploy(new FullonCacheVerticle(), more);
  }

  private Future<String> deploy(FullonCacheVerticle cache, JsonObject more) {
    return vertx.deployVerticle(
        cache, new DeploymentOptions().setConfig(CacheNode.config(redis, more)));
  }

  private static JsonObject config(String section, String key, Object value) {
    return new JsonObject().put(section, new JsonObject().put(key, value));
  }

  private String redisCommand(Command command, String... arguments) {
    Request request = Request.cmd(command);
    for (String argument : arguments) {
      request.arg(argument);
    }
    return get(client.send(request)).toString();
  }

  private void assertNothingIsDeployed() {
    assertThat(vertx.deploymentIDs()).isEmpty();
    for (String address : ADDRESSES) {
      Throwable failure =
          failure(
              vertx
                  .eventBus()
                  .request(
                      address,
                      new JsonObject(),
                      new DeliveryOptions().addHeader("action", "getTicker")));
      assertThat(failure)
          .as(address)
          .isInstanceOfSatisfying(
              ReplyException.class,
              e -> assertThat(e.failureType()).isEqualTo(ReplyFailure.NO_HANDLERS));
    }
    await("all connections but that of this test to be closed")
        .untilAsserted(
            () -> assertThat(redisCommand(Command.CLIENT, "LIST").trim().lines()).hasSize(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"redis", "symbol", "tick", "web", "log", "unknown"})
  void anUnknownKeyIsNamed(String section) {
    JsonObject config =
        section.equals("unknown")
            ? new JsonObject().put(section, 1)
            : config(section, "unknown", 1);
    String key = section.equals("unknown") ? section : section + ".unknown";

    assertThat(failure(deploy(config))).hasMessageStartingWith(key + ": unknown key; there are ");
    assertNothingIsDeployed();
  }

  @Test
  void aBadValueIsNamed() {
    assertThat(failure(deploy(config("web", "port", "http"))))
        .hasMessage("web.port: must be an integer, got \"http\"");
    assertNothingIsDeployed();
  }

  @Test
  void aRedisThatIsNotThereIsNamed() {
    redis.close();

    assertThat(failure(deploy(config("redis", "start_within_ms", 0))))
        .hasMessageStartingWith("Redis at redis://127.0.0.1:" + redis.port() + ": ")
        .hasMessageContaining("refused");
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  @Test
  void aRedisThatWantsAPasswordIsNamed() {
    redisCommand(Command.CONFIG, "SET", "requirepass", "secret");

    assertThat(failure(deploy(new JsonObject())))
        .hasMessageStartingWith("Redis at redis://127.0.0.1:" + redis.port())
        .hasMessageContaining("NOAUTH");
    redisCommand(Command.CONFIG, "SET", "requirepass", "");
    assertNothingIsDeployed();
  }

  @Test
  void aPasswordOfAnyCharactersIsUnderstood() {
    String password = "p@s:s/w rd+%25#é\"";
    JsonObject environment =
        Configuration.of(
            new JsonObject(),
            Map.of(
                "REDIS_HOST",
                "127.0.0.1",
                "REDIS_PORT",
                String.valueOf(redis.port()),
                "REDIS_PASSWORD",
                password),
            new JsonObject());
    redisCommand(Command.CONFIG, "SET", "requirepass", password);

    get(deploy(environment));

    assertThat(get(TickCache.proxy(vertx).getAllTickers("binance"))).isEmpty();
  }

  @Test
  void aPortThatIsTakenIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();

      assertThat(failure(deploy(config("web", "port", port))))
          .hasMessageStartingWith("web: cannot listen on 127.0.0.1:" + port);
    }
    assertNothingIsDeployed();
  }

  @Test
  void theGatewayNeedsTheTickService() {
    assertThat(failure(deploy(config("tick", "enabled", false))))
        .hasMessage("web: needs the tick service on this node");
    assertNothingIsDeployed();
  }

  @Test
  void whatIsNotEnabledIsNotDeployed() {
    FullonCacheVerticle cache = new FullonCacheVerticle();
    JsonObject off = new JsonObject().put("enabled", false);

    String id = get(deploy(cache, new JsonObject().put("web", off).put("symbol", off)));

    assertThatThrownBy(cache::webPort).hasMessage("web: is not deployed");
    assertThat(get(TickCache.proxy(vertx).getAllTickers("binance"))).isEmpty();
    assertThat(failure(SymbolCache.proxy(vertx).getSymbols("binance")))
        .matches(Failure.UNAVAILABLE::matches)
        .hasMessage("fullon.symbol, getSymbols: no node has the service");
    get(vertx.undeploy(id));
    assertNothingIsDeployed();
  }

  @Test
  void deploysAndUndeploysAsOftenAsOneLikes() {
    for (int i = 1; i <= 3; i++) {
      JsonObject instances =
          config("tick", "instances", i)
              .mergeIn(config("symbol", "instances", i), true)
              .mergeIn(config("web", "instances", i), true);
      FullonCacheVerticle cache = new FullonCacheVerticle();
      String id = get(deploy(cache, instances));
      TickCache ticks = TickCache.proxy(vertx);
      Tick tick = Tick.of("binance", "A", BigDecimal.valueOf(i), Instant.ofEpochSecond(i));

      assertThat(get(ticks.updateTicker("binance", tick))).isTrue();
      assertThat(get(ticks.getPrice("A", "binance"))).isEqualTo(BigDecimal.valueOf(i));
      assertThat(cache.webPort()).isPositive();

      get(vertx.undeploy(id));
      assertNothingIsDeployed();
    }
  }

  @Test
  void whatWasStoredIsThereAgain() {
    Tick tick = Tick.of("binance", "A", new BigDecimal("9.9640"), Instant.ofEpochSecond(1));
    String id = get(deploy(new JsonObject()));
    get(TickCache.proxy(vertx).updateTicker("binance", tick));
    get(vertx.undeploy(id));

    get(deploy(new JsonObject()));

    assertThat(get(TickCache.proxy(vertx).getPrice("A", "binance"))).isEqualTo("9.9640");
  }

  @Test
  void twoDeploymentsOnOneNodeShareTheirTicksUntilTheLastIsGone() {
    String first = get(deploy(new JsonObject()));
    String second = get(deploy(new JsonObject()));
    TickCache ticks = TickCache.proxy(vertx);
    Tick tick = Tick.of("binance", "A", BigDecimal.ONE, Instant.ofEpochSecond(1));
    get(ticks.updateTicker("binance", tick));

    get(vertx.undeploy(first));
    for (int i = 0; i < 4; i++) {
      assertThat(get(ticks.getPrice("A", "binance"))).isEqualTo("1");
    }
    get(vertx.undeploy(second));
    assertNothingIsDeployed();
  }
}
