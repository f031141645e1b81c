package io.fullon.cache.account;

import io.fullon.cache.events.News;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Times;
import io.vertx.redis.client.Response;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What of an account was read, and what changes have made of it since. A change is made whole, or
 * has thrown before it changed anything.
 */
final class AccountState {

  private static final long MICROS = 1_000_000;

  /** More than one step takes. */
  private static final long COUNTED_A_STEP = 1_000;

  /** Fewer than Redis' Lua can pass on. */
  private static final int MAX_ARGUMENTS = 2_000;

  /** By field: by symbol, and side in hedge mode. */
  final Entries<Position> positions =
      new Entries<>(
          "position", text -> Position.read(Json.parse("position", text)), Position::encode);

  /** Those of positions that were deleted. */
  final Entries<Long> lastVersions = new Entries<>("version", Long::valueOf, String::valueOf);

  /** Up to when a position that was saved by itself contains what happened, in µs. */
  final Entries<Long> boundaries = new Entries<>("boundary", Long::valueOf, String::valueOf);

  /** By key; of each by its order, which may be empty. */
  final Entries<Map<String, KnownFill>> fills =
      new Entries<>("fill", KnownFill::read, KnownFill::encode);

  /** By key. */
  final Entries<OrderCount> orders = new Entries<>("order", OrderCount::read, OrderCount::encode);

  /** Those that were made, by key; empty texts. */
  final Entries<String> adjustments = new Entries<>("adjustment", text -> text, text -> text);

  /** By key, what an earlier version knew of a fill; empty where it did not tell fills apart. */
  final Map<String, Set<String>> earlierFills = new HashMap<>();

  /** What was counted later than was asked for. */
  final List<Counted> recent = new ArrayList<>();

  /** The positions in which something later was counted that is no longer kept. */
  final Set<String> gaps = new HashSet<>();

  /** As it is in Redis, what was counted so long ago that it is no longer kept. */
  final List<String> old = new ArrayList<>();

  private final AccountKeys keys;
  private final int exId;
  private final String revision;
  private final long nowMicros;
  private final List<Counted> counted = new ArrayList<>();

  /** What is told of positions when all is stored, in order. */
  private final List<News> told = new ArrayList<>();

  private Long asOf;
  private boolean isAsOfChanged;

  AccountState(AccountKeys keys, int exId, Response answer) {
    this.keys = keys;
    this.exId = exId;
    this.revision = answer.get(0).toString();
    this.nowMicros = answer.get(1).toLong() * MICROS + answer.get(2).toLong();
  }

  void readAsOf(Response text) {
    asOf = text == null ? null : text.toLong();
  }

  int exId() {
    return exId;
  }

  /** By Redis' clock. */
  Instant now() {
    return Times.ofMicros(nowMicros);
  }

  // Positions

  /** Null when there is none. */
  Position position(String field) {
    return positions.get(field);
  }

  /** One that is not there yet has the version of the one that was deleted. */
  Position positionOrNew(String field, String symbol, HedgeSide side) {
    Position position = position(field);
    return position == null ? neutral(symbol, side, lastVersion(field)) : position;
  }

  /** The version of what is not there is 0, whatever that of a deleted position was. */
  Position present(String symbol, HedgeSide side) {
    Position position = position(Markets.field(symbol, side));
    return position == null ? neutral(symbol, side, 0) : position;
  }

  private Position neutral(String symbol, HedgeSide side, long version) {
    return Position.builder(symbol)
        .positionSide(side)
        .exId(exId)
        .size(BigDecimal.ZERO)
        .version(version)
        .build();
  }

  Position present(Trade fill) {
    return present(fill.symbol(), fill.positionSide());
  }

  /** 0 when it never was there. */
  long lastVersion(String field) {
    Position position = position(field);
    Long last = position == null ? lastVersions.get(field) : position.version();
    return last == null ? 0 : last;
  }

  void put(String field, PositionChange change) {
    lastVersions.remove(field);
    positions.put(field, change.position());
    told.add(new News(String.valueOf(exId), field, change.encode(), change));
  }

  /** Deletes one that is there; of one that cannot be read the version is not known. */
  void delete(String field) {
    long version = positions.isReadable(field) ? lastVersion(field) : 0;
    lastVersions.put(field, version);
    positions.remove(field);
    told.add(new News(String.valueOf(exId), field, "", null));
  }

