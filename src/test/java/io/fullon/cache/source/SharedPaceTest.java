package io.fullon.cache.source;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.OwnVertx;
import io.fullon.cache.testing.Patience;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** An exchange that counts the messages of all connections of an address. */
class SharedPaceTest {

  /** Four connections, of which each sends a greeting and two requests. */
  private static final int PRODUCTS = 400;

  private static final int MESSAGES = 12;
  private static final int PER_SECOND = 8;

  private static JsonObject product(int index) {
    String base = "A" + index;
    return new JsonObject()
        .put("product_id", base + "-USD")
        .put("base_currency_id", base)
        .put("quote_currency_id", "USD")
        .put("price_increment", "0.01")
        .put("alias", "")
        .put("status", "online")
        .put("product_type", "SPOT");
  }

  @Test
  void connectionsKeepItTogether() {
    List<Long> times = new CopyOnWriteArrayList<>();
    JsonObject list =
        new JsonObject()
            .put(
                "products",
                new JsonArray(
                    IntStream.range(0, PRODUCTS).mapToObj(SharedPaceTest::product).toList()));
    try (OwnVertx own = new OwnVertx()) {
      HttpServer server =
          get(
              own.vertx()
                  .createHttpServer()
                  .webSocketHandler(
                      socket -> socket.textMessageHandler(text -> times.add(System.nanoTime())))
                  .requestHandler(request -> request.response().end(list.encode()))
                  .listen(0, "127.0.0.1"));
      String address = "127.0.0.1:" + server.actualPort();
      JsonObject coinbase =
          new JsonObject()
              .put("symbols", new JsonArray().add("*"))
              .put("rest_url", "http://" + address)
              .put("url", "ws://" + address);
      JsonObject config =
          new JsonObject().put("sources", new JsonObject().put("coinbase", coinbase));
      try (CacheNode node = CacheNode.start(config)) {
        assertThat(node.port()).isPositive();
        await().atMost(Patience.LONG).until(() -> times.size() >= MESSAGES);
      }
    }
    for (int i = 0; i + PER_SECOND < MESSAGES; i++) {
      assertThat(times.get(i + PER_SECOND) - times.get(i))
          .isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(1));
    }
  }
}
