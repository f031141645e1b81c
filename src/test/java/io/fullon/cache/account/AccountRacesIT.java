package io.fullon.cache.account;

import static io.fullon.cache.account.Accounts.buy;
import static io.fullon.cache.account.Accounts.fill;
import static io.fullon.cache.account.Accounts.newAccount;
import static io.fullon.cache.account.Accounts.numbers;
import static io.fullon.cache.account.Accounts.position;
import static io.fullon.cache.account.Accounts.read;
import static io.fullon.cache.account.Accounts.sell;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Many callers at once, on two nodes with four verticles each. */
class AccountRacesIT {

  private static final int CALLERS = 8;
  private static final int ROUNDS = 1_000;
  private static final long SEED = Long.getLong("fullon.seed", System.currentTimeMillis());
  private static final String BTC = "BTC/USDT";

  private static final JsonObject CONFIG =
      Accounts.DEFAULTS.copy().mergeIn(Options.section("account", "instances", 4));

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final CacheNode one = redis.node(CONFIG);
  private static final CacheNode other = redis.node(CONFIG);

  private final List<AccountCache> nodes =
      List.of(AccountCache.proxy(one.vertx()), AccountCache.proxy(other.vertx()));
  private final int exId = newAccount();

  /** The service as a caller of that number sees it. */
  private AccountCache node(int caller) {
    return nodes.get(caller % nodes.size());
  }

  /** Calls for each number without waiting for any answer, then waits for all. */
  private static <T> List<T> atOnce(int count, IntFunction<Future<T>> call) {
    List<Future<T>> answers = IntStream.range(0, count).mapToObj(call).toList();
    Callers.await(answers);
    return answers.stream().map(Future::result).toList();
  }

  private static BigDecimal decimal(long unscaled, int places) {
    return BigDecimal.valueOf(unscaled, places);
  }

  // Fills

  @Test
  void fillsThatAddAllCountExactly() {
    List<Trade> fills = new ArrayList<>();
    BigDecimal size = BigDecimal.ZERO;
    BigDecimal cost = BigDecimal.ZERO;
    BigDecimal fee = BigDecimal.ZERO;
    for (int i = 0; i < ROUNDS; i++) {
      Trade fill =
          fill("t" + i, BTC, Side.BUY, "1", "1")
              .volume(decimal(1 + i * 7_919L, 18))
              .price(decimal(6_418_227 + i * 104_729L, i % 9))
              .fee(decimal(i, 5))
              .build();
      fills.add(fill);
      size = size.add(fill.volume());
      cost = cost.add(fill.volume().multiply(fill.price()));
      fee = fee.add(fill.fee());
    }

    atOnce(ROUNDS, i -> node(i).applyFill(exId, fills.get(i)));

    Position position = read(node(0), exId, BTC);
    assertThat(position.size()).isEqualTo(size);
    assertThat(position.costBasis()).isEqualTo(cost);
    assertThat(position.entryPrice())
        .isEqualByComparingTo(cost.divide(size, MathContext.DECIMAL128));
    assertThat(position.fee()).isEqualTo(fee);
    assertThat(position.realizedPnl()).isZero();
    assertThat(position.version()).isEqualTo(ROUNDS);
  }

  @Test
  void fillsThatReduceAllRealizeTheirProfitExactly() {
    get(node(0).upsertPositions(exId, List.of(position(BTC, "-" + ROUNDS, "10"))));
    BigDecimal profit = BigDecimal.ZERO;
    for (int i = 0; i < ROUNDS; i++) {
      profit = profit.add(BigDecimal.TEN.subtract(decimal(i, 2)));
    }

    atOnce(
        ROUNDS,
        i -> node(i).applyFill(exId, buy("t" + i, BTC, "1", decimal(i, 2).toPlainString())));

    assertThat(numbers(read(node(0), exId, BTC)))
        .isEqualTo("0 0 0 " + profit.toPlainString() + " 0");
  }

