package io.fullon.cache.account;

import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Times;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
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
  private static final long ORDERS_A_STEP = 1_000;

  /** Fewer than Redis' Lua can pass on. */
  private static final int MAX_ARGUMENTS = 2_000;

  private final AccountKeys keys;
  private final int exId;
  private final String revision;
  private final long nowMicros;
  private final Map<String, Position> positions = new HashMap<>();
  private final Map<String, Long> lastVersions = new HashMap<>();
  private final Map<String, Long> boundaries = new HashMap<>();
  private final Map<String, Map<String, KnownFill>> fills = new HashMap<>();
  private final Map<String, OrderCount> orders = new HashMap<>();
  private final Set<String> adjustments = new HashSet<>();
  private final List<Counted> recent = new ArrayList<>();
  private final Set<String> gaps = new HashSet<>();
  private Long asOf;

  private final Set<String> changedPositions = new LinkedHashSet<>();
  private final Set<String> changedBoundaries = new LinkedHashSet<>();
  private final Set<String> changedFills = new LinkedHashSet<>();
  private final Set<String> changedOrders = new LinkedHashSet<>();
  private final Set<String> newAdjustments = new LinkedHashSet<>();
  private final List<Counted> counted = new ArrayList<>();
  private final List<String> old = new ArrayList<>();
  private boolean isAsOfChanged;

  AccountState(AccountKeys keys, int exId, Response answer) {
    this.keys = keys;
    this.exId = exId;
    this.revision = answer.get(0).toString();
    this.nowMicros = answer.get(1).toLong() * MICROS + answer.get(2).toLong();
  }

  // Reading

  void readAsOf(Response text) {
    asOf = text == null ? null : text.toLong();
  }

  void readPosition(String field, String text) {
    positions.put(field, Position.read(Json.parse("position", text)));
  }

  void readLastVersion(String field, String text) {
    lastVersions.put(field, Long.valueOf(text));
  }

  void readBoundary(String field, String text) {
    boundaries.put(field, Long.valueOf(text));
  }

  void readFill(String key, Response text) {
    if (text != null) {
      fills.put(key, KnownFill.read(text.toString()));
    }
  }

  void readOrder(String key, Response text) {
    if (text != null) {
      orders.put(key, OrderCount.read(text.toString()));
    }
  }

  void readAdjustment(String key, boolean isThere) {
    if (isThere) {
      adjustments.add(key);
    }
  }

  void readOld(String text) {
    old.add(text);
  }

  void readRecent(String text) {
    recent.add(Counted.read(text));
  }

  void readGap(String field) {
    gaps.add(field);
  }

  // What there is

  int exId() {
    return exId;
  }

  /** By Redis' clock. */
  Instant now() {
    return Times.ofMicros(nowMicros);
  }

  /** Null when there is none. */
  Position position(String field) {
    return positions.get(field);
  }

  Set<String> positions() {
    return positions.keySet();
  }

  /** 0 when it never was there. */
  long lastVersion(String field) {
    Position position = positions.get(field);
    return position == null ? lastVersions.getOrDefault(field, 0L) : position.version();
  }

  /** When the positions were last replaced; null when they never were, with a time. */
  Long asOf() {
    return asOf;
  }

  /** Up to when the position by itself contains fills; null when that is not known. */
  Long ownBoundary(String field) {
    return boundaries.get(field);
  }

  /** Up to when it contains fills; null when it was never synchronized. */
  Long boundary(String field) {
    Long own = boundaries.get(field);
    return own == null || (asOf != null && asOf > own) ? asOf : own;
  }

  /** By order, which may be empty. */
  Map<String, KnownFill> fill(String key) {
    return fills.getOrDefault(key, Map.of());
  }

  OrderCount order(String key) {
    return orders.getOrDefault(key, OrderCount.NONE);
  }

  boolean isKnown(String adjustment) {
    return adjustments.contains(adjustment);
  }

  /** What was counted later than was asked for. */
  List<Counted> recent() {
    return recent;
  }

  /** The positions in which something later was counted that is no longer kept. */
  Set<String> gaps() {
    return gaps;
  }

  String key(Trade fill) {
    return keys.fill(exId, fill.symbol(), fill.side().toString(), fill.tradeId());
  }

  String orderKey(String symbol, String exOrderId) {
    return keys.order(exId, symbol, exOrderId);
  }

  String adjustmentKey(String id) {
    return keys.adjustment(exId, id);
  }

  Set<String> ownBoundaries() {
    return Set.copyOf(boundaries.keySet());
  }

  boolean contains(String field, Instant time) {
    Long boundary = boundary(field);
    return boundary != null && Times.micros(time) <= boundary;
  }

  /** One that is not there yet has the version of the one that was deleted. */
  Position positionOrNew(String field, String symbol, HedgeSide side) {
    Position position = positions.get(field);
    return position == null
        ? Position.builder(symbol).positionSide(side).exId(exId).version(lastVersion(field)).build()
        : position;
  }

  /** The version of what is not there is 0, whatever that of a deleted position was. */
  Position present(String field, Trade fill) {
    Position position = positions.get(field);
    return position == null
        ? positionOrNew(field, fill.symbol(), fill.positionSide()).toBuilder().version(0L).build()
        : position;
  }

  // Changing

  void put(String field, Position position) {
    positions.put(field, position);
    changedPositions.add(field);
  }

  void delete(String field) {
    lastVersions.put(field, lastVersion(field));
    positions.remove(field);
    changedPositions.add(field);
  }

  void setAsOf(long micros) {
    asOf = micros;
    isAsOfChanged = true;
  }

  /**
   * @param micros null: none of its own
   */
  void setBoundary(String field, Long micros) {
    if (micros == null) {
      boundaries.remove(field);
    } else {
      boundaries.put(field, micros);
    }
    changedBoundaries.add(field);
  }

  void putFill(String key, String order, KnownFill fill) {
    fills.computeIfAbsent(key, k -> new HashMap<>()).put(order, fill);
    changedFills.add(key);
  }

  void removeFill(String key, String order) {
    fills.get(key).remove(order);
    changedFills.add(key);
  }

  void putOrder(String key, OrderCount count) {
    orders.put(key, count);
    changedOrders.add(key);
  }

  void remember(String adjustment) {
    adjustments.add(adjustment);
    newAdjustments.add(adjustment);
  }

  /**
   * Counts a fill with a time in its position, of which a synchronization may contain it.
   *
   * @return whether it was none that is contained
   */
  boolean count(Trade fill) {
    String field = Markets.field(fill.symbol(), fill.positionSide());
    boolean isContained = contains(field, fill.time());
    boolean hasFees = !FeeSums.of(fill).isEmpty();
    if (!hasFees && (isContained || fill.volume().signum() == 0)) {
      return !isContained;
    }
    Position before = positionOrNew(field, fill.symbol(), fill.positionSide());
    put(
        field,
        isContained
            ? FillArithmetic.applyFees(before, fill, now())
            : FillArithmetic.apply(before, fill, now()));
    if (!isContained) {
      counted.add(new Counted(nextOrder(), fill, null));
    }
    return !isContained;
  }

  void counted(Adjustment adjustment) {
    counted.add(new Counted(nextOrder(), null, adjustment));
  }

  private long nextOrder() {
    return Long.parseLong(revision) * ORDERS_A_STEP + counted.size();
  }

  /** What makes Redis have it all; nothing where nothing has changed. */
  Commands changes(long rememberMs, long rememberOrdersMs) {
    Commands commands = new Commands(keys.revision(exId), revision);
    hash(commands, keys.positions(exId), changedPositions, this::encodedPosition);
    hash(commands, keys.lastVersions(exId), changedPositions, this::encodedLastVersion);
    hash(commands, keys.boundaries(exId), changedBoundaries, f -> text(boundaries.get(f)));
    if (isAsOfChanged) {
      commands.add("SET", keys.asOf(exId), asOf.toString());
    }
    for (String key : changedFills) {
      commands.add("SET", key, KnownFill.encode(fills.get(key)), "PX", String.valueOf(rememberMs));
    }
    for (String key : changedOrders) {
      commands.add("SET", key, orders.get(key).encode(), "PX", String.valueOf(rememberOrdersMs));
    }
    for (String key : newAdjustments) {
      commands.add("SET", key, "", "PX", String.valueOf(rememberMs));
    }
    if (!counted.isEmpty()) {
      List<String> members = new ArrayList<>();
      for (Counted each : counted) {
        members.add(String.valueOf(each.micros()));
        members.add(each.encode());
      }
      commands.add("ZADD", keys.recent(exId), members);
    }
    if (!old.isEmpty() && !commands.isEmpty()) {
      forget(commands);
    }
    return commands;
  }

  private void forget(Commands commands) {
    commands.add("ZREM", keys.recent(exId), old);
    List<String> latest = new ArrayList<>(List.of("GT"));
    for (String each : old) {
      Counted counted = Counted.read(each);
      latest.add(String.valueOf(counted.micros()));
      latest.add(counted.field());
    }
    commands.add("ZADD", keys.keptFrom(exId), latest);
  }

  private String encodedPosition(String field) {
    Position position = positions.get(field);
    return position == null ? null : position.encode();
  }

  private String encodedLastVersion(String field) {
    return positions.containsKey(field) ? null : text(lastVersions.get(field));
  }

  private static String text(Long number) {
    return number == null ? null : number.toString();
  }

  /** Gives what a hash has in a field; null for nothing. */
  @FunctionalInterface
  private interface Value {
    String of(String field);
  }

  private static void hash(Commands commands, String key, Set<String> fields, Value value) {
    List<String> set = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    for (String field : fields) {
      String text = value.of(field);
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
