package io.fullon.cache.library;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.ChildJvm;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.lang.module.ModuleFinder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that is a module and requires the library's, on the module path. */
class ModulePathIT {

  private static final String LIBRARY = "io.fullon.cache";

  private static final String MODULE =
      """
      module example {
        requires io.fullon.cache;
      }
      """;

  private static final String PROGRAM =
      """
      package example;

      import io.fullon.cache.FullonCacheVerticle;
      import io.fullon.cache.tick.Tick;
      import io.fullon.cache.tick.TickCache;
      import io.vertx.core.DeploymentOptions;
      import io.vertx.core.Vertx;
      import io.vertx.core.json.JsonObject;
      import java.math.BigDecimal;
      import java.time.Instant;

      final class Example {

        public static void main(String[] arguments) throws Exception {
          JsonObject config = new JsonObject(arguments[0]);
          Vertx vertx = Vertx.vertx();
          TickCache ticks = TickCache.proxy(vertx);
          FullonCacheVerticle cache = new FullonCacheVerticle();
          Tick tick = Tick.of("okx", "BTC/USDT", new BigDecimal("64182.270"), Instant.now());
          System.out.println(cache.getClass().getModule());
          vertx
              .deployVerticle(cache, new DeploymentOptions().setConfig(config))
              .compose(deployed -> ticks.updateTicker("okx", tick))
              .compose(stored -> ticks.getPrice("BTC/USDT", "okx"))
              .onSuccess(System.out::println)
              .onSuccess(price -> System.out.println(
                  config.getJsonObject("web").getBoolean("enabled") ? cache.webPort() : 0))
              .onFailure(cause -> System.out.println(cause.getMessage()));
          System.in.read();
          System.exit(0);
        }
      }
      """;

  private static final String ADD_EXPORTS =
      "--add-exports io.vertx.core/io.vertx.core.http.impl=io.fullon.cache";

  @TempDir static Path folder;

  private static EmbeddedRedis redis;
  private static String modulePath;

  /** With nothing on the path but what comes along with the library. */
  @BeforeAll
  static void compile() throws IOException {
    Path sources = Files.createDirectories(folder.resolve("sources/example"));
    Files.writeString(sources.resolve("../module-info.java"), MODULE);
    Files.writeString(sources.resolve("Example.java"), PROGRAM);
    modulePath =
        String.join(
            File.pathSeparator,
            folder.resolve("classes").toString(),
            JarsIT.library().toString(),
            Files.readString(Path.of("target", "comes-along")));
    int code =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                System.out,
                System.err,
                "-d",
                folder.resolve("classes").toString(),
                "-p",
                modulePath,
                sources.resolve("../module-info.java").toString(),
                sources.resolve("Example.java").toString());
    assertThat(code).isZero();
    redis = EmbeddedRedis.start();
  }

  @AfterAll
  static void stop() {
    redis.close();
  }

  private static ChildJvm run(boolean web, String... options) {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(List.of("-p", modulePath, "-m", "example/example.Example"));
    arguments.add(
        new JsonObject()
            .put("redis", new JsonObject().put("uri", redis.uri()))
            .put(
                "web",
                new JsonObject()
                    .put("enabled", web)
                    .put("port", 0)
                    .put("jwt_secret", "0123456789abcdef0123456789abcdef"))
            .encode());
    return ChildJvm.java(arguments);
  }

  @Test
  void theCachesWork() {
    try (ChildJvm program = run(false)) {
      program.expect("module io.fullon.cache");
      program.expect("64182.270");
    }
  }

  @Test
  void theGatewaySaysWhatItNeeds() {
    try (ChildJvm program = run(true)) {
      program.expect("module io.fullon.cache");
      program.expect("web: on the module path it needs Java's option " + ADD_EXPORTS);
    }
  }

  @Test
  void withItTheGatewayWorks() throws Exception {
    try (ChildJvm program = run(true, ADD_EXPORTS.split(" ", 2))) {
      program.expect("module io.fullon.cache");
      program.expect("64182.270");
      String server = "http://127.0.0.1:" + program.line();
      assertThat(read(server + "/")).contains("<title>");
      assertThat(read(server + "/echarts-5.3.1.js")).contains("Apache Software Foundation");
      assertThat(read(server + "/metrics")).contains("fullon_cache_");
      assertThat(read(server + "/health/ready")).contains("UP");
    }
  }

  @Test
  void itRequiresWhatItUsesAndNothingElse() throws IOException {
    StringWriter summary = new StringWriter();
    PrintWriter output = new PrintWriter(summary);
    int code =
        ToolProvider.findFirst("jdeps")
            .orElseThrow()
            .run(
                output,
                output,
                "--multi-release",
                "17",
                "--module-path",
                modulePath,
                "-summary",
                "--module",
                LIBRARY);
    assertThat(code).as(summary.toString()).isZero();
    List<String> used =
        summary
            .toString()
            .lines()
            .filter(line -> line.startsWith(LIBRARY + " -> "))
            .map(line -> line.substring(LIBRARY.length() + 4))
            .toList();
    ModuleFinder modules =
        ModuleFinder.of(
            Stream.of(modulePath.split(File.pathSeparator, -1)).map(Path::of).toArray(Path[]::new));
    List<String> required =
        modules.find(LIBRARY).orElseThrow().descriptor().requires().stream()
            .filter(requires -> !requires.modifiers().contains(Modifier.STATIC))
            .map(Requires::name)
            .toList();
    // Of these the first brings all.
    Predicate<String> isAutomatic =
        name -> modules.find(name).filter(found -> found.descriptor().isAutomatic()).isPresent();
    assertThat(required)
        .filteredOn(isAutomatic.negate())
        .containsExactlyInAnyOrderElementsOf(used.stream().filter(isAutomatic.negate()).toList());
    assertThat(used).containsAll(required);
  }

  private static String read(String uri) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(uri)).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }
}
