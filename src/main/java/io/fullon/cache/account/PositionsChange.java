package io.fullon.cache.account;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.value.Decimals;
import io.fullon.cache.value.Field;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Times;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Saves positions, all or none. With a time they contain what was counted up to it; what was
 * counted later is put on top of them again.
 *
 * @param positions by field
 * @param asOf null for none
 * @param replaces whether the account has no others then
 */
record PositionsChange(Map<String, Position> positions, Instant asOf, boolean replaces)
    implements AccountChange<Integer> {

  /** Follow from others, or say what no other can. */
  private static final Set<Field<Position, ?>> OWN =
      Set.of(
          Position.SIZE,
          Position.ENTRY_PRICE,
          Position.COST_BASIS,
          Position.SIDE,
          Position.UNREALIZED_PNL,
          Position.COUNTED_UNTIL,
          Position.VERSION);

  /** How far a cost basis may be off what it follows from. */
  private static final BigDecimal TOLERANCE = new BigDecimal("1e-9");

  @Override
  public boolean isAlone() {
    return true;
  }

  @Override
  public void reads(AccountReads reads) {
    if (replaces) {
      reads.allPositions();
    }
    positions.keySet().forEach(reads::position);
    if (asOf != null) {
      reads.countedAfter(Times.micros(asOf));
    }
  }

  @Override
  public Integer apply(AccountState state) {
    positions.forEach((field, position) -> checkVersion(state, field, position));
    if (asOf != null) {
      checkTime(state);
    }
    Map<String, List<Counted>> later = later(state);
    Set<String> fields = new LinkedHashSet<>(positions.keySet());
    if (replaces) {
      fields.addAll(state.positions.names());
      fields.addAll(later.keySet());
      fields.addAll(state.gaps);
    }
    fields.removeIf(field -> containsMore(state, field));
    Map<String, Position> next = new LinkedHashMap<>();
    for (String field : fields) {
      if (state.gaps.contains(field)) {
        throw Failure.CONFLICT.exception(
            "What was counted in " + field + " after that time is no longer kept");
      }
      Position saved = saved(state, field, later.getOrDefault(field, List.of()));
      if (saved != null) {
        next.put(field, saved);
      }
    }
    next.forEach((field, position) -> state.put(field, PositionChange.of(position, asOf)));
    if (asOf != null) {
      setBoundaries(state, fields);
    }
    return (int) positions.keySet().stream().filter(next::containsKey).count();
  }

  private static void checkVersion(AccountState state, String field, Position position) {
    Position stored = state.position(field);
    long version = stored == null ? 0 : stored.version();
    if (position.version() != null && position.version() != version) {
      throw Failure.CONFLICT.exception("The position of " + field + " has version " + version);
    }
  }

  private void checkTime(AccountState state) {
    if (replaces) {
      checkTime(state.asOf(), "account " + state.exId());
      return;
    }
    for (String field : positions.keySet()) {
      checkTime(state.boundary(field), field);
    }
  }

  private void checkTime(Long boundary, String what) {
    if (boundary != null && Times.micros(asOf) < boundary) {
      throw Failure.CONFLICT.exception(
          "A later synchronization of "
              + what
              + " is stored, as of "
              + Times.plain(Times.ofMicros(boundary)));
    }
  }

  /** Whether the position was synchronized by itself later than all are now. */
  private boolean containsMore(AccountState state, String field) {
    Long own = state.boundaries.get(field);
    return replaces && asOf != null && own != null && own > Times.micros(asOf);
  }

  /** What must be put on top again, by position. */
  private static Map<String, List<Counted>> later(AccountState state) {
    if (state.recent.size() > AccountReads.MAX_REPLAYED) {
      throw Failure.CONFLICT.exception(
          "More than " + AccountReads.MAX_REPLAYED + " fills were counted after that time");
    }
    Map<String, List<Counted>> later = new HashMap<>();
    state.recent.stream()
        .sorted(Counted.BY_TIME)
        .forEach(each -> later.computeIfAbsent(each.field(), f -> new ArrayList<>()).add(each));
    return later;
  }

  private void setBoundaries(AccountState state, Set<String> fields) {
    long micros = Times.micros(asOf);
    if (replaces) {
      state.setAsOf(micros);
      state.boundaries.names().stream()
          .filter(field -> state.boundaries.get(field) <= micros)
          .forEach(state.boundaries::remove);
    } else {
      fields.forEach(field -> state.boundaries.put(field, micros));
    }
  }

  /** What is stored of it then; null when it stays as it is. */
  private Position saved(AccountState state, String field, List<Counted> later) {
    Position told = positions.get(field);
    Position stored = state.position(field);
    Position begun;
    if (told != null) {
      begun = merged(sized(told, stored), stored, state.exId(), later.isEmpty());
    } else if (stored != null && (asOf != null || stored.size().signum() != 0)) {
      begun = closed(stored);
    } else if (stored == null && !later.isEmpty()) {
      begun = emptyOf(field, state, later);
    } else {
      return null;
    }
    Position next = begun.toBuilder().version(0L).build();
    for (Counted each : later) {
      next = each.on(next);
    }
    Position.Builder saved = next.toBuilder().version(state.lastVersion(field) + 1);
    if (told != null
        && told.entryPrice() == null
        && stored != null
        && next.size().compareTo(stored.size()) == 0) {
      saved.entryPrice(stored.entryPrice()).costBasis(stored.costBasis());
    }
    // A synchronization contains only what it says.
    if (told == null || told.realizedPnl() == null) {
      saved.realizedPnl(begun.realizedPnl());
    }
    if (told == null || told.fee() == null) {
      saved.fee(begun.fee());
    }
    if (told == null || told.fees() == null) {
      saved.fees(begun.fees());
    }
    Instant until = stored == null ? null : stored.countedUntil();
    return saved.set(Position.COUNTED_UNTIL, asOf == null ? until : asOf).build();
  }

  private static Position emptyOf(String field, AccountState state, List<Counted> later) {
    Counted first = later.get(0);
    return state.positionOrNew(field, first.symbol(), first.positionSide());
  }

  /** It stays with its profit and its fees. */
  private static Position closed(Position stored) {
    return stored.toBuilder()
        .size(BigDecimal.ZERO)
        .entryPrice(BigDecimal.ZERO)
        .costBasis(BigDecimal.ZERO)
        .unrealizedPnl(null)
        .set(Position.MARGIN, null)
        .set(Position.LIQUIDATION_PRICE, null)
        .build();
  }

  /** One that does not tell its size leaves it, and the prices, unless it tells one. */
  private static Position sized(Position told, Position stored) {
    if (told.isSizeTold() || stored == null) {
      return told;
    }
    Position.Builder sized = told.toBuilder().size(stored.size());
    if (told.entryPrice().signum() == 0 && told.costBasis().signum() == 0) {
      boolean isSame = Contract.of(told, stored).isSame(Contract.of(stored));
      sized.entryPrice(stored.entryPrice()).costBasis(isSame ? stored.costBasis() : null);
    }
    return sized.build();
  }

  /**
   * What it leaves out is what is stored.
   *
   * @param isLast whether nothing is put on top of it
   */
  private Position merged(Position told, Position stored, int exId, boolean isLast) {
    Position.Builder merged = told.toBuilder().exId(exId);
    Contract contract = stored == null ? Contract.of(told) : Contract.of(told, stored);
    if (stored != null) {
      if (asOf == null && Contract.isFixed(stored)) {
        Contract.of(stored).checkSame(told.symbol(), contract);
      }
      for (Field<Position, ?> field : Position.FIELDS.fields()) {
        if (!OWN.contains(field)) {
          keep(merged, field, told, stored);
        }
      }
      keepPrices(merged, told, stored, isLast);
    }
    boolean isPriceKnown = told.isPriceTold() || told.size().signum() == 0;
    if (told.isCostTold() && isPriceKnown) {
      BigDecimal cost = contract.cost(told.size().abs(), told.entryPrice());
      if (isOff(told.costBasis(), cost)) {
        throw wrongCost(told, cost);
      }
    }
    return merged.build().complete();
  }

  /** Those of a position that did not grow or turn round, as if it had been reduced. */
  private static void keepPrices(
      Position.Builder merged, Position told, Position stored, boolean isLast) {
    if (told.size().signum() == 0 || told.size().signum() != stored.size().signum()) {
      return;
    }
    int growth = told.size().abs().compareTo(stored.size().abs());
    if (told.unrealizedPnl() == null) {
      merged.unrealizedPnl(
          growth < 0
              ? FillArithmetic.scaled(stored.unrealizedPnl(), told.size(), stored.size())
              : stored.unrealizedPnl());
    }
    if (told.entryPrice() == null && isLast && growth <= 0) {
      merged.entryPrice(stored.entryPrice()).costBasis(growth == 0 ? stored.costBasis() : null);
    }
  }

  private static ServiceException wrongCost(Position told, BigDecimal cost) {
    return Failure.INVALID_ARGUMENT.exception(
        new InvalidValueException(
                "positions." + told.symbol() + ".cost_basis",
                "must be what size and entry price give, "
                    + (cost == null ? "which is not known" : Decimals.plain(cost)),
                told.costBasis())
            .getMessage());
  }

  private static boolean isOff(BigDecimal cost, BigDecimal derived) {
    return derived == null
        || cost.subtract(derived).abs().compareTo(derived.abs().multiply(TOLERANCE)) > 0;
  }

  private static <T> void keep(
      Position.Builder merged, Field<Position, T> field, Position told, Position stored) {
    if (told.get(field) == null) {
      merged.set(field, stored.get(field));
    }
  }
}
