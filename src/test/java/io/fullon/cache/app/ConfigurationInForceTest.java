package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.CacheOptions;
import io.fullon.cache.Configuration;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationInForceTest {

  private JsonObject defaults;

  @BeforeEach
  void readDefaults() throws IOException {
    defaults = new JsonObject(Files.readString(Path.of("config/application.json")));
  }

  private JsonObject inForce(JsonObject file, Map<String, String> environment, JsonObject last) {
    JsonObject config = Configuration.of(file, environment, last);
    CacheOptions options = CacheOptions.from(config);

    JsonObject inForce = ConfigurationInForce.of(defaults, config);

    // Read back, it means the same.
    if (!inForce.encode().contains("***")) {
      assertThat(CacheOptions.from(inForce)).isEqualTo(options);
    }
    assertThat(Configuration.namesRedis(inForce)).isEqualTo(Configuration.namesRedis(config));
    return inForce;
  }

  private static JsonObject redis(String key, Object value) {
    return new JsonObject().put("redis", new JsonObject().put(key, value));
  }

  @Test
  void whereNothingIsSaidAllIsDefaultButTheRedisWhichIsOneOfItsOwn() {
    JsonObject expected = defaults.copy();
    expected.getJsonObject("redis").putNull("uri");

    assertThat(inForce(new JsonObject(), Map.of(), new JsonObject())).isEqualTo(expected);
  }

  @Test
  void theLastSourceOfEachKeyIsInForceAndAllOthersAreDefault() {
    JsonObject file =
        redis("uri", "redis://file")
            .put("web", new JsonObject().put("port", 1).put("host", "::1").putNull("deflate"));
    JsonObject last = new JsonObject().put("web", new JsonObject().put("port", 3));
    JsonObject expected = defaults.copy();
    expected.getJsonObject("redis").put("uri", "redis://environment:6379");
    expected.getJsonObject("web").put("port", 3).put("host", "::1");

    assertThat(
            inForce(file, Map.of("FULLON_CACHE_WEB_PORT", "2", "REDIS_HOST", "environment"), last))
        .isEqualTo(expected);
  }

  @Test
  void aVariableHasTheTypeOfItsKey() {
    JsonObject web =
        inForce(
                new JsonObject(),
                Map.of(
                    "FULLON_CACHE_WEB_PORT", "81",
                    "FULLON_CACHE_WEB_ADMIN_PORT", "82",
                    "FULLON_CACHE_WEB_HOST", "0",
                    "FULLON_CACHE_WEB_DEFLATE", "true",
                    "FULLON_CACHE_WEB_JWT_KEYS", "true",
                    "FULLON_CACHE_WEB_JWT_ISSUER", "12",
                    "FULLON_CACHE_WEB_ALLOWED_HOSTS", "a.example, b.example"),
                new JsonObject())
            .getJsonObject("web");

    assertThat(web.getMap())
        .containsEntry("port", 81L)
        .containsEntry("admin_port", 82L)
        .containsEntry("host", "0")
        .containsEntry("deflate", true)
        .containsEntry("jwt_keys", "true")
        .containsEntry("jwt_issuer", "12");
    assertThat(web.getJsonArray("allowed_hosts"))
        .isEqualTo(new JsonArray().add("a.example").add("b.example"));
  }

  @Test
  void aVariableIsShownAsItIsRead() {
    JsonObject shown =
        inForce(
            new JsonObject(),
            Map.of(
                "FULLON_CACHE_WEB_PORT", "08080",
                "FULLON_CACHE_REDIS_PREFIX", "007",
                "FULLON_CACHE_ORDERS_STATUSES", "{\"parked\":\"open\"}"),
            new JsonObject());

    assertThat(shown.getJsonObject("web").getInteger("port")).isEqualTo(8080);
    assertThat(shown.getJsonObject("redis").getValue("prefix")).isEqualTo("007");
    assertThat(shown.getJsonObject("orders").getJsonObject("statuses"))
        .isEqualTo(new JsonObject().put("parked", "open"));
  }

  @ParameterizedTest
  @CsvSource({
    "redis://:hidden@h/1, redis://:***@h/1",
    "redis://me:hidden@h:1, redis://me:***@h:1",
    "rediss://me@there:hid:den@h, rediss://me@there:***@h",
    "redis://:hid@den@h, redis://:***@h",
    "unix://me:hidden@/run/redis.sock?db=1, unix://me:***@/run/redis.sock?db=1",
    "unix:///run/a:b@c.sock, unix:///run/a:b@c.sock",
    "redis://[::1]:6379/0, redis://[::1]:6379/0"
  })
  void ofAUriThePasswordIsHidden(String uri, String shown) {
    assertThat(inForce(redis("uri", uri), Map.of(), new JsonObject()).getJsonObject("redis"))
        .contains(Map.entry("uri", shown));
    assertThat(
            inForce(new JsonObject(), Map.of("REDIS_URL", uri), new JsonObject())
                .getJsonObject("redis"))
        .contains(Map.entry("uri", shown));
  }

  @Test
  void noSecretIsShownWhereverItComesFrom() {
    String secret = "hidden hidden hidden hidden hidden";
    JsonObject all =
        redis("sentinel_password", secret).put("web", new JsonObject().put("jwt_secret", secret));
    all.getJsonObject("redis").put("master", "m").put("nodes", "h:1");
    Map<String, String> variables =
        Map.of(
            "FULLON_CACHE_REDIS_SENTINEL_PASSWORD", secret, "FULLON_CACHE_WEB_JWT_SECRET", secret);
    JsonObject deployment = redis("master", "m");
    deployment.getJsonObject("redis").put("nodes", "h:1");

    for (JsonObject config :
        new JsonObject[] {
          Configuration.of(all, Map.of(), new JsonObject()),
          Configuration.of(deployment, variables, new JsonObject()),
          Configuration.of(new JsonObject(), Map.of(), all)
        }) {
      JsonObject shown = ConfigurationInForce.of(defaults, config);

      assertThat(shown.encode()).doesNotContain("hidden");
      assertThat(shown.getJsonObject("redis").getString("sentinel_password")).isEqualTo("***");
      assertThat(shown.getJsonObject("web").getString("jwt_secret")).isEqualTo("***");
    }
  }
}
