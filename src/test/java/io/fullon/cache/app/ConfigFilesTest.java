package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fullon.cache.CacheOptions;
import io.fullon.cache.Configuration;
import io.fullon.cache.testing.AppProcess;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Pages;
import io.fullon.cache.testing.Program;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.web.WebOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the files in {@code config} and the documented commands say, the product knows. */
class ConfigFilesTest {

  private static final Path CONFIG = Path.of("config");
  private static final String SERVICE = read("fullon-cache.service");
  private static final String DOCKERFILE = read("Dockerfile");
  private static final JsonObject COMPOSE = yaml("compose.yml");
  private static final JsonObject SERVICES = COMPOSE.getJsonObject("services");
  private static final JsonObject GATEWAY = SERVICES.getJsonObject("gateway");
  private static final Path OPERATING = Pages.page("operating");

  @TempDir Path folder;

  private static String read(String file) {
    try {
      return Files.readString(CONFIG.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonObject yaml(String file) {
    try {
      return new JsonObject(new YAMLMapper().readTree(read(file)).toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String only(String regex, String text) {
    List<String> all = Pages.found(regex, text);
    assertThat(all).as(regex).hasSize(1);
    return all.get(0);
  }

  @SuppressWarnings("unchecked") // texts
  private static List<String> texts(JsonArray array) {
    return array.getList();
  }

  // Command lines

  /** A call of Java that starts the application. */
  private record Command(List<String> words) {

    List<String> flags() {
      return words.subList(1, words.indexOf("-jar"));
    }

    String jar() {
      return words.get(words.indexOf("-jar") + 1);
    }

    List<String> options() {
      return words.subList(words.indexOf("-jar") + 2, words.size());
    }
  }

  private static final Command SYSTEMD =
      new Command(List.of(only("^ExecStart=(.+)$", SERVICE).split(" ")));
  private static final Command DOCKER =
      new Command(texts(new JsonArray(only("^ENTRYPOINT (.+)$", DOCKERFILE))));

  private static Command compose() {
    List<String> words = new ArrayList<>(DOCKER.words());
    words.addAll(texts(GATEWAY.getJsonArray("command")));
    return new Command(words);
  }

  private static Stream<String> documentedCommands() {
    return Pages.all().stream()
        .flatMap(page -> Pages.blocks(page, "sh").stream())
        .flatMap(String::lines)
        .map(line -> line.replaceFirst(" +#.*", ""))
        .map(line -> line.replaceFirst("^scripts/start\\b", "java -jar " + AppProcess.JAR))
        .filter(line -> line.matches("java .*-jar .*"));
  }

  static Stream<Command> commands() {
    return Stream.concat(
        Stream.of(SYSTEMD, DOCKER, compose()),
        documentedCommands().map(line -> new Command(List.of(line.split(" +")))));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void theApplicationKnowsTheOptionsOfEachCommandLine(Command command) {
    String[] options = command.options().toArray(String[]::new);

    assertThatCode(() -> Main.commandLine().parseArgs(options)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void theJarIsTheOneThatIsBuilt(Command command) throws IOException {
    String jar = AppProcess.JAR.getFileName().toString();

    assertThat(Path.of(command.jar()).getFileName()).hasToString(jar);
    assertThat(Path.of("pom.xml")).content().contains("<app>${output}/" + jar + "</app>");
  }

  @Test
  void theImageHasTheJarWhereItLooksForIt() {
    assertThat(only("^COPY (.+)$", DOCKERFILE))
        .isEqualTo(AppProcess.JAR.getFileName() + " " + DOCKER.jar());
  }

  @Test
  void javaTakesTheFlags() {
    List<String> all = new ArrayList<>(List.of(AppProcess.JAVA.toString()));
    all.addAll(commands().flatMap(command -> command.flags().stream()).distinct().toList());
    all.add("-version");

    assertThat(Program.run(all)).contains("64-Bit Server VM");
    for (Command command : List.of(SYSTEMD, DOCKER)) {
      assertThat(command.flags())
          .contains("-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData")
          .anyMatch(flag -> flag.startsWith("-XX:MaxRAMPercentage="));
    }
  }

  // Variables

  private static Map<String, String> imageVariables() {
    Map<String, String> variables = new TreeMap<>();
    Pages.found("^ENV (.+)$", DOCKERFILE)
        .forEach(line -> variables.put(line.split("=", 2)[0], line.split("=", 2)[1]));
    return variables;
  }

  private static Map<String, String> composeVariables() {
    Map<String, String> variables = imageVariables();
    GATEWAY.getJsonObject("environment").forEach(e -> variables.put(e.getKey(), text(e)));
    return variables;
  }

  private static String text(Map.Entry<String, Object> variable) {
    assertThat(variable.getValue()).as(variable.getKey()).isInstanceOf(String.class);
    return (String) variable.getValue();
  }

  private static CacheOptions options(Map<String, String> variables) {
    return CacheOptions.from(Configuration.of(new JsonObject(), variables, new JsonObject()));
  }

  @Test
  void everyVariableNamesAKey() throws IOException {
    TreeSet<String> known =
        new TreeSet<>(
            List.of("REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD"));
    JsonObject file = new JsonObject(read("application.json"));
    for (String section : file.fieldNames()) {
      for (String key : file.getJsonObject(section).fieldNames()) {
        known.add(("FULLON_CACHE_" + section + "_" + key).toUpperCase(Locale.ROOT));
      }
    }
    TreeSet<String> named = new TreeSet<>();
    try (Stream<Path> files = Files.list(CONFIG)) {
      Stream.concat(files, Pages.all().stream())
          .map(Pages::text)
          .forEach(
              text -> named.addAll(Pages.found("\\b((?:FULLON_CACHE|REDIS)_[A-Z_]+)\\b", text)));
    }

    assertThat(named).hasSizeGreaterThan(3);
    assertThat(known).containsAll(named);
  }

  @Test
  void aGatewayInAContainerListensToOthersAndKnowsItsRedis() {
    assertThat(options(imageVariables()).web().host()).isEqualTo("0.0.0.0");
    CacheOptions options = options(composeVariables());
    assertThat(options.web().host()).isEqualTo("0.0.0.0");
    assertThat(SERVICES.fieldNames()).contains(options.redis().uri().host());
    assertThat(texts(SERVICES.getJsonObject("redis").getJsonArray("command")))
        .containsSequence("--appendonly", "yes");
  }

  // Ports and paths

  private static List<String> published(String service) {
    return SERVICES.getJsonObject(service).getJsonArray("ports").stream()
        .map(String::valueOf)
        .toList();
  }

  private static URI health(JsonArray command) {
    return URI.create(command.getString(command.size() - 1));
  }

  private static URI imageHealth() {
    return health(new JsonArray(only("CMD (\\[.+)$", DOCKERFILE)));
  }

  private static URI composeHealth() {
    return health(GATEWAY.getJsonObject("healthcheck").getJsonArray("test"));
  }

  private static JsonObject scrape() {
    return yaml("prometheus.yml").getJsonArray("scrape_configs").getJsonObject(0);
  }

  @Test
  void thePortsAreThoseOfTheGateway() {
    int port = options(imageVariables()).web().port();
    WebOptions web = options(composeVariables()).web();

    assertThat(only("^EXPOSE (.+)$", DOCKERFILE)).isEqualTo(String.valueOf(port));
    assertThat(imageHealth().getPort()).isEqualTo(port);
    assertThat(published("gateway")).containsExactly("127.0.0.1:8080:" + web.port());
    assertThat(composeHealth().getPort()).isEqualTo(web.adminPort());
    for (String proxy : List.of("nginx.conf", "Caddyfile")) {
      assertThat(Pages.found("(127[^/;\\s]+)", read(proxy)))
          .hasSize(2)
          .containsOnly(WebOptions.DEFAULT_HOST + ":" + WebOptions.DEFAULT_PORT);
    }
  }

  @Test
  void prometheusAndGrafanaFindWhatTheyAskFor() {
    WebOptions web = options(composeVariables()).web();
    String target =
        scrape()
            .getJsonArray("static_configs")
            .getJsonObject(0)
            .getJsonArray("targets")
            .getString(0);

    assertThat(target).isEqualTo("gateway:" + web.adminPort());
    assertThat(web.allowedHosts()).contains("gateway", "127.0.0.1", "localhost");
    JsonObject datasource = COMPOSE.getJsonObject("configs").getJsonObject("datasource");
    assertThat(datasource.getString("content")).contains("url: http://prometheus:9090\n");
    assertThat(published("prometheus")).singleElement().asString().endsWith(":9090");
  }

  @Test
  void whatIsAskedIsAnsweredOnThePortForIt() {
    List<String> paths =
        List.of(
            imageHealth().getPath(), composeHealth().getPath(), scrape().getString("metrics_path"));
    JsonObject web = new JsonObject().put("admin_port", 0);

    try (CacheNode node = CacheNode.start(new JsonObject().put("web", web))) {
      for (String path : paths) {
        assertThat(RawHttp.request(node.adminPort(), "HEAD", path).status())
            .as(path)
            .isEqualTo(200);
        assertThat(RawHttp.get(node.adminPort(), path).status()).as(path).isEqualTo(200);
        assertThat(RawHttp.get(node.port(), path).status()).as(path).isEqualTo(404);
      }
    }
  }

  // Files and images

  @Test
  void imagesArePinned() {
    List<String> images = new ArrayList<>(Pages.found("^FROM (.+)$", DOCKERFILE));
    for (String service : SERVICES.fieldNames()) {
      if (!service.equals("gateway")) {
        images.add(SERVICES.getJsonObject(service).getString("image"));
      }
    }

    assertThat(images)
        .hasSize(4)
        .allMatch(image -> image.matches("[a-z/-]+:v?\\d+\\.\\d+\\.\\d+\\S*"));
  }

  @Test
  void theFilesThatFilesNameAreThere() {
    JsonObject build = GATEWAY.getJsonObject("build");

    assertThat(CONFIG.resolve(build.getString("context")).toAbsolutePath().normalize())
        .isEqualTo(AppProcess.JAR.getParent());
    assertThat(Path.of("target").resolve(build.getString("dockerfile")).normalize())
        .isEqualTo(CONFIG.resolve("Dockerfile"))
        .exists();
  }

  @Test
  void theDocumentationNamesEveryFileAndNoOther() throws IOException {
    Set<Path> named = new TreeSet<>();
    Pages.found("\\]\\(([^)]*config/[^)]+)\\)", Pages.text(OPERATING))
        .forEach(link -> named.add(OPERATING.resolveSibling(link).normalize()));

    try (Stream<Path> files = Files.list(CONFIG)) {
      assertThat(files.filter(file -> !file.endsWith("logback.xml")))
          .containsExactlyInAnyOrderElementsOf(named);
    }
  }

  // Others' own checks

  @Test
  void systemdTakesTheUnit() throws IOException {
    Path unit = folder.resolve("fullon-cache.service");
    Files.writeString(unit, SERVICE.replace("/usr/bin/java", AppProcess.JAVA.toString()));

    assertThat(Program.run(List.of(Program.find("systemd-analyze"), "verify", unit.toString())))
        .doesNotContain(unit.getFileName().toString());
  }

  @Test
  void prometheusTakesItsFile() {
    String file = CONFIG.resolve("prometheus.yml").toString();

    assertThat(Program.run(List.of(Program.find("promtool"), "check", "config", file)))
        .contains("SUCCESS");
  }
}