  // Synchronizations

  /** When the positions were last replaced, in µs; null when they never were, with a time. */
  Long asOf() {
    return asOf;
  }

  void setAsOf(long micros) {
    asOf = micros;
    isAsOfChanged = true;
  }

  /** Up to when a position contains what happened, in µs; null when it was never synchronized. */
  Long boundary(String field) {
    Long own = boundaries.get(field);
    return own == null || (asOf != null && asOf > own) ? asOf : own;
  }

  boolean contains(String field, Instant time) {
    Long boundary = boundary(field);
    return boundary != null && Times.micros(time) <= boundary;
  }

  // Fills

  /** What is known under a fill's key, by order, which may be empty. */
  Map<String, KnownFill> known(String key) {
    Map<String, KnownFill> known = fills.get(key);
    return known == null ? Map.of() : known;
  }

  void remember(String key, String order, KnownFill known) {
    Map<String, KnownFill> all = new HashMap<>(known(key));
    all.put(order, known);
    fills.put(key, all);
  }

  void forget(String key, String order) {
    Map<String, KnownFill> all = new HashMap<>(known(key));
    all.remove(order);
    fills.put(key, all);
  }

  /** Whether an earlier version has counted it: without what is remembered of fills now. */
  boolean isCountedByEarlierVersion(Trade fill) {
    Set<String> known = earlierFills.get(keys.earlierFill(exId, fill.symbol(), fill.tradeId()));
    if (known == null || known.isEmpty()) {
      return known != null;
    }
    String anyOrder = fill.side() + " ";
    return fill.exOrderId() == null
        ? known.stream().anyMatch(each -> each.startsWith(anyOrder))
        : known.contains(anyOrder) || known.contains(anyOrder + fill.exOrderId());
  }

  /**
   * Counts a fill with a time in its position, of which a synchronization may contain it.
   *
   * @return whether it was none that is contained
   */
  boolean count(Trade fill) {
    return count(List.of(fill));
  }

  /** The same with all that it takes to tell of a fill. */
  boolean count(List<Trade> parts) {
    Trade fill = parts.get(0);
    String field = Markets.field(fill.symbol(), fill.positionSide());
    boolean isContained = contains(field, fill.time());
    boolean hasFees = !FeeSums.of(fill).isEmpty();
    if (!hasFees && (isContained || fill.volume().signum() == 0)) {
      return !isContained;
    }
    Position after = positionOrNew(field, fill.symbol(), fill.positionSide());
    for (Trade part : parts) {
      after =
          isContained
              ? FillArithmetic.applyFees(after, part, now())
              : FillArithmetic.apply(after, part, now());
    }
    put(field, PositionChange.of(after, fill));
    if (!isContained) {
      parts.forEach(part -> counted.add(Counted.of(nextOrder(), part)));
    }
    return !isContained;
  }

  void counted(Adjustment adjustment) {
    counted.add(Counted.of(nextOrder(), adjustment));
  }

  private long nextOrder() {
    return Long.parseLong(revision) * COUNTED_A_STEP + counted.size();
  }

  // Orders

  OrderCount order(String symbol, String exOrderId) {
    OrderCount count = orders.get(keys.order(exId, symbol, exOrderId));
    return count == null ? OrderCount.NONE : count;
  }

  boolean hasOrder(String symbol, String exOrderId) {
    return orders.get(keys.order(exId, symbol, exOrderId)) != null;
  }

  void putOrder(String symbol, String exOrderId, OrderCount count) {
    orders.put(keys.order(exId, symbol, exOrderId), count);
  }

  /**
   * What was counted of an order under its earlier id is counted of it, and of no other then. What
   * was counted under both, of which the larger is all there is, is taken back, and so is a fill
   * that was.
   *
   * @param trade of the order
   */
  void takeOver(Trade trade, String earlierId) {
    String earlierKey = keys.order(exId, trade.symbol(), earlierId);
    OrderCount earlier = orders.get(earlierKey);
    if (earlier == null) {
      return;
    }
    OrderCount before = order(trade.symbol(), trade.exOrderId());
    OrderCount joined = before.joined(earlier);
    Sum twice = before.counted().plus(earlier.counted()).minus(joined.counted());
    takeBack(trade, twice, joined, joined.filledMicros());
    for (Twin twin : before.twins(trade.exOrderId(), earlier, earlierId)) {
      OrderCount once = joined.once(twin);
      takeBack(trade, joined.counted().minus(once.counted()), once, twin.micros());
      joined = once;
    }
    putOrder(trade.symbol(), trade.exOrderId(), joined);
    orders.remove(earlierKey);
  }

