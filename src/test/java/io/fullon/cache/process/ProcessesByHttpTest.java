package io.fullon.cache.process;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.testing.Token;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessesByHttpTest {

  private static final String PATH = "/api/processes";

  private static List<JsonObject> processes(CacheNode node, String... headers) {
    RawHttp.Answer answer = RawHttp.get(node.port(), PATH, headers);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return new JsonArray(answer.text()).stream().map(JsonObject.class::cast).toList();
  }

  private static List<String> components(CacheNode node, String... headers) {
    return processes(node, headers).stream()
        .map(process -> process.getString("component"))
        .toList();
  }

  @Test
  void givesThemAsRedisHasThemAtTheCall() {
    try (CacheNode node = CacheNode.start()) {
      ProcessCache cache = ProcessCache.proxy(node.vertx());
      await().until(() -> processes(node).size() == 1);
      assertThat(processes(node).get(0).getString("component")).startsWith("fullon-cache:");
      JsonObject params = new JsonObject().put("text", "ä\"\n").put("n", 1);
      String id =
          get(cache.registerProcess(ProcessType.BOT, "bot", params, null, ProcessStatus.IDLE));
      String stored = node.redis(Command.GET, "process:data:" + id).toString();
      node.redis(
          Command.SET,
          "process:data:" + id,
          stored.replace("\"n\":1", "\"n\": 1.50, \"nan\": NaN"));

      JsonObject process = processes(node).get(0);

      assertThat(process.getString("process_id")).isEqualTo(id);
      assertThat(process.getBoolean("_heartbeat_stale")).isFalse();
      assertThat(process.getString("heartbeat")).endsWith("+00:00");
      assertThat(RawHttp.get(node.port(), PATH).text()).contains("\"n\":1.50,\"nan\":null");
      get(cache.stopProcess(id));
      assertThat(processes(node)).hasSize(1);
    }
  }

  @Test
  void aThousandComeWhole() throws Exception {
    try (CacheNode node = CacheNode.start()) {
      ProcessCache cache = ProcessCache.proxy(node.vertx());
      List<Future<String>> registered = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        registered.add(cache.registerProcess(ProcessType.ORDER, "order " + i));
      }
      get(Future.all(registered));

      // In pieces, which need a client that knows them.
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + PATH)).build();
      String body = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
      assertThat(new JsonArray(body).stream())
          .extracting(process -> ((JsonObject) process).getString("process_id"))
          .containsAll(registered.stream().map(Future::result).toList());
    }
  }

  @Test
  void aTokenThatAllowsPartSeesWhatIsAboutThat() {
    JsonObject web = Options.section("web", "jwt_secret", Token.SECRET);
    try (CacheNode node = CacheNode.start(web)) {
      ProcessCache cache = ProcessCache.proxy(node.vertx());
      JsonObject kraken = new JsonObject().put("exchange", "kraken");
      get(cache.registerProcess(ProcessType.TICK, "kraken", kraken, null, null));
      get(
          cache.registerProcess(
              ProcessType.BOT, "bot", kraken.copy().put("symbol", "BTC/USD"), null, null));
      get(cache.registerProcess(ProcessType.CRAWLER, "crawler"));

      assertThat(RawHttp.get(node.port(), PATH).status()).isEqualTo(401);
      assertThat(components(node, token(new JsonObject()))).contains("kraken", "bot", "crawler");
      assertThat(components(node, token(only("kraken")))).containsExactly("bot", "kraken");
      assertThat(components(node, token(only("okx")))).isEmpty();
      assertThat(
              components(
                  node, token(only("kraken").put("symbols", new JsonArray().add("ETH/USD")))))
          .containsExactly("kraken");
    }
  }

  private static JsonObject only(String exchange) {
    return new JsonObject().put("exchanges", new JsonArray().add(exchange));
  }

  private static String token(JsonObject claims) {
    return "Authorization: Bearer " + Token.hs256(Token.expiring(600).mergeIn(claims));
  }

  @Test
  void withoutTheServiceThereAreNone() {
    try (CacheNode node = CacheNode.start("process", "enabled", false)) {
      assertThat(RawHttp.get(node.port(), PATH).status()).isEqualTo(503);
    }
  }
}
