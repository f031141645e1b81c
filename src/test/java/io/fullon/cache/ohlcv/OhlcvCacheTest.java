package io.fullon.cache.ohlcv;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OhlcvCacheTest {

  /** A Tuesday's midnight, long ago. */
  private static final long DAY = 1_700_006_400 - 1_700_006_400 % 86_400;

  private static final String EXCHANGE = "binance";
  private static final AtomicInteger SYMBOLS = new AtomicInteger();
  private static final int KEEP = 100;

  @AutoClose private static final CacheNode node = CacheNode.start("ohlcv", "keep", KEEP);

  private final String symbol = "S" + SYMBOLS.incrementAndGet() + "/USD:{%}";

  private static OhlcvCache bars() {
    return OhlcvCache.proxy(node.vertx());
  }

  private Bar.Builder bar(Timeframe timeframe, long time, String... prices) {
    return Bar.builder(EXCHANGE, symbol, timeframe, Instant.ofEpochSecond(time))
        .prices(
            new BigDecimal(prices[0]),
            new BigDecimal(prices[1]),
            new BigDecimal(prices[2]),
            new BigDecimal(prices[3]));
  }

  private Bar.Builder minute(int number, String price) {
    return bar(Timeframe.M1, DAY + 60L * number, price, price, price, price);
  }

  private int bring(Timeframe timeframe, Bar... brought) {
    return get(bars().updateOhlcvBars(symbol, EXCHANGE, timeframe, List.of(brought)));
  }

  private List<Bar> latest(Timeframe timeframe) {
    return get(bars().getLatestOhlcvBars(symbol, EXCHANGE, timeframe, OhlcvCache.MAX_BARS));
  }

  private static String shown(Bar bar) {
    return String.format(
        "%d %s %s %s %s %s%s%s",
        (bar.time().getEpochSecond() - DAY) / 60,
        bar.open(),
        bar.high(),
        bar.low(),
        bar.close(),
        bar.volume() == null ? "-" : bar.volume(),
        bar.isFinal() ? " final" : "",
        bar.corrected() == null ? "" : " corrected");
  }

  @Test
  void givesBackWhatWasBroughtWithEveryDigit() {
    Bar full =
        bar(Timeframe.H1, DAY, "9.9640", "12345678901234567890.10", "0.000000000000000001", "-1.0")
            .volume(new BigDecimal("0.0"))
            .ticks(7)
            .isFinal(true)
            .corrected(true)
            .build();

    assertThat(bring(Timeframe.H1, full)).isEqualTo(1);

    assertThat(latest(Timeframe.H1)).containsExactly(full);
  }

  @Test
  void countsWhatIsNewOrChanged() {
    assertThat(bring(Timeframe.M1, minute(1, "1").build(), minute(3, "3").build())).isEqualTo(2);
    assertThat(bring(Timeframe.M1, minute(3, "3").build())).isZero();
    assertThat(
            bring(
                Timeframe.M1,
                minute(3, "4").build(),
                minute(2, "2").build(),
                minute(1, "1").build()))
        .isEqualTo(2);
    assertThat(bring(Timeframe.M1)).isZero();
    assertThat(latest(Timeframe.M1))
        .extracting(OhlcvCacheTest::shown)
        .containsExactly("1 1 1 1 1 - final", "2 2 2 2 2 - final", "3 4 4 4 4 - final corrected");
  }

  @Test
  void keepsTheLastOfThoseOfOneTime() {
    assertThat(bring(Timeframe.M1, minute(1, "1").build(), minute(1, "2").build())).isEqualTo(1);

    assertThat(latest(Timeframe.M1)).extracting(Bar::close).containsExactly(new BigDecimal("2"));
  }

  @Test
  void rollsMinutesUpIntoEveryLongerTimeframe() {
    List<Bar> minutes = new ArrayList<>();
    for (int i : new int[] {1_439, 0, 7, 4, 1_440}) {
      minutes.add(
          bar(Timeframe.M1, DAY + 60L * i, "5", "1" + i, "0.0" + (i + 1), "" + i)
              .volume(new BigDecimal("0." + (i + 1)))
              .ticks(2)
              .build());
    }

    bring(Timeframe.M1, minutes.toArray(Bar[]::new));

    assertThat(latest(Timeframe.M5))
        .extracting(OhlcvCacheTest::shown)
        .containsExactly(
            "0 5 14 0.01 4 0.6 final",
            "5 5 17 0.08 7 0.8 final",
            "1435 5 11439 0.01440 1439 0.1440 final",
            "1440 5 11440 0.01441 1440 0.1441 final");
    assertThat(latest(Timeframe.D1))
        .extracting(OhlcvCacheTest::shown)
        .containsExactly(
            "0 5 11439 0.01 1439 1.5440 final", "1440 5 11440 0.01441 1440 0.1441 final");
    assertThat(latest(Timeframe.D1)).extracting(Bar::ticks).containsExactly(8, 2);
    assertThat(latest(Timeframe.H4)).hasSize(3);
  }

  @Test
  void addsVolumesExactly() {
    String large = "9".repeat(30) + "." + "9".repeat(30);
    String small = "0." + "0".repeat(29) + "1";

    bring(
        Timeframe.M1,
        minute(0, "1").volume(new BigDecimal(large)).build(),
        minute(1, "1").volume(new BigDecimal(small)).build());
    assertThat(latest(Timeframe.M5).get(0).volume())
        .isEqualTo(new BigDecimal(large).add(new BigDecimal(small)));

    bring(Timeframe.M1, minute(2, "1").build());
    assertThat(latest(Timeframe.M5).get(0).volume()).isNull();

    bring(Timeframe.M1, minute(2, "1").volume(new BigDecimal("1E-60")).build());
    assertThat(latest(Timeframe.M5).get(0).volume()).as("too long").isNull();
  }

  @Test
  void tellsPricesApartThatAreTheSameDouble() {
    bring(
        Timeframe.M1,
        minute(0, "1000000000000.000000000000000001").build(),
        minute(1, "1000000000000.000000000000000002").build(),
        minute(2, "1000000000000").build(),
        minute(3, "1000000000000.0").build(),
        bar(Timeframe.M1, DAY + 300, "-0.1", "-0.10000000000000000001", "-0.1", "-0.1").build(),
        bar(Timeframe.M1, DAY + 360, "-0.1", "-0.1", "-0.10000000000000000002", "-0.1").build());

    assertThat(latest(Timeframe.M5))
        .extracting(OhlcvCacheTest::shown)
        .containsExactly(
            "0 1000000000000.000000000000000001 1000000000000.000000000000000002"
                + " 1000000000000.0 1000000000000.0 - final",
            "5 -0.1 -0.1 -0.10000000000000000002 -0.1 - final");
  }

  @Test
  void aLongerBarThatWasBroughtStaysUntilItIsBroughtAgain() {
    bring(Timeframe.H1, bar(Timeframe.H1, DAY, "7", "7", "7", "7").build());

    bring(Timeframe.M1, minute(0, "1").build(), minute(1, "2").build());

    assertThat(latest(Timeframe.H1))
        .extracting(OhlcvCacheTest::shown)
        .containsExactly("0 7 7 7 7 - final");
    assertThat(latest(Timeframe.H4))
        .as("made of 1m bars")
        .extracting(OhlcvCacheTest::shown)
        .containsExactly("0 1 2 1 2 - final");
    bring(Timeframe.H1, bar(Timeframe.H1, DAY, "7", "8", "7", "7").build());
    assertThat(latest(Timeframe.H1))
        .extracting(OhlcvCacheTest::shown)
        .containsExactly("0 7 8 7 7 - final corrected");
    bring(Timeframe.M1, minute(61, "3").build());
    assertThat(latest(Timeframe.H4))
        .extracting(OhlcvCacheTest::shown)
        .containsExactly("0 1 3 1 3 - final corrected");
  }

  @Test
  void isFinalWhenItsEndHasPassedUnlessItIsSaid() {
    long now = Instant.now().getEpochSecond();
    long running = Timeframe.D1.begin(now);
    bring(
        Timeframe.D1,
        bar(Timeframe.D1, running, "1", "1", "1", "1").build(),
        bar(Timeframe.D1, running - 86_400, "1", "1", "1", "1").build());
    assertThat(latest(Timeframe.D1)).extracting(Bar::isFinal).containsExactly(true, false);

    bring(Timeframe.D1, bar(Timeframe.D1, running, "1", "1", "1", "1").isFinal(true).build());

    assertThat(latest(Timeframe.D1)).extracting(Bar::isFinal).containsExactly(true, true);
    bring(Timeframe.D1, bar(Timeframe.D1, running, "1", "2", "1", "1").isFinal(false).build());
    assertThat(latest(Timeframe.D1).get(1).isFinal()).as("stays").isTrue();
    assertThat(latest(Timeframe.D1).get(1).corrected()).isTrue();
  }

  @Test
  void keepsTheLatest() {
    int more = 50;
    List<Bar> minutes =
        IntStream.range(0, KEEP + more).mapToObj(i -> minute(i, "" + i).build()).toList();

    assertThat(get(bars().updateOhlcvBars(symbol, EXCHANGE, Timeframe.M1, minutes)))
        .isEqualTo(KEEP);

    assertThat(latest(Timeframe.M1))
        .hasSize(KEEP)
        .extracting(Bar::open)
        .first()
        .isEqualTo(new BigDecimal(more));
    assertThat(latest(Timeframe.H1))
        .as("of those that are forgotten too")
        .extracting(OhlcvCacheTest::shown)
        .contains("0 0 59 0 59 - final");
    assertThat(bring(Timeframe.M1, minute(1, "1").build())).as("too old").isZero();
    assertThat(latest(Timeframe.H1))
        .extracting(OhlcvCacheTest::shown)
        .contains("0 0 59 0 59 - final");
  }

  /** Low in the third, high in the fourth. */
  private void bringWithExtremes(int count) {
    bring(
        Timeframe.M1,
        IntStream.range(0, count)
            .mapToObj(i -> minute(i, i == 2 ? "1" : i == 3 ? "99" : "50").ticks(2).build())
            .toArray(Bar[]::new));
  }

  private String first(Timeframe timeframe) {
    Bar first = latest(timeframe).get(0);
    return shown(first) + " of " + first.ticks();
  }

  @Test
  void whatIsForgottenStaysInLongerBarsWhateverIsBroughtOfIt() {
    bringWithExtremes(KEEP + 7);

    bring(Timeframe.M1, minute(0, "51").ticks(2).build());
    assertThat(first(Timeframe.M5)).isEqualTo("0 51 99 1 50 - final corrected of 10");
    assertThat(first(Timeframe.D1)).isEqualTo("0 51 99 1 50 - final corrected of 214");

    bring(Timeframe.M1, minute(6, "60").ticks(3).build(), minute(8, "70").ticks(2).build());
    assertThat(shown(latest(Timeframe.M5).get(1))).isEqualTo("5 50 70 50 50 - final corrected");
    assertThat(latest(Timeframe.M5).get(1).ticks()).isEqualTo(11);
  }

  @Test
  void deletedBarsStayInLongerOnes() {
    bringWithExtremes(KEEP);
    for (Timeframe timeframe : List.of(Timeframe.M1, Timeframe.H1, Timeframe.H4)) {
      get(bars().deleteOhlcvBars(symbol, EXCHANGE, timeframe));
    }

    bring(Timeframe.M1, minute(0, "50").ticks(2).build(), minute(KEEP, "70").ticks(2).build());

    assertThat(first(Timeframe.M5)).isEqualTo("0 50 99 1 50 - final of 10");
    assertThat(first(Timeframe.M30)).isEqualTo("0 50 99 1 50 - final of 60");
    assertThat(first(Timeframe.D1)).isEqualTo("0 50 99 1 70 - final corrected of 200");
  }

  @Test
  void aPeriodThatIsBroughtAsAWholeIsMadeOfThatAlone() {
    bringWithExtremes(KEEP);
    get(bars().deleteOhlcvBars(symbol, EXCHANGE, Timeframe.M1));

    bring(
        Timeframe.M1,
        IntStream.range(0, 5).mapToObj(i -> minute(i, "7").ticks(1).build()).toArray(Bar[]::new));

    assertThat(first(Timeframe.M5)).isEqualTo("0 7 7 7 7 - final corrected of 5");
  }

  @Test
  void deletedBarsDoNotComeBackWithLongerOnes() {
    for (List<Timeframe> order :
        List.of(List.of(Timeframe.M1, Timeframe.M5), List.of(Timeframe.M5, Timeframe.M1))) {
      bringWithExtremes(5);
      for (Timeframe timeframe : order) {
        get(bars().deleteOhlcvBars(symbol, EXCHANGE, timeframe));
      }

      bring(Timeframe.M1, minute(4, "60").ticks(1).build());
      bring(Timeframe.M1, minute(4, "61").ticks(1).build());

      assertThat(first(Timeframe.M5)).isEqualTo("0 61 61 61 61 - final corrected of 1");
    }
  }

  @Test
  void givesTheLatestAndThoseOfAStretch() {
    bring(
        Timeframe.M1,
        IntStream.range(0, 10).mapToObj(i -> minute(i, "" + i).build()).toArray(Bar[]::new));

    assertThat(get(bars().getLatestOhlcvBars(symbol, EXCHANGE, Timeframe.M1, 2)))
        .extracting(bar -> bar.open().intValue())
        .containsExactly(8, 9);
    assertThat(between(DAY + 60, DAY + 180)).containsExactly(1, 2);
    assertThat(between(DAY + 61, DAY + 181)).containsExactly(2, 3);
    assertThat(between(DAY + 60, DAY + 60)).isEmpty();
    assertThat(between(DAY + 60, DAY)).isEmpty();
    assertThat(between(0, DAY * 2)).hasSize(10);
  }

  private List<Integer> between(long from, long to) {
    return get(
            bars()
                .getOhlcvBars(
                    symbol,
                    EXCHANGE,
                    Timeframe.M1,
                    Instant.ofEpochSecond(from),
                    Instant.ofEpochSecond(to)))
        .stream()
        .map(bar -> bar.open().intValue())
        .toList();
  }

  @Test
  void givesNothingForWhatIsUnknown() {
    assertThat(latest(Timeframe.M1)).isEmpty();
    assertThat(between(0, DAY)).isEmpty();
    assertThat(get(bars().deleteOhlcvBars(symbol, EXCHANGE, Timeframe.M1))).isFalse();
  }

  @Test
  void deletesOneTimeframe() {
    bring(Timeframe.M1, minute(1, "1").build());

    assertThat(get(bars().deleteOhlcvBars(symbol, EXCHANGE, Timeframe.M1))).isTrue();

    assertThat(latest(Timeframe.M1)).isEmpty();
    assertThat(latest(Timeframe.M5)).hasSize(1);
  }

  @Test
  void publishesWhatHasChanged() {
    List<Bar> all = new CopyOnWriteArrayList<>();
    List<Bar> some = new CopyOnWriteArrayList<>();
    node.vertx()
        .eventBus()
        .<Bar>localConsumer(
            OhlcvCache.UPDATES,
            bar -> {
              if (bar.body().symbol().equals(symbol)) {
                all.add(bar.body());
              }
            });
    node.vertx()
        .eventBus()
        .<Bar>localConsumer(
            OhlcvCache.updates(EXCHANGE, symbol, Timeframe.H1), bar -> some.add(bar.body()));

    bring(Timeframe.M1, minute(2, "2").build(), minute(1, "1").build());
    bring(Timeframe.M1, minute(2, "2").build());
    bring(Timeframe.M1, minute(2, "3").build());

    await().until(() -> some.size() == 2);
    assertThat(some)
        .extracting(OhlcvCacheTest::shown)
        .containsExactly("0 1 2 1 2 - final", "0 1 3 1 3 - final corrected");
    assertThat(all)
        .filteredOn(bar -> bar.timeframe() == Timeframe.M1)
        .extracting(OhlcvCacheTest::shown)
        .containsExactly("1 1 1 1 1 - final", "2 2 2 2 2 - final", "2 3 3 3 3 - final corrected");
  }

  @Test
  void publishesARunningBarAtMostFourTimesASecondAndAFinalOneAtOnce() {
    List<Bar> all = new CopyOnWriteArrayList<>();
    node.vertx()
        .eventBus()
        .<Bar>localConsumer(
            OhlcvCache.updates(EXCHANGE, symbol, Timeframe.M1), bar -> all.add(bar.body()));

    long began = System.nanoTime();
    for (int i = 1; i <= 200; i++) {
      bring(Timeframe.M1, toCome(0, i, false));
    }
    await().until(() -> !all.isEmpty() && all.get(all.size() - 1).close().intValue() == 200);
    long quarters = (System.nanoTime() - began) / 250_000_000;
    assertThat(all).hasSizeLessThanOrEqualTo((int) quarters + 1);

    all.clear();
    bring(Timeframe.M1, toCome(0, 201, false));
    bring(Timeframe.M1, toCome(0, 202, true));
    bring(Timeframe.M1, toCome(1, 203, false));
    await().until(() -> all.stream().anyMatch(bar -> bar.close().intValue() == 203));
    assertThat(all).extracting(bar -> bar.close().intValue()).endsWith(202, 203);
  }

  /** A minute in the year 2100, which nobody ends by the clock. */
  private Bar toCome(int minute, int price, boolean isFinal) {
    BigDecimal decimal = BigDecimal.valueOf(price);
    Instant time = Instant.ofEpochSecond(4_102_444_800L + 60L * minute);
    return Bar.builder(EXCHANGE, symbol, Timeframe.M1, time)
        .prices(decimal, decimal, decimal, decimal)
        .isFinal(isFinal)
        .build();
  }

  @Test
  void speaksPlainJson() {
    JsonObject bar =
        new JsonObject()
            .put("time", DAY)
            .put("open", 1)
            .put("high", "2.50")
            .put("low", 0.5)
            .put("close", "1e0");
    JsonObject call =
        new JsonObject().put("symbol", symbol).put("exchange", EXCHANGE).put("timeframe", "1m");

    assertThat(
            get(
                node.call(
                    OhlcvCache.ADDRESS,
                    "updateOhlcvBars",
                    call.copy().put("bars", new JsonArray().add(bar)))))
        .isEqualTo(1);

    Object found =
        get(node.call(OhlcvCache.ADDRESS, "getLatestOhlcvBars", call.copy().put("count", 1)));
    assertThat(found)
        .isEqualTo(
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("exchange", EXCHANGE)
                        .put("symbol", symbol)
                        .put("timeframe", "1m")
                        .put("time", (double) DAY)
                        .put("open", "1")
                        .put("high", "2.50")
                        .put("low", "0.5")
                        .put("close", "1")
                        .put("final", true)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "time | 61 | bars[1].time: must be when a bar of 1m begins, a multiple of 60, got 61.0",
        "time | 60.5 | bars[1].time: must be when a bar of 1m begins, a multiple of 60, got 60.5",
        "time | 'x' | bars[1].time: must be a number of seconds since the epoch, got \"x\"",
        "time | null | bars[1].time: is missing",
        "open | null | bars[1].open: is missing",
        "high | 'a' | bars[1].high: must be a decimal number, got \"a\"",
        "volume | -1 | bars[1].volume: must not be negative, got -1",
        "ticks | 1.5 | bars[1].ticks: must be an integer, got 1.5",
        "final | 1 | bars[1].final: must be true or false, got 1",
        "exchange | 'okx' | bars[1].exchange: must be that of the call, binance, got \"okx\"",
        "symbol | 'A' | bars[1].symbol: must be that of the call, SYMBOL, got \"A\"",
        "timeframe | '5m' | bars[1].timeframe: must be that of the call, 1m, got \"5m\"",
      })
  void aBadBarRefusesAllAndIsNamed(String field, String value, String message) {
    JsonObject good =
        new JsonObject()
            .put("time", 60)
            .put("open", 1)
            .put("high", 1)
            .put("low", 1)
            .put("close", 1);
    Object bad = new JsonObject("{\"v\":" + value.replace('\'', '"') + "}").getValue("v");
    JsonObject call =
        new JsonObject()
            .put("symbol", symbol)
            .put("exchange", EXCHANGE)
            .put("timeframe", "1m")
            .put("bars", new JsonArray().add(good).add(good.copy().put(field, bad)));

    Throwable refused = failure(node.call(OhlcvCache.ADDRESS, "updateOhlcvBars", call));

    assertThat(Failure.INVALID_ARGUMENT.matches(refused)).isTrue();
    assertThat(refused).hasMessage(message.replace("SYMBOL", symbol));
    assertThat(latest(Timeframe.M1)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "getLatestOhlcvBars | count | 0 | count: must be from 1 to 10000, got 0",
        "getLatestOhlcvBars | count | 10001 | count: must be from 1 to 10000, got 10001",
        "getLatestOhlcvBars | count | null | count: is missing",
        "getLatestOhlcvBars | timeframe | '2m' "
            + "| timeframe: must be 1m, 5m, 15m, 30m, 1h, 4h or 1d, got \"2m\"",
        "getLatestOhlcvBars | timeframe | null | timeframe: is missing",
        "getLatestOhlcvBars | symbol | null | symbol: is missing",
        "getOhlcvBars | from | null | from: is missing",
        "getOhlcvBars | to | 'x' | to: must be a number of seconds since the epoch, got \"x\"",
        "deleteOhlcvBars | exchange | null | exchange: is missing",
        "updateOhlcvBars | bars | null | bars: is missing",
        "updateOhlcvBars | bars | 1 | bars: must be a list, got 1",
      })
  void aBadParameterIsNamed(String action, String field, String value, String message) {
    JsonObject call =
        new JsonObject()
            .put("symbol", symbol)
            .put("exchange", EXCHANGE)
            .put("timeframe", "1m")
            .put("count", 1)
            .put("from", 0)
            .put("to", 1)
            .put("bars", new JsonArray())
            .put(field, new JsonObject("{\"v\":" + value.replace('\'', '"') + "}").getValue("v"));

    Throwable refused = failure(node.call(OhlcvCache.ADDRESS, action, call));

    assertThat(Failure.INVALID_ARGUMENT.matches(refused)).isTrue();
    assertThat(refused).hasMessage(message);
  }

  @Test
  void takesSoManyBarsAndNoMore() {
    List<Bar> most =
        IntStream.range(0, OhlcvCache.MAX_BARS).mapToObj(i -> minute(i, "1").build()).toList();
    List<Bar> tooMany = new ArrayList<>(most);
    tooMany.add(minute(-1, "1").build());

    assertThat(failure(bars().updateOhlcvBars(symbol, EXCHANGE, Timeframe.M1, tooMany)))
        .hasMessage("bars: must be at most 10000 bars, got 10001");
    assertThat(get(bars().updateOhlcvBars(symbol, EXCHANGE, Timeframe.M1, most))).isEqualTo(KEEP);
    assertThat(latest(Timeframe.D1)).hasSize(7);
  }

  @Test
  void callersAtOnceLeaveNoBarTwiceAndNoneOut() {
    int callers = 8;
    int rounds = 1_000;
    List<Future<?>> all = new ArrayList<>();
    for (int caller = 0; caller < callers; caller++) {
      all.add(rounds(caller, 0, rounds));
    }
    get(Future.join(all));

    List<Bar> found = latest(Timeframe.M1);

    assertThat(found)
        .extracting(bar -> (int) ((bar.time().getEpochSecond() - DAY) / 60))
        .containsExactlyElementsOf(IntStream.range(0, KEEP).boxed().toList());
    BigDecimal highest = found.stream().map(Bar::high).max(BigDecimal::compareTo).orElseThrow();
    assertThat(latest(Timeframe.D1)).extracting(Bar::high).containsExactly(highest);
    assertThat(
            node.redis(Command.KEYS, "*S" + symbol.substring(1, symbol.indexOf('/')) + "/*").size())
        .isEqualTo(Timeframe.values().length);
  }

  private Future<?> rounds(int caller, int round, int rounds) {
    if (round == rounds) {
      return Future.succeededFuture();
    }
    Bar bar = minute((caller * 37 + round * 13) % KEEP, "" + (caller * rounds + round)).build();
    return bars()
        .updateOhlcvBars(symbol, EXCHANGE, Timeframe.M1, List.of(bar))
        .compose(v -> rounds(caller, round + 1, rounds));
  }
}
