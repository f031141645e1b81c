package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.source.FakeVenues.FakeKraken;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.testing.Scrape;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** How sources are, in figures. */
@Isolated("the metrics are of all nodes of the JVM, each with its own exchange of that name")
class SourceMetricsIT {

  @Test
  void theStateOfASourceIsToldByAMetric() {
    try (FakeVenue venue = new FakeKraken();
        CacheNode node =
            CacheNode.start(
                new JsonObject()
                    .put("source", RunningSource.TIMES)
                    .put("sources", new JsonObject().put("kraken", venue.config("BTC/USD"))))) {
      await().atMost(Patience.LONG).until(() -> venue.subscribed().contains("BTC/USD"));
      venue.tick(0, "5.10");
      await().atMost(Patience.LONG).until(() -> state(node, "live") == 1);
      assertThat(state(node, "silent")).isZero();
      assertThat(
              Scrape.of(node).value("fullon_cache_source_lag_seconds_count", "exchange", "kraken"))
          .isPositive();

      venue.silent = true;

      await().atMost(Patience.LONG).until(() -> state(node, "silent") == 1);
      assertThat(state(node, "live")).isZero();
    }
  }

  private static double state(CacheNode node, String state) {
    return Scrape.of(node).value("fullon_cache_source_state", "exchange", "kraken", "state", state);
  }
}
