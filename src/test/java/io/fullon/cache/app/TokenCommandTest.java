package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Token;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The application prints tokens that a gateway with the same configuration accepts. */
class TokenCommandTest {

  private static final JsonObject CONFIG =
      new JsonObject()
          .put(
              "web",
              new JsonObject()
                  .put("jwt_secret", Token.SECRET + " für alle")
                  .put("jwt_issuer", "us")
                  .put("jwt_audience", "feed")
                  .put("auth_first_message", false));

  @TempDir Path folder;
  private Path file;
  @AutoClose private final CacheNode node = CacheNode.start(CONFIG);

  @BeforeEach
  void start() throws IOException {
    file = Files.writeString(folder.resolve("c.json"), CONFIG.encode());
  }

  private String token(String... options) {
    List<String> all = new ArrayList<>(List.of("token", "--config", file.toString()));
    all.addAll(List.of(options));
    Called called = Called.with(all.toArray(String[]::new));
    assertThat(called.code()).as(called.err()).isZero();
    assertThat(called.err()).isEmpty();
    assertThat(called.out()).hasLineCount(1);
    return called.out();
  }

  private FeedClient connect(String token) {
    return FeedClient.connectWith(node.vertx(), node.port(), "Authorization", "Bearer " + token);
  }

  private static JsonArray results(FeedClient client, String exchange, Object... symbols) {
    return client.request("subscribe", exchange, symbols).next("ack").getJsonArray("results");
  }

  private static JsonObject claims(String token) {
    return new JsonObject(
        new String(
            Base64.getUrlDecoder().decode(token.split("\\.", 3)[1]), StandardCharsets.UTF_8));
  }

  @Test
  void theGatewayAcceptsItForEverything() {
    assertThat(FeedClient.refusal(node.vertx(), node.port())).isEqualTo(401);

    try (FeedClient client = connect(token())) {
      client.next("welcome");
      assertThat(results(client, "kraken", "BTC/USD").getJsonObject(0).getBoolean("ok")).isTrue();
    }
  }

  @Test
  void itAllowsWhatItIsMadeFor() {
    String token = token("--exchanges", "kraken,okx", "--symbols", "BTC/USD,币安人生/USDT");
    assertThat(claims(token).getJsonArray("exchanges"))
        .isEqualTo(new JsonArray().add("kraken").add("okx"));

    try (FeedClient client = connect(token)) {
      client.next("welcome");
      JsonArray results = results(client, "okx", "币安人生/USDT", "ETH/USD");
      assertThat(results.getJsonObject(0).getBoolean("ok")).isTrue();
      assertThat(results.getJsonObject(1).getString("code")).isEqualTo("UNAUTHORIZED");
    }
  }

  @ParameterizedTest
  @CsvSource({"90s, 90", "30m, 1800", "2h, 7200", "7d, 604800"})
  void itHoldsAsLongAsItIsTold(String time, long seconds) {
    JsonObject claims = claims(token("--expires", time, "--exchanges", "*"));

    assertThat(claims.getLong("exp") - claims.getLong("iat")).isEqualTo(seconds);
    assertThat(claims.getLong("iat")).isCloseTo(Instant.now().getEpochSecond(), within(60L));
  }

  @Test
  void withoutASecretThereIsNone() {
    Called called = Called.with("token");

    assertThat(called.code()).isEqualTo(2);
    assertThat(called.err()).contains("web.jwt_secret").hasLineCount(1);
    assertThat(called.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "--expires, 1, --expires",
    "--expires, 0s, --expires",
    "--expires, -1h, --expires",
    "--expires, 1h30m, --expires",
    "--exchanges, a b, --exchanges",
    "--exchanges, '', --exchanges",
    "--symbols, a b, --symbols",
    "--secret, x, --secret",
  })
  void aBadOptionIsNamed(String option, String value, String named) {
    Called called = Called.with("token", "--config", file.toString(), option, value);

    assertThat(called.code()).isEqualTo(2);
    assertThat(called.err()).contains(named).hasLineCount(1);
    assertThat(called.out()).isEmpty();
  }
}
