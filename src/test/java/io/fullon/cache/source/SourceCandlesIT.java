package io.fullon.cache.source;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.source.FakeVenues.FakeBinance;
import io.fullon.cache.source.FakeVenues.FakeKraken;
import io.fullon.cache.source.FakeVenues.FakeOkx;
import io.fullon.cache.source.venue.Binance;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Patience;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exchanges' own candles, and their history. */
class SourceCandlesIT {

  private static CacheNode node;
  private static OhlcvCache ohlcv;
  private static final Queue<Bar> told = new ConcurrentLinkedQueue<>();
  private static MessageConsumer<?> consumer;

  @BeforeAll
  static void start() {
    node = CacheNode.start();
    ohlcv = OhlcvCache.proxy(node.vertx());
    consumer =
        node.vertx()
            .eventBus()
            .<Bar>localConsumer(OhlcvCache.UPDATES, message -> told.add(message.body()));
  }

  @BeforeEach
  void forgetWhatWasTold() {
    told.clear();
  }

  @AfterAll
  static void stop() {
    get(consumer.unregister());
    node.close();
  }

  static Stream<FakeVenues.Maker> venues() {
    return FakeVenues.all();
  }

  static Stream<FakeVenues.Maker> withChannel() {
    return FakeVenues.all().filter(maker -> !maker.name().equals("coinbase"));
  }

  private static FakeVenue withCandles(FakeVenue venue) {
    venue.candles = true;
    return venue;
  }

  private static List<Bar> bars(FakeVenue venue, Timeframe timeframe, int count) {
    return get(ohlcv.getLatestOhlcvBars(venue.symbol(0), venue.exchange(), timeframe, count));
  }

  private static void awaitHistory(FakeVenue venue, Timeframe timeframe) {
    await(venue.exchange() + " to have 500 bars of " + timeframe)
        .atMost(Patience.LONG)
        .until(() -> bars(venue, timeframe, 500).size() == 500);
  }

  private static Bar past(FakeVenue venue, Timeframe timeframe, Instant time) {
    return FakeVenue.past(time.getEpochSecond()).bar(venue.exchange(), venue.symbol(0), timeframe);
  }

  @ParameterizedTest
  @MethodSource("venues")
  void aNewInstallationBeginsWithFiveHundredBars(FakeVenues.Maker maker) {
    try (FakeVenue venue = withCandles(maker.make().get())) {
      venue.hasty = true;
      long now = venue.nowMs() / 1_000;
      try (RunningSource source = new RunningSource(node, venue, venue.symbol(0))) {
        for (Timeframe timeframe : Timeframe.values()) {
          // Should the next period begin meanwhile, the oldest is not among them any more.
          List<Bar> expected = past(venue, timeframe, timeframe.begin(now), 499);
          await(maker + " to have its bars of " + timeframe)
              .atMost(Patience.LONG)
              .until(() -> bars(venue, timeframe, expected).size() == expected.size());

          assertThat(bars(venue, timeframe, expected))
              .hasToString(expected.toString()); // with all digits
        }
        assertThat(venue.violations()).isEmpty();
        assertThat(source.told()).isNotEmpty();
      }
    }
  }

  private static List<Bar> past(FakeVenue venue, Timeframe timeframe, long end, int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(i -> Instant.ofEpochSecond(end - (count + 1L - i) * timeframe.seconds()))
        .map(time -> past(venue, timeframe, time))
        .toList();
  }

  private static List<Bar> bars(FakeVenue venue, Timeframe timeframe, List<Bar> like) {
    Instant from = like.get(0).time();
    Instant to = like.get(like.size() - 1).time().plusSeconds(1);
    return get(ohlcv.getOhlcvBars(venue.symbol(0), venue.exchange(), timeframe, from, to));
  }

  private static Candle candle(FakeVenue venue, String close, String volume, boolean isFinal) {
    return candle(Timeframe.M1.begin(venue.nowMs() / 1_000), close, volume, isFinal);
  }

  private static Candle candle(long begin, String close, String volume, boolean isFinal) {
    return new Candle(
        Instant.ofEpochSecond(begin),
        new BigDecimal("10.00"),
        new BigDecimal("12.000"),
        new BigDecimal("9.9"),
        new BigDecimal(close),
        new BigDecimal(volume),
        isFinal);
  }

  private static void awaitCandles(FakeVenue venue) {
    await(venue.exchange() + " to be asked for candles")
        .atMost(Patience.LONG)
        .until(
            () ->
                Stream.of(Timeframe.values())
                    .allMatch(
                        timeframe ->
                            venue
                                .subscribed()
                                .contains(venue.venue().topic(venue.wire(0), timeframe))));
  }

