package io.fullon.cache.account;

import static io.fullon.cache.account.Accounts.fill;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Fills against {@link FractionPosition}, which computes in fractions of whole numbers. */
class FillArithmeticPropertyTest {

  private static final String SYMBOL = "A";
  private static final Instant NOW = Instant.EPOCH;

  /** What a fill does depends on the position, so that all that can happen happens often. */
  private enum Step {
    BUY,
    SELL,
    ADD,
    REDUCE,
    CLOSE,
    TURN
  }

  /** What is traded. */
  private enum Market {
    PLAIN(SYMBOL, null, null, null),
    SPOT_WITH_FEES_IN_BASE("A/B", null, null, "A"),
    LINEAR("A/B:B", "0.01", false, null),
    INVERSE("A/B:A", "100", true, null);

    private final String symbol;
    private final BigDecimal contractSize;
    private final Boolean inverse;
    private final String feeCurrency;

    Market(String symbol, String contractSize, Boolean inverse, String feeCurrency) {
      this.symbol = symbol;
      this.contractSize = contractSize == null ? null : new BigDecimal(contractSize);
      this.inverse = inverse;
      this.feeCurrency = feeCurrency;
    }

    Trade of(Trade fill) {
      Trade.Builder told = fill.toBuilder().set(Trade.SYMBOL, symbol);
      if (inverse != null) {
        told.contractSize(contractSize).inverse(inverse);
      }
      if (Boolean.TRUE.equals(inverse) && fill.price().signum() == 0) {
        told.price(BigDecimal.ONE);
      }
      return (fill.fee() == null ? told : told.feeCurrency(feeCurrency)).build();
    }
  }

  private record Move(Step step, BigDecimal volume, BigDecimal price, BigDecimal fee) {

    Trade at(BigDecimal size, int number) {
      boolean isLong = size.signum() >= 0;
      boolean buys =
          switch (step) {
            case BUY -> true;
            case SELL -> false;
            case ADD -> isLong;
            case REDUCE, CLOSE, TURN -> !isLong;
          };
      BigDecimal open = size.abs();
      BigDecimal taken =
          size.signum() == 0
              ? volume
              : switch (step) {
                case BUY, SELL, ADD -> volume;
                // Half of it, as far as 18 places go.
                case REDUCE -> open.divide(BigDecimal.valueOf(2), 18, java.math.RoundingMode.UP);
                case CLOSE -> open;
                case TURN -> open.add(volume);
              };
      return fill("t" + number, SYMBOL, buys ? Side.BUY : Side.SELL, "1", "1")
          .volume(taken)
          .price(price)
          .fee(fee)
          .build();
    }
  }

  @Provide
  Arbitrary<BigDecimal> volumes() {
    return decimals("1000000000").filter(volume -> volume.signum() > 0);
  }

  @Provide
  Arbitrary<BigDecimal> prices() {
    return decimals("1000000");
  }

  /** From 0 on, with 0 to 18 places, those of few digits as often as those of many. */
  private static Arbitrary<BigDecimal> decimals(String max) {
    BigDecimal largest = new BigDecimal(max);
    return Arbitraries.integers()
        .between(0, 18)
        .flatMap(
            places ->
                Arbitraries.oneOf(
                    Arbitraries.bigDecimals().between(BigDecimal.ZERO, largest).ofScale(places),
                    Arbitraries.longs()
                        .between(0, 1_000)
                        .map(unscaled -> BigDecimal.valueOf(unscaled, places))));
  }

