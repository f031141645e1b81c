package io.fullon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.testing.LogLines;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {

  private static final JsonObject NOTHING = new JsonObject();

  private static Map<String, String> environment(String... variables) {
    Map<String, String> map = new TreeMap<>();
    for (int i = 0; i < variables.length; i += 2) {
      map.put(variables[i], variables[i + 1]);
    }
    return map;
  }

  private static JsonObject over(JsonObject file, String... variables) {
    return Configuration.of(file, environment(variables), NOTHING);
  }

  private static CacheOptions options(JsonObject file, JsonObject last, String... variables) {
    return CacheOptions.from(Configuration.of(file, environment(variables), last));
  }

  private static JsonObject redis(String json) {
    return new JsonObject().put("redis", new JsonObject(json.replace('\'', '"')));
  }

  private static JsonObject uri(String uri) {
    return new JsonObject().put("redis", new JsonObject().put("uri", uri));
  }

  /** Where Redis is, with what is secret in it. */
  private static String redisOf(CacheOptions options) {
    return options.redis().nodes().isEmpty()
        ? options.redis().uri().text()
        : options.redis().address() + " by " + options.redis().uri().text();
  }

  // The environment

  @Test
  void anEnvironmentThatSaysNothingChangesNothing() {
    JsonObject file = uri("redis://a:1/2").put("web", new JsonObject().put("port", 1));

    assertThat(over(file, "PATH", "/bin", "REDISTRIBUTE", "1", "FULLON", "x")).isEqualTo(file);
    assertThat(Configuration.namesRedis(over(NOTHING, "PATH", "/bin"))).isFalse();
  }

  @Test
  void aVariableSetToNothingIsNotSet() {
    assertThat(over(NOTHING, "REDIS_HOST", "", "REDIS_PORT", " ", "FULLON_CACHE_WEB_PORT", ""))
        .isEqualTo(NOTHING);
  }

  @ParameterizedTest
  @CsvSource({
    "REDIS_HOST, example.org, redis://example.org:6379",
    "REDIS_HOST, my_redis, redis://my_redis:6379",
    "REDIS_HOST, 10.0.0.1, redis://10.0.0.1:6379",
    "REDIS_HOST, ::1, redis://[::1]:6379",
    "REDIS_HOST, [::1], redis://[::1]:6379",
    "REDIS_PORT, 6380, redis://localhost:6380",
    "REDIS_DB, 5, redis://localhost:6379/5",
    "REDIS_PASSWORD, secret, redis://:secret@localhost:6379",
    "REDIS_PASSWORD, p@s:s/w rd+%#, redis://:p%40s%3As%2Fw%20rd%2B%25%23@localhost:6379",
    "REDIS_URL, rediss://u:p@h:1/2, rediss://u:p@h:1/2",
    "FULLON_CACHE_REDIS_URI, redis://h, redis://h:6379"
  })
  void theEnvironmentNamesARedis(String name, String value, String uri) {
    assertThat(Configuration.namesRedis(over(NOTHING, name, value))).isTrue();
    assertThat(redisOf(options(NOTHING, NOTHING, name, value))).isEqualTo(uri);
  }

  @Test
  void theAddressAsAWholeWinsOverItsParts() {
    for (String whole : new String[] {"FULLON_CACHE_REDIS_URI", "REDIS_URL"}) {
      CacheOptions options =
          options(
              uri("redis://file:1/0"),
              NOTHING,
              "REDIS_HOST",
              "part",
              "REDIS_PORT",
              "not looked at",
              whole,
              "redis://whole:2/0");

      assertThat(redisOf(options)).isEqualTo("redis://whole:2");
    }
  }

  @Test
  void everyKeyCanBeSetWhateverItsType() {
    CacheOptions options =
        options(
            new JsonObject().put("web", new JsonObject().put("port", 1).put("deflate", true)),
            NOTHING,
            "FULLON_CACHE_WEB_PORT",
            "8081",
            "FULLON_CACHE_WEB_ENABLED",
            "false",
            "FULLON_CACHE_WEB_HOST",
            "0",
            "FULLON_CACHE_WEB_ALLOWED_ORIGINS",
            "https://a.example, https://b.example",
            "FULLON_CACHE_REDIS_COMMAND_TIMEOUT_MS",
            "500",
            "FULLON_CACHE_REDIS_PREFIX",
            "7",
            "FULLON_CACHE_REDIS_TLS_VERIFY",
            "false");

    assertThat(options.web().port()).isEqualTo(8081);
    assertThat(options.web().enabled()).isFalse();
    assertThat(options.web().host()).isEqualTo("0");
    assertThat(options.web().deflate()).isTrue();
    assertThat(options.web().allowedOrigins())
        .containsExactly("https://a.example", "https://b.example");
    assertThat(options.redis().commandTimeoutMs()).isEqualTo(500);
    assertThat(options.redis().prefix()).isEqualTo("7");
    assertThat(options.redis().tls().verify()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "REDIS_PORT, abc",
    "REDIS_PORT, 0",
    "REDIS_PORT, -1",
    "REDIS_PORT, 65536",
    "REDIS_DB, x",
    "REDIS_DB, -1",
    "REDIS_DB, 100000",
    "REDIS_HOST, two words",
    "REDIS_HOST, redis://localhost",
    "REDIS_HOST, host/path",
    "REDIS_HOST, host:6379",
    "REDIS_HOST, 127.0.0.1:6379",
    "REDIS_HOST, user@host",
    "FULLON_CACHE_REDIS_MASTER, m",
    "FULLON_CACHE_REDIS_TLS_CA, ca.pem",
    "FULLON_CACHE_WEB_JWT_SECRET, ''",
    "FULLON_CACHE_WEB_JWT_KEYS, ' '",
    "FULLON_CACHE_WEB_JWT_ISSUER, us",
    "REDIS_URL, localhost",
    "FULLON_CACHE_REDIS_URI, nonsense",
    "FULLON_CACHE_REDIS_NODES, nonsense",
    "FULLON_CACHE_WEB_PORT, x",
    "FULLON_CACHE_WEB_PORT, 70000",
    "FULLON_CACHE_WEB_ENABLED, yes",
    "FULLON_CACHE_WEB_ALLOWED_ORIGINS, example.com",
    "FULLON_CACHE_TICK_COMPARE_INTERVAL_MS, 1s",
    "FULLON_CACHE_ORDERS_STATUSES, parked=open",
    "FULLON_CACHE_ORDERS_STATUSES, []"
  })
  void aBadValueIsNamedByItsVariable(String name, String value) {
    assertThatThrownBy(() -> options(NOTHING, NOTHING, name, value))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith(name + ": ");
  }

  @ParameterizedTest
  @CsvSource({
    "REDIS_HOST, me:TopSecret@h",
    "REDIS_PASSWORD, LONG",
    "REDIS_URL, redis:/:TopSecret@h",
    "FULLON_CACHE_REDIS_NODES, redis://:TopSecret@h",
    "FULLON_CACHE_WEB_JWT_SECRET, LONG",
    "FULLON_CACHE_REDIS_SENTINEL_PASSWORD, LONG"
  })
  void aBadSecretOfAVariableIsNotShown(String name, String value) {
    String text = value.replace("LONG", "TopSecret".repeat(200));

    assertThatThrownBy(() -> options(NOTHING, NOTHING, name, text))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith(name + ": ")
        .hasMessageNotContaining("TopSecret");
  }

  @Test
  void whatDoesNotFitTheRestIsNamedByTheVariablesThatMadeIt() {
    assertThatThrownBy(
            () -> options(redis("{'cluster':true}"), NOTHING, "REDIS_DB", "1", "REDIS_PORT", "2"))
        .hasMessageStartingWith("REDIS_PORT, REDIS_DB: must not name a database");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | FULLON_CACHE_REDIS_RECONNECT_MIN_MS | 5000",
        "{} | FULLON_CACHE_REDIS_RECONNECT_MAX_MS | 10",
        "{} | FULLON_CACHE_SOURCE_RECONNECT_MIN_MS | 60000",
        "{'redis':{'nodes':'s:1','master':'m'}} | FULLON_CACHE_REDIS_CLUSTER | true",
        "{'redis':{'nodes':'s:1','cluster':true}} | FULLON_CACHE_REDIS_CLUSTER | false",
        "{'redis':{'uri':'redis://h/1'}} | FULLON_CACHE_REDIS_CLUSTER | true",
        "{'redis':{'uri':'unix:///h'}} | FULLON_CACHE_REDIS_CLUSTER | true",
        "{'redis':{'uri':'rediss://h','tls_ca':'c'}} | FULLON_CACHE_REDIS_TLS_VERIFY | false",
        "{'redis':{'uri':'rediss://h','tls_ca':'c'}} | FULLON_CACHE_REDIS_URI | redis://h",
        "{'redis':{'uri':'rediss://h','tls_ca':'c'}} | REDIS_URL | redis://h",
        "{'redis':{'uri':'rediss://h','tls_ca':'c'}} | REDIS_HOST | h",
        "{} | FULLON_CACHE_REDIS_TLS_CERT | c",
        "{} | FULLON_CACHE_WEB_TLS_KEY | k",
        "{'web':{'admin_port':9000}} | FULLON_CACHE_WEB_PORT | 9000",
        "{'web':{'port':9000}} | FULLON_CACHE_WEB_ADMIN_PORT | 9000",
        "{'sources':{'kraken':{'symbols':['*']}}} | FULLON_CACHE_TICK_ENABLED | false",
        "{'sources':{'okx':{'symbols':['*'],'candles':true}}} | FULLON_CACHE_OHLCV_ENABLED | false"
      })
  void whatDoesNotFitAnotherKeyIsNamedToo(String file, String name, String value) {
    JsonObject rest = new JsonObject(file.replace('\'', '"'));

    assertThatThrownBy(() -> options(rest, NOTHING, name, value))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining(name);
  }

  @Test
  void anObjectIsAVariableInJson() {
    JsonObject file =
        new JsonObject("{\"orders\":{\"statuses\":{\"parked\":\"open\",\"gone\":\"canceled\"}}}");

    assertThat(options(NOTHING, NOTHING, "FULLON_CACHE_ORDERS_STATUSES", STATUSES).orders())
        .isEqualTo(CacheOptions.from(file).orders());
    assertThatThrownBy(
            () ->
                options(NOTHING, NOTHING, "FULLON_CACHE_ORDERS_STATUSES", "{\"parked\":\"away\"}"))
        .hasMessageStartingWith("FULLON_CACHE_ORDERS_STATUSES.parked: must be one of");
    assertThat(options(NOTHING, file, "FULLON_CACHE_ORDERS_STATUSES", "nonsense").orders())
        .as("replaced, and so not looked at")
        .isEqualTo(CacheOptions.from(file).orders());
  }

  private static final String STATUSES = "{\"parked\":\"open\",\"gone\":\"canceled\"}";

  @ParameterizedTest
  @CsvSource({
    "REDIS_PORT, abc",
    "REDIS_HOST, two words",
    "REDIS_URL, localhost",
    "FULLON_CACHE_REDIS_URI, nonsense",
    "FULLON_CACHE_REDIS_NODES, nonsense",
    "FULLON_CACHE_REDIS_CLUSTER, perhaps",
    "FULLON_CACHE_WEB_PORT, abc"
  })
  void whatALaterSourceReplacesIsNotLookedAt(String name, String value) {
    JsonObject last = uri("redis://last:1/0").put("web", new JsonObject().put("port", 7));

    CacheOptions options = options(NOTHING, last, name, value);

    assertThat(redisOf(options)).isEqualTo("redis://last:1");
    assertThat(options.web().port()).isEqualTo(7);
  }

  /** What a cluster sets in every container of the namespace for Services of these names. */
  @ParameterizedTest
  @ValueSource(strings = {"REDIS", "FULLON_CACHE", "FULLON_CACHE_WEB", "FULLON_CACHE_REDIS"})
  void theLinksToServicesOfKubernetesAreNotLookedAt(String service) {
    try (LogLines log = LogLines.of(Environment.class)) {
      JsonObject config =
          over(
              NOTHING,
              service + "_SERVICE_HOST",
              "10.0.0.1",
              service + "_SERVICE_PORT",
              "6379",
              service + "_SERVICE_PORT_MAIN",
              "6379",
              service + "_PORT",
              "tcp://10.0.0.1:6379",
              service + "_PORT_6379_TCP",
              "tcp://10.0.0.1:6379",
              service + "_PORT_6379_TCP_PROTO",
              "tcp",
              service + "_PORT_6379_TCP_PORT",
              "6379",
              service + "_PORT_6379_TCP_ADDR",
              "10.0.0.1");

      assertThat(config).isEqualTo(NOTHING);
      assertThat(log.lines()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"REDIS_PORT, udp://10.0.0.1:53", "FULLON_CACHE_WEB_PORT, udp://10.0.0.1:80"})
  void linksToDatagramServicesAreNotLookedAtEither(String name, String value) {
    assertThat(over(NOTHING, name, value)).isEqualTo(NOTHING);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FULLON_CACHE_AUTO_CONFIGURE",
        "FULLON_CACHE_EVENT_LOOP",
        "FULLON_CACHE_LOG_DIR",
        "FULLON_CACHE_WEB_PROT",
        "FULLON_CACHE_WEB",
        "FULLON_CACHE_LOG_LEVEL",
        "FULLON_CACHE_"
      })
  void aVariableThatNamesNoKeyIsToldOnce(String begin) {
    String name = begin + "_" + System.nanoTime(); // once in the life of the process
    try (LogLines log = LogLines.of(Environment.class)) {
      assertThat(over(NOTHING, name, "true")).isEqualTo(NOTHING);
      assertThat(over(NOTHING, name, "true")).isEqualTo(NOTHING);

      assertThat(log.lines()).singleElement().asString().contains("[" + name + "]");
    }
  }

  // Whose Redis

  @ParameterizedTest
  @CsvSource({
    "{'uri':'redis://h'}, true",
    "{'nodes':'h:26379'}, true",
    "{'nodes':'h:26379'|'master':'m'}, true",
    "{'nodes':'h:7000'|'cluster':true}, true",
    "{'cluster':true}, true",
    "{'master':'m'}, true",
    "{'cluster':false}, false",
    "{'uri':null|'nodes':null}, false",
    "{'command_timeout_ms':500}, false",
    "{}, false"
  })
  void everyWayToNameARedisCountsInEverySource(String json, boolean names) {
    JsonObject named = redis(json.replace('|', ','));
    assertThat(Configuration.namesRedis(Configuration.of(named, Map.of(), NOTHING)))
        .isEqualTo(names);
    assertThat(Configuration.namesRedis(Configuration.of(NOTHING, Map.of(), named)))
        .isEqualTo(names);

    Map<String, String> variables = new TreeMap<>();
    named
        .getJsonObject("redis")
        .forEach(
            key ->
                variables.put(
                    "FULLON_CACHE_REDIS_" + key.getKey().toUpperCase(java.util.Locale.ROOT),
                    key.getValue() == null ? "" : key.getValue().toString()));
    assertThat(Configuration.namesRedis(Configuration.of(NOTHING, variables, NOTHING)))
        .isEqualTo(names);
  }

  private static final String SENTINELS = "{'nodes':'s:26379','master':'m'}";
  private static final String CLUSTER = "{'nodes':'c:7000','cluster':true}";

  @Test
  void whichRedisIsNamedAsAWhole() {
    JsonObject one = uri("rediss://alice:old@far:7000/3");

    assertThat(redisOf(options(redis(SENTINELS), one))).isEqualTo("rediss://alice:old@far:7000/3");
    assertThat(redisOf(options(redis(CLUSTER), one))).isEqualTo("rediss://alice:old@far:7000/3");
    assertThat(redisOf(options(one, redis(SENTINELS))))
        .isEqualTo("m of the Sentinels s:26379 by redis://localhost:6379");
    assertThat(redisOf(options(redis(CLUSTER), redis(SENTINELS))))
        .isEqualTo("m of the Sentinels s:26379 by redis://localhost:6379");
    assertThat(redisOf(options(redis(SENTINELS), NOTHING, "REDIS_HOST", "near")))
        .isEqualTo("redis://near:6379");
    assertThat(redisOf(options(one, NOTHING, "REDIS_HOST", "near"))).isEqualTo("redis://near:6379");
    assertThat(redisOf(options(redis(SENTINELS), NOTHING, "REDIS_URL", "redis://near")))
        .isEqualTo("redis://near:6379");
    assertThat(
            redisOf(
                options(
                    one,
                    NOTHING,
                    "FULLON_CACHE_REDIS_NODES",
                    "s:26379",
                    "FULLON_CACHE_REDIS_MASTER",
                    "m")))
        .isEqualTo("m of the Sentinels s:26379 by redis://localhost:6379");
    assertThat(
            redisOf(
                options(
                    NOTHING,
                    redis(SENTINELS),
                    "FULLON_CACHE_REDIS_NODES",
                    "c:7000",
                    "FULLON_CACHE_REDIS_CLUSTER",
                    "true")))
        .isEqualTo("m of the Sentinels s:26379 by redis://localhost:6379");
  }

  @Test
  void thePasswordOfSentinelsGoesWithThem() {
    JsonObject file = redis(SENTINELS.replace("}", ",'sentinel_password':'x'}"));

    assertThat(redisOf(options(file, uri("redis://h")))).isEqualTo("redis://h:6379");
    assertThat(redisOf(options(file, NOTHING, "REDIS_HOST", "h"))).isEqualTo("redis://h:6379");
    assertThat(redisOf(options(file, redis(CLUSTER)))).startsWith("c:7000 by");
  }

  @Test
  void thePasswordOfSentinelsIsThatOfOthersToo() {
    JsonObject file = redis(SENTINELS.replace("}", ",'sentinel_password':'x'}"));
    JsonObject others = redis("{'nodes':'t:26379','master':'n'}");
    String[] password = {"FULLON_CACHE_REDIS_SENTINEL_PASSWORD", "y"};

    assertThat(options(file, others).redis().sentinelPassword()).isEqualTo("x");
    assertThat(options(NOTHING, others, password).redis().sentinelPassword()).isEqualTo("y");
    assertThat(options(file, others, password).redis().sentinelPassword()).isEqualTo("y");
    assertThat(redisOf(options(NOTHING, uri("redis://h"), password))).isEqualTo("redis://h:6379");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ",", " , "})
  void nodesThatNameNobodyAreRefused(String nodes) {
    JsonObject none = redis("{'nodes':'" + nodes + "'}");

    assertThatThrownBy(() -> options(none, NOTHING))
        .hasMessageStartingWith("redis.nodes: must be host:port");
    assertThatThrownBy(() -> options(uri("redis://h"), none))
        .hasMessageStartingWith("redis.nodes: must be host:port");
  }

  private static CacheOptions options(JsonObject file, JsonObject last) {
    return options(file, last, new String[0]);
  }

  @Test
  void theUriBesideNodesHasUserPasswordAndDatabase() {
    assertThat(
            redisOf(
                options(redis("{'uri':'redis://u:p@x/2','nodes':'s:1','master':'m'}"), NOTHING)))
        .isEqualTo("m of the Sentinels s:1 by redis://u:p@x:6379/2");
    assertThat(redisOf(options(redis(SENTINELS), NOTHING, "REDIS_PASSWORD", "p", "REDIS_DB", "2")))
        .isEqualTo("m of the Sentinels s:26379 by redis://:p@localhost:6379/2");
  }

  @Test
  void otherPartsReplaceTheirPartOfTheFilesAddress() {
    JsonObject file = uri("rediss://alice:old@far:7000/3");

    assertThat(redisOf(options(file, NOTHING, "REDIS_PORT", "1")))
        .isEqualTo("rediss://alice:old@far:1/3");
    assertThat(redisOf(options(file, NOTHING, "REDIS_DB", "0")))
        .isEqualTo("rediss://alice:old@far:7000");
    assertThat(redisOf(options(file, NOTHING, "REDIS_PASSWORD", "n:w")))
        .isEqualTo("rediss://alice:n%3Aw@far:7000/3");
    assertThat(file).as("the file itself").isEqualTo(uri("rediss://alice:old@far:7000/3"));
  }

  @ParameterizedTest
  @CsvSource({"redis://localhost/abc", "http://localhost", "not a uri", "redis:///", "redis://h:0"})
  void aBadAddressInTheFileIsNamedWhenAPartIsReplaced(String uri) {
    assertThatThrownBy(() -> over(uri(uri), "REDIS_PORT", "1"))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("redis.uri: ");
  }

  // Any source

  @Test
  void theLaterSourceWinsKeyByKeyAndWhatIsNullIsNotThere() {
    JsonObject file = new JsonObject("{\"web\":{\"port\":1,\"host\":\"a\"},\"log\":null}");
    JsonObject last = new JsonObject("{\"web\":{\"port\":2,\"host\":null}}");

    assertThat(Configuration.of(file, Map.of(), last))
        .isEqualTo(new JsonObject("{\"web\":{\"port\":2,\"host\":\"a\"},\"log\":null}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'web':{'port':{}}} | web.port: must be an integer, got an object",
        "{'web':{'port':{'a':1}}} | web.port: must be an integer, got an object",
        "{'web':{'host':{}}} | web.host: must be a text of at most 255 characters, got an object",
        "{'orders':{'statuses':{'parked':{}}}} | orders.statuses.parked: must be one of",
        "{'sources':{'okx':{'url':{}}}} | sources.okx.url: must be a text",
        "{'sources':{'okx':{'symbols':{}}}} | sources.okx.symbols: must be a list"
      })
  void anObjectIsNoValueWhateverEarlierSourcesSay(String last, String start) {
    JsonObject file =
        new JsonObject(
            """
            {
              "web": {"port": 8082, "host": "h"},
              "orders": {"statuses": {"parked": "open"}},
              "sources": {"okx": {"symbols": ["*"], "url": "ws://h"}}
            }
            """);
    JsonObject bad = new JsonObject(last.replace('\'', '"'));

    for (String[] variables :
        new String[][] {
          {}, {"FULLON_CACHE_WEB_PORT", "8081", "FULLON_CACHE_WEB_HOST", "h"},
        }) {
      assertThatThrownBy(() -> options(file, bad, variables)).hasMessageStartingWith(start);
    }
  }

  @Test
  void aBadExchangeIsToldAndNotReplaced() {
    JsonObject file = new JsonObject("{\"sources\":{\"okx\":5}}");
    JsonObject last = new JsonObject("{\"sources\":{\"okx\":{\"symbols\":[\"*\"]}}}");

    assertThatThrownBy(() -> options(file, last))
        .hasMessage("sources.okx: must be a JSON object, got 5");
  }

  @Test
  void aBadSectionIsToldAndNotReplaced() {
    JsonObject file = new JsonObject().put("web", 5).put("redis", "redis://localhost");

    assertThatThrownBy(() -> options(file, NOTHING, "FULLON_CACHE_WEB_PORT", "1"))
        .hasMessageStartingWith("redis: must be a JSON object, got \"redis://localhost\"");
    assertThatThrownBy(() -> over(file, "REDIS_PORT", "1"))
        .hasMessage("redis: must be a JSON object, got \"redis://localhost\"");
    assertThatThrownBy(
            () ->
                options(
                    new JsonObject().put("web", 5),
                    new JsonObject().put("web", new JsonObject().put("port", 1))))
        .hasMessage("web: must be a JSON object, got 5");
  }
}
