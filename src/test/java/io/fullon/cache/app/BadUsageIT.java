package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.AppProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot work ends at once, with one line that says why, and leaves nothing. */
class BadUsageIT {

  /** One that the bundled server does not run on. */
  static final String OTHER_MACHINE = "-Dos.arch=aarch64";

  @TempDir Path folder;

  private void assertRefused(AppProcess app, int code, String... parts) {
    assertThat(app.exitCode()).as("exit code").isEqualTo(code);
    assertThat(app.onlyError()).contains(parts).doesNotContain("Exception", "\tat ", "Source");
    app.assertNothingStays();
  }

  static Stream<Arguments> badOptions() {
    return Stream.of(
        options("--nonsense", "--nonsense"),
        options("nonsense", "nonsense"),
        options("--port", "--port"),
        options("--port", "--port", "--host", "127.0.0.1"),
        options("--port", "--port", "x"),
        options("--port", "--port", ""),
        options("--port", "--port", "1", "--port", "2"),
        options("web.port", "--port", "65536"),
        options("web.port", "--port", "-1"),
        options("--host", "--host"),
        options("web.host", "--host", ""),
        options("--speed", "--speed", "2"),
        options("--speed", "--speed", "2", "--source", "simulated"),
        options("--speed", "--speed", "x", "--source", "replay:pom.xml"),
        options("--speed", "--speed", "-1", "--source", "replay:pom.xml"),
        options("--log-format", "--log-format", "xml"),
        options("--log-format", "--log-format", ""),
        options("--source", "--source", "nonsense"),
        options("--source", "--source", "replay"),
        options("--source", "--source", "replay:"),
        options("/no/such/file", "--source", "replay:/no/such/file"),
        options("src", "--source", "replay:src"),
        options("it is no text", "--source", "replay:target/fullon-cache-app.jar"),
        options("redis.uri", "--redis", ""),
        options("redis.uri", "--redis", "nonsense"),
        options("redis.uri", "--redis", "http://localhost"),
        options("redis.uri", "--redis", "redis://"),
        options("redis.uri", "--redis", "redis://localhost:x"),
        options("redis.uri", "--redis", "redis://localhost:65536"),
        options("redis.uri", "--redis", "redis://localhost/x"),
        options("/no/such/file", "--config", "/no/such/file"),
        options("--config", "--config", "src"),
        options("--config", "--config"));
  }

  private static Arguments options(String named, String... options) {
    return Arguments.of(named, options);
  }

