package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.AppProcess;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application tells whether it would start, and with what, without starting. */
class CheckConfigIT {

  private static final String SECRET = "hidden hidden hidden hidden hidden";

  @TempDir Path folder;

  private AppProcess.Start app() {
    return AppProcess.jar(folder);
  }

  private static JsonObject printed(AppProcess app) {
    assertThat(app.exitCode()).as(String.join("\n", app.err())).isZero();
    assertThat(app.plainErrors()).isEmpty();
    app.assertNothingStays();
    return new JsonObject(String.join("\n", app.out()));
  }

  @Test
  void everyKeyIsPrintedWithItsDefault() throws IOException {
    JsonObject defaults = new JsonObject(Files.readString(Path.of("config/application.json")));
    defaults.getJsonObject("redis").putNull("uri");
    defaults.getJsonObject("log").put("slow_operation_ms", 60_000); // as all tests have it

    try (AppProcess app = app().run("--check-config")) {
      assertThat(printed(app)).isEqualTo(defaults);
    }
  }

  @Test
  void whatFileEnvironmentAndOptionsSayIsPrintedWithoutTheSecrets() throws IOException {
    Path file = folder.resolve("c.json");
    Files.writeString(
        file,
        new JsonObject().put("web", new JsonObject().put("jwt_secret", SECRET)).encodePrettily());

    try (AppProcess app =
        app()
            .environment("FULLON_CACHE_TICK_STALE_READS_MS", "7")
            .environment("FULLON_CACHE_NONSENSE", "x")
            .run(
                "--check-config",
                "--config",
                file.toString(),
                "--port",
                "81",
                "--redis",
                "redis://me:hidden@nowhere.example")) {
      JsonObject printed = printed(app);

      assertThat(printed.getJsonObject("web"))
          .contains(Map.entry("port", 81), Map.entry("jwt_secret", "***"));
      assertThat(printed.getJsonObject("tick").getInteger("stale_reads_ms")).isEqualTo(7);
      assertThat(printed.getJsonObject("redis").getString("uri"))
          .isEqualTo("redis://me:***@nowhere.example");
      assertThat(String.join("\n", app.out()) + String.join("\n", app.err()))
          .contains("FULLON_CACHE_NONSENSE")
          .doesNotContain("hidden");
    }
  }

  @Test
  void whatAStartRefusesIsRefusedWithTheSameLine() {
    AppProcess.Start start = app().environment("FULLON_CACHE_WEB_PORT", "x");
    try (AppProcess started = start.run("--host", "h");
        AppProcess checked = start.run("--host", "h", "--check-config")) {
      assertThat(started.exitCode()).isEqualTo(2);
      assertThat(checked.exitCode()).isEqualTo(2);
      assertThat(checked.onlyError()).isEqualTo(started.onlyError());
      assertThat(checked.out()).isEmpty();
    }
  }

  @Test
  void theVersionIsThatOfTheProject() throws IOException {
    Matcher version =
        Pattern.compile("<artifactId>fullon-cache</artifactId>\\s*<version>([^<]+)</version>")
            .matcher(Files.readString(Path.of("pom.xml")));
    assertThat(version.find()).as("a version in pom.xml").isTrue();

    try (AppProcess app = app().run("--version");
        AppProcess token = app().run("token", "--version")) {
      for (AppProcess process : List.of(app, token)) {
        assertThat(process.exitCode()).isZero();
        assertThat(process.out()).containsExactly("fullon-cache for Vert.x " + version.group(1));
      }
    }
  }
}
