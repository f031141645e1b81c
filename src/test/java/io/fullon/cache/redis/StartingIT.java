package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.OwnVertx;
import io.fullon.cache.testing.Signals;
import io.fullon.cache.testing.TlsRedis;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What time can heal at the start is tried, and nothing else. */
class StartingIT {

  /** Longer than any test waits: who fails after that has not failed at once. */
  private static final long LONG_MS = 600_000;

  @AutoClose private final OwnVertx own = new OwnVertx();
  private final Vertx vertx = own.vertx();
  private final Loop loop = new Loop(vertx);
  private LogLines log;

  @BeforeEach
  void start() {
    log = LogLines.of(Outages.class, Level.INFO);
  }

  @AfterEach
  void stop() {
    log.close();
  }

  private Future<RedisLink> open(String uri, Object... more) {
    JsonObject section = Options.of("start_within_ms", LONG_MS).mergeIn(Options.of(more));
    RedisLinkOptions options = Options.link(uri, section);
    return loop.call(() -> RedisLink.open(vertx, options, "test"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private List<String> linesOf(int port) {
    return log.lines().stream().filter(line -> line.contains(":" + port)).toList();
  }

  @Test
  void aRedisThatComesLaterIsWaitedForAndSaidOnce() throws IOException {
    int port = freePort();
    List<Future<RedisLink>> links =
        IntStream.range(0, 5).mapToObj(i -> open("redis://127.0.0.1:" + port)).toList();
    await().until(() -> !linesOf(port).isEmpty());
    assertThat(links).noneMatch(Future::isComplete);

    try (EmbeddedRedis redis = EmbeddedRedis.start(port, null, Map.of())) {
      links.forEach(CacheNode::get);

      assertThat(linesOf(redis.port())).hasSize(2);
      assertThat(linesOf(port).get(0))
          .startsWith("Redis at redis://127.0.0.1:" + port + ": ")
          .contains("refused")
          .endsWith("trying again");
      assertThat(linesOf(port).get(1)).contains(": connected after ");
    }
  }

  @Test
  void anOutageLaterOnIsTwoLinesToo() throws IOException {
    int port;
    List<RedisLink> links;
    try (EmbeddedRedis first = EmbeddedRedis.start()) {
      port = first.port();
      links = IntStream.range(0, 5).mapToObj(i -> get(open(first.uri()))).toList();
      assertThat(linesOf(port)).isEmpty();
    }
    await().until(() -> links.stream().noneMatch(RedisLink::isUp));
    try (EmbeddedRedis second = EmbeddedRedis.start(port, null, Map.of())) {
      assertThat(second.port()).isEqualTo(port);
      await().until(() -> links.stream().allMatch(RedisLink::isUp));

      assertThat(linesOf(port)).hasSize(2);
      // Lost, or reset when it was killed before it had read all that a new link sends.
      assertThat(linesOf(port).get(0)).contains(": connection ").endsWith("trying again");
      assertThat(linesOf(port).get(1)).contains(": connected after ");
    }
  }

  @Test
  void aRedisThatIsSilentIsWaitedFor() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      Signals.freeze(redis);
      Future<RedisLink> link = open(redis.uri(), "connect_timeout_ms", 300);
      await().until(() -> !linesOf(redis.port()).isEmpty());

      Signals.unfreeze(redis);

      assertThat(get(link).isUp()).isTrue();
    }
  }

  @Test
  void whenTheTimeIsOverTheLastReasonIsTold() throws IOException {
    int port = freePort();

    assertThat(failure(open("redis://127.0.0.1:" + port, "start_within_ms", 300)))
        .hasMessageStartingWith("Redis at redis://127.0.0.1:" + port + ": Connection refused")
        .message()
        .matches(".*; tried for [0-9]+ s \\(redis\\.start_within_ms\\)");
  }

  @Test
  void aStartThatFailsTellsOfTheOutageOnceAndNotThatItIsOver() throws IOException {
    int port = freePort();
    JsonObject config =
        new JsonObject()
            .put(
                "redis",
                new JsonObject()
                    .put("uri", "redis://127.0.0.1:" + port)
                    .put("start_within_ms", 300))
            .put("web", new JsonObject().put("enabled", false));

    failure(
        vertx.deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));

    awaitTimers();
    assertThat(linesOf(port)).hasSize(1);
  }

