package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.AppProcess;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.OwnVertx;
import io.fullon.cache.testing.Signals;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However the application ends, it leaves nothing; when it is told to, it says goodbye. */
class StopIT {

  private static final long GOING_AWAY = 1001;

  private static final String UPGRADE =
      """
      GET /feed HTTP/1.1\r
      Host: localhost\r
      Upgrade: websocket\r
      Connection: Upgrade\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
      Sec-WebSocket-Version: 13\r
      \r
      """;

  @AutoClose private static final OwnVertx own = new OwnVertx();
  private static final Vertx vertx = own.vertx();

  @TempDir Path folder;

  private static void assertGoodbye(FeedClient client) {
    JsonObject frame;
    do {
      frame = client.next(); // ticks above all
    } while (!frame.getString("type").equals("shutdown"));
    assertThat(frame.getLong("reconnect_after_ms")).isPositive();
    assertThat(client.closeCode()).isEqualTo(GOING_AWAY);
  }

  private static void awaitStale(FeedClient client) {
    JsonObject frame;
    do {
      frame = client.next();
    } while (!"stale".equals(frame.getString("state")));
  }

  private static FeedClient subscribedTo(AppProcess app) {
    FeedClient client = FeedClient.connect(vertx, app.port());
    client.next("welcome");
    return client.send("{\"op\":\"subscribe\",\"exchange\":\"*\",\"symbols\":[\"*\"]}");
  }

  /** So many ticks that it is not through with them during a test. */
  private Path longReplay() throws IOException {
    String line = "{\"exchange\":\"e\",\"symbol\":\"S\",\"price\":1,\"time\":1}\n";
    return Files.writeString(folder.resolve("many.jsonl"), line.repeat(1_000_000));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP"})
  void aSignalEndsItWithAGoodbye(String signal) {
    try (AppProcess app = AppProcess.jar(folder).inItsOwnGroup().run("--port", "0").awaitReady();
        FeedClient client = subscribedTo(app)) {
      ProcessHandle redis = app.redis();

      app.signal(signal);

      assertGoodbye(client);
      assertThat(app.exitCode()).isZero();
      app.assertNothingStays(redis);
      assertThat(app.err()).noneMatch(line -> line.startsWith("Stopping Vert.x"));
    }
  }

  @Test
  void controlCReachesTheWholeGroupAndEndsItWithAGoodbye() {
    try (AppProcess app = AppProcess.jar(folder).inItsOwnGroup().run("--port", "0").awaitReady();
        FeedClient client = subscribedTo(app)) {
      ProcessHandle redis = app.redis();

      app.signalGroup("INT");

      assertGoodbye(client);
      assertThat(app.exitCode()).isZero();
      app.assertNothingStays(redis);
    }
  }

  @Test
  void evenAKillLeavesNothing() {
    try (AppProcess app = AppProcess.jar(folder).inItsOwnGroup().run("--port", "0").awaitReady()) {
      ProcessHandle redis = app.redis();

      app.signalGroup("KILL");

      app.assertNothingStays(redis);
    }
  }

  @Test
  void evenAKillDuringTheStartLeavesNothing() {
    try (AppProcess app = AppProcess.jar(folder).run("--port", "0")) {
      ProcessHandle redis = app.redis();

      app.signal("KILL");

      app.assertNothingStays(redis);
    }
  }

  @Test
  void aSignalDuringTheStartEndsItToo() {
    try (AppProcess app = AppProcess.jar(folder).run("--port", "0")) {
      ProcessHandle redis = app.redis();

      app.signal("TERM");

      assertThat(app.exitCode()).isZero();
      app.assertNothingStays(redis);
      assertThat(app.plainErrors()).isEmpty();
    }
  }

  @Test
  void itEndsInTheMiddleOfAReplay() throws IOException {
    try (AppProcess app =
            AppProcess.jar(folder)
                .run("--port", "0", "--source", "replay:" + longReplay(), "--speed", "0")
                .awaitReady();
        FeedClient client = subscribedTo(app)) {
      ProcessHandle redis = app.redis();

      app.signal("TERM");

      assertGoodbye(client);
      assertThat(app.exitCode()).isZero();
      app.assertNothingStays(redis);
    }
  }

  @Test
  void itEndsWhenItsRedisIsFrozen() throws IOException {
    try (AppProcess app =
            AppProcess.jar(folder)
                .run("--port", "0", "--source", "replay:" + longReplay(), "--speed", "0")
                .awaitReady();
        FeedClient client = subscribedTo(app)) {
      ProcessHandle redis = app.redis();
      Signals.send("STOP", redis.pid());

      app.signal("TERM");

      assertGoodbye(client);
      assertThat(app.exitCode()).isZero();
      app.assertNothingStays(redis);
    }
  }

  @Test
  void itEndsToBeStartedAgainWhenItsRedisIsGone() {
    try (AppProcess app = AppProcess.jar(folder).run("--port", "0").awaitReady();
        FeedClient client = subscribedTo(app)) {
      ProcessHandle redis = app.redis();

      Signals.send("KILL", redis.pid());

      assertGoodbye(client);
      assertThat(app.onlyError())
          .isEqualTo("Ends with exit code 1, to be started again: its own Redis has ended");
      assertThat(app.exitCode()).isEqualTo(1);
      app.assertNothingStays(redis);
    }
  }

  @Test
  void itEndsToBeStartedAgainWhenItsRedisIsGoneDuringTheStart() {
    try (AppProcess app = AppProcess.jar(folder).run("--port", "0")) {
      ProcessHandle redis = app.redis();

      Signals.send("KILL", redis.pid());

      assertThat(app.exitCode()).isEqualTo(1);
      assertThat(app.plainErrors())
          .containsOnlyOnce("Ends with exit code 1, to be started again: its own Redis has ended");
      app.assertNothingStays(redis);
    }
  }

  @Test
  void itEndsWhenSomebodyElsesRedisHasBeenFrozenForLong() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start();
        AppProcess app =
            AppProcess.jar(folder).run("--port", "0", "--redis", redis.uri()).awaitReady();
        FeedClient client = subscribedTo(app)) {
      Signals.freeze(redis);
      awaitStale(client);

      app.signal("TERM");

      assertGoodbye(client);
      assertThat(app.exitCode()).isZero();
    }
  }

  @Test
  void itEndsWhenAClientNeitherReadsNorCloses() throws IOException {
    try (AppProcess app = AppProcess.jar(folder).run("--port", "0").awaitReady();
        Socket client = new Socket(InetAddress.getLoopbackAddress(), app.port())) {
      client.getOutputStream().write(UPGRADE.getBytes(StandardCharsets.US_ASCII));
      assertThat(client.getInputStream().read()).isPositive();

      app.signal("TERM");

      assertThat(app.exitCode()).isZero();
    }
  }

  @Test
  void itEndsWhenNobodyReadsItsErrors() throws IOException {
    Path file = Files.writeString(folder.resolve("bad.jsonl"), "bad\n".repeat(100_000));
    try (AppProcess app =
        AppProcess.jar(folder)
            .withoutReadingErrors()
            .run("--port", "0", "--source", "replay:" + file, "--speed", "0")
            .awaitReady()) {
      ProcessHandle redis = app.redis();

      app.signal("TERM");

      assertThat(app.exitCode()).isZero();
      app.assertNothingStays(redis);
    }
  }
}
