package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.StuckClient;
import io.fullon.cache.tick.Tick;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway with little memory and a large market serves who reads, whoever does not. */
class SmallHeapIT {

  private static final int SYMBOLS = 50_000;
  private static final int AT_ONCE = 1_000;
  private static final int CLIENTS = 60;
  private static final int ROUNDS = 50;
  private static final String EXCHANGE = "large";
  private static final String ALL = "\"exchange\":\"*\",\"symbols\":\"*\"}";

  /** Has the clients for so long that only the memory is a reason to close them. */
  static final class Gateway {

    private Gateway() {}

    public static void main(String[] arguments) throws Exception {
      JsonObject web = new JsonObject().put("stall_timeout_ms", 3_600_000);
      FullonCacheVerticle cache = new FullonCacheVerticle();
      JsonObject config = CacheNode.config(arguments[0], new JsonObject().put("web", web));
      get(Vertx.vertx().deployVerticle(cache, new DeploymentOptions().setConfig(config)));
      System.out.println(cache.webPort());
      Thread.currentThread().join();
    }
  }

  private static List<Tick> ticks(int from, long second) {
    return IntStream.range(from, from + AT_ONCE)
        .mapToObj(
            i ->
                Tick.of(
                    EXCHANGE, "S" + i, BigDecimal.valueOf(second), Instant.ofEpochSecond(second)))
        .toList();
  }

  /** Stores what changes, in a process that has memory. */
  @AutoClose private final CacheNode writer = CacheNode.start("web", "enabled", false);

  @AutoClose private ChildJvm gateway;
  private int port;

  private final List<StuckClient> stuck = new ArrayList<>();
  private long second = 1;

  @BeforeEach
  void start() {
    for (int from = 0; from < SYMBOLS; from += AT_ONCE) {
      get(writer.ticks().updateTickers(ticks(from, second)));
    }
    gateway = ChildJvm.startWith("-Xmx256m", Gateway.class, writer.redis().uri());
    port = Integer.parseInt(gateway.line());
  }

  /** Changes a part of the market; who reads is told. */
  private void change(FeedClient reader) {
    second++;
    int from = (int) (second % (SYMBOLS / AT_ONCE)) * AT_ONCE;
    get(writer.ticks().updateTickers(ticks(from, second)));
    get(writer.ticks().updateTickers(ticks(0, second)));
    awaitPrice(reader, second);
  }

  /** Of a symbol whose ticks may be several in a frame. */
  private static void awaitPrice(FeedClient reader, long price) {
    String wanted = Long.toString(price);
    boolean isThere;
    do {
      isThere =
          reader.next("update").getJsonArray("ticks").stream()
              .anyMatch(tick -> ((JsonObject) tick).getString("price").equals(wanted));
    } while (!isThere);
  }

  private FeedClient reader() {
    FeedClient reader = FeedClient.connect(writer.vertx(), port);
    reader.next("welcome");
    reader.subscribe(EXCHANGE, "S0");
    return reader;
  }

  private static StuckClient send(StuckClient client, String request) {
    try {
      return client.send(request);
    } catch (UncheckedIOException e) {
      return client; // it was closed for all that waits
    }
  }

  @Test
  void whoReadsIsServedWhileManyDoNotAndAfterwards() {
    try (FeedClient reader = reader()) {
      change(reader);
      for (int i = 0; i < CLIENTS; i++) {
        stuck.add(new StuckClient(port));
        send(stuck.get(i), "{\"op\":\"subscribe\"," + ALL);
      }

      for (int round = 0; round < ROUNDS; round++) {
        change(reader);
      }
      stuck.forEach(StuckClient::close);
      change(reader);
    }
    assertThatNewOnesAreServed();
  }

  @Test
  void whoReadsIsServedWhileManyAskForEverythingAndReadALittle() {
    try (FeedClient reader = reader()) {
      for (int i = 0; i < CLIENTS; i++) {
        stuck.add(new StuckClient(port));
        send(stuck.get(i), "{\"op\":\"subscribe\"," + ALL);
      }
      for (int round = 0; round < ROUNDS; round++) {
        for (StuckClient client : stuck) {
          send(client, "{\"op\":\"get\"," + ALL).skip();
        }
        change(reader);
      }
      stuck.forEach(StuckClient::vanish);
      change(reader);
    }
    assertThatNewOnesAreServed();
  }

  private void assertThatNewOnesAreServed() {
    await("room for another")
        .ignoreExceptions()
        .until(
            () -> {
              FeedClient.connect(writer.vertx(), port).close();
              return true;
            });
    try (FeedClient late = reader()) {
      change(late);
    }
    assertThat(gateway.isAlive()).isTrue();
  }
}
