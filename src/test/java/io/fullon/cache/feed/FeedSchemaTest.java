package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.FeedSchema;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The published description of the feed says what the server takes and what it refuses. */
class FeedSchemaTest {

  @AutoClose
  private static final CacheNode node = CacheNode.start("web", "max_requests_per_second", 10_000);

  static Stream<String> requests() {
    Stream<String> fields =
        Stream.of(
                "'exchange':'e','symbols':['A']",
                "'exchange':'*','symbols':['*']",
                "'exchange':'*','symbols':'*'",
                "'exchange':'e','symbols':'A'",
                "'exchange':'e','symbols':[]",
                "'exchange':'e','symbols':['A A']",
                "'exchange':'e','symbols':['A*']",
                "'exchange':'e','symbols':['A\\n']",
                "'exchange':'e','symbols':['é']",
                "'exchange':'é','symbols':['A']",
                "'exchange':'e','symbols':['币安人生/USDT','🐕/USDT']",
                "'exchange':'e','symbols':['币安 人生']",
                "'exchange':'e','symbols':['A\u00a0']",
                "'exchange':'e','symbols':['A\u200d']",
                "'exchange':'e','symbols':['A\\ud83d']",
                "'exchange':'e','symbols':['A\\ud83d\\udc15']",
                "'exchange':'e','symbols':['A\\\\']",
                "'exchange':'e','symbols':['A\ufffd']",
                "'exchange':'e','symbols':['" + "🐕".repeat(64) + "']",
                "'exchange':'e','symbols':['" + "🐕".repeat(65) + "']",
                "'exchange':'e','symbols':['A',5]",
                "'exchange':'e','symbols':[null]",
                "'exchange':'e','symbols':null",
                "'exchange':'e'",
                "'symbols':['A']",
                "'exchange':5,'symbols':['A']",
                "'exchange':'','symbols':['A']",
                "'exchange':'a/b','symbols':['A']",
                "'exchange':'e','symbols':['" + "x".repeat(64) + "']",
                "'exchange':'e','symbols':['" + "x".repeat(65) + "']",
                "'exchange':'" + "e".repeat(65) + "','symbols':['A']",
                "'exchange':'e','symbols':['A'],'more':1",
                "'exchange':'e','symbols':['A'],'req_id':-5",
                "'exchange':'e','symbols':['A'],'req_id':null",
                "'exchange':'e','symbols':['A'],'req_id':'" + "x".repeat(64) + "'",
                "'exchange':'e','symbols':['A'],'req_id':'" + "x".repeat(65) + "'",
                "'exchange':'e','symbols':['A'],'req_id':'" + "🐕".repeat(64) + "'",
                "'exchange':'e','symbols':['A'],'req_id':1.0",
                "'exchange':'e','symbols':['A'],'req_id':1.5",
                "'exchange':'e','symbols':['A'],'req_id':99999999999999999999",
                "'exchange':'e','symbols':['A'],'req_id':{}",
                "'exchange':'e','symbols':['A'],'req_id':true")
            .flatMap(
                rest ->
                    Stream.of("subscribe", "unsubscribe", "get")
                        .map(op -> "{'op':'" + op + "'," + rest + "}"));
    Stream<String> subscribes =
        Stream.of(
                "'interval_ms':0",
                "'interval_ms':250",
                "'interval_ms':3600000",
                "'interval_ms':3600001",
                "'interval_ms':-1",
                "'interval_ms':'250'",
                "'interval_ms':2.5",
                "'interval_ms':250.0",
                "'interval_ms':null",
                "'since':{}",
                "'since':{'A':1,'B':null}",
                "'since':{'A':'1'}",
                "'since':{'A':-1}",
                "'since':{'A':1.5}",
                "'since':{'A':1.0}",
                "'since':5",
                "'since':null")
            .flatMap(
                rest ->
                    Stream.of("e", "*")
                        .map(
                            exchange ->
                                "{'op':'subscribe','exchange':'%s','symbols':['A'],%s}"
                                    .formatted(exchange, rest)));
    Stream<String> others =
        Stream.of(
            "{'op':'subscriptions'}",
            "{'op':'subscriptions','req_id':'x'}",
            "{'op':'ping'}",
            "{'op':'ping','req_id':[]}",
            "{'op':'auth','token':'x'}",
            "{'op':'auth','token':5}",
            "{'op':'auth'}",
            "{'op':'Subscribe'}",
            "{'op':null}",
            "{}",
            "[]",
            "5",
            "{'op':'ping'}}",
            "");
    return Stream.of(fields, subscribes, others).flatMap(all -> all).map(t -> t.replace('\'', '"'));
  }

  @ParameterizedTest
  @MethodSource("requests")
  void theServerTakesExactlyWhatIsDescribed(String request) {
    try (FeedClient client = node.feed()) {
      client.next("welcome");

      client.send(request);

      JsonObject answer = client.next();
      boolean taken =
          !answer.getString("type").equals("error")
              && (!answer.getString("type").equals("ack")
                  || answer.getJsonArray("results").stream()
                      .map(JsonObject.class::cast)
                      .allMatch(
                          result ->
                              result.getBoolean("ok")
                                  || result.getString("code").equals("NOT_SUBSCRIBED")));
      assertThat(FeedSchema.isRequest(request)).as(answer.encode()).isEqualTo(taken);
    }
  }

  /** Another program may have given it one; the client checks what it is sent. */
  @Test
  void aTickMayHaveTheNumberNought() {
    node.redis(
        Command.HSET,
        "tickers:nought",
        "A",
        "{\"symbol\":\"A\",\"exchange\":\"nought\",\"price\":1,\"time\":1.5,\"seq\":0}");
    try (CacheNode another = CacheNode.start(node.redis(), new JsonObject());
        FeedClient client = another.feed()) {
      client.next("welcome");

      JsonArray ticks = client.subscribe("nought", "A");

      assertThat(ticks.getJsonObject(0).getLong("seq")).isZero();
    }
  }

  @Test
  void itIsServed() throws IOException, InterruptedException {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node.port() + "/asyncapi.yaml"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/yaml");
    assertThat(response.body()).startsWith("asyncapi: 3.0.0");
  }
}
