package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Program;
import io.fullon.cache.testing.Scrape;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the dashboard, the alerts and the page about metrics name, a gateway has. */
class MonitoringFilesTest {

  private static final Path ALERTS = Path.of("config", "alerts.yml");
  private static final Path DASHBOARD = Path.of("config", "grafana.json");
  private static final Path PROMETHEUS = Path.of("config", "prometheus.yml");
  private static final Path COMPOSE = Path.of("config", "compose.yml");
  private static final Path PAGE = Path.of("src", "site", "markdown", "metrics.md");

  /** What Prometheus itself adds. */
  private static final Set<String> OF_PROMETHEUS = Set.of("instance", "job");

  private static final Set<String> WORDS =
      Set.of(
          "sum",
          "min",
          "max",
          "by",
          "or",
          "rate",
          "increase",
          "histogram_quantile",
          "absent",
          "label_values");

  private static final Pattern SELECTOR = Pattern.compile("([a-z_:]+)\\{([^}]*)}");
  private static final Pattern MATCHER = Pattern.compile("([a-z_]+)(=~|!~|!=|=)\"([^\"]*)\"");
  private static final Pattern GROUPING = Pattern.compile("\\bby \\(([a-z_, ]+)\\)");
  private static final Pattern WORD = Pattern.compile("(?<![\\w$.])[a-z_][a-z_0-9]*");
  private static final Pattern TEMPLATE = Pattern.compile("\\{\\{ *(?:\\$labels\\.)?([a-z_]+) *}}");

  private static Scrape scrape;

  @BeforeAll
  static void scrape() {
    // Of an exchange that is not there, whose source has all that one has which is.
    JsonObject away =
        new JsonObject()
            .put("symbols", new JsonArray().add("BTC/USD"))
            .put("url", "ws://127.0.0.1:1")
            .put("rest_url", "http://127.0.0.1:1");
    JsonObject sources = new JsonObject().put("kraken", away);
    try (CacheNode node = CacheNode.start(new JsonObject().put("sources", sources))) {
      Tick tick = Tick.of("binance", "BTC/USDT", BigDecimal.ONE, Instant.now());
      CacheNode.get(node.ticks().updateTicker("binance", tick));
      await("the exchange")
          .until(
              () ->
                  !Scrape.of(node)
                      .all("fullon_cache_ticks_seen_total", "exchange", "binance")
                      .isEmpty());
      await("the source").until(() -> !Scrape.of(node).all("fullon_cache_source_state").isEmpty());
      scrape = Scrape.of(node);
    }
  }

