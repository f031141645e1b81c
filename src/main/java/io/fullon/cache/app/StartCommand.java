package io.fullon.cache.app;

import io.fullon.cache.CacheOptions;
import io.fullon.cache.Configuration;
import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.Version;
import io.fullon.cache.source.Replay;
import io.fullon.cache.source.SimulatedMarket;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.web.WebOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Starts everything and leaves it running until the process is told to end. */
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    versionProvider = StartCommand.VersionText.class,
    usageHelpAutoWidth = true,
    description = "Runs the cache services and the live ticker feed.",
    subcommands = TokenCommand.class)
final class StartCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(StartCommand.class);

  private static final String TEXT = "text";
  private static final String JSON = "json";

  /** Kinds of sources. */
  private static final String NONE = "none";

  private static final String SIMULATED = "simulated";
  private static final String REPLAY = "replay:";

  /** The section of the configuration that has the exchanges. */
  private static final String SOURCES = "sources";

  /** Besides what Redis may take; so long only where a container gets a tenth of a processor. */
  private static final long START_SECONDS = 120;

  private static final long SOURCE_STOP_SECONDS = 1;
  private static final long CACHE_STOP_SECONDS = 5;
  private static final long CLOSE_SECONDS = 2;
  private static final long HALT_SECONDS = 9;

  /** Whoever ends all processes of a group at once may not mean the server's alone. */
  private static final long SIGNAL_MS = 500;

  @Spec private CommandSpec spec;

  @Option(names = "--host", paramLabel = "HOST", description = "listen here (127.0.0.1)")
  private String host;

  @Option(names = "--port", paramLabel = "PORT", description = "listen here (8080); 0: any free")
  private Integer port;

  @Option(
      names = "--redis",
      paramLabel = "URI",
      description =
          "redis://[user:password@]host[:port][/db], rediss:// for TLS, unix:///path; without it,"
              + " and without one in file or environment, a Redis of its own that keeps nothing")
  private String redis;

  @Option(
      names = "--source",
      paramLabel = "SOURCE",
      description =
          "where ticks come from, also several times: EXCHANGE:SYMBOL,… such as"
              + " kraken:BTC/USD,ETH/USD for the real market, or kraken:* for all of it; simulated;"
              + " replay:FILE with one JSON object a line; none (simulated with a Redis of its own"
              + " where no exchange is configured)")
  private List<String> sources = List.of();

  @Option(
      names = "--speed",
      paramLabel = "X",
      converter = Speed.class,
      description = "replay at X times the recorded pace (1); 0: as fast as possible")
  private BigDecimal speed;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "configuration as JSON")
  private Path configFile;

  @Option(
      names = "--check-config",
      description =
          "check the options, the file and the environment, print the configuration in force with"
              + " every key, and start nothing")
  private boolean checkConfig;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description = "text, or json for one JSON object a line (text)")
  private String logFormat = TEXT;

  @Option(
      names = "--end-when-ready",
      hidden = true,
      description = "end as soon as everything runs, which shows what is loaded until then")
  private boolean endWhenReady;

  private boolean running;

  // What the end of the process finds, whenever it comes
  private volatile EmbeddedRedis server;
  private volatile Vertx vertx;
  private volatile String cacheDeployment;
  private final List<String> sourceDeployments = new CopyOnWriteArrayList<>();
  private volatile boolean stopping;
  private volatile boolean serverLost;
  private volatile int exitCode = CommandLine.ExitCode.OK;

  /** Whether the process must stay. */
  static boolean isRunning(CommandLine commandLine) {
    return ((StartCommand) commandLine.getCommand()).running;
  }

  @Override
  public Integer call() throws Exception {
    if (checkConfig) {
      System.out.println(ConfigurationInForce.of(plan().config()).encodePrettily());
      return CommandLine.ExitCode.OK;
    }

    // First of all: a signal must not find the process without it.
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop"));
    try {
      Plan plan = plan();
      start(plan.config(), plan.ownRedis(), plan.sources());
    } catch (Exception e) {
      if (!stopping) {
        exitCode = Main.exitCode(e);
        throw e;
      }
    }
    running = !endWhenReady;
    return CommandLine.ExitCode.OK;
  }

  /** What is to be started. */
  record Plan(JsonObject config, boolean ownRedis, List<Source> sources) {}

  /** Everything that can be known to be wrong before anything starts. */
  Plan plan() {
    chooseLogFormat();
    JsonObject config = config();
    boolean ownRedis = !Configuration.namesRedis(config);
    boolean hasExchanges = !CacheOptions.from(config).sources().isEmpty();
    boolean simulates = ownRedis && !hasExchanges && disabled(SIMULATED, config) == null;
    return new Plan(config, ownRedis, others(simulates, config));
  }

  private void chooseLogFormat() {
    if (logFormat.equals(JSON)) {
      JsonLog.begin();
    } else if (!logFormat.equals(TEXT)) {
      throw bad("--log-format: must be text or json, got " + logFormat);
    }
  }

  private void start(JsonObject config, boolean ownRedis, List<Source> others) throws Exception {
    FatalErrors.endTheProcess();
    if (ownRedis) {
      server = ownServer();
      endWithServer();
      JsonObject link = section(config, "redis").put("uri", server.uri());
      // That it keeps nothing is said here.
      link.put("warn_durability", false);
      System.out.println(
          "Redis: a server of its own on port " + server.port() + ", which keeps nothing");
    }
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setPreferNativeTransport(true)
                // Nothing is served from files, and a killed process would leave the cache behind.
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    FatalErrors.endTheProcessWithALoopOf(vertx, () -> stopping);
    FullonCacheVerticle cache = new FullonCacheVerticle();
    long startSeconds =
        START_SECONDS
            + TimeUnit.MILLISECONDS.toSeconds(CacheOptions.from(config).redis().startWithinMs());
    try {
      vertx
          .deployVerticle(cache, new DeploymentOptions().setConfig(config))
          .onSuccess(id -> cacheDeployment = id)
          .compose(v -> Future.all(others.stream().map(this::deploy).toList()))
          .await(startSeconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException("Did not start within " + startSeconds + " s", e);
    }
    System.out.println("Ready: " + where(CacheOptions.from(config).web(), cache));
  }

  private Future<?> deploy(Source source) {
    return source.deploy(vertx).onSuccess(sourceDeployments::add);
  }

  private static EmbeddedRedis ownServer() throws IOException {
    try {
      EmbeddedRedis server = EmbeddedRedis.startPrivate();
      // Netty unpacks a library for a moment: there it is cleared away even after a kill.
      System.setProperty("io.netty.native.workdir", server.folder().toString());
      return server;
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; --redis names one that runs already", e);
    }
  }

  /** Its data is gone with it: only a process that has ended is started again, with a new one. */
  private void endWithServer() {
    Thread watch =
        new Thread(
            () -> {
              server.awaitServerEnd();
              try {
                TimeUnit.MILLISECONDS.sleep(SIGNAL_MS);
              } catch (InterruptedException e) {
                // Nobody does that, and it would mean the same.
              }
              if (!stopping) {
                serverLost = true;
                exitCode = CommandLine.ExitCode.SOFTWARE;
                System.exit(exitCode);
              }
            },
            "watch on Redis");
    watch.setDaemon(true);
    watch.start();
  }

  private static String where(WebOptions web, FullonCacheVerticle cache) {
    if (!web.enabled()) {
      return "no web";
    }
    String host = web.host().contains(":") ? "[" + web.host() + "]" : web.host();
    return "http://" + host + ":" + cache.webPort();
  }

  // The configuration

  /** What file, environment and options say, checked. */
  JsonObject config() {
    return config(configFile == null ? new JsonObject() : read(configFile));
  }

  JsonObject config(JsonObject file) {
    JsonObject commandLine = new JsonObject();
    if (redis != null) {
      section(commandLine, "redis").put("uri", redis);
    }
    if (host != null) {
      section(commandLine, "web").put("host", host);
    }
    if (port != null) {
      section(commandLine, "web").put("port", port);
    }
    exchanges()
        .forEach(
            (exchange, symbols) ->
                section(section(commandLine, SOURCES), exchange).put("symbols", symbols));
    try {
      JsonObject config = Configuration.of(file, System.getenv(), commandLine);
      if (sources.contains(NONE)) {
        config.remove(SOURCES);
      }
      CacheOptions.from(config);
      return config;
    } catch (InvalidValueException e) {
      throw bad(e.getMessage() + (isOf(file, e) ? " (in " + configFile + ")" : ""));
    }
  }

  /** Whether the file alone is wrong in the same way. */
  private static boolean isOf(JsonObject file, InvalidValueException wrong) {
    try {
      CacheOptions.from(Configuration.of(file, Map.of(), new JsonObject()));
      return false;
    } catch (InvalidValueException e) {
      return e.getMessage().equals(wrong.getMessage());
    }
  }

  private static JsonObject section(JsonObject config, String name) {
    if (!(config.getValue(name) instanceof JsonObject)) {
      config.put(name, new JsonObject());
    }
    return config.getJsonObject(name);
  }

  private JsonObject read(Path path) {
    if (!Files.exists(path) || Files.isDirectory(path)) {
      throw bad("--config: there is no file " + path);
    }
    try {
      if (Json.decodeValue(Files.readString(path)) instanceof JsonObject object) {
        return object;
      }
      throw bad("--config: " + path + " must be a JSON object");
    } catch (IOException e) {
      throw bad("--config: cannot read the file " + path + ", or it is not UTF-8");
    } catch (DecodeException e) {
      // Its text is the library's, and shows what need not be seen.
      String place = io.fullon.cache.value.Json.place(e.getCause());
      throw bad(
          "--config: "
              + path
              + " must be a JSON object"
              + (place.isEmpty() ? "" : ", and is wrong" + place));
    }
  }

  private ParameterException bad(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  // The source

  /** Deploys what ticks come from. */
  interface Source {
    Future<String> deploy(Vertx vertx);
  }

  static final class VersionText implements IVersionProvider {

    @Override
    public String[] getVersion() {
      return new String[] {"fullon-cache for Vert.x " + Version.text()};
    }
  }

  /** In bounds within which whatever was recorded has a time to come. */
  private static final class Speed implements ITypeConverter<BigDecimal> {

    private static final BigDecimal MIN = new BigDecimal("0.000001");
    private static final BigDecimal MAX = new BigDecimal("1000000");

    @Override
    public BigDecimal convert(String text) {
      try {
        BigDecimal speed = new BigDecimal(text);
        boolean isBetween = speed.compareTo(MIN) >= 0 && speed.compareTo(MAX) <= 0;
        if (speed.signum() == 0 || isBetween) {
          return speed;
        }
      } catch (NumberFormatException e) {
        // Said below.
      }
      throw new TypeConversionException(
          "must be 0 or from " + MIN + " to " + MAX + ", got " + InvalidValueException.show(text));
    }
  }

  private static boolean isExchange(String source) {
    return !source.equals(NONE) && !source.equals(SIMULATED) && !source.startsWith(REPLAY);
  }

  /** The symbols that are wanted of exchanges, in the order in which they are named. */
  private Map<String, JsonArray> exchanges() {
    Map<String, JsonArray> symbols = new LinkedHashMap<>();
    for (String source : sources) {
      if (isExchange(source)) {
        int colon = source.indexOf(':');
        if (colon < 1 || colon == source.length() - 1) {
          throw bad(
              "--source: must be none, simulated, replay:FILE or EXCHANGE:SYMBOL,… such as"
                  + " kraken:BTC/USD,ETH/USD, got "
                  + source);
        }
        JsonArray its =
            symbols.computeIfAbsent(source.substring(0, colon), exchange -> new JsonArray());
        Stream.of(source.substring(colon + 1).split(",")).map(String::strip).forEach(its::add);
      }
    }
    return symbols;
  }

  /**
   * What comes beside the exchanges.
   *
   * @param simulates whether there is to be a market where none is named
   */
  private List<Source> others(boolean simulates, JsonObject config) {
    if (sources.contains(NONE) && sources.size() > 1) {
      throw bad("--source none: stands alone");
    }
    if (speed != null && sources.stream().noneMatch(source -> source.startsWith(REPLAY))) {
      throw bad("--speed: is for --source replay:FILE");
    }
    List<String> named =
        sources.isEmpty() && simulates
            ? List.of(SIMULATED)
            : sources.stream().filter(source -> !isExchange(source)).distinct().toList();
    List<Source> all = new ArrayList<>();
    for (String source : named) {
      String disabled = disabled(source, config);
      if (disabled != null) {
        throw bad("--source " + source + ": needs " + disabled + " to be true");
      }
      if (source.equals(SIMULATED)) {
        all.add(vertx -> vertx.deployVerticle(new SimulatedMarket()));
      } else if (source.startsWith(REPLAY)) {
        all.add(replay(source.substring(REPLAY.length())));
      }
    }
    return all;
  }

  /** The key by which a service is not enabled that the source needs; null if there is none. */
  private static String disabled(String source, JsonObject config) {
    Fields fields = Fields.of("", config);
    return services(source)
        .map(fields::section)
        .filter(section -> !section.flag("enabled", true))
        .map(section -> section.name("enabled"))
        .findFirst()
        .orElse(null);
  }

  private static Stream<String> services(String source) {
    return switch (source) {
      case NONE -> Stream.of();
      case SIMULATED -> Stream.of("symbol", "tick");
      default -> Stream.of("tick");
    };
  }

  private Source replay(String file) {
    Path path;
    try {
      path = Path.of(file);
    } catch (InvalidPathException e) {
      throw bad("--source: is no name of a file here: " + file);
    }
    if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
      throw bad("--source: cannot read the file " + file);
    }
    try {
      Replay.check(path);
    } catch (IOException e) {
      throw bad("--source: cannot read the file " + file + ": " + e.getMessage());
    }
    BigDecimal pace = speed == null ? BigDecimal.ONE : speed;
    return new Replay(path, pace, System.err::println)::deployOn;
  }

  // The end

  /**
   * The last that runs, on a signal or after a failed start: says goodbye to clients, then ends the
   * process, with 0 after a signal, which that alone would not give.
   */
  private void stop() {
    stopping = true;
    haltLater();
    if (serverLost) {
      System.err.println(
          "Ends with exit code " + exitCode + ", to be started again: its own Redis has ended");
    }
    if (vertx != null) {
      LOG.info("Stopping");
    }
    if (cacheDeployment != null) {
      // One by one: closing alone would cut the connections before the goodbye, and a source would
      // be left talking to nobody. Each awaited here: on an event loop, closing never completes.
      List<Future<Void>> ended = sourceDeployments.stream().map(this::undeploy).toList();
      await("the source", Future.join(ended), SOURCE_STOP_SECONDS);
      await("the cache", undeploy(cacheDeployment), CACHE_STOP_SECONDS);
      await("Vert.x", vertx.close(), CLOSE_SECONDS);
    }
    // Before there is a Vertx, Netty may just be unpacking its library into the server's folder,
    // and
    // would make it anew. Then the server's end and its folder's are left to its shell.
    if (server != null && vertx != null) {
      server.close();
    }
    Runtime.getRuntime().halt(exitCode);
  }

  private Future<Void> undeploy(String deployment) {
    return deployment == null ? Future.succeededFuture() : vertx.undeploy(deployment);
  }

  private static void await(String what, Future<?> stopped, long seconds) {
    try {
      stopped.await(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      System.err.println("Stopping " + what + " took longer than " + seconds + " s");
    } catch (Exception e) {
      System.err.println("Stopping " + what + " failed: " + e.getMessage());
    }
  }

  /** Whatever hangs, even writing to stderr, the process ends. */
  private void haltLater() {
    Thread halt =
        new Thread(
            () -> {
              try {
                TimeUnit.SECONDS.sleep(HALT_SECONDS);
              } catch (InterruptedException e) {
                // Nobody does that, and it would mean the same.
              }
              Runtime.getRuntime().halt(exitCode);
            },
            "halt");
    halt.setDaemon(true);
    halt.start();
  }
}