  private static Bar awaitTold(FakeVenue venue, Predicate<Bar> condition) {
    Predicate<Bar> which =
        bar ->
            bar.exchange().equals(venue.exchange())
                && bar.timeframe() == Timeframe.M1
                && condition.test(bar);
    await(venue.exchange() + " to have the bar told")
        .atMost(Patience.LONG)
        .until(() -> told.stream().anyMatch(which));
    return told.stream().filter(which).findFirst().orElseThrow();
  }

  private static Predicate<Bar> closing(String close) {
    return bar -> bar.close().toPlainString().equals(close);
  }

  @ParameterizedTest
  @MethodSource("withChannel")
  void itsBarsAreStoredWithAllDigitsAndTheirVolume(FakeVenues.Maker maker) {
    try (FakeVenue venue = withCandles(maker.make().get());
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      awaitCandles(venue);
      Candle running = candle(venue, "11.10", "0.1200", false);
      long begin = running.begin().getEpochSecond();

      venue.candle(0, Timeframe.M1, running);

      assertThat(awaitTold(venue, closing("11.10")))
          .hasToString(running.bar(venue.exchange(), venue.symbol(0), Timeframe.M1).toString());

      venue.candle(0, Timeframe.M1, candle(begin, "11.20", "0.1300", true));
      venue.candle(0, Timeframe.M1, candle(begin + 60, "11.30", "0.0100", false));

      Bar last = awaitTold(venue, closing("11.20").and(Bar::isFinal));
      assertThat(last.volume()).hasToString("0.1300");
      assertThat(awaitTold(venue, closing("11.30")).isFinal()).isFalse();
      source.awaitLive();
      assertThat(source.state().reason()).isEmpty();
      assertThat(venue.violations()).isEmpty();
    }
  }

  @Test
  void whatEndedBeforeTheFirstOneIsReadThoughOurClockIsBehind() {
    try (FakeVenue venue = withCandles(new FakeBinance(new Binance()));
        RunningSource source = new RunningSource(node, venue, venue.symbol(0))) {
      awaitCandles(venue);
      awaitHistory(venue, Timeframe.M1);
      Instant running = candle(venue, "1", "1", false).begin();

      venue.laterBy = 60;
      venue.candle(0, Timeframe.M1, candle(venue, "11.60", "0.1200", false));

      awaitTold(venue, bar -> bar.time().equals(running) && bar.isFinal());
      assertThat(source.told()).isNotEmpty();
    }
  }

  @Test
  void ticksDoNotChangeThem() {
    try (FakeVenue venue = withCandles(new FakeOkx());
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      awaitCandles(venue);
      Candle running = candle(venue, "11.40", "0.1200", false);
      venue.candle(0, Timeframe.M1, running);
      awaitTold(venue, closing("11.40"));

      venue.tick(0, "99999", "99999", "99999", "9", running.begin());
      source.awaitPrice(0, "99999");

      List<Bar> all =
          get(
              ohlcv.getOhlcvBars(
                  venue.symbol(0),
                  venue.exchange(),
                  Timeframe.M1,
                  running.begin(),
                  running.begin().plusSeconds(60)));
      assertThat(all)
          .singleElement()
          .satisfies(bar -> assertThat(bar.high()).hasToString("12.000"));
    }
  }