  private void takeBack(Trade trade, Sum twice, OrderCount order, long micros) {
    BigDecimal price = order.price(twice);
    Trade.Builder back =
        trade.toBuilder()
            .volume(twice.volume().negate())
            .price(price == null ? trade.price() : price)
            .cost(null)
            .time(micros == 0 ? now() : Times.ofMicros(micros));
    Map<String, BigDecimal> fees = FeeSums.minus(Map.of(), twice.fees());
    count(FeeSums.parts(FeeSums.put(back, fees).build(), fees));
  }

  /** What was told first: by the fill, else by the position. */
  boolean isInverse(Trade fill) {
    Boolean told = fill.inverse() == null ? present(fill).inverse() : fill.inverse();
    return Boolean.TRUE.equals(told);
  }

  /** The same. */
  BigDecimal contractSize(Trade fill) {
    BigDecimal told =
        fill.contractSize() == null ? present(fill).contractSize() : fill.contractSize();
    return told == null ? BigDecimal.ONE : told;
  }

  // Adjustments

  boolean isMade(Adjustment adjustment) {
    return adjustments.has(keys.adjustment(exId, adjustment.id()));
  }

  void remember(Adjustment adjustment) {
    adjustments.put(keys.adjustment(exId, adjustment.id()), "");
  }

  // Storing

  /** What is told of positions then. */
  List<News> told() {
    return told;
  }

  /** What makes Redis have it all; nothing where nothing has changed. */
  Commands changes(long rememberMs, long rememberOrdersMs) {
    Commands commands = new Commands(keys.revision(exId), revision);
    hash(commands, keys.positions(exId), positions);
    hash(commands, keys.lastVersions(exId), lastVersions);
    hash(commands, keys.boundaries(exId), boundaries);
    if (isAsOfChanged) {
      commands.add("SET", keys.asOf(exId), asOf.toString());
    }
    strings(commands, fills, rememberMs);
    strings(commands, orders, rememberOrdersMs);
    strings(commands, adjustments, rememberMs);
    if (!counted.isEmpty()) {
      long latest = counted.stream().mapToLong(Counted::micros).max().orElseThrow();
      commands.add("ZADD", keys.recent(exId), String.valueOf(latest), Counted.encode(counted));
    }
    if (!old.isEmpty() && !commands.isEmpty()) {
      keepNoLonger(commands);
    }
    return commands;
  }

  private void keepNoLonger(Commands commands) {
    commands.add("ZREM", keys.recent(exId), old);
    Map<String, Long> latest = new HashMap<>();
    for (String each : old) {
      Counted.read(each).forEach(one -> latest.merge(one.field(), one.micros(), Math::max));
    }
    List<String> arguments = new ArrayList<>(List.of("GT"));
    latest.forEach(
        (field, micros) -> {
          arguments.add(micros.toString());
          arguments.add(field);
        });
    commands.add("ZADD", keys.keptFrom(exId), arguments);
  }

  private static void strings(Commands commands, Entries<?> entries, long lifetimeMs) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (String key : entries.changed()) {
      String text = entries.text(key);
      if (text == null) {
        commands.add("DEL", key);
      } else {
        texts.put(key, text);
      }
    }
    if (!texts.isEmpty()) {
      commands.set(texts, lifetimeMs);
    }
  }

  private static void hash(Commands commands, String key, Entries<?> entries) {
    List<String> set = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    for (String field : entries.changed()) {
      String text = entries.text(field);
      if (text == null) {
        removed.add(field);
      } else {
        set.add(field);
        set.add(text);
      }
    }
    inParts(commands, "HSET", key, set);
    inParts(commands, "HDEL", key, removed);
  }

  private static void inParts(Commands commands, String name, String key, List<String> arguments) {
    for (int i = 0; i < arguments.size(); i += MAX_ARGUMENTS) {
      commands.add(name, key, arguments.subList(i, Math.min(i + MAX_ARGUMENTS, arguments.size())));
    }
  }
}
