package io.fullon.cache.app;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.AppProcess;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.testing.NamedSentinel;
import io.fullon.cache.testing.OwnVertx;
import io.fullon.cache.testing.SentinelServers;
import io.fullon.cache.testing.Throttle;
import io.fullon.cache.testing.TlsRedis;
import io.fullon.cache.testing.Visible;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The application starts as it is told to. */
class StartIT {

  @AutoClose private static final OwnVertx own = new OwnVertx();
  private static final Vertx vertx = own.vertx();

  @TempDir Path folder;

  private static String read(AppProcess app, String path) {
    try {
      URI uri = URI.create("http://" + app.host() + ":" + app.port() + path);
      return HttpClient.newHttpClient()
          .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
          .body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Response send(String uri, Command command, String... arguments) {
    Request request = Request.cmd(command);
    for (String argument : arguments) {
      request.arg(argument);
    }
    Redis client = Redis.createClient(vertx, uri);
    return get(client.send(request).eventually(client::close));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void withARedisOfItsOwnItSaysSoAndIsLively() {
    try (AppProcess app = AppProcess.jar(folder).run("--port", "0").awaitReady()) {
      assertThat(app.out()).hasSize(2);
      assertThat(app.host()).isEqualTo("127.0.0.1");
      assertThat(app.redis().isAlive()).isTrue();
      assertThat(send(app.redisUri(), Command.PING)).hasToString("PONG");
      assertThat(read(app, "/api/tickers/sim-alpha")).contains("\"exchange\":\"sim-alpha\"");
    }
  }

  @Test
  void nobodyElseGetsIntoItsOwnRedisOrSeesItsPassword() throws IOException {
    try (AppProcess app = AppProcess.jar(folder).run("--port", "0").awaitReady()) {
      Redis stranger = Redis.createClient(vertx, "redis://127.0.0.1:" + app.redisPort());
      for (Command command : List.of(Command.PING, Command.FLUSHALL)) {
        assertThat(failure(stranger.send(Request.cmd(command)))).hasMessageContaining("NOAUTH");
      }
      get(stranger.close());
      assertThat(send(app.redisUri(), Command.PING)).hasToString("PONG");

      Visible.assertNotForOthers(app.redisFolder());
      assertThat(Visible.processes()).doesNotContain(app.redisPassword());
      assertThat(app.out()).noneMatch(line -> line.contains(app.redisPassword()));
      assertThat(app.err()).noneMatch(line -> line.contains(app.redisPassword()));
    }
  }

  @Test
  void theBundledServerIsNotNeededWhereThereIsAnother() {
    // Debian's redis-server is among what the tests need.
    try (AppProcess app =
        AppProcess.jar(folder, BadUsageIT.OTHER_MACHINE).run("--port", "0").awaitReady()) {
      assertThat(send(app.redisUri(), Command.PING)).hasToString("PONG");
    }
  }

  /** But those by which nodes say that they are alive. */
  private static List<String> keys(Response all) {
    return all.stream().map(Object::toString).filter(key -> !key.startsWith("process:")).toList();
  }

  @Test
  void somebodyElsesRedisGetsNoMarketAndKeepsItsData() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      send(redis.uri(), Command.SET, "theirs", "value");
      try (AppProcess app =
          AppProcess.jar(folder).run("--port", "0", "--redis", redis.uri()).awaitReady()) {
        assertThat(app.out()).hasSize(1);
        app.signal("TERM");
        assertThat(app.exitCode()).isZero();
      }
      assertThat(keys(send(redis.uri(), Command.KEYS, "*"))).containsExactly("theirs");
      assertThat(send(redis.uri(), Command.GET, "theirs")).hasToString("value");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "environment", "both"})
  void theMasterOfSentinelsIsSomebodyElsesToo(String source) throws IOException {
    try (SentinelServers servers = SentinelServers.start()) {
      int master = servers.masterPort();

      expectNoMarket(source, servers.sentinels(), "master", servers.masterName());

      assertThat(keys(servers.ask(master, Command.KEYS, "*"))).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "environment", "both"})
  void aClusterIsSomebodyElsesToo(String source) throws IOException {
    try (ClusterServers servers = ClusterServers.start()) {
      expectNoMarket(source, servers.nodes(), "cluster", true);

      for (String key : List.of("tickers:sim-alpha", "tickers:sim-beta")) {
        assertThat(get(servers.sendToKey(key, Command.EXISTS, key)).toInteger()).isZero();
      }
    }
  }

  /** Starts it where the nodes are named in one source, and the key in the same or another one. */
  private void expectNoMarket(String source, List<String> nodes, String key, Object value)
      throws IOException {
    AppProcess.Start start = AppProcess.jar(folder);
    JsonObject file = new JsonObject();
    if (source.equals("environment")) {
      start.environment("FULLON_CACHE_REDIS_NODES", String.join(",", nodes));
    } else {
      file.put("nodes", String.join(",", nodes));
    }
    if (source.equals("file")) {
      file.put(key, value);
    } else {
      String variable = "FULLON_CACHE_REDIS_" + key.toUpperCase(Locale.ROOT);
      start.environment(variable, value.toString());
    }
    Path path = folder.resolve("c.json");
    Files.writeString(path, new JsonObject().put("redis", file).encode());

    try (AppProcess app = start.run("--port", "0", "--config", path.toString()).awaitReady()) {
      assertThat(app.out()).as("no Redis of its own").hasSize(1);
      assertThat(read(app, "/api/tickers/sim-alpha")).isEqualTo("[]");
    }
  }

  @Test
  void somebodyElsesRedisGetsTheMarketWhenToldTo() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start();
        AppProcess app =
            AppProcess.jar(folder)
                .run("--port", "0", "--redis", redis.uri(), "--source", "simulated")
                .awaitReady()) {
      assertThat(send(redis.uri(), Command.HLEN, "symbols_list:sim-alpha").toInteger())
          .isPositive();
      assertThat(read(app, "/api/tickers/sim-beta")).contains("\"price\"");
    }
  }

  @Test
  void itsOwnRedisGetsNoMarketWhenToldSo() {
    try (AppProcess app =
        AppProcess.jar(folder).run("--port", "0", "--source", "none").awaitReady()) {
      assertThat(keys(send(app.redisUri(), Command.KEYS, "*"))).isEmpty();
    }
  }

  @Test
  void theEnvironmentBeatsTheFileAndTheCommandLineBeatsBoth() throws IOException {
    String file =
        Files.writeString(
                folder.resolve("configuration.json"),
                "{\"web\":{\"host\":\"127.0.0.2\",\"port\":0}}")
            .toString();
    try (AppProcess app = AppProcess.jar(folder).run("--config", file)) {
      assertThat(app.host()).isEqualTo("127.0.0.2");
    }
    try (AppProcess app =
        AppProcess.jar(folder)
            .environment("FULLON_CACHE_WEB_HOST", "127.0.0.3")
            .run("--config", file)) {
      assertThat(app.host()).isEqualTo("127.0.0.3");
    }
    try (AppProcess app =
        AppProcess.jar(folder)
            .environment("FULLON_CACHE_WEB_HOST", "127.0.0.3")
            .environment("FULLON_CACHE_WEB_PORT", "70000")
            .run("--config", file, "--host", "127.0.0.4", "--port", "0")) {
      assertThat(app.host()).isEqualTo("127.0.0.4");
    }
  }

  @Test
  void redisIsFoundByTheFileByTheEnvironmentAndByTheCommandLine() throws IOException {
    String nobody = "redis://127.0.0.1:1/0";
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      String right = config("right.json", redis.uri());
      String wrong = config("wrong.json", nobody);
      String port = String.valueOf(redis.port());
      List<AppProcess.Start> starts =
          List.of(
              AppProcess.jar(folder),
              AppProcess.jar(folder).environment("REDIS_PORT", port),
              AppProcess.jar(folder).environment("FULLON_CACHE_REDIS_URI", nobody));
      List<List<String>> options =
          List.of(
              List.of("--config", right),
              List.of("--config", wrong),
              List.of("--config", wrong, "--redis", redis.uri()));
      for (int i = 0; i < starts.size(); i++) {
        try (AppProcess app = starts.get(i).run(options.get(i).toArray(String[]::new))) {
          assertThat(app.awaitReady().out()).as("no Redis of its own").hasSize(1);
        }
      }
    }
  }

  private String config(String name, String uri) throws IOException {
    String content = "{\"redis\":{\"uri\":\"" + uri + "\"},\"web\":{\"port\":0}}";
    return Files.writeString(folder.resolve(name), content).toString();
  }

  @Test
  void aRedisThatComesUpLaterIsWaitedForAndSaidOnce() throws IOException {
    int port = freePort();
    String address = "redis://127.0.0.1:" + port;
    try (AppProcess app = AppProcess.jar(folder).run("--port", "0", "--redis", address)) {
      app.awaitErr(line -> line.contains(address) && line.endsWith("trying again"));
      assertThat(app.out()).isEmpty();

      try (EmbeddedRedis redis = EmbeddedRedis.start(port, null, Map.of())) {
        app.awaitReady();

        assertThat(redis.port()).isEqualTo(port);
        assertThat(app.err()).filteredOn(line -> line.contains("trying again")).hasSize(1);
        assertThat(app.err()).filteredOn(line -> line.contains("connected after")).hasSize(1);
        app.signal("TERM");
        assertThat(app.exitCode()).isZero();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"redis://127.0.0.1:%d", "rediss://127.0.0.1:%d"})
  void aSignalWhileItWaitsForRedisEndsItCleanly(String address) throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        AppProcess app =
            AppProcess.jar(folder)
                .environment("FULLON_CACHE_REDIS_CONNECT_TIMEOUT_MS", "200")
                .run("--port", "0", "--redis", address.formatted(silent.getLocalPort()))) {
      app.awaitErr(line -> line.endsWith("trying again"));

      app.signal("TERM");

      assertThat(app.exitCode()).isZero();
      assertThat(app.plainErrors()).isEmpty();
      app.assertNothingStays();
    }
  }

  @Test
  void itStartsWithATenthOfTheProcessorOverTlsToo() {
    try (TlsRedis redis = TlsRedis.start();
        AppProcess app =
            AppProcess.jar(folder)
                .environment("FULLON_CACHE_REDIS_TLS_CA", redis.certificate().toString())
                .run("--port", "0", "--redis", redis.uri())) {
      Throttle.during(app.pid(), app::awaitReady);

      assertThat(read(app, "/health/ready")).contains("UP");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itStartsWithATenthOfTheProcessor(boolean ownRedis) throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start();
        AppProcess app =
            ownRedis
                ? AppProcess.jar(folder).run("--port", "0")
                : AppProcess.jar(folder).run("--port", "0", "--redis", redis.uri())) {
      Throttle.during(app.pid(), app::awaitReady);
      assertThat(read(app, "/health/ready")).contains("UP");
    }
  }

  @Test
  void theLogSaysWhatStartsWhereAndWhatStops() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start(0, null, Map.of("requirepass", "secret"));
        AppProcess app =
            AppProcess.jar(folder)
                .environment("FULLON_CACHE_BOT_ENABLED", "false")
                .run("--port", "0", "--redis", redis.uri())) {
      app.awaitReady();
      String start = app.awaitErr(line -> line.contains(" starts: "));
      assertThat(start)
          .contains("Redis at redis://127.0.0.1:" + redis.port())
          .contains("enabled: [symbol, tick, orders, trades, account, ohlcv, process, flow, web]")
          .containsPattern("fullon-cache [0-9]+\\.[0-9]+")
          .doesNotContain("secret");
      app.awaitErr(line -> line.contains("is up, http://127.0.0.1:" + app.port()));

      app.signal("TERM");

      assertThat(app.exitCode()).isZero();
      assertThat(app.err()).anyMatch(line -> line.endsWith("Stopping"));
      assertThat(app.err()).noneMatch(line -> line.contains("secret"));
    }
  }

  /** Where the application finds names of hosts, in the place of the machine's own resolver. */
  private String hosts() throws IOException {
    Path hosts = folder.resolve("hosts");
    Files.writeString(hosts, "127.0.0.1 localhost my_redis my_redis.some_net\n");
    return "-Djdk.net.hosts.file=" + hosts;
  }

  @Test
  void hostsMayHaveUnderscoresInTheirNames() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      String port = String.valueOf(redis.port());
      try (AppProcess app =
          AppProcess.jar(folder, hosts())
              .run("--port", "0", "--redis", "redis://my_redis.some_net:" + port)) {
        assertThat(app.awaitReady().out()).hasSize(1);
      }
      try (AppProcess app =
          AppProcess.jar(folder, hosts())
              .environment("REDIS_HOST", "my_redis")
              .environment("REDIS_PORT", port)
              .run("--port", "0")) {
        assertThat(app.awaitReady().out()).hasSize(1);
        app.awaitErr(line -> line.contains("redis://my_redis:" + port));
      }
    }
  }

  @Test
  void sentinelsMayHaveUnderscoresInTheirNames() throws IOException {
    try (SentinelServers servers = SentinelServers.start()) {
      String nodes = String.join(",", servers.sentinels()).replace("127.0.0.1", "my_redis");
      try (AppProcess app =
          AppProcess.jar(folder, hosts())
              .environment("FULLON_CACHE_REDIS_NODES", nodes)
              .environment("FULLON_CACHE_REDIS_MASTER", servers.masterName())
              .run("--port", "0")) {
        assertThat(app.awaitReady().out()).hasSize(1);
      }
    }
  }

  @Test
  void aMasterMayBeAnnouncedByANameWithAnUnderscore() throws IOException {
    assumeThat(Files.isWritable(Path.of("/etc/hosts"))).as("may change names for a child").isTrue();
    hosts();
    try (EmbeddedRedis redis = EmbeddedRedis.start();
        NamedSentinel sentinel = NamedSentinel.start(folder.resolve("hosts"), "my_redis", redis);
        AppProcess app =
            AppProcess.jar(folder, hosts())
                .environment("FULLON_CACHE_REDIS_NODES", "127.0.0.1:" + sentinel.port())
                .environment("FULLON_CACHE_REDIS_MASTER", sentinel.masterName())
                .run("--port", "0", "--source", "simulated")) {
      assertThat(app.awaitReady().out()).as("no Redis of its own").hasSize(1);
      assertThat(send(redis.uri(), Command.HLEN, "symbols_list:sim-alpha").toInteger())
          .isPositive();
    }
  }

  @Test
  void itsOwnRedisIsReachedByASocketHoweverDeepTheTemporaryFilesAre() throws IOException {
    Path deep = Files.createDirectories(folder.resolve("deep/".repeat(20)));
    try (AppProcess app = AppProcess.jar(deep).run("--port", "0").awaitReady()) {
      app.signal("TERM");
      assertThat(app.exitCode()).isZero();
    }
  }

  @Test
  void valuesThatTakeMoreThanItsMemoryAreSkipped() throws IOException {
    String fill =
        """
        redis.call('HSET', KEYS[1], 'HUGE', ('x'):rep(100000000), 'BTC/USD', ARGV[1])
        for i = 1, 200 do
          redis.call('HSET', KEYS[1], i, ('x'):rep(1000000))
        end
        """;
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      String tick = "{\"price\":1.50,\"time\":1}";
      send(redis.uri(), Command.EVAL, fill, "1", "tickers:x", tick);
      try (AppProcess app =
          AppProcess.jar(folder, "-Xmx96m")
              .run("--port", "0", "--redis", redis.uri())
              .awaitReady()) {
        assertThat(read(app, "/api/tickers/x")).contains("\"price\":\"1.50\"");
        app.awaitErr(line -> line.contains("Skipped what is no tick: x HUGE: body: must be JSON"));
      }
    }
  }

  @Test
  void aUnixSocketIsAWayToRedis() throws IOException {
    Path socket = folder.resolve("redis.sock");
    try (EmbeddedRedis redis =
            EmbeddedRedis.start(0, null, Map.of("unixsocket", socket.toString()));
        AppProcess app =
            AppProcess.jar(folder)
                .environment("REDIS_URL", "unix://" + socket + "?db=1")
                .run("--port", "0", "--source", "simulated")
                .awaitReady()) {
      assertThat(app.out()).as("no Redis of its own").hasSize(1);
      assertThat(send(redis.uri() + "/1", Command.HLEN, "symbols_list:sim-alpha").toInteger())
          .isPositive();
    }
  }

  @Test
  void anAddressOfVersion6IsInBrackets() {
    try (AppProcess app = AppProcess.jar(folder).run("--host", "::1", "--port", "0")) {
      assertThat(app.host()).isEqualTo("[::1]");
      assertThat(read(app, "/health/live")).contains("UP");
    }
  }

  @Test
  void aReplayKeepsServingAfterItsEnd() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("three lines.jsonl"),
            """
            {"exchange":"okx","symbol":"BTC/USDT","price":1,"time":1}
            garbage
            {"exchange":"okx","symbol":"BTC/USDT","price":30236.50,"time":1652459224.956}
            """);
    try (AppProcess app =
        AppProcess.jar(folder).run("--port", "0", "--source", "replay:" + file, "--speed", "0")) {
      app.awaitErr(line -> line.startsWith("replay: done: 3 lines, 2 ticks stored, 1 bad lines"));

      assertThat(app.err()).filteredOn(line -> line.startsWith("replay: line 2: ")).hasSize(1);
      assertThat(read(app, "/api/tickers/okx")).contains("\"price\":\"30236.50\"");
      await().until(() -> read(app, "/health/ready").contains("UP"));
    }
  }

  @Test
  void aFileLargerThanTheMemoryIsReplayed() throws IOException {
    Path file = folder.resolve("large");
    String tick = "\n{\"exchange\":\"okx\",\"symbol\":\"BTC/USDT\",\"price\":2,\"time\":1}\n";
    try (java.io.RandomAccessFile holes = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      holes.writeBytes("{}\n"); // a text, as far as one can see
      holes.seek(500_000_000);
      holes.writeBytes(tick);
    }
    try (AppProcess app =
        AppProcess.jar(folder, "-Xmx64m")
            .run("--port", "0", "--source", "replay:" + file, "--speed", "0")) {
      app.awaitErr(line -> line.startsWith("replay: done: 3 lines, 1 ticks stored, 2 bad lines"));

      assertThat(read(app, "/api/tickers/okx")).contains("\"price\":\"2\"");
    }
  }
}