  @Test
  void inWhateverOrderFillsCloseAPositionTheyRealizeTheirCashFlow() {
    for (int round = 0; round < ROUNDS; round++) {
      String symbol = "S" + round;
      List<Trade> fills = new ArrayList<>();
      BigDecimal flow = BigDecimal.ZERO;
      for (int i = 0; i < CALLERS; i++) {
        BigDecimal price = decimal(1 + (round * 31L + i * 17L) % 100, 1);
        BigDecimal volume = decimal(i / 2 + 1, 1);
        Side side = i % 2 == 0 ? Side.BUY : Side.SELL;
        fills.add(fill("t" + i, symbol, side, "1", "1").volume(volume).price(price).build());
        flow = flow.subtract(volume.multiply(price).multiply(BigDecimal.valueOf(side.sign())));
      }

      List<AppliedFill> answers = atOnce(CALLERS, i -> node(i).applyFill(exId, fills.get(i)));

      assertThat(answers)
          .extracting(fill -> fill.position().version())
          .containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
      Position closed = read(node(0), exId, symbol);
      assertThat(closed.side()).as("round %s", round).isEqualTo(PositionSide.NEUTRAL);
      assertThat(closed.realizedPnl().subtract(flow).abs()).isLessThan(decimal(1, 28));
    }
  }

  /** What it does depends on the position that it meets: add, reduce, or turn it round. */
  private static Trade anyFill(Random random, int number) {
    Trade.Builder fill =
        fill("t" + number, BTC, random.nextBoolean() ? Side.BUY : Side.SELL, "1", "1")
            .volume(decimal(1 + random.nextInt(40), random.nextInt(3)))
            .price(decimal(1 + random.nextInt(1_000_000), random.nextInt(4)));
    return random.nextInt(3) == 0
        ? fill.build()
        : fill.fee(decimal(random.nextInt(2_000) - 500L, 5)).build();
  }

  /** What takes back so much. */
  private static Trade opposed(String tradeId, String size) {
    BigDecimal signed = new BigDecimal(size);
    return fill(tradeId, BTC, signed.signum() < 0 ? Side.BUY : Side.SELL, "1", "10")
        .volume(signed.abs())
        .build();
  }