  @AfterAll
  static void forget() {
    scrape = null;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonObject yaml(Path file) {
    try {
      return new JsonObject(new YAMLMapper().readTree(read(file)).toString());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Stream<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast);
  }

  private static List<JsonObject> alerts() {
    return objects(yaml(ALERTS).getJsonArray("groups"))
        .flatMap(group -> objects(group.getJsonArray("rules")))
        .toList();
  }

  // Queries

  /**
   * One of a file.
   *
   * @param shown what is shown of its result, with the names of labels
   */
  private record Query(String where, String text, String shown) {

    @Override
    public String toString() {
      return where;
    }
  }

  static Stream<Query> queries() {
    return Stream.of(ofAlerts(), ofDashboard(), ofPage()).flatMap(queries -> queries);
  }

  private static Stream<Query> ofAlerts() {
    return alerts().stream()
        .map(
            alert ->
                new Query(
                    alert.getString("alert"),
                    alert.getString("expr"),
                    alert.getJsonObject("annotations").encode()));
  }

  private static Stream<Query> ofDashboard() {
    JsonObject dashboard = new JsonObject(read(DASHBOARD));
    Stream<Query> panels =
        objects(dashboard.getJsonArray("panels"))
            .flatMap(
                panel ->
                    objects(panel.getJsonArray("targets", new JsonArray()))
                        .map(
                            target ->
                                new Query(
                                    panel.getString("title"),
                                    target.getString("expr"),
                                    target.getString("legendFormat"))));
    Stream<Query> variables =
        objects(dashboard.getJsonObject("templating").getJsonArray("list"))
            .filter(variable -> variable.getString("type").equals("query"))
            .map(
                variable ->
                    new Query(
                        variable.getString("label"),
                        variable.getJsonObject("query").getString("query"),
                        ""));
    return Stream.concat(panels, variables);
  }

  private static Stream<Query> ofPage() {
    List<Query> queries = new ArrayList<>();
    String block = read(PAGE).split("```", 3)[1];
    for (String query : block.strip().split("(?m)^# ", -1)) {
      if (!query.isBlank()) {
        String[] parts = query.split("\n", 2);
        queries.add(new Query(parts[0], parts[1], ""));
      }
    }
    assertThat(queries).isNotEmpty();
    return queries.stream();
  }

  private static List<Scrape.Sample> samples(String metric) {
    List<Scrape.Sample> samples = scrape.all(metric);
    assertThat(samples).as(metric).isNotEmpty();
    return samples;
  }

  private static Set<String> values(String metric, String label) {
    return samples(metric).stream()
        .map(sample -> sample.labels().get(label))
        .filter(value -> value != null)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @MethodSource("queries")
  void everyMetricAndLabelOfAQueryExists(Query query) {
    Set<String> labels = new TreeSet<>(OF_PROMETHEUS);
    String bare =
        GROUPING
            .matcher(query.text().replaceAll("\\{[^}]*}", ""))
            .replaceAll("")
            .replaceAll("\\[[^]]*]", "");
    Set<String> words =
        WORD.matcher(bare).results().map(word -> word.group()).collect(Collectors.toSet());
    words.removeAll(WORDS);
    words.removeAll(OF_PROMETHEUS);
    assertThat(words).as("metrics").isNotEmpty();
    if (!words.remove("up")) { // which is Prometheus' own
      words.forEach(
          metric -> samples(metric).forEach(sample -> labels.addAll(sample.labels().keySet())));
    }

    SELECTOR
        .matcher(query.text())
        .results()
        .filter(selector -> !selector.group(1).equals("up"))
        .forEach(selector -> checkMatchers(selector.group(1), selector.group(2)));
    GROUPING
        .matcher(query.text())
        .results()
        .forEach(by -> assertThat(labels).contains(by.group(1).split(", ")));
    TEMPLATE
        .matcher(query.shown())
        .results()
        .forEach(label -> assertThat(labels).contains(label.group(1)));
  }

  private static void checkMatchers(String metric, String matchers) {
    assertThat(MATCHER.matcher(matchers).replaceAll("").replace(",", ""))
        .as("what is no matcher")
        .isBlank();
    MATCHER
        .matcher(matchers)
        .results()
        .filter(matcher -> !OF_PROMETHEUS.contains(matcher.group(1)))
        .forEach(
            matcher ->
                assertThat(values(metric, matcher.group(1)))
                    .as("%s of %s", matcher.group(1), metric)
                    .contains(matcher.group(3).split("\\|")));
  }

  @Test
  void whatWaitsByDesignIsNoSlowCall() {
    String waiting =
        "operation!~\"popOpenOrder|takeOpenOrder|awaitOrder|popMyTrade|getNextTicker\"";

    assertThat(queries().map(Query::text).filter(text -> text.contains("operation!~")))
        .hasSize(3)
        .allMatch(text -> text.contains(waiting));
  }

  // The files

  @Test
  void everyAlertSaysWhatHappensAndWhatToDo() {
    assertThat(alerts())
        .hasSizeGreaterThan(8)
        .allSatisfy(
            alert -> {
              assertThat(alert.getJsonObject("labels").getString("severity"))
                  .isIn("critical", "warning");
              assertThat(alert.getJsonObject("annotations").getString("summary")).isNotBlank();
              assertThat(alert.getJsonObject("annotations").getString("action")).isNotBlank();
            });
  }

  @Test
  void theJobIsTheOneThatIsScraped() {
    String job =
        yaml(PROMETHEUS).getJsonArray("scrape_configs").getJsonObject(0).getString("job_name");

    assertThat(queries().map(Query::text).filter(text -> text.contains("up{")))
        .isNotEmpty()
        .allMatch(text -> text.contains("job=\"" + job + "\""));
  }

  @Test
  void theDashboardAsksTheSourceThatIsChosen() {
    JsonObject dashboard = new JsonObject(read(DASHBOARD));

    assertThat(read(DASHBOARD)).doesNotContainPattern("\"uid\": \"(?!\\$\\{datasource}|fullon-)");
    assertThat(objects(dashboard.getJsonArray("panels")).map(panel -> panel.getInteger("id")))
        .doesNotHaveDuplicates();
    assertThat(dashboard.getValue("id")).as("an id of somebody's database").isNull();
  }

  @Test
  void composeMountsTheFilesWhereTheyAreLookedFor() {
    JsonObject services = yaml(COMPOSE).getJsonObject("services");
    Map<String, String> mounted = new TreeMap<>();
    for (String service : List.of("prometheus", "grafana")) {
      for (Object volume : services.getJsonObject(service).getJsonArray("volumes")) {
        String[] parts = volume.toString().split(":", -1);
        assertThat(Path.of("config", parts[0])).exists();
        assertThat(parts[2]).isEqualTo("ro");
        mounted.put(Path.of("config", parts[0]).normalize().toString(), parts[1]);
      }
    }

    Path prometheus = Path.of(mounted.get(PROMETHEUS.toString()));
    String rules = yaml(PROMETHEUS).getJsonArray("rule_files").getString(0);
    assertThat(mounted.get(ALERTS.toString()))
        .isEqualTo(prometheus.resolveSibling(rules).toString());
    String provider =
        yaml(COMPOSE).getJsonObject("configs").getJsonObject("dashboards").getString("content");
    assertThat(provider)
        .contains("path: " + Path.of(mounted.get(DASHBOARD.toString())).getParent() + "\n");
  }

  @Test
  void prometheusTakesTheRulesAndTheyDoWhatTheySay() {
    String promtool = Program.find("promtool");

    assertThat(Program.run(List.of(promtool, "check", "rules", ALERTS.toString())))
        .contains("SUCCESS");
    assertThat(
            Program.run(List.of(promtool, "test", "rules", "src/test/resources/alerts-test.yml")))
        .contains("SUCCESS");
  }

  // The page

  private static Map<String, String> rows() {
    Map<String, String> rows = new TreeMap<>();
    read(PAGE)
        .lines()
        .filter(line -> line.startsWith("| `"))
        .map(line -> line.split(" *\\| *", -1))
        .forEach(
            cells -> {
              assertThat(cells[4]).as(cells[1]).isNotBlank();
              assertThat(rows.put(name(cells[1]), cells[2] + " " + labels(cells[3])))
                  .as(cells[1])
                  .isNull();
            });
    return rows;
  }

  private static String name(String cell) {
    return cell.replace("`", "");
  }

  private static Set<String> labels(String cell) {
    return Stream.of(cell.split("[`, ]+"))
        .filter(label -> !label.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Map<String, String> metrics() {
    Map<String, String> metrics = new TreeMap<>();
    scrape
        .types()
        .forEach(
            (name, type) -> {
              if (name.matches("(fullon|jvm|process|system)_.*")) { // other tests have their own
                metrics.put(name, type + " " + labelsOf(name));
              }
            });
    return metrics;
  }

  private static Set<String> labelsOf(String metric) {
    return scrape.samples().stream()
        .filter(
            sample ->
                sample.name().replaceFirst("_(bucket|count|sum)$", "").equals(metric)
                    || sample.name().equals(metric))
        .flatMap(sample -> sample.labels().keySet().stream())
        .filter(label -> !label.equals("le"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void thePageHasEachMetricWithItsLabelsAndNoOther() {
    assertThat(rows()).isEqualTo(metrics());
  }
}
