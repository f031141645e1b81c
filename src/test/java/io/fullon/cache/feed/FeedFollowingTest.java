package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickRemoval;
import io.fullon.cache.tick.TickSnapshot;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How the feed comes to know what its node knows. */
class FeedFollowingTest {

  private static final String SNAPSHOT = "fullon.tick.snapshot";
  private static final String EXCHANGE = "one";
  private static final int MANY = 10_000;

  /** By then it is under way, and not at its end. */
  private static final int SOON = 3;

  private final Vertx vertx = Vertx.vertx();
  private final Loop loop = new Loop(vertx);
  private final Feed feed =
      new Feed(
          vertx,
          new FeedOptions(FeedLimits.from(Fields.of("", new JsonObject())), 1_000, 5_000, 1_000),
          new Backlog(1));
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicInteger snapshots = new AtomicInteger();

  /**
   * What else the loop has done between its answering with a snapshot and the feed's being live.
   */
  private final AtomicInteger others = new AtomicInteger();

  private volatile Runnable meanwhile = () -> {};

  @AfterEach
  void close() {
    get(vertx.close());
  }

  private static Tick tick(int number, long seq) {
    Instant time = Instant.ofEpochSecond(seq);
    return Tick.of(EXCHANGE, "S" + number, BigDecimal.valueOf(seq), time).withSeq(seq);
  }

  /** Answers with so many tickers, whose ticks have the number of the snapshot. */
  private void serve(int tickers) {
    vertx.eventBus().localConsumer(SNAPSHOT, asked -> serve(asked, tickers));
  }

  private void serve(Message<?> asked, int tickers) {
    if (failures.getAndDecrement() > 0) {
      asked.fail(503, "as the test wants it");
      return;
    }
    long seq = snapshots.incrementAndGet();
    List<Tick> ticks = IntStream.range(0, tickers).mapToObj(i -> tick(i, seq)).toList();
    asked.reply(
        new TickSnapshot(true, Set.of(), ticks), LocalCodec.register(vertx, TickSnapshot.class));
    doOthers();
  }

  private void doOthers() {
    vertx
        .getOrCreateContext()
        .runOnContext(
            v -> {
              if (!feed.isLive()) {
                if (others.incrementAndGet() == SOON) {
                  meanwhile.run();
                }
                doOthers();
              }
            });
  }

  private void tell(String state) {
    vertx.eventBus().publish(TickCache.STATE, state);
  }

  private Tick latest(int number) {
    return get(
        loop.call(
            () -> {
              Ticker ticker = feed.board().get(new TickerKey(EXCHANGE, "S" + number));
              return Future.succeededFuture(ticker == null ? null : ticker.latest().tick());
            }));
  }

  @Test
  void itIsTriedUntilItSucceeds() {
    serve(0);
    try (LogLines log = LogLines.of("io.fullon.cache.feed.Feed", Level.ERROR)) {
      get(loop.call(feed::start));
      assertThat(feed.isLive()).isTrue();
      tell(TickCache.STALE);
      await("the outage").until(() -> !feed.isLive());
      failures.set(2);

      tell(TickCache.LIVE);

      await("the end of the outage").until(feed::isLive);
      assertThat(log.lines()).hasSize(2);
    }
  }

  @Test
  void theLoopDoesOtherThingsWhileMuchIsTakenOver() {
    serve(MANY);

    get(loop.call(feed::start));

    assertThat(feed.isLive()).isTrue();
    assertThat(others).hasValueGreaterThan(SOON + SOON);
    assertThat(latest(MANY - 1)).isEqualTo(tick(MANY - 1, 1));
  }

  @Test
  void whatComesMeanwhileComesAfterIt() {
    serve(MANY);
    meanwhile =
        () -> {
          vertx
              .eventBus()
              .publish(TickCache.UPDATES, tick(5, 2), LocalCodec.register(vertx, Tick.class))
              .publish(
                  TickCache.REMOVED,
                  new TickRemoval(EXCHANGE, List.of("S6")),
                  LocalCodec.register(vertx, TickRemoval.class));
        };

    get(loop.call(feed::start));

    assertThat(latest(5)).isEqualTo(tick(5, 2));
    assertThat(latest(6)).isNull();
    assertThat(latest(7)).isEqualTo(tick(7, 1));
  }

  @Test
  void itBeginsAnewWhenTheLinkIsLostAgainMeanwhile() {
    serve(MANY);
    meanwhile =
        () -> {
          tell(TickCache.STALE);
          tell(TickCache.LIVE);
        };

    get(loop.call(feed::start));

    await("the second snapshot").until(feed::isLive);
    assertThat(snapshots).hasValue(2);
    assertThat(latest(0)).isEqualTo(tick(0, 2));
    assertThat(latest(MANY - 1)).isEqualTo(tick(MANY - 1, 2));
  }
}
