package io.fullon.cache.app;

import io.fullon.cache.CacheOptions;
import io.fullon.cache.Environment;
import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.source.Replay;
import io.fullon.cache.source.SimulatedMarket;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Starts everything and leaves it running until the process is told to end. */
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    version = "fullon-cache for Vert.x 0.1.0",
    usageHelpAutoWidth = true,
    description = "Runs the cache services and the live ticker feed.")
final class StartCommand implements Callable<Integer> {

  private static final String REPLAY = "replay:";
  private static final long START_SECONDS = 30;
  private static final long STOP_SECONDS = 8;

  @Spec private CommandSpec spec;

  @Option(names = "--host", paramLabel = "HOST", description = "listen here (127.0.0.1)")
  private String host;

  @Option(names = "--port", paramLabel = "PORT", description = "listen here (8080); 0: any free")
  private Integer port;

  @Option(
      names = "--redis",
      paramLabel = "URI",
      description =
          "redis://[user:password@]host[:port][/db]; without it, and without one in file or"
              + " environment, a Redis of its own that keeps nothing")
  private String redis;

  @Option(
      names = "--source",
      paramLabel = "SOURCE",
      description =
          "where ticks come from: none, simulated, or replay:FILE with one JSON object a line"
              + " (simulated with a Redis of its own, else none)")
  private String source;

  @Option(
      names = "--speed",
      paramLabel = "X",
      description = "replay at X times the recorded pace (1); 0: as fast as possible")
  private BigDecimal speed;

  @Option(names = "--config", paramLabel = "FILE", description = "configuration as JSON")
  private Path configFile;

  private boolean running;
  private volatile int exitCode = CommandLine.ExitCode.OK;

  /** Whether the process must stay. */
  static boolean isRunning(CommandLine commandLine) {
    return ((StartCommand) commandLine.getCommand()).running;
  }

  @Override
  public Integer call() throws Exception {
    Environment environment = new Environment(System.getenv());
    JsonObject file = configFile == null ? new JsonObject() : read(configFile);
    boolean ownRedis = redis == null && !environment.namesRedis() && !namesRedis(file);
    Source chosen = source(ownRedis);
    JsonObject config = config(environment, file);

    EmbeddedRedis server = null;
    if (ownRedis) {
      server = EmbeddedRedis.start();
      section(config, "redis").put("uri", server.uri());
      System.out.println(
          "Redis: a server of its own on port " + server.port() + ", which keeps nothing");
    }
    run(config, chosen, server);
    running = true;
    return CommandLine.ExitCode.OK;
  }

  private void run(JsonObject config, Source chosen, EmbeddedRedis server) throws Exception {
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                // Nothing is served from files, and a killed process would leave the cache behind.
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(vertx, server), "stop"));
    try {
      deploy(vertx, config, chosen);
    } catch (Exception e) {
      exitCode = CommandLine.ExitCode.SOFTWARE;
      throw e;
    }
  }

  private static void deploy(Vertx vertx, JsonObject config, Source chosen) throws Exception {
    FullonCacheVerticle cache = new FullonCacheVerticle();
    vertx
        .deployVerticle(cache, new DeploymentOptions().setConfig(config))
        .compose(v -> chosen.deploy(vertx))
        .await(START_SECONDS, TimeUnit.SECONDS);
    String where =
        CacheOptions.from(config).web().enabled()
            ? "http://" + CacheOptions.from(config).web().host() + ":" + cache.webPort()
            : "no web";
    System.out.println("Ready: " + where);
  }

  // The configuration

  private JsonObject config(Environment environment, JsonObject file) {
    try {
      JsonObject config = environment.over(file);
      if (redis != null) {
        section(config, "redis").put("uri", redis);
      }
      if (host != null) {
        section(config, "web").put("host", host);
      }
      if (port != null) {
        section(config, "web").put("port", port);
      }
      CacheOptions.from(config);
      return config;
    } catch (InvalidValueException e) {
      throw bad(e.getMessage());
    }
  }

  private static boolean namesRedis(JsonObject file) {
    return file.getValue("redis") instanceof JsonObject section && section.containsKey("uri");
  }

  private static JsonObject section(JsonObject config, String name) {
    if (!(config.getValue(name) instanceof JsonObject)) {
      config.put(name, new JsonObject());
    }
    return config.getJsonObject(name);
  }

  private JsonObject read(Path path) {
    try {
      return new JsonObject(Files.readString(path));
    } catch (IOException e) {
      throw bad("--config: cannot read " + path + ": " + e);
    } catch (DecodeException e) {
      throw bad("--config: " + path + " must be a JSON object: " + e.getMessage());
    }
  }

  private ParameterException bad(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  // The source

  /** Deploys what ticks come from. */
  private interface Source {
    Future<?> deploy(Vertx vertx);
  }

  private Source source(boolean ownRedis) {
    String name = source == null ? (ownRedis ? "simulated" : "none") : source;
    if (!name.startsWith(REPLAY) && speed != null) {
      throw bad("--speed: is for --source replay:FILE");
    }
    if (name.equals("none")) {
      return vertx -> Future.succeededFuture();
    }
    if (name.equals("simulated")) {
      return vertx -> vertx.deployVerticle(new SimulatedMarket());
    }
    if (name.startsWith(REPLAY)) {
      return replay(Path.of(name.substring(REPLAY.length())));
    }
    throw bad("--source: must be none, simulated or replay:FILE, got " + name);
  }

  private Source replay(Path path) {
    if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
      throw bad("--source: cannot read the file " + path);
    }
    BigDecimal pace = speed == null ? BigDecimal.ONE : speed;
    if (pace.signum() < 0) {
      throw bad("--speed: must be 0 or more, got " + pace);
    }
    Deployable replay = new Replay(path, pace, System.err::println);
    // It reads a file.
    DeploymentOptions worker = new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER);
    return vertx -> vertx.deployVerticle(replay, worker);
  }

  // The end

  /** On a signal: says goodbye to clients, then ends with 0, which a signal alone would not. */
  private void stop(Vertx vertx, EmbeddedRedis server) {
    try {
      // Undeploying first: closing alone would cut the connections before the goodbye.
      Future.join(vertx.deploymentIDs().stream().map(vertx::undeploy).toList())
          .transform(undeployed -> vertx.close())
          .await(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      System.err.println("Stopping failed: " + e.getMessage());
      exitCode = CommandLine.ExitCode.SOFTWARE;
    }
    if (server != null) {
      server.close();
    }
    System.out.flush();
    Runtime.getRuntime().halt(exitCode);
  }
}
