package io.fullon.cache.app;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.OwnVertx;
import io.fullon.cache.testing.Signals;
import io.fullon.cache.testing.Visible;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRedisTest {

  @AutoClose private static final OwnVertx own = new OwnVertx();
  private static final Vertx vertx = own.vertx();

  private static Future<Response> send(String uri, Command command, String... arguments) {
    Request request = Request.cmd(command);
    for (String argument : arguments) {
      request.arg(argument);
    }
    Redis client = Redis.createClient(vertx, uri);
    return client.send(request).eventually(client::close);
  }

  private static boolean isRunning(EmbeddedRedis redis) {
    return ProcessHandle.of(redis.pid()).map(ProcessHandle::isAlive).orElse(false);
  }

  @Test
  void twoAnswerSideBySide() throws IOException {
    try (EmbeddedRedis one = EmbeddedRedis.start();
        EmbeddedRedis other = EmbeddedRedis.start()) {
      get(send(one.uri(), Command.SET, "key", "one"));

      assertThat(get(send(one.uri(), Command.GET, "key"))).hasToString("one");
      assertThat(get(send(other.uri(), Command.GET, "key"))).isNull();
      assertThat(one.folder()).isNotEqualTo(other.folder()).isDirectory();
    }
  }

  @Test
  void closingLeavesNoProcessAndNoFolder() throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start();
    assertThat(isRunning(redis)).isTrue();

    redis.close();

    assertThat(isRunning(redis)).isFalse();
    assertThat(redis.folder()).doesNotExist();
  }

  @Test
  void closingTwiceIsHarmless() throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start();
    redis.close();
    redis.close();

    assertThat(isRunning(redis)).isFalse();
  }

  @Test
  void anInterruptedThreadCanClose() throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start();
    Thread.currentThread().interrupt();

    redis.close();

    assertThat(Thread.interrupted()).as("still interrupted").isTrue();
    assertThat(isRunning(redis)).isFalse();
    assertThat(redis.folder()).doesNotExist();
  }

  @Test
  void aFrozenServerCanBeClosed() throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start();
    Signals.freeze(redis);

    redis.close();

    assertThat(isRunning(redis)).isFalse();
    assertThat(redis.folder()).doesNotExist();
  }

  @Test
  void aFrozenServerSavesItsDataBeforeItEnds(@TempDir Path data) throws IOException {
    EmbeddedRedis redis = EmbeddedRedis.start(0, data, Map.of());
    get(send(redis.uri(), Command.SET, "key", "value"));
    Signals.freeze(redis);

    redis.close();

    assertThat(isRunning(redis)).isFalse();
    assertThat(data.resolve("dump.rdb")).isNotEmptyFile();
  }

  @Test
  void aServerThatCannotSaveEndsAllTheSame(@TempDir Path folder) throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    EmbeddedRedis redis = EmbeddedRedis.start(0, data, Map.of());
    get(send(redis.uri(), Command.SET, "key", "value"));
    Files.delete(data);

    redis.close();

    assertThat(isRunning(redis)).isFalse();
    assertThat(redis.folder()).doesNotExist();
  }

  @Test
  void keptDataIsThereAgain(@TempDir Path data) throws IOException {
    try (EmbeddedRedis first = EmbeddedRedis.start(0, data, Map.of())) {
      get(send(first.uri(), Command.SET, "key", "value"));
    }

    try (EmbeddedRedis second = EmbeddedRedis.start(0, data, Map.of())) {
      assertThat(get(send(second.uri(), Command.GET, "key"))).hasToString("value");
    }
  }

  @Test
  void aTakenPortIsSaidInOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> EmbeddedRedis.start(taken.getLocalPort(), null, Map.of()))
          .isInstanceOf(IOException.class)
          .hasMessage("Redis did not start: the port " + taken.getLocalPort() + " is taken");
    }
  }

  @Test
  void anotherRedisOnThePortIsNotTakenForOurs() throws IOException {
    try (EmbeddedRedis other = EmbeddedRedis.start()) {
      assertThatThrownBy(() -> EmbeddedRedis.start(other.port(), null, Map.of()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is taken");
      assertThat(get(send(other.uri(), Command.PING))).hasToString("PONG");
    }
  }

  @Test
  void aBadSettingIsSaidInOneLine() {
    assertThatThrownBy(() -> EmbeddedRedis.start(0, null, Map.of("maxmemory", "much")))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Redis did not start: ")
        .hasMessageContaining("must be a memory value")
        .hasMessageNotContaining("\n");
  }

  @Test
  void aPasswordIsNeededAndIsInTheUri() throws IOException {
    String password = "p@ss/wörd: \"%2B+\"";
    try (EmbeddedRedis redis = EmbeddedRedis.start(0, null, Map.of("requirepass", password))) {
      assertThat(get(send(redis.uri(), Command.PING))).hasToString("PONG");
      assertThat(failure(send("redis://127.0.0.1:" + redis.port(), Command.PING)))
          .hasMessageContaining("NOAUTH");
    }
  }

  @Test
  void aPrivateServerAnswersNobodyWithoutItsPassword() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.startPrivate()) {
      assertThat(get(send(byPort(redis), Command.PING))).hasToString("PONG");
      assertThat(failure(send("redis://127.0.0.1:" + redis.port(), Command.PING)))
          .hasMessageContaining("NOAUTH");
    }
  }

  @Test
  void eachPrivateServerHasALongPasswordOfItsOwn() throws IOException {
    try (EmbeddedRedis one = EmbeddedRedis.startPrivate();
        EmbeddedRedis other = EmbeddedRedis.startPrivate()) {
      assertThat(password(one)).hasSizeGreaterThanOrEqualTo(32).isNotEqualTo(password(other));
    }
  }

  @Test
  void whoKnowsThePasswordOfAPrivateServerReachesItsDataAlone() throws IOException {
    String[][] beyond = {
      {"CONFIG", "GET", "dir"},
      {"CONFIG", "SET", "dir", "/tmp"},
      {"SAVE"},
      {"BGSAVE"},
      {"BGREWRITEAOF"},
      {"MODULE", "LIST"},
      {"REPLICAOF", "NO", "ONE"},
      {"SLAVEOF", "NO", "ONE"},
      {"MIGRATE", "127.0.0.1", "1", "key", "0", "1"},
      {"DEBUG", "SLEEP", "0"},
      {"ACL", "LIST"},
      {"SHUTDOWN", "NOSAVE"},
      {"FAILOVER", "ABORT"},
      {"MONITOR"},
      {"SYNC"},
      {"PSYNC", "?", "-1"},
    };
    try (EmbeddedRedis redis = EmbeddedRedis.startPrivate()) {
      for (String[] words : beyond) {
        Command command = Command.create(words[0]);
        String[] arguments = Arrays.copyOfRange(words, 1, words.length);
        assertThat(failure(send(byPort(redis), command, arguments)))
            .as(words[0])
            .hasMessageContaining("unknown command");
      }
      String script = "return redis.call('CONFIG', 'GET', 'dir')";
      assertThat(failure(send(byPort(redis), Command.EVAL, script, "0")))
          .hasMessageContaining("Unknown Redis command");
      assertThat(get(send(byPort(redis), Command.SET, "key", "value"))).hasToString("OK");
    }
  }

  @Test
  void noArgumentAndNoEnvironmentShowsThePassword() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.startPrivate();
        EmbeddedRedis told = EmbeddedRedis.start(0, null, Map.of("requirepass", "chosen-here"))) {
      assertThat(Visible.processes()).doesNotContain(password(redis)).doesNotContain("chosen-here");
      assertThat(told.folder().resolve("log")).content().doesNotContain("chosen-here");
    }
  }

  @Test
  void nobodyElseMayLookIntoItsFolder() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.startPrivate()) {
      Visible.assertNotForOthers(redis.folder());
    }
  }

  @Test
  void thePasswordOfAPrivateServerIsSentToNoPort() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.startPrivate()) {
      assertThat(redis.uri())
          .startsWith("unix://:" + password(redis) + "@" + redis.folder().resolve("redis.sock"));
      DeploymentOptions options =
          new DeploymentOptions().setConfig(CacheNode.config(redis, new JsonObject()));
      String deployment = get(vertx.deployVerticle(new FullonCacheVerticle(), options));

      String connections = get(send(byPort(redis), Command.CLIENT, "LIST")).toString();

      // Whoever takes the port before our server does, or after it, could be the one that hears it.
      assertThat(connections.lines().filter(line -> line.contains(" addr=127.0.0.1:")))
          .as("the test's own, among\n" + connections)
          .hasSize(1);
      assertThat(connections.lines()).hasSizeGreaterThan(2);
      get(vertx.undeploy(deployment));
    }
  }

  @Test
  void itsEndIsNoticed() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.startPrivate()) {
      Future<Void> ended =
          vertx.executeBlocking(
              () -> {
                redis.awaitServerEnd();
                return null;
              });

      Signals.send("KILL", redis.pid());

      get(ended);
    }
  }

  private static String password(EmbeddedRedis redis) throws IOException {
    Matcher password =
        Pattern.compile("requirepass \"(.+)\"")
            .matcher(Files.readString(redis.folder().resolve("redis.conf")));
    assertThat(password.find()).as("a password").isTrue();
    return password.group(1);
  }

  /** The way in for tests. */
  private static String byPort(EmbeddedRedis redis) throws IOException {
    return "redis://:" + password(redis) + "@127.0.0.1:" + redis.port();
  }
}
