package io.fullon.cache.source;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.source.FakeVenues.FakeOkx;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Heap;
import io.fullon.cache.testing.Patience;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A connection that is lost again and again. */
@Isolated("measures threads and heap of the whole JVM")
class SourceReconnectsIT {

  private static final int LOSSES = 1_000;

  /** After which what is made once is there. */
  private static final int FIRST = 50;

  /** The same exchange, which lets anybody connect as often as he likes. */
  private static Venue unlimited(Venue venue) {
    return (Venue)
        Proxy.newProxyInstance(
            Venue.class.getClassLoader(),
            new Class<?>[] {Venue.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("limits")) {
                Venue.Rate often = new Venue.Rate(1_000, Duration.ofMillis(1));
                return new Venue.Limits(1, 1, often, often); // a connection for each symbol
              }
              try {
                return method.invoke(venue, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void aThousandLossesLeaveNothingBehind() {
    try (FakeVenue venue = new FakeOkx();
        CacheNode node = CacheNode.start()) {
      List<String> symbols = List.of(venue.symbol(0), venue.symbol(1), venue.symbol(2));
      SourceOptions options =
          new SourceOptions(
              unlimited(venue.venue()),
              symbols,
              List.of(venue.url()),
              venue.restUrl(),
              false,
              null);
      JsonObject times = new JsonObject().put("reconnect_min_ms", 1).put("reconnect_max_ms", 1);
      get(
          node.vertx()
              .deployVerticle(
                  new SourceVerticle(options),
                  new DeploymentOptions()
                      .setConfig(
                          CacheNode.config(node.redis(), new JsonObject().put("source", times)))));
      lose(venue, FIRST);
      Heap before = Heap.live();
      int threads = Thread.activeCount();

      lose(venue, LOSSES);

      assertThat(venue.open()).isEqualTo(3);
      assertThat(Thread.activeCount()).isLessThan(threads + LOSSES / 10);
      // What closes takes its time.
      await().atMost(Patience.LONG).untilAsserted(() -> assertThat(grown(before)).isEmpty());
      assertThat(venue.violations()).isEmpty();
    }
  }

  private static List<String> grown(Heap before) {
    return Heap.live().grownBy(30, before).stream()
        .filter(line -> !line.contains("FakeVenue"))
        .toList();
  }

  private static void lose(FakeVenue venue, int times) {
    int enough = venue.accepted() + times;
    while (venue.accepted() < enough) {
      Patience.await(
          "all to be subscribed again",
          () -> venue.subscribed().equals(venue.topics(0, 1, 2)),
          venue::accepted);
      venue.cut();
    }
    Patience.await(
        "all to be subscribed again",
        () -> venue.subscribed().equals(venue.topics(0, 1, 2)),
        venue::accepted);
  }
}
