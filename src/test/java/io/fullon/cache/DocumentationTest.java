package io.fullon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.Pages;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The links of the documentation, and its tables that need no server. */
class DocumentationTest {

  /** What two screens show. */
  private static final int TWO_SCREENS = 90;

  static Stream<Path> pages() {
    return Pages.all().stream();
  }

  /** Without code, in which brackets are none of a link. */
  private static String prose(Path page) {
    return Pages.text(page).replaceAll("(?ms)^```.*?^```$", "").replaceAll("`[^`\n]*`(?!])", "");
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyLinkLeadsSomewhere(Path page) {
    List<String> links =
        Pages.found("\\]\\(([^)]+)\\)", prose(page)).stream()
            .filter(link -> URI.create(link).getScheme() == null)
            .toList();

    assertThat(links).allSatisfy(link -> assertLeads(page, link));
  }

  private static void assertLeads(Path page, String link) {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
    assertThat(Files.exists(target)).as(target + " is there").isTrue();
    if (parts.length == 2) {
      assertThat(anchors(target)).contains(parts[1]);
    }
  }

  /** As GitHub makes them of headings. */
  private static List<String> anchors(Path page) {
    return Pages.found("^#+ (.+)$", Pages.text(page).replaceAll("(?ms)^```.*?^```$", "")).stream()
        .map(
            heading ->
                heading
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-'))
        .toList();
  }

  @Test
  void everyPageIsReachedFromTheIndex() {
    String index = Pages.text(Pages.page("index"));

    assertThat(Pages.all())
        .filteredOn(page -> !page.equals(Pages.page("index")))
        .allSatisfy(page -> assertThat(index).contains(page.getFileName() + ")"));
  }

  @Test
  void thePagesOfTheThreeReadersAreShort() {
    List<String> sections =
        List.of("## Run it", "## In your Vert.x application", "## In the browser");
    String readme = Pages.text(Pages.README);

    for (String section : sections) {
      int start = readme.indexOf(section + "\n");
      assertThat(start).as(section).isPositive();
      assertThat(readme.substring(start, readme.indexOf("\n## ", start)).lines())
          .as(section)
          .hasSizeLessThanOrEqualTo(TWO_SCREENS);
    }
  }

  @Test
  void theConfigurationHasEveryKeyWithItsDefault() {
    Map<String, String> table = new TreeMap<>();
    for (List<String> row : Pages.rows(Pages.page("configuration"), "key")) {
      table.put(Pages.codes(row.get(0)).get(0), Pages.codes(row.get(1)).get(0));
    }
    Map<String, String> defaults = new TreeMap<>();
    JsonObject file = new JsonObject(Pages.text(Path.of("config/application.json")));
    for (String section : file.fieldNames()) {
      for (Map.Entry<String, Object> entry : file.getJsonObject(section)) {
        defaults.put(section + "." + entry.getKey(), String.valueOf(entry.getValue()));
      }
    }

    assertThat(table).isEqualTo(defaults);
    assertThat(table.keySet())
        .containsExactlyInAnyOrderElementsOf(
            CacheOptions.keys().stream().filter(key -> key.contains(".")).toList());
  }

  /** In prose, too, only keys that there are. */
  @ParameterizedTest
  @MethodSource("pages")
  void everyKeyThatIsNamedIsThere(Path page) {
    List<String> named =
        Pages.found(
            "`((?:redis|symbol|tick|orders|trades|account|bot|process|flow|fills|source|web|log)\\.[a-z_]+)`",
            Pages.text(page));

    assertThat(CacheOptions.keys()).containsAll(named);
  }

  @Test
  void theTickOfTheReadmeIsOne() {
    JsonObject json = new JsonObject(Pages.blocks(Pages.README, "json").get(0));

    assertThat(Tick.fromJson(json).toJson()).isEqualTo(json);
  }
}
