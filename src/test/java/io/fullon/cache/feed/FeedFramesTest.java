package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickRemoval;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * How ticks are put into frames. There is one event loop, so that a turn of it is a turn of all.
 */
class FeedFramesTest {

  private static final String EXCHANGE = "exchange";
  private static final int TICKS = 300;

  @AutoClose private final EmbeddedRedis redis = CacheNode.newRedis();
  private CacheNode node;
  private FeedClient client;

  @BeforeEach
  void connect() {
    node =
        CacheNode.start(
            redis, Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1)), new JsonObject());
    client = node.feed();
    client.next("welcome");
    client.subscribe("*", "*");
  }

  @AfterEach
  void disconnect() {
    client.close();
    node.close();
  }

  private static Tick tick(String symbol, int price) {
    return Tick.of(EXCHANGE, symbol, BigDecimal.valueOf(price), Instant.EPOCH);
  }

  /** Publishes as the node does, all in one turn. */
  private void publishInOneTurn(List<?> news) {
    Vertx vertx = node.vertx();
    get(
        new Loop(vertx)
            .call(
                () -> {
                  for (Object one : news) {
                    boolean tick = one instanceof Tick;
                    vertx
                        .eventBus()
                        .publish(
                            tick ? TickCache.UPDATES : TickCache.REMOVED,
                            one,
                            LocalCodec.register(vertx, one.getClass()));
                  }
                  return Future.succeededFuture();
                }));
  }

  @Test
  void theTicksOfOneTurnShareOneFrame() {
    publishInOneTurn(IntStream.range(0, TICKS).mapToObj(i -> tick("S" + i % 7, i)).toList());

    assertThat(client.next("update").getJsonArray("ticks")).hasSize(TICKS);
    client.expectNothingElse();
  }

  @Test
  void aRemovalInOneTurnWithTicksKeepsItsPlace() {
    publishInOneTurn(
        List.of(tick("A", 1), new TickRemoval(EXCHANGE, List.of("A")), tick("A", 2), tick("B", 3)));

    assertThat(client.next("update").getJsonArray("ticks")).hasSize(1);
    client.next("removed");
    assertThat(client.next("update").getJsonArray("ticks")).hasSize(2);
    client.expectNothingElse();
  }

  @Test
  void whatIsStoredInOneCallArrivesInFarFewerFrames() {
    get(
        node.ticks()
            .updateTickers(IntStream.range(0, TICKS).mapToObj(i -> tick("S" + i, i)).toList()));

    int frames = 0;
    for (int ticks = 0; ticks < TICKS; frames++) {
      ticks += client.next("update").getJsonArray("ticks").size();
    }
    assertThat(frames).isLessThan(TICKS / 10);
  }

  /** A request can name far more than it takes to say so of each. */
  @Test
  void ofWhatAClientKnowsAndIsGoneAFrameHasFiveHundred() {
    JsonObject since = new JsonObject();
    IntStream.range(0, 1_200).forEach(i -> since.put("S" + i, 1));

    client.send(
        new JsonObject()
            .put("op", "subscribe")
            .put("exchange", EXCHANGE)
            .put("symbols", "*")
            .put("since", since));

    client.next("ack");
    client.next("snapshot");
    Set<Object> gone = new HashSet<>();
    for (int size : new int[] {500, 500, 200}) {
      JsonArray symbols = client.next("removed").getJsonArray("symbols");
      assertThat(symbols).hasSize(size);
      symbols.forEach(gone::add);
    }
    assertThat(gone).hasSize(1_200);
    client.expectNothingElse();
  }
}
