package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickSnapshot;
import io.fullon.cache.value.Fields;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How the feed comes to know what its node knows. */
class FeedFollowingTest {

  private static final String SNAPSHOT = "fullon.tick.snapshot";

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger failures = new AtomicInteger();

  @Test
  void itIsTriedUntilItSucceeds() {
    TickSnapshot snapshot = new TickSnapshot(true, Set.of(), List.of());
    vertx
        .eventBus()
        .localConsumer(
            SNAPSHOT,
            asked -> {
              if (failures.getAndDecrement() > 0) {
                asked.fail(503, "as the test wants it");
              } else {
                asked.reply(snapshot, LocalCodec.register(vertx, TickSnapshot.class));
              }
            });
    try (LogLines log = LogLines.of("io.fullon.cache.feed.Feed", Level.ERROR)) {
      Feed feed =
          new Feed(
              vertx,
              new FeedOptions(
                  FeedLimits.from(Fields.of("", new JsonObject())), 1_000, 5_000, 1_000),
              new Backlog(1));
      get(new Loop(vertx).call(feed::start));
      assertThat(feed.isLive()).isTrue();
      vertx.eventBus().publish(TickCache.STATE, TickCache.STALE);
      await("the outage").until(() -> !feed.isLive());
      failures.set(2);

      vertx.eventBus().publish(TickCache.STATE, TickCache.LIVE);

      await("the end of the outage").until(feed::isLive);
      assertThat(log.lines()).hasSize(2);
    } finally {
      get(vertx.close());
    }
  }
}