  @ParameterizedTest
  @MethodSource("withChannel")
  void whatEndedWhileAConnectionWasLostIsRead(FakeVenues.Maker maker) {
    try (FakeVenue venue = withCandles(maker.make().get());
        RunningSource source = new RunningSource(node, venue, venue.symbol(0))) {
      awaitCandles(venue);
      awaitHistory(venue, Timeframe.M1);
      Candle running = candle(venue, "11.10", "0.1200", false);
      venue.candle(0, Timeframe.M1, running);
      awaitTold(venue, bar -> bar.time().equals(running.begin()));
      long begin = running.begin().getEpochSecond();
      int before = venue.accepted();

      venue.hasty = true;
      venue.laterBy = 300;
      venue.cut();

      await().atMost(Patience.LONG).until(() -> venue.accepted() > before);
      for (int i = 0; i < 5; i++) {
        Instant time = running.begin().plusSeconds(60L * i);
        // The running one may have been made final by the clock before that.
        String close = past(venue, Timeframe.M1, time).close().toPlainString();
        awaitTold(venue, closing(close).and(one -> one.time().equals(time) && one.isFinal()));
      }
      // What was known of the lost one does not come back.
      venue.candle(0, Timeframe.M1, candle(begin + 300, "11.20", "0.1300", false));
      awaitTold(venue, closing("11.20"));
      Bar read = past(venue, Timeframe.M1, running.begin());
      assertThat(bars(venue, Timeframe.M1, List.of(read)))
          .singleElement()
          .satisfies(bar -> assertThat(bar.close()).isEqualTo(read.close()));
      assertThat(venue.violations()).isEmpty();
      assertThat(source.told()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("withChannel")
  void candlesThatAreRefusedAreNamedAndHarmNothing(FakeVenues.Maker maker) {
    try (FakeVenue venue = withCandles(maker.make().get())) {
      venue.refuse(0, Timeframe.M15);
      try (RunningSource source = RunningSource.ofTwo(node, venue)) {
        await()
            .atMost(Patience.LONG)
            .until(
                () ->
                    venue.subscribed().contains(venue.venue().topic(venue.wire(1), Timeframe.M15)));
        source.awaitLive();

        await(maker + " to say so")
            .atMost(Patience.LONG)
            .until(() -> source.state().reason().contains("candles: without "));
        assertThat(source.state().reason())
            .contains(venue.venue().topic(venue.wire(0), Timeframe.M15));
        assertThat(source.state().state()).isEqualTo(SourceState.State.LIVE);
        awaitHistory(venue, Timeframe.M1);
        assertThat(venue.violations()).isEmpty();
      }
    }
  }

  @Test
  void whatIsReadAgainChangesNothing() {
    try (FakeVenue venue = withCandles(new FakeKraken())) {
      try (RunningSource source = new RunningSource(node, venue, venue.symbol(0))) {
        awaitAll(venue);
        assertThat(source.told()).isNotEmpty();
      }
      told.clear();
      venue.zeros = true;
      int before = venue.histories().size();
      try (RunningSource source = new RunningSource(node, venue, venue.symbol(0))) {
        await().atMost(Patience.LONG).until(() -> venue.histories().size() == before + 7);
        awaitCandles(venue);
        venue.candle(0, Timeframe.M1, candle(venue, "11.77", "0.1200", false));
        awaitTold(venue, closing("11.77"));

        assertThat(told).noneMatch(bar -> Boolean.TRUE.equals(bar.corrected()));
        assertThat(source.told()).isNotEmpty();
      }
    }
  }

  private static void awaitAll(FakeVenue venue) {
    for (Timeframe timeframe : Timeframe.values()) {
      awaitHistory(venue, timeframe);
    }
  }

  @Test
  void troubleOfCandlesIsToldAndTicksAreLive() {
    try (FakeVenue venue = withCandles(new FakeOkx())) {
      venue.refusedPath = "/business";
      try (RunningSource source = RunningSource.ofTwo(node, venue)) {
        source.awaitSubscribed(0, 1);
        source.awaitLive();
        await()
            .atMost(Patience.LONG)
            .until(() -> source.state().reason().startsWith("candles: the exchange refuses"));

        venue.refusedPath = null;

        awaitCandles(venue);
        await().atMost(Patience.LONG).until(() -> source.state().reason().isEmpty());
      }
    }
  }

  @Test
  void anExchangeThatLimitsHistoriesIsNotAskedBeforeItSays() {
    try (FakeVenue venue = withCandles(new FakeBinance(new Binance()))) {
      venue.historyStatus = 429;
      venue.retryAfter = "1";
      try (RunningSource source = RunningSource.ofTwo(node, venue)) {
        source.awaitLive();
        await().atMost(Patience.LONG).until(() -> venue.histories().size() == 2);

        venue.historyStatus = 200;

        awaitHistory(venue, Timeframe.M1);
        assertThat(venue.violations()).isEmpty();
      }
    }
  }

  @Test
  void whileRedisTakesNothingTheLatestWaits() {
    try (FakeVenue venue = withCandles(new FakeKraken());
        RunningSource source = new RunningSource(node, venue, venue.symbol(0))) {
      awaitCandles(venue);
      awaitHistory(venue, Timeframe.D1);
      node.redis(Command.CONFIG, "SET", "maxmemory", "1");
      try {
        for (int i = 0; i < 20; i++) {
          venue.candle(0, Timeframe.M1, candle(venue, "11.5" + i, "0.1200", false));
        }
      } finally {
        node.redis(Command.CONFIG, "SET", "maxmemory", "0");
      }

      awaitTold(venue, closing("11.519"));
      assertThat(source.told()).isNotEmpty();
    }
  }

  @Test
  void withoutThemNothingIsAskedFor() {
    try (FakeVenue venue = new FakeBinance(new Binance());
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();

      assertThat(venue.subscribed()).isEqualTo(venue.topics(0, 1));
      assertThat(venue.accepted()).isEqualTo(1);
      assertThat(venue.histories()).isEmpty();
    }
  }
}