  @ParameterizedTest
  @MethodSource("badOptions")
  void aBadOptionIsNamed(String named, String[] options) {
    try (AppProcess app = AppProcess.jar(folder).run(options)) {
      assertRefused(app, 2, named);
      assertThat(app.out()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|must be a JSON object",
        "garbage|must be a JSON object",
        "{\"web\":|must be a JSON object, and is wrong at line 1, column ",
        "[]|must be a JSON object",
        "null|must be a JSON object",
        "{} {}|must be a JSON object",
        "/* a comment */ {\"web\": 01}|must be a JSON object, and is wrong at line 1, column ",
        "{\"web\":{\"prot\":1}}|web.prot",
        "{\"nonsense\":{}}|nonsense",
        "{\"web.port\":1}|web.port",
        "{\"web\":1}|web",
        "{\"web\":{\"port\":\"x\"}}|web.port",
        "{\"web\":{\"port\":1.5}}|web.port",
        "{\"web\":{\"enabled\":\"yes\"}}|web.enabled",
        "{\"redis\":{\"uri\":5}}|redis.uri",
        "{\"redis\":{\"command_timeout_ms\":-1}}|redis.command_timeout_ms",
      })
  void aBadFileIsNamedOrItsBadKey(String content, String named) throws IOException {
    Path file = Files.writeString(folder.resolve("configuration.json"), content);
    try (AppProcess app = AppProcess.jar(folder).run("--config", file.toString())) {
      assertRefused(app, 2, named);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FULLON_CACHE_WEB_PORT, x, FULLON_CACHE_WEB_PORT",
    "FULLON_CACHE_REDIS_URI, nonsense, FULLON_CACHE_REDIS_URI",
    "REDIS_URL, nonsense, REDIS_URL",
    "REDIS_HOST, a b, REDIS_HOST",
    "REDIS_PORT, x, REDIS_PORT",
    "REDIS_PORT, 65536, REDIS_PORT",
    "REDIS_DB, -1, REDIS_DB",
  })
  void aBadVariableIsNamed(String name, String value, String named) {
    try (AppProcess app = AppProcess.jar(folder).environment(name, value).run()) {
      assertRefused(app, 2, named);
    }
  }

  @Test
  void aBadUriInTheFileIsNamedAlsoWhenTheEnvironmentChangesPartsOfIt() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("c.json"), "{\"redis\":{\"uri\":\"redis://:secret@ x/y\"}}");
    try (AppProcess app =
        AppProcess.jar(folder).environment("REDIS_PORT", "6379").run("--config", file.toString())) {
      assertRefused(app, 2, "redis.uri");
      assertThat(app.onlyError()).doesNotContain("secret");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "--version"})
  void helpAndVersionGoToStdout(String option) {
    try (AppProcess app = AppProcess.jar(folder).run(option)) {
      assertThat(app.exitCode()).isZero();
      assertThat(app.out()).isNotEmpty();
      assertThat(app.err()).isEmpty();
    }
  }

  @Test
  void aTakenPortIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        AppProcess app =
            AppProcess.jar(folder).run("--port", String.valueOf(taken.getLocalPort()))) {
      assertRefused(app, 1, "127.0.0.1:" + taken.getLocalPort());
    }
  }

  @Test
  void anAddressOfAnotherMachineIsNamed() {
    // TEST-NET-1: nobody's.
    try (AppProcess app = AppProcess.jar(folder).run("--host", "192.0.2.1", "--port", "0")) {
      assertRefused(app, 1, "192.0.2.1");
    }
  }

  @Test
  void aRedisThatIsNotThereIsNamed() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    try (AppProcess app =
        AppProcess.jar(folder)
            .environment("FULLON_CACHE_REDIS_START_WITHIN_MS", "0")
            .run("--port", "0", "--redis", "redis://127.0.0.1:" + free)) {
      assertRefused(app, 1, "redis://127.0.0.1:" + free);
    }
  }

  @Test
  void aRedisThatIsSilentIsNamed() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        AppProcess app =
            AppProcess.jar(folder)
                .environment("FULLON_CACHE_REDIS_CONNECT_TIMEOUT_MS", "500")
                .environment("FULLON_CACHE_REDIS_START_WITHIN_MS", "1000")
                .run("--port", "0", "--redis", "redis://127.0.0.1:" + silent.getLocalPort())) {
      assertRefused(app, 1, "redis://127.0.0.1:" + silent.getLocalPort());
    }
  }

  @Test
  void aWrongPasswordIsSaidAndNotShown() throws IOException {
    try (EmbeddedRedis redis = EmbeddedRedis.start(0, null, Map.of("requirepass", "right"));
        AppProcess app =
            AppProcess.jar(folder)
                .run("--port", "0", "--redis", "redis://:wrong@127.0.0.1:" + redis.port())) {
      assertRefused(app, 1, "redis://127.0.0.1:" + redis.port());
      assertThat(app.onlyError()).doesNotContain("wrong@", ":wrong");
    }
  }

  @Test
  void whereNoRedisRunsThatIsSaid() throws IOException {
    Path programs = Files.createDirectory(folder.resolve("programs"));
    for (String program : Arrays.asList("sh", "mktemp", "head", "chmod", "cat", "rm", "setsid")) {
      Path there = Path.of("/usr/bin", program);
      if (Files.exists(there)) {
        Files.createSymbolicLink(programs.resolve(program), there);
      }
    }
    try (AppProcess app =
        AppProcess.jar(folder, OTHER_MACHINE)
            .environment("PATH", programs.toString())
            .run("--port", "0")) {
      assertRefused(app, 1, "redis-server", "--redis");
    }
  }
}
