package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.AppProcess;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log of the application for programs; what people read is in the other tests. */
class LogFormatIT {

  @TempDir Path folder;

  @Test
  void asJsonEachLineIsAnObjectFromTheFirstOn() {
    try (AppProcess app =
        AppProcess.jar(folder)
            .environment("FULLON_CACHE_NONSENSE", "x")
            .run("--port", "0", "--log-format", "json")
            .awaitReady()) {
      app.signal("TERM");
      assertThat(app.exitCode()).isZero();

      List<JsonObject> lines = app.err().stream().map(JsonObject::new).toList();
      assertThat(lines)
          .allSatisfy(
              line -> {
                assertThat(line.getLong("timestamp")).isPositive();
                assertThat(line.getString("level")).isNotEmpty();
                assertThat(line.getString("loggerName")).isNotEmpty();
                assertThat(line.getString("formattedMessage")).isNotEmpty().doesNotContain("{}");
              });
      assertThat(lines)
          .extracting(line -> line.getString("formattedMessage"))
          .anyMatch(text -> text.contains("[FULLON_CACHE_NONSENSE]"))
          .anyMatch(text -> text.contains("fullon-cache is up, http://"))
          .contains("Stopping");
      assertThat(app.out()).hasSize(2);
    }
  }
}
