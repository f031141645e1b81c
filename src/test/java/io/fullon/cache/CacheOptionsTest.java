package io.fullon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CacheOptionsTest {

  private static final JsonObject FILE = file();

  private static JsonObject file() {
    try {
      return new JsonObject(Files.readString(Path.of("config/application.json")));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Those whose default is none. */
  private static final Set<String> NUMBERS = Set.of("admin_port");

  private static JsonObject config(String section, String key, Object value) {
    return new JsonObject().put(section, new JsonObject().put(key, value));
  }

  private static void assertRefused(JsonObject config, String start) {
    assertThatThrownBy(() -> CacheOptions.from(config))
        .as(config.encode())
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith(start);
  }

  static Stream<Arguments> keys() {
    return FILE.fieldNames().stream()
        .flatMap(
            section ->
                FILE.getJsonObject(section).stream()
                    .map(entry -> Arguments.of(section, entry.getKey(), entry.getValue())));
  }

  /** Those with keys of their own: {@code sources} has exchanges. */
  static Stream<String> sections() {
    return FILE.fieldNames().stream().filter(section -> !section.equals("sources"));
  }

  @Test
  void theFileHasTheDefaults() {
    assertThat(CacheOptions.from(FILE)).isEqualTo(CacheOptions.from(new JsonObject()));
  }

  @ParameterizedTest
  @MethodSource("sections")
  void theFileHasEveryKey(String section) {
    String known = String.join(", ", new TreeSet<>(FILE.getJsonObject(section).fieldNames()));

    assertThatThrownBy(() -> CacheOptions.from(config(section, "zz", 1)))
        .isInstanceOf(InvalidValueException.class)
        .hasMessage(section + ".zz: unknown key; there are " + known);
  }

  @Test
  void theFileHasEverySection() {
    String known = String.join(", ", new TreeSet<>(FILE.fieldNames()));

    assertThatThrownBy(() -> CacheOptions.from(new JsonObject().put("zz", new JsonObject())))
        .hasMessage("zz: unknown key; there are " + known);
  }

  @ParameterizedTest
  @MethodSource("keys")
  void aValueOfAnotherTypeIsNamed(String section, String key, Object good) {
    List<Object> bad = new ArrayList<>(List.of(new JsonArray().add(5), 1.5));
    if (!(good instanceof JsonObject)) {
      bad.add(new JsonObject());
    }
    if (NUMBERS.contains(key)) {
      bad.addAll(Arrays.asList("1", true, -1, Long.MAX_VALUE));
    } else if (good instanceof Boolean) {
      bad.addAll(List.of("true", 1));
    } else if (good instanceof Number) {
      bad.addAll(Arrays.asList(good.toString(), "", true, -1, Long.MAX_VALUE, 8.5));
    } else {
      bad.addAll(List.of(5, true, "x".repeat(2_000)));
    }

    for (Object value : bad) {
      assertRefused(config(section, key, value), section + "." + key + ": ");
    }
  }

  @ParameterizedTest
  @MethodSource("keys")
  void nullIsTheDefault(String section, String key) {
    assertThat(CacheOptions.from(config(section, key, null)))
        .isEqualTo(CacheOptions.from(new JsonObject()));
  }

  @ParameterizedTest
  @MethodSource("sections")
  void aSectionThatIsNoObjectIsNamed(String section) {
    for (Object value : List.of(5, "x", true, new JsonArray())) {
      assertRefused(
          new JsonObject().put(section, value), section + ": must be a JSON object, got ");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "not a uri",
    "localhost:6379",
    "http://localhost",
    "redis://",
    "redis:///0",
    "redis://localhost/x",
    "redis://localhost:0",
    "redis://localhost:65536",
    "redis://secret@localhost",
    "redis://:secret@localhost:x"
  })
  void aBadAddressIsNamedButNotShown(String uri) {
    assertThatThrownBy(() -> CacheOptions.from(config("redis", "uri", uri)))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("redis.uri: ")
        .hasMessageNotContaining("secret");
  }

  static Stream<JsonObject> badSecrets() {
    String secret = "TopSecret";
    String url = "redis://u:" + secret + "@s:1";
    JsonArray list = new JsonArray().add(secret);
    return Stream.of(
            Stream.of("uri", "nodes", "sentinel_password")
                .flatMap(
                    key ->
                        Stream.of(secret.repeat(200), 7_777_777, list, true)
                            .map(value -> config("redis", key, value))),
            Stream.of(secret.repeat(200), 7_777_777, list, true)
                .map(value -> config("web", "jwt_secret", value)),
            Stream.of(url, "a:1," + url, ":" + secret + "@s:1", secret)
                .map(nodes -> config("redis", "nodes", nodes)),
            Stream.of(
                new JsonObject().put("redis", url),
                config("web", "allowed_origins", new JsonArray().add(url)),
                config("sources", "kraken", url),
                source("url", "https://u:" + secret + "@h"),
                source("url", "wss://h/?token=" + secret + " "),
                source("url", secret.repeat(300)),
                source("rest_url", "ws://u:" + secret + "@h")))
        .flatMap(configs -> configs);
  }

  private static JsonObject source(String key, String value) {
    return config(
        "sources",
        "kraken",
        new JsonObject().put("symbols", new JsonArray().add("*")).put(key, value));
  }

  @ParameterizedTest
  @MethodSource("badSecrets")
  void aBadSecretIsNotShown(JsonObject config) {
    assertThatThrownBy(() -> CacheOptions.from(config))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageNotContainingAny("TopSecret", "7777777");
  }

  @Test
  void noOptionShowsThePassword() {
    JsonObject config = config("redis", "uri", "redis://alice:secret@localhost:6379/1");

    assertThat(CacheOptions.from(config).toString())
        .contains("redis://localhost:6379/1")
        .doesNotContain("secret", "alice");
  }

  @Test
  void aPrefixThatRedisWouldTakeForAPatternIsRefused() {
    for (String prefix : List.of("a*", "{a}", "a?", "[a]", "a b", "a\\", "é", "a\n")) {
      assertRefused(config("redis", "prefix", prefix), "redis.prefix: ");
    }
    assertThat(CacheOptions.from(config("redis", "prefix", "app1:")).redis().prefix())
        .isEqualTo("app1:");
  }

  @Test
  void theLongestPauseIsNotShorterThanTheFirst() {
    JsonObject redis = new JsonObject().put("reconnect_min_ms", 100).put("reconnect_max_ms", 99);

    assertRefused(new JsonObject().put("redis", redis), "redis.reconnect_max_ms: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"nodes\":\"a:1\"} | redis.nodes: needs redis.master for Sentinels, or redis.cluster",
        "{\"master\":\"m\"} | redis.master: needs redis.nodes",
        "{\"master\":\"m\",\"nodes\":\"a:1\",\"cluster\":true} | redis.master: is for Sentinels",
        "{\"master\":\"m\",\"nodes\":\"a\"} | redis.nodes: must be host:port",
        "{\"master\":\"m\",\"nodes\":\"u:secret@a:1\"} | redis.nodes: must be host:port",
        "{\"cluster\":true,\"uri\":\"redis://a/1\"} | redis.uri: must not name a database",
        "{\"cluster\":true,\"uri\":\"unix:///a\"} | redis.uri: must not be a socket",
        "{\"sentinel_password\":\"p\"} | redis.sentinel_password: is for Sentinels",
        "{\"tls_ca\":\"c\"} | redis.tls_ca: needs a redis.uri that begins with rediss",
        "{\"tls_cert\":\"c\",\"tls_key\":\"k\"} | redis.tls_cert: needs a redis.uri",
        "{\"tls_ca\":\"c\",\"tls_verify\":false} | redis.tls_ca: is not looked at",
        "{\"uri\":\"rediss://my_redis\"} | redis.uri: must name the host without an underscore",
        "{\"tls_cert\":\"c\"} | redis.tls_key: is needed too",
        "{\"tls_key\":\"k\"} | redis.tls_cert: is needed too",
      })
  void whatDoesNotMakeADeploymentOfRedisIsNamed(String redis, String start) {
    assertRefused(new JsonObject().put("redis", new JsonObject(redis)), start);
  }

  @Test
  void sourcesNeedTheServiceOfTicks() {
    JsonObject kraken = new JsonObject().put("symbols", new JsonArray().add("BTC/USD"));
    JsonObject config = config("sources", "kraken", kraken);

    assertRefused(
        config.put("tick", new JsonObject().put("enabled", false)), "tick.enabled: must be true");
  }

  @Test
  void aDeploymentOfRedisIsNamedWithoutItsSecrets() {
    JsonObject redis =
        new JsonObject()
            .put("uri", "redis://user:secret@localhost/2")
            .put("nodes", "a:26379, b:26379")
            .put("master", "main")
            .put("sentinel_password", "hidden");

    String text = CacheOptions.from(new JsonObject().put("redis", redis)).toString();

    assertThat(text)
        .contains("main of the Sentinels a:26379,b:26379")
        .doesNotContain("secret", "hidden");
  }
}
