package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Patience;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** Faults of exchanges in any order, one after the other and in the middle of each other. */
class RandomFaultsIT {

  private static final int RUNS = Boolean.getBoolean("fullon.long") ? 200 : 16;
  private static final int FAULTS = 4;

  private static final List<BiConsumer<FakeVenue, Random>> ALL =
      List.of(
          (venue, random) -> venue.cut(),
          (venue, random) -> venue.close(1_000 + random.nextInt(12), "for some reason"),
          (venue, random) -> venue.silent = true,
          (venue, random) -> venue.deaf = true,
          (venue, random) -> venue.refusing = random.nextBoolean() ? 503 : 429,
          (venue, random) -> venue.answerDelayMs = random.nextInt(500),
          (venue, random) -> venue.send("{\"garbage\":" + random.nextInt() + "}"),
          (venue, random) -> venue.send("{\"half\":["),
          (venue, random) -> venue.send("x".repeat(5_000_000)),
          (venue, random) -> venue.listStatus = 500);

  private static void heal(FakeVenue venue) {
    venue.silent = false;
    venue.deaf = false;
    venue.refusing = 0;
    venue.answerDelayMs = 0;
    venue.listStatus = 200;
  }

  @Test
  void afterwardsEveryExchangeIsAsItWas() {
    List<FakeVenues.Maker> makers = FakeVenues.all().toList();
    try (CacheNode node = CacheNode.start()) {
      for (int run = 0; run < RUNS; run++) {
        long seed = System.nanoTime();
        FakeVenues.Maker maker = makers.get(run % makers.size());
        try {
          run(node, maker, new Random(seed));
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(maker + " with the seed " + seed, e);
        }
      }
    }
  }

  private static void run(CacheNode node, FakeVenues.Maker maker, Random random) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();
      for (int i = 0; i < FAULTS; i++) {
        ALL.get(random.nextInt(ALL.size())).accept(venue, random);
        int steps = random.nextInt(20);
        for (int step = 0; step < steps; step++) {
          venue.tick(step % 2, String.valueOf(step + 1));
        }
        if (random.nextBoolean()) {
          heal(venue);
        }
      }
      heal(venue);

      source.goLive();
      venue.tick(1, "777.70");
      source.awaitPrice(1, "777.70");
      await().atMost(Patience.LONG).until(() -> venue.subscribed().equals(venue.topics(0, 1)));
      assertThat(venue.violations()).isEmpty();
    }
  }
}