  private static BigDecimal sum(List<Trade> fills) {
    return fills.stream()
        .map(fill -> fill.volume().multiply(BigDecimal.valueOf(fill.side().sign())))
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  @Test
  void whateverFillsMeetEachVersionIsWhatThoseUpToItGive() {
    System.out.println("-Dfullon.seed=" + SEED);
    Random random = new Random(SEED);
    List<Trade> fills = new ArrayList<>(List.of(opposed("first", "-5.001")));
    IntStream.range(2, ROUNDS).forEach(i -> fills.add(anyFill(random, i)));
    // With it they come from one side to the other, in whatever order.
    fills.add(opposed("last", sum(fills).add(new BigDecimal("5.001")).toPlainString()));
    List<AppliedFill> answers = new ArrayList<>();
    answers.add(get(node(0).applyFill(exId, fills.get(0))));

    answers.addAll(atOnce(ROUNDS - 1, i -> node(i).applyFill(exId, fills.get(i + 1))));

    List<Integer> byVersion =
        IntStream.range(0, ROUNDS)
            .boxed()
            .sorted(Comparator.comparing(i -> answers.get(i).position().version()))
            .toList();
    FractionPosition expected = new FractionPosition();
    int turns = 0;
    int before = 0;
    for (int i = 0; i < ROUNDS; i++) {
      int number = byVersion.get(i);
      Position position = answers.get(number).position();
      expected.apply(fills.get(number));

      assertThat(position.version()).as("seed %s", SEED).isEqualTo(i + 1);
      assertThat(FractionPosition.numbers(position))
          .as("seed %s, version %s, after %s", SEED, i + 1, fills.get(number))
          .isEqualTo(expected.numbers());
      int side = position.size().signum();
      turns += side * before < 0 ? 1 : 0;
      before = side;
    }
    assertThat(turns).as("turns through zero").isPositive();
    assertThat(FractionPosition.numbers(read(node(0), exId, BTC))).isEqualTo(expected.numbers());
  }

  @Test
  void aFillThatManyReportAtOnceCountsOnce() {
    int reports = 5;
    List<Integer> order =
        new ArrayList<>(IntStream.range(0, ROUNDS * reports).mapToObj(i -> i % ROUNDS).toList());
    Collections.shuffle(order);

    List<AppliedFill> answers =
        atOnce(order.size(), i -> node(i).applyFill(exId, buy("t" + order.get(i), BTC, "1", "10")));

    assertThat(answers).filteredOn(AppliedFill::counted).hasSize(ROUNDS);
    assertThat(numbers(read(node(0), exId, BTC))).isEqualTo(ROUNDS + " 10 " + ROUNDS * 10 + " 0 0");
  }

  // Fills and the rest

  @Test
  void fillsAndUpsertsWithAVersionLoseNothingOfEachOther() {
    int times = ROUNDS / CALLERS;
    get(node(0).upsertPositions(exId, List.of(position(BTC, "0", "0"))));
    List<Future<?>> callers = new ArrayList<>();
    for (int c = 0; c < CALLERS; c++) {
      int caller = c;
      callers.add(Callers.inTurn(times, i -> addFee(node(caller))));
      callers.add(
          Callers.inTurn(
              times, i -> node(caller).applyFill(exId, buy(caller + "." + i, BTC, "0.5", "10"))));
    }
    Callers.await(callers);

    assertThat(numbers(read(node(0), exId, BTC)))
        .isEqualTo(ROUNDS / 2 + ".0 10 " + ROUNDS * 5 + ".0 0 " + ROUNDS);
    assertThat(read(node(0), exId, BTC).version()).isEqualTo(1 + 2 * ROUNDS);
  }

  /** Reads, changes and writes, until nobody was faster. */
  private Future<Integer> addFee(AccountCache accounts) {
    return accounts
        .getPosition(BTC, exId)
        .compose(
            position -> {
              BigDecimal fee = position.fee() == null ? BigDecimal.ZERO : position.fee();
              return accounts.upsertPositions(
                  exId, List.of(position.toBuilder().fee(fee.add(BigDecimal.ONE)).build()));
            })
        .recover(
            cause ->
                Failure.CONFLICT.matches(cause) ? addFee(accounts) : Future.failedFuture(cause));
  }

  @Test
  void ofUpsertsWithTheSameVersionOneWins() {
    for (int round = 0; round < ROUNDS; round++) {
      Position next = position(BTC, "1", "1").toBuilder().version((long) round).build();

      List<Boolean> won =
          atOnce(
              CALLERS,
              i ->
                  node(i)
                      .upsertPositions(exId, List.of(next))
                      .map(true)
                      .recover(
                          cause ->
                              Failure.CONFLICT.matches(cause)
                                  ? Future.succeededFuture(false)
                                  : Future.failedFuture(cause)));

      assertThat(won).as("round %s", round).containsOnlyOnce(true);
    }
  }

  @Test
  void noVersionComesTwiceWhileFillsMeetDeletesAndReplaces() {
    int times = ROUNDS / 4;
    Queue<Long> versions = new ConcurrentLinkedQueue<>();
    List<Future<?>> callers = new ArrayList<>();
    for (int c = 0; c < CALLERS; c++) {
      int caller = c;
      callers.add(
          Callers.inTurn(
              times,
              i ->
                  node(caller)
                      .applyFill(exId, sell(caller + "." + i, BTC, "1", "10"))
                      .onSuccess(fill -> versions.add(fill.position().version()))));
    }
    callers.add(Callers.inTurn(times, i -> node(i).deletePosition(BTC, exId)));
    callers.add(Callers.inTurn(times, i -> node(i).replacePositions(exId, List.of(), null)));
    Callers.await(callers);

    assertThat(versions).hasSize(CALLERS * times).doesNotHaveDuplicates();
  }

  @Test
  void aReplaceIsNeverSeenInPart() {
    AtomicInteger seen = new AtomicInteger();
    get(node(0).replacePositions(exId, generation(0), null));
    List<Future<?>> callers = new ArrayList<>();
    callers.add(
        Callers.inTurn(
            ROUNDS,
            i -> node(i).replacePositions(exId, generation(i + 1), Instant.ofEpochSecond(i))));
    for (int c = 0; c < CALLERS; c++) {
      int caller = c;
      callers.add(
          Callers.inTurn(
              ROUNDS,
              i ->
                  node(caller)
                      .getPositions(exId)
                      .onSuccess(
                          positions -> {
                            if (isOneGeneration(positions)) {
                              seen.incrementAndGet();
                            }
                          })));
    }
    Callers.await(callers);

    assertThat(seen).hasValue(CALLERS * ROUNDS);
  }

  /** Twenty positions of that size, ten of which every second generation has too. */
  private static List<Position> generation(int number) {
    int first = number % 2 * 10;
    return IntStream.range(first, first + 20)
        .mapToObj(i -> position("S" + (10 + i), String.valueOf(number), "1"))
        .toList();
  }

  private static boolean isOneGeneration(List<Position> positions) {
    List<Position> open =
        positions.stream().filter(position -> position.size().signum() != 0).toList();
    if (open.isEmpty()) {
      return true;
    }
    int number = open.get(0).size().intValueExact();
    return open.stream()
        .map(position -> position.symbol() + position.size())
        .toList()
        .equals(
            generation(number).stream()
                .map(position -> position.symbol() + position.size())
                .toList());
  }
}
