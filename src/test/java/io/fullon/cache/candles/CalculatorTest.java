package io.fullon.cache.candles;

import static io.fullon.cache.candles.Calculator.Outcome.COUNTED;
import static io.fullon.cache.candles.Calculator.Outcome.LATE;
import static io.fullon.cache.candles.Calculator.Outcome.SEEN;
import static io.fullon.cache.candles.RandomTicks.DAY;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.BarStore;
import io.fullon.cache.ohlcv.BuiltMinute;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Times;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class CalculatorTest {

  private static final long LATE_MS = 60_000;

  private final Calculator calculator = new Calculator(LATE_MS);
  private long seq = 1;

  private Tick tick(double second, String price) {
    return unnumbered(second, price).withSeq(seq++);
  }

  private static Tick unnumbered(double second, String price) {
    return Tick.of(
        "binance",
        "BTC/USDT",
        new BigDecimal(price),
        Times.ofMicros((long) ((DAY + second) * 1_000_000)));
  }

  private Calculator.Outcome add(Tick tick) {
    return calculator.add(tick, 0);
  }

  private static List<BuiltMinute> take(Calculator calculator) {
    return calculator.takeChanged(Integer.MAX_VALUE, 0).stream().map(Minute::built).toList();
  }

  private List<String> minutes() {
    return take(calculator).stream().map(CalculatorTest::shown).toList();
  }

  private static String shown(BuiltMinute minute) {
    long ticks = minute.unnumbered();
    for (int i = 0; i < minute.seqs().size(); i += 2) {
      ticks += minute.seqs().get(i + 1) - minute.seqs().get(i) + 1;
    }
    for (int i = 0; i < minute.repeats().size(); i += 2) {
      ticks -= minute.repeats().get(i + 1) - minute.repeats().get(i) + 1;
    }
    return String.join(
        " ",
        "" + minute.begin(),
        minute.open().toPlainString(),
        minute.high().toPlainString(),
        minute.low().toPlainString(),
        minute.close().toPlainString(),
        "" + ticks);
  }

  @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
  void givesWhatAPlainCalculationGivesInAnyOrder(@ForAll long seed) {
    Random random = new Random(seed);
    long lateMs = random.nextBoolean() ? LATE_MS : Long.MAX_VALUE / 1_000_000;
    List<Tick> ticks = RandomTicks.of(random, "BTC/USDT");
    List<Tick> coming = RandomTicks.again(random, ticks, random.nextInt(ticks.size() + 1));
    Calculator bars = new Calculator(lateMs);
    PlainBars plain = new PlainBars(lateMs);

    for (Tick tick : coming) {
      bars.add(tick, 0);
      plain.add(tick);
    }

    assertThat(take(bars).stream().map(CalculatorTest::shown).toList())
        .isEqualTo(plain.bars(Timeframe.M1));
  }

  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void goesOnWithWhatWasStoredAsIfItHadNotStopped(@ForAll long seed) {
    Random random = new Random(seed);
    List<Tick> ticks = RandomTicks.of(random, "BTC/USDT");
    PlainBars plain = new PlainBars(LATE_MS);
    ticks.forEach(plain::add);
    int stop = random.nextInt(ticks.size() + 1);
    Calculator before = new Calculator(LATE_MS);
    ticks.subList(0, stop).forEach(tick -> before.add(tick, 0));
    List<BuiltMinute> stored = take(before);
    Calculator after = new Calculator(LATE_MS);
    long latest = stored.isEmpty() ? Long.MIN_VALUE : stored.get(stored.size() - 1).begin();

    after.goOn(new BarStore.Tail(latest, stored, List.of()));
    // Some come again.
    ticks.subList(Math.max(0, stop - 3), ticks.size()).forEach(tick -> after.add(tick, 0));

    List<String> both =
        new java.util.ArrayList<>(stored.stream().map(CalculatorTest::shown).toList());
    for (BuiltMinute minute : take(after)) {
      both.removeIf(bar -> bar.startsWith(minute.begin() + " "));
      both.add(shown(minute));
    }
    assertThat(both).isEqualTo(plain.bars(Timeframe.M1));
  }

  private static Calculator calculator(List<Tick> ticks) {
    Calculator calculator = new Calculator(LATE_MS);
    ticks.forEach(tick -> calculator.add(tick, 0));
    return calculator;
  }

  private static Calculator goingOn(List<BuiltMinute> stored) {
    Calculator calculator = new Calculator(LATE_MS);
    long latest = stored.isEmpty() ? Long.MIN_VALUE : stored.get(stored.size() - 1).begin();
    calculator.goOn(new BarStore.Tail(latest, stored, List.of()));
    return calculator;
  }

  @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
  void joinsWhatWasCountedWithoutKnowingWithWhatToGoOn(@ForAll long seed) {
    Random random = new Random(seed);
    List<Tick> ticks = RandomTicks.of(random, "BTC/USDT");
    for (int i = 0; i < ticks.size(); i++) {
      ticks.set(i, ticks.get(i).withSeq((long) i + 1));
    }
    int stop = random.nextInt(ticks.size() + 1);
    List<BuiltMinute> stored = take(calculator(ticks.subList(0, stop)));
    // Some come again, or in another order.
    int first = Math.max(0, stop - 1 - random.nextInt(4));
    List<Tick> coming = RandomTicks.again(random, ticks.subList(first, ticks.size()), 3);
    int joined = random.nextInt(coming.size() + 1);
    Calculator one = goingOn(stored);
    Calculator other = goingOn(stored);

    coming.forEach(tick -> one.add(tick, 0));
    other.join(calculator(coming.subList(0, joined)));
    coming.subList(joined, coming.size()).forEach(tick -> other.add(tick, 0));

    assertThat(shownAll(other, stored)).isEqualTo(shownAll(one, stored));
  }

  /** What is stored once it has been written. */
  private static List<String> shownAll(Calculator calculator, List<BuiltMinute> stored) {
    TreeMap<Long, BuiltMinute> all = new TreeMap<>();
    stored.forEach(minute -> all.put(minute.begin(), minute));
    take(calculator).forEach(minute -> all.put(minute.begin(), minute));
    return all.values().stream().map(minute -> shown(minute) + minute.seqs()).toList();
  }

  @Test
  void joinsTicksWithoutANumberThatCameLater() {
    List<BuiltMinute> stored =
        take(calculator(List.of(unnumbered(1, "5"), unnumbered(2, "6.0"), unnumbered(3, "5.5"))));
    Calculator after = goingOn(stored);

    after.join(calculator(List.of(unnumbered(4, "6.00"), unnumbered(61, "7"))));
    after.add(unnumbered(4, "6.00"), 0);
    after.add(unnumbered(5, "4"), 0);

    assertThat(shownAll(after, stored))
        .containsExactly(DAY + " 5 6.00 4 4 5[]", (DAY + 60) + " 7 7 7 7 1[]");
  }

  @Test
  void aMinuteThatIsTooOldForWhatIsStoredIsNotJoined() {
    Calculator after = goingOn(take(calculator(List.of(tick(200, "5")))));

    assertThat(after.join(calculator(List.of(tick(1, "6"), tick(2, "6"), tick(179, "7")))))
        .isEqualTo(2);

    assertThat(take(after).stream().map(CalculatorTest::shown))
        .containsExactly((DAY + 120) + " 7 7 7 7 1");
  }

  @Test
  void countsATickThatIsSeenAgainOnce() {
    Tick first = tick(1, "5");
    Tick other = unnumbered(2, "6");

    assertThat(add(first)).isEqualTo(COUNTED);
    assertThat(add(first)).isEqualTo(SEEN);
    assertThat(add(first.withSeq(99L))).as("same time and content").isEqualTo(SEEN);
    assertThat(add(other)).isEqualTo(COUNTED);
    assertThat(add(other)).isEqualTo(SEEN);
    assertThat(add(tick(2, "7"))).isEqualTo(COUNTED);

    assertThat(minutes()).containsExactly(DAY + " 5 7 5 7 3");
  }

  @Test
  void ticksWhoseTimesAndPricesDifferInTheSameBitsAreNotTheSame() {
    // Whole milliseconds, and prices with two places.
    for (int ms = 0; ms < 64; ms++) {
      BigDecimal price = BigDecimal.valueOf(6_500_000L ^ (1_000L * ms), 2);
      Tick tick =
          Tick.of("binance", "BTC/USDT", price, Times.ofMicros(DAY * 1_000_000 ^ (1_000L * ms)));
      assertThat(add(tick.withSeq(seq++))).as("%s at %d ms", price, ms).isEqualTo(COUNTED);
    }
  }

  @Test
  void atEqualTimeTheOrderOfStoringDecides() {
    Tick first = tick(1, "5");
    Tick second = tick(1, "6");
    Tick third = tick(1, "4");

    List.of(third, first, second).forEach(this::add);

    assertThat(minutes()).containsExactly(DAY + " 5 6 4 4 3");
  }

  @Test
  void countsATickHoweverOldWhileThereIsNoLaterBar() {
    add(tick(30, "1"));

    assertThat(add(tick(0, "2"))).isEqualTo(COUNTED);
    assertThat(new Calculator(0).add(tick(-1e6, "1"), 0)).isEqualTo(COUNTED);
  }

  @Test
  void correctsWhatIsNotTooOld() {
    add(tick(59, "1"));
    add(tick(119, "2"));

    assertThat(add(tick(59.000001, "3"))).isEqualTo(COUNTED);
    assertThat(add(tick(58.999999, "4"))).isEqualTo(LATE);
    assertThat(minutes()).containsExactly(DAY + " 1 3 1 3 2", (DAY + 60) + " 2 2 2 2 1");
  }

  @Test
  void aLaterBarThatWasBroughtMakesATickLateToo() {
    add(tick(59, "1"));
    calculator.stored(DAY + 600);

    assertThat(add(tick(58, "1"))).as("not so old").isEqualTo(COUNTED);
    assertThat(add(tick(-2, "1"))).isEqualTo(LATE);
    assertThat(add(tick(700, "1"))).isEqualTo(COUNTED);
  }

  private void stored(int begin, String prices, Integer ticks) {
    List<BigDecimal> parts = Stream.of(prices.split(" ")).map(BigDecimal::new).toList();
    calculator.stored(
        Bar.builder("binance", "BTC/USDT", Timeframe.M1, Instant.ofEpochSecond(DAY + begin))
            .prices(parts.get(0), parts.get(1), parts.get(2), parts.get(3))
            .ticks(ticks)
            .build());
  }

  @Test
  void keepsWhatNobodyHasWrittenHoweverOld() {
    add(tick(0, "1"));
    add(tick(600, "1"));
    stored(600, "1 1 1 1", 1);

    calculator.forget();

    assertThat(calculator.hasUnheard(-1)).isFalse();
    assertThat(calculator.hasUnheard(0)).isTrue();
    assertThat(calculator.takeChanged(9, -1)).isEmpty();
    assertThat(minutes()).containsExactly(DAY + " 1 1 1 1 1");
    calculator.forget();
    assertThat(calculator.hasChanged()).isFalse();
  }

  @Test
  void whatCouldNotBeWrittenIsNotForgottenMeanwhile() {
    add(tick(0, "1"));
    add(tick(600, "1"));
    List<Minute> taken = calculator.takeChanged(1, 0);
    calculator.forget();

    calculator.giveBack(taken);

    assertThat(calculator.hasUnheard(0)).isTrue();
    assertThat(minutes()).containsExactly(DAY + " 1 1 1 1 1", (DAY + 600) + " 1 1 1 1 1");
  }

  @Test
  void dropsTheOldestOfWhatIsTooMuch() {
    for (int i = 0; i < 10; i++) {
      add(tick(i * 60, "1"));
      add(tick(i * 60 + 1, "2"));
    }

    assertThat(calculator.drop(10)).isZero();
    assertThat(calculator.drop(8)).as("ticks").isEqualTo(4);

    assertThat(minutes()).hasSize(8).first().isEqualTo((DAY + 120) + " 1 2 1 2 2");
    assertThat(add(tick(541, "3"))).isEqualTo(COUNTED);
  }

  @Test
  void isSettledByAStoredBarOfTheSameTicksOnly() {
    add(tick(0, "2"));
    add(tick(1, "3"));
    add(tick(2, "2"));

    for (String other : List.of("1 3 1 2", "2 4 2 2", "2 3 1 2", "2 3 2 3", "2 3.0 2 2")) {
      stored(0, other, 3);
      assertThat(calculator.hasChanged()).as(other).isTrue();
    }
    stored(0, "2 3 2 2", 2);
    stored(0, "2 3 2 2", 4);
    assertThat(calculator.hasChanged()).isTrue();

    stored(0, "2 3 2 2", 3);
    assertThat(calculator.hasChanged()).isFalse();

    add(tick(60, "2"));
    stored(60, "9 9 9 9", null);
    assertThat(calculator.hasChanged()).as("brought").isFalse();
  }

  @Test
  void nobodyNeedsToWriteARepeat() {
    Tick tick = tick(0, "2");
    add(tick);
    stored(0, "2 2 2 2", 1);

    add(tick.withSeq(seq++));

    assertThat(calculator.hasChanged()).isTrue();
    assertThat(calculator.hasUnheard(0)).isFalse();
    add(tick(600, "2"));
    stored(600, "2 2 2 2", 1);
    calculator.forget();
    assertThat(minutes()).isEmpty();
  }

  @Test
  void aRepeatOfAStoredTickCountsForNothing() {
    Tick tick = tick(0, "2");
    add(tick);
    add(tick.withSeq(seq++));
    Calculator after = new Calculator(LATE_MS);
    after.goOn(new BarStore.Tail(DAY, take(calculator), List.of()));

    assertThat(after.add(tick.withSeq(2L), 0)).as("the latest of the snapshot").isEqualTo(SEEN);
    assertThat(after.add(tick.withSeq(3L), 0)).isEqualTo(SEEN);

    assertThat(take(after).stream().map(CalculatorTest::shown)).containsExactly(DAY + " 2 2 2 2 1");
  }

  @Test
  void whoHasMissedTicksDoesNotTakeAsManyForTheSame() {
    add(tick(0, "2"));
    seq++;
    add(tick(1, "2"));

    stored(0, "2 2 2 2", 2);

    assertThat(calculator.hasChanged()).isTrue();
  }
}
