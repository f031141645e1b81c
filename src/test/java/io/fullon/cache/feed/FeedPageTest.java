package io.fullon.cache.feed;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Pages;
import io.fullon.cache.testing.RawHttp;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of the feed has the operations, frames, codes, limits and paths that there are. */
class FeedPageTest {

  private static final Path PAGE = Pages.page("feed");
  private static final JsonObject PROTOCOL = protocol();

  private static JsonObject protocol() {
    try (InputStream file =
        FeedPageTest.class.getResourceAsStream("/io/fullon/cache/webroot/asyncapi.yaml")) {
      return new JsonObject(new YAMLMapper().readTree(file).toString()).getJsonObject("components");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What the field is in the messages that begin with it. */
  private static Set<String> constants(String field) {
    Set<String> constants = new TreeSet<>();
    JsonObject messages = PROTOCOL.getJsonObject("messages");
    for (String name : messages.fieldNames()) {
      JsonObject properties =
          messages.getJsonObject(name).getJsonObject("payload").getJsonObject("properties");
      if (properties.fieldNames().iterator().next().equals(field)) {
        constants.add(properties.getJsonObject(field).getString("const"));
      }
    }
    return constants;
  }

  @Test
  void hasEveryOperationAndEveryFrame() {
    assertThat(Pages.names(PAGE, "`op` of a client"))
        .containsExactlyInAnyOrderElementsOf(constants("op"));
    assertThat(Pages.names(PAGE, "`type` of a frame"))
        .containsExactlyInAnyOrderElementsOf(constants("type"));
  }

  @Test
  void hasEveryCode() {
    assertThat(Pages.names(PAGE, "`code` of an error"))
        .containsExactlyElementsOf(Arrays.stream(ErrorCode.values()).map(Enum::name).toList());
    assertThat(Pages.rows(PAGE, "close code").stream().map(row -> row.get(0)))
        .containsExactlyElementsOf(
            Arrays.stream(CloseCode.values()).map(code -> String.valueOf(code.number())).toList());
  }

  @Test
  void hasEveryLimitAndItsKey() {
    Map<String, String> keys =
        Pages.rows(PAGE, "limit").stream()
            .collect(
                toMap(
                    row -> Pages.codes(row.get(0)).get(0), row -> Pages.codes(row.get(1)).get(0)));

    Set<String> limits = new HashSet<>(keys.keySet());
    limits.add("symbols"); // which nobody configures
    assertThat(limits)
        .isEqualTo(
            PROTOCOL
                .getJsonObject("schemas")
                .getJsonObject("Limits")
                .getJsonObject("properties")
                .fieldNames());
    assertThat(Pages.names(Pages.page("configuration"), "key")).containsAll(keys.values());
  }

  @Test
  void everyPathIsAnsweredByGetAndHead() {
    List<String> paths = Pages.names(PAGE, "path");

    assertThat(paths).hasSize(10);
    try (CacheNode node = CacheNode.start()) {
      for (String path : paths) {
        String actual = path.replace("EXCHANGE", "binance");
        assertThat(RawHttp.get(node.port(), actual).status()).as(path).isEqualTo(200);
        assertThat(RawHttp.request(node.port(), "HEAD", actual).status()).as(path).isEqualTo(200);
      }
    }
  }

  @Test
  void theCallsOfTheModuleAreInItsTypes() throws IOException {
    String types;
    try (InputStream file =
        FeedPageTest.class.getResourceAsStream("/io/fullon/cache/webroot/ticker-feed.d.ts")) {
      types = new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
    Stream<String> calls =
        Pages.names(PAGE, "call").stream().map(call -> call.replaceFirst("\\(.*", ""));

    assertThat(calls).hasSizeGreaterThan(4).allSatisfy(call -> assertThat(types).contains(call));
  }
}