  @Test
  void aNodeThatStopsWhileItsRedisIsAwayTellsNoMore() throws IOException {
    String deployment;
    int port;
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      port = redis.port();
      JsonObject config =
          new JsonObject()
              .put("redis", new JsonObject().put("uri", redis.uri()))
              .put("web", new JsonObject().put("enabled", false));
      deployment =
          get(
              vertx.deployVerticle(
                  new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
    }
    await().until(() -> !linesOf(port).isEmpty());

    get(vertx.undeploy(deployment));

    awaitTimers();
    assertThat(linesOf(port)).hasSize(1);
  }

  /** Whoever has planned a line before has written it by then. */
  private void awaitTimers() {
    get(vertx.timer(2 * Outages.SETTLED_MS, TimeUnit.MILLISECONDS));
  }

  @Test
  void aNameThatNobodyKnowsIsTold() {
    assertThat(failure(open("redis://no-such-host.invalid", "start_within_ms", 0)))
        .hasMessageStartingWith("Redis at redis://no-such-host.invalid:6379: ");
    assertThat(failure(open("redis://no_such_host.invalid", "start_within_ms", 0)))
        .hasMessageStartingWith("Redis at redis://no_such_host.invalid:6379: ")
        .hasMessageContaining("not known");
  }

  @Test
  void aWrongPasswordFailsAtOnce() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start(0, null, Map.of("requirepass", "right"))) {
      String server = "127.0.0.1:" + redis.port();

      assertThat(failure(open("redis://" + server))).hasMessageContaining("NOAUTH");
      assertThat(failure(open("redis://:wrong@" + server)))
          .hasMessageContaining("WRONGPASS")
          .hasMessageNotContaining("wrong@");
      assertThat(failure(open("redis://:right@" + server, "cluster", true)))
          .hasMessageContaining("cluster support disabled");
      assertThat(linesOf(redis.port())).isEmpty();
    }
  }

  @Test
  void aCertificateThatIsNotTrustedFailsAtOnceAndSaysSo() throws IOException {
    try (TlsRedis redis = TlsRedis.start();
        EmbeddedRedis plain = EmbeddedRedis.start()) {
      assertThat(failure(open(redis.uri())))
          .hasMessageContaining("unable to find valid certification path");
      assertThat(
              failure(
                  open(
                      "rediss://127.0.0.1:" + plain.port(),
                      "connect_timeout_ms",
                      500,
                      "start_within_ms",
                      300)))
          .hasMessageContaining("no connection over TLS within");
      assertThat(failure(open("redis://127.0.0.1:" + redis.port(), "start_within_ms", 300)))
          .hasMessageContaining("does it want TLS (rediss://)?");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage",
        "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n",
        "missing",
        "a folder"
      })
  void aFileOfTrustedCertificatesWithoutAnyFailsAtOnce(String content, @TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("ca.pem");
    if (content.equals("a folder")) {
      Files.createDirectory(file);
    } else if (!content.equals("missing")) {
      Files.writeString(file, content);
    }

    assertThat(failure(open("rediss://127.0.0.1:1", "tls_ca", file.toString())))
        .hasMessageStartingWith("redis.tls_ca: ");
  }

  @Test
  void aSocketThatIsNotThereIsNotTakenForOneThatWantsTls(@TempDir Path folder) {
    assertThat(failure(open("unix://" + folder.resolve("none.sock"), "start_within_ms", 0)))
        .hasMessageContaining("none.sock")
        .hasMessageNotContaining("TLS");
  }

  @Test
  void aServerOfAClusterThatIsTakenForASingleOneIsToldFromAMissingRight() throws IOException {
    try (ClusterServers servers = ClusterServers.start()) {
      JsonObject config =
          new JsonObject()
              .put("redis", new JsonObject().put("uri", "redis://" + servers.nodes().get(0)))
              .put("web", new JsonObject().put("enabled", false));

      assertThat(
              failure(
                  vertx.deployVerticle(
                      new FullonCacheVerticle(), new DeploymentOptions().setConfig(config))))
          .hasMessageContaining("redis.cluster must be true");
    }
  }

  @Test
  void whoWaitsIsToldWhenTheVerticleOrVertxIsClosedAndNoLinkStaysBehind() throws IOException {
    int port = freePort();
    Vertx own = Vertx.vertx();
    List<JsonObject> states = new CopyOnWriteArrayList<>();
    own.eventBus()
        .<JsonObject>consumer(
            RedisLink.STATE,
            message -> {
              if (message.body().getString("link").equals("closing")) {
                states.add(message.body());
              }
            });
    RedisLinkOptions options =
        Options.link("redis://127.0.0.1:" + port, "start_within_ms", LONG_MS);
    Future<RedisLink> link = new Loop(own).call(() -> RedisLink.open(own, options, "closing"));
    await().until(() -> states.stream().anyMatch(s -> s.getString("reason").contains("refused")));

    get(own.close());

    assertThat(failure(link)).hasMessageContaining("closed");
    assertThat(linesOf(port)).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LOADING Redis is loading the dataset in memory | false",
        "MASTERDOWN Link with MASTER is down | false",
        "CLUSTERDOWN The cluster is down | false",
        "READONLY You can't write against a read only replica. | false",
        "ERR max number of clients reached | false",
        "BUSY Redis is busy running a script. | false",
        "WRONGPASS invalid username-password pair or user is disabled. | true",
        "NOAUTH Authentication required. | true",
        "NOPERM this user has no permissions to run the 'ping' command | true",
        "ERR This instance has cluster support disabled | true",
        "ERR DB index is out of range | true"
      })
  void whatRedisRefusesForGoodIsToldFromWhatPasses(String answer, boolean refusal) {
    Throwable error = io.vertx.redis.client.impl.types.ErrorType.create(answer);

    assertThat(RedisFailures.isRefusal(error)).isEqualTo(refusal);
    assertThat(RedisFailures.isRefusal(new IllegalStateException("wrapped", error)))
        .isEqualTo(refusal);
  }
}
