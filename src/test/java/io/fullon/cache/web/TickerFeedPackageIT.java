package io.fullon.cache.web;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.Needs;
import io.fullon.cache.testing.Program;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The package that the build makes of the browser's module, in a project that installs it. */
class TickerFeedPackageIT {

  private static final Path PACKAGE = Path.of("target", "ticker-feed").toAbsolutePath();
  private static final Path SOURCES = Path.of("src", "test", "npm");

  /** Has compiler, bundler and versions of Node, 500 MB; stays for the next time. */
  private static final Path TOOLS = Path.of("target", "npm").toAbsolutePath();

  @AutoClose private static CacheNode node;

  @TempDir private static Path folder;
  private static Path app;

  @BeforeAll
  static void install() throws IOException {
    String npm = Program.find("npm");
    Files.createDirectories(TOOLS);
    Files.copy(SOURCES.resolve("package.json"), TOOLS.resolve("package.json"), REPLACE_EXISTING);
    Output tools = run(TOOLS, npm, "install", "--prefer-offline", "--ignore-scripts");
    Needs.expect(
        tools.code() == 0, "npm cannot install what compiles and bundles: " + tools.text());

    Files.createSymbolicLink(folder.resolve("node_modules"), TOOLS.resolve("node_modules"));
    app = Files.createDirectory(folder.resolve("app"));
    for (String file :
        List.of("package.json", "tsconfig.json", "tsconfig.node.json", "follow.ts")) {
      Files.copy(SOURCES.resolve("app").resolve(file), app.resolve(file));
    }
    assertRuns(run(app, npm, "pack", PACKAGE.toString()));
    String packed = "fullon-ticker-feed-" + manifest().getString("version") + ".tgz";
    assertRuns(run(app, npm, "install", "--offline", "./" + packed));
    assertRuns(run(app, tool("tsc")));
    node = CacheNode.start();
  }

  private static JsonObject manifest() throws IOException {
    return new JsonObject(Files.readString(PACKAGE.resolve("package.json")));
  }

  private static String tool(String name) {
    return TOOLS.resolve("node_modules/.bin").resolve(name).toString();
  }

  private record Output(int code, String text) {}

  private static Output run(Path folder, String... command) throws IOException {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    try (BufferedReader output = process.inputReader()) {
      String text = String.join("\n", output.lines().toList());
      return new Output(process.waitFor(), text);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String assertRuns(Output output) {
    assertThat(output.code()).as(output.text()).isZero();
    return output.text();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tsconfig.json", "tsconfig.node.json"})
  void itsTypesHoldInTheStrictestProject(String config) throws IOException {
    assertThat(assertRuns(run(app, tool("tsc"), "--noEmit", "-p", config))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "18, compiled",
    "18, bundled",
    "20, compiled",
    "20, bundled",
    "22, compiled",
    "22, bundled"
  })
  void followsAGateway(String version, String how) throws Exception {
    Path runtime = TOOLS.resolve("node_modules/node-" + version + "/bin/node");
    Needs.expect(Files.exists(runtime), "There is no Node " + version + " for this machine");
    if (how.equals("bundled")) {
      bundle("node");
    }
    try (Market market = new Market(node)) {
      market.store("BTC/USDT", "64182.270");
      Process process =
          new ProcessBuilder(
                  runtime.toString(),
                  how + "/follow.js",
                  "ws://127.0.0.1:" + node.port() + "/feed",
                  market.exchange())
              .directory(app.toFile())
              .redirectErrorStream(true)
              .start();
      try (BufferedReader output = process.inputReader()) {
        for (String expected :
            List.of(
                "live", "tick BTC/USDT 64182.270 no bid", "event 64182.270", "got 1 64182.270")) {
          assertThat(output.readLine()).isEqualTo(expected);
        }
        market.delete("BTC/USDT");
        assertThat(output.readLine()).isEqualTo("removed BTC/USDT");
        assertThat(output.readLine()).isEqualTo("closed");
        assertThat(output.readLine()).isNull();
        assertThat(process.waitFor()).isZero();
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"node", "browser"})
  void aBundlerTakesItWithoutAWarning(String platform) throws IOException {
    assertThat(bundle(platform)).isEmpty();
  }

  private static String bundle(String platform) throws IOException {
    return assertRuns(
        run(
            app,
            tool("esbuild"),
            "follow.ts",
            "--bundle",
            "--format=esm",
            "--external:ws",
            "--log-level=warning",
            "--platform=" + platform,
            "--outfile=bundled/follow.js"));
  }

  @Test
  void isWhatTheGatewayServes() throws IOException {
    for (String file : List.of("ticker-feed.js", "ticker-feed.d.ts")) {
      assertThat(app.resolve("node_modules/fullon-ticker-feed").resolve(file))
          .hasSameBinaryContentAs(
              Path.of("src/main/resources/io/fullon/cache/webroot").resolve(file));
    }
    assertThat(Files.readString(PACKAGE.resolve("ticker-feed.js")))
        .contains("Version " + manifest().getString("version").replaceFirst("\\.0$", "") + ",");
  }
}