  @Provide
  Arbitrary<List<Move>> moves() {
    Arbitrary<BigDecimal> fees =
        Arbitraries.bigDecimals()
            .between(new BigDecimal("-10"), new BigDecimal("100"))
            .ofScale(8)
            .injectNull(0.3);
    return Combinators.combine(Arbitraries.of(Step.class), volumes(), prices(), fees)
        .as(Move::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(60);
  }

  private static Position none() {
    return Position.builder(SYMBOL).version(0L).build();
  }

  private static Position apply(Position position, List<Trade> fills) {
    Position result = position;
    for (Trade fill : fills) {
      result = FillArithmetic.apply(result, fill, NOW);
    }
    return result;
  }

  @Property(tries = 500)
  void isWhatFractionsGive(@ForAll("moves") List<Move> moves, @ForAll Market market) {
    FractionPosition expected = new FractionPosition();
    Position position = Position.builder(market.symbol).version(0L).build();
    for (int i = 0; i < moves.size(); i++) {
      Trade fill = market.of(moves.get(i).at(position.size(), i));
      position = FillArithmetic.apply(position, fill, NOW);
      expected.apply(fill);

      assertThat(FractionPosition.numbers(position))
          .as("after %s at fill %s: %s", moves.get(i).step, i, fill)
          .isEqualTo(expected.numbers());
      assertThat(position.side()).isEqualTo(PositionSide.of(position.size()));
      assertThat(position.version()).isEqualTo(i + 1);
    }
  }

  @Property(tries = 200)
  void isWhatFractionsGiveFromAnyPositionOn(
      @ForAll("volumes") BigDecimal size,
      @ForAll("prices") BigDecimal entryPrice,
      @ForAll boolean isShort,
      @ForAll("moves") List<Move> moves) {
    BigDecimal signed = isShort ? size.negate() : size;
    Position position = Position.of(SYMBOL, signed, entryPrice).toBuilder().version(0L).build();
    FractionPosition expected = new FractionPosition(signed, entryPrice);
    for (int i = 0; i < moves.size(); i++) {
      Trade fill = moves.get(i).at(position.size(), i);
      position = FillArithmetic.apply(position, fill, NOW);
      expected.apply(fill);
    }
    assertThat(FractionPosition.numbers(position)).isEqualTo(expected.numbers());
  }

  @Property(tries = 200)
  void theOrderOfFillsThatAddDoesNotMatter(
      @ForAll("moves") List<Move> moves, @ForAll Side side, @ForAll Random random) {
    List<Trade> fills = oneWay(moves, side);
    Position inOrder = apply(none(), fills);

    Collections.shuffle(fills, random);

    assertThat(apply(none(), fills)).isEqualTo(inOrder);
  }

  @Property(tries = 200)
  void fillsThatAddCostWhatTheyCost(@ForAll("moves") List<Move> moves, @ForAll Side side) {
    List<Trade> fills = oneWay(moves, side);

    Position position = apply(none(), fills);

    BigDecimal cost =
        fills.stream()
            .map(each -> each.volume().multiply(each.price()))
            .reduce(BigDecimal.ZERO, BigDecimal::add);
    assertThat(position.costBasis()).isEqualByComparingTo(cost);
    assertThat(position.realizedPnl()).isZero();
  }

  private static List<Trade> oneWay(List<Move> moves, Side side) {
    List<Trade> fills = new ArrayList<>();
    for (Move move : moves) {
      fills.add(
          fill("t" + fills.size(), SYMBOL, side, "1", "1")
              .volume(move.volume)
              .price(move.price)
              .fee(move.fee)
              .build());
    }
    return fills;
  }

  @Property(tries = 200)
  void aClosedRoundTripRealizesTheCashFlow(@ForAll("moves") List<Move> moves) {
    List<Trade> fills = new ArrayList<>();
    BigDecimal size = BigDecimal.ZERO;
    for (Move move : moves) {
      Trade fill = move.at(size, fills.size());
      fills.add(fill);
      size = size.add(signed(fill, fill.volume()));
    }
    if (size.signum() != 0) {
      fills.add(new Move(Step.CLOSE, BigDecimal.ONE, BigDecimal.TEN, null).at(size, fills.size()));
    }

    Position closed = apply(none(), fills);

    assertThat(closed.side()).isEqualTo(PositionSide.NEUTRAL);
    assertThat(List.of(closed.size(), closed.entryPrice(), closed.costBasis()))
        .containsOnly(BigDecimal.ZERO);
    BigDecimal flow = BigDecimal.ZERO;
    BigDecimal turnover = BigDecimal.ONE;
    for (Trade fill : fills) {
      BigDecimal cost = fill.volume().multiply(fill.price());
      flow = flow.subtract(signed(fill, cost));
      turnover = turnover.add(cost);
    }
    // A relative error of 5e-34 in an entry price, in what follows from it, and again with each
    // fill.
    BigDecimal error = turnover.multiply(BigDecimal.valueOf(fills.size(), 31));
    assertThat(closed.realizedPnl().subtract(flow).abs()).isLessThan(error);
  }

  private static BigDecimal signed(Trade fill, BigDecimal number) {
    return fill.side() == Side.BUY ? number : number.negate();
  }

  @Property(tries = 200)
  void turningRoundIsClosingAndOpening(
      @ForAll("volumes") BigDecimal first,
      @ForAll("volumes") BigDecimal second,
      @ForAll("prices") BigDecimal entry,
      @ForAll("prices") BigDecimal exit,
      @ForAll Side side) {
    Position open = Position.of(SYMBOL, signed(opposite(side), first), entry);
    Position start = open.toBuilder().version(0L).build();

    Position atOnce = apply(start, List.of(trade("1", side, first.add(second), exit)));
    Position inTwo =
        apply(start, List.of(trade("1", side, first, exit), trade("2", side, second, exit)));

    assertThat(FractionPosition.numbers(atOnce)).isEqualTo(FractionPosition.numbers(inTwo));
  }

  private static Side opposite(Side side) {
    return side == Side.BUY ? Side.SELL : Side.BUY;
  }

  private static Trade trade(String id, Side side, BigDecimal volume, BigDecimal price) {
    return fill(id, SYMBOL, side, "1", "1").volume(volume).price(price).build();
  }

  private static BigDecimal signed(Side side, BigDecimal volume) {
    return side == Side.BUY ? volume : volume.negate();
  }

  @Property(tries = 200)
  void longAndShortMirrorEachOther(@ForAll("moves") List<Move> moves) {
    Position position = none();
    Position mirrored = none();
    for (int i = 0; i < moves.size(); i++) {
      Trade fill = moves.get(i).at(position.size(), i);
      position = FillArithmetic.apply(position, fill, NOW);
      mirrored =
          FillArithmetic.apply(
              mirrored,
              fill("t" + i, SYMBOL, opposite(fill.side()), "1", "1")
                  .volume(fill.volume())
                  .price(fill.price())
                  .fee(fill.fee())
                  .build(),
              NOW);
    }
    assertThat(mirrored.size()).isEqualTo(position.size().negate());
    assertThat(mirrored.realizedPnl()).isEqualTo(position.realizedPnl().negate());
    assertThat(mirrored.entryPrice()).isEqualTo(position.entryPrice());
    assertThat(mirrored.costBasis()).isEqualTo(position.costBasis());
    assertThat(mirrored.fee()).isEqualTo(position.fee());
  }

  @Property(tries = 200)
  void everyResultCanBeReadAgain(@ForAll("moves") List<Move> moves) {
    Position position = none();
    for (int i = 0; i < moves.size(); i++) {
      position = FillArithmetic.apply(position, moves.get(i).at(position.size(), i), NOW);
      assertThat(Position.fromJson(position.toJson())).isEqualTo(position);
    }
  }
}
