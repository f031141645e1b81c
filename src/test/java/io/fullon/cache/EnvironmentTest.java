package io.fullon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvironmentTest {

  private static final JsonObject NOTHING = new JsonObject();

  private static JsonObject over(JsonObject config, String... variables) {
    Map<String, String> map = new java.util.HashMap<>();
    for (int i = 0; i < variables.length; i += 2) {
      map.put(variables[i], variables[i + 1]);
    }
    return new Environment(map).over(config);
  }

  private static JsonObject redis(Object uri) {
    return new JsonObject().put("redis", new JsonObject().put("uri", uri));
  }

  private static String uri(JsonObject config) {
    return config.getJsonObject("redis").getString("uri");
  }

  @Test
  void saysNothingOfItself() {
    JsonObject file = redis("redis://a:1/2").put("web", new JsonObject().put("port", 1));

    assertThat(over(file, "PATH", "/bin", "REDISTRIBUTE", "1", "FULLON", "x")).isEqualTo(file);
    assertThat(new Environment(Map.of("PATH", "/bin")).namesRedis()).isFalse();
  }

  @Test
  void aVariableSetToNothingIsNotSet() {
    assertThat(over(NOTHING, "REDIS_HOST", "", "REDIS_PORT", " ", "FULLON_CACHE_WEB_PORT", ""))
        .isEqualTo(NOTHING);
    assertThat(new Environment(Map.of("REDIS_HOST", "")).namesRedis()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "REDIS_HOST, example.org, redis://example.org:6379/0",
    "REDIS_HOST, 10.0.0.1, redis://10.0.0.1:6379/0",
    "REDIS_HOST, ::1, redis://[::1]:6379/0",
    "REDIS_HOST, [::1], redis://[::1]:6379/0",
    "REDIS_PORT, 6380, redis://localhost:6380/0",
    "REDIS_DB, 5, redis://localhost:6379/5",
    "REDIS_PASSWORD, secret, redis://:secret@localhost:6379/0",
    "REDIS_PASSWORD, p@s:s/w rd+%#, redis://:p%40s%3As%2Fw+rd%2B%25%23@localhost:6379/0"
  })
  void redisVariablesAreThePartsOfTheDefaultAddress(String name, String value, String uri) {
    assertThat(uri(over(NOTHING, name, value))).isEqualTo(uri);
    assertThat(new Environment(Map.of(name, value)).namesRedis()).isTrue();
  }

  @Test
  void redisVariablesReplaceTheirPartsOfTheFilesAddress() {
    JsonObject file = redis("rediss://alice:old@far:7000/3");

    assertThat(uri(over(file, "REDIS_HOST", "near"))).isEqualTo("rediss://alice:old@near:7000/3");
    assertThat(uri(over(file, "REDIS_PORT", "1"))).isEqualTo("rediss://alice:old@far:1/3");
    assertThat(uri(over(file, "REDIS_DB", "0"))).isEqualTo("rediss://alice:old@far:7000/0");
    assertThat(uri(over(file, "REDIS_PASSWORD", "n:w")))
        .isEqualTo("rediss://alice:n%3Aw@far:7000/3");
    assertThat(uri(file)).as("the file's own").isEqualTo("rediss://alice:old@far:7000/3");
  }

  @Test
  void theAddressAsAWholeWinsOverItsParts() {
    assertThat(
            uri(
                over(
                    redis("redis://file:1/0"),
                    "REDIS_HOST",
                    "part",
                    "FULLON_CACHE_REDIS_URI",
                    "redis://whole:2/0")))
        .isEqualTo("redis://whole:2/0");
  }

  @Test
  void everyKeyCanBeSet() {
    JsonObject file = new JsonObject().put("web", new JsonObject().put("port", 1).put("a", 2));

    JsonObject config =
        over(
            file,
            "FULLON_CACHE_WEB_PORT",
            "8081",
            "FULLON_CACHE_WEB_ENABLED",
            "false",
            "FULLON_CACHE_WEB_HOST",
            "0",
            "FULLON_CACHE_REDIS_COMMAND_TIMEOUT_MS",
            "500",
            "FULLON_CACHE_REDIS_PREFIX",
            "7");

    assertThat(config)
        .isEqualTo(
            new JsonObject()
                .put(
                    "web",
                    new JsonObject()
                        .put("port", 8081)
                        .put("enabled", false)
                        .put("host", "0")
                        .put("a", 2))
                .put("redis", new JsonObject().put("command_timeout_ms", 500).put("prefix", "7")));
  }

  @ParameterizedTest
  @CsvSource({
    "REDIS_PORT, abc",
    "REDIS_PORT, 0",
    "REDIS_PORT, -1",
    "REDIS_PORT, 65536",
    "REDIS_PORT, tcp://10.0.0.1:6379",
    "REDIS_DB, x",
    "REDIS_DB, -1",
    "REDIS_DB, 100000",
    "REDIS_HOST, two words",
    "REDIS_HOST, redis://localhost",
    "REDIS_HOST, host/path",
    "REDIS_HOST, host:6379",
    "FULLON_CACHE_PORT, 5",
    "FULLON_CACHE_, 5"
  })
  void aBadValueIsNamed(String name, String value) {
    assertThatThrownBy(() -> over(NOTHING, name, value))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith(name + ": ");
  }

  @ParameterizedTest
  @CsvSource({"redis://localhost/abc", "http://localhost", "not a uri", "redis:///", "redis://h:0"})
  void aBadAddressInTheFileIsNamedWhenAPartIsReplaced(String uri) {
    assertThatThrownBy(() -> over(redis(uri), "REDIS_PORT", "1"))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("redis.uri: ");
  }

  @Test
  void aBadSectionInTheFileIsToldAndNotReplaced() {
    JsonObject file = new JsonObject().put("web", 5).put("redis", "redis://localhost");

    assertThatThrownBy(() -> over(file, "FULLON_CACHE_WEB_PORT", "1"))
        .hasMessage("web: must be a JSON object, got 5");
    assertThatThrownBy(() -> over(file, "REDIS_PORT", "1"))
        .hasMessage("redis: must be a JSON object, got \"redis://localhost\"");
    assertThatThrownBy(() -> over(redis(5), "REDIS_PORT", "1")).hasMessageStartingWith("redis.uri");
  }
}
