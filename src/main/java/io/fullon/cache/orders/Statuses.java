package io.fullon.cache.orders;

import static io.fullon.cache.orders.OrderState.CANCELED;
import static io.fullon.cache.orders.OrderState.EXPIRED;
import static io.fullon.cache.orders.OrderState.FILLED;
import static io.fullon.cache.orders.OrderState.OPEN;
import static io.fullon.cache.orders.OrderState.PARTIALLY_FILLED;
import static io.fullon.cache.orders.OrderState.REJECTED;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The table of the spellings that exchanges use for what has become of an order. Compared without
 * case, {@code -}, {@code _} and spaces, {@code cancelled} as {@code canceled}; what is not in it
 * is open.
 */
public final class Statuses {

  /** Without what a configuration adds. */
  public static final Statuses DEFAULT = new Statuses(table());

  /** Filled when the whole volume is, or when that cannot be told; else cancelled. */
  private static final Set<String> ENDED = Set.of("closed", "done");

  private static final Map<String, OrderState> STATES =
      Stream.of(OrderState.values())
          .collect(Collectors.toUnmodifiableMap(OrderState::toString, state -> state));

  private final Map<String, OrderState> states;

  private Statuses(Map<String, OrderState> states) {
    this.states = Map.copyOf(states);
  }

  private static Map<String, OrderState> table() {
    Map<String, OrderState> table = new HashMap<>();
    spelled(OPEN, table, "open", "new", "pending", "pending_new", "pending_cancel", "accepted");
    spelled(OPEN, table, "active", "live", "submitted", "received", "untriggered", "triggered");
    spelled(PARTIALLY_FILLED, table, "partially_filled", "partial_filled", "partial_fill");
    spelled(PARTIALLY_FILLED, table, "partially_fill", "partial", "part_filled");
    spelled(PARTIALLY_FILLED, table, "partially_executed");
    spelled(FILLED, table, "filled", "fully_filled", "full_fill", "full_filled", "fill");
    spelled(FILLED, table, "executed", "fully_executed", "complete", "completed");
    spelled(CANCELED, table, "canceled", "cancel", "user_canceled", "mmp_canceled");
    spelled(CANCELED, table, "partially_canceled", "partial_canceled");
    spelled(CANCELED, table, "partially_filled_canceled");
    spelled(CANCELED, table, "partial_filled_canceled", "deactivated", "killed", "revoked");
    spelled(CANCELED, table, "api_canceled", "margin_canceled", "reduce_only_canceled");
    spelled(CANCELED, table, "self_trade_canceled", "canceled_self_trade_prevention");
    spelled(CANCELED, table, "canceled_ioc", "canceled_fok", "canceled_post_only");
    spelled(CANCELED, table, "ioc_canceled", "fok_canceled", "post_only_canceled");
    spelled(CANCELED, table, "canceled_auction", "canceled_market_protection");
    spelled(REJECTED, table, "rejected", "reject", "failed", "fail", "error", "invalid", "denied");
    spelled(REJECTED, table, "order_failed");
    spelled(EXPIRED, table, "expired", "expire", "expired_in_match", "timeout", "timed_out");
    return table;
  }

  private static void spelled(OrderState state, Map<String, OrderState> table, String... texts) {
    List.of(texts).forEach(text -> table.put(plain(text), state));
  }

  private static String plain(String status) {
    StringBuilder plain = new StringBuilder(status.length());
    status
        .codePoints()
        .filter(
            c -> c != '-' && c != '_' && !Character.isSpaceChar(c) && !Character.isWhitespace(c))
        .forEach(plain::appendCodePoint);
    return plain.toString().toLowerCase(Locale.ROOT).replace("cancelled", "canceled");
  }

  /**
   * The table with more spellings, or others for those that it has.
   *
   * @param section spelling → state
   * @throws InvalidValueException naming the spelling that stands for no state
   */
  public static Statuses from(Fields section) {
    Map<String, OrderState> all = new HashMap<>(table());
    for (String spelling : section.keys()) {
      if (!section.has(spelling)) {
        continue;
      }
      all.put(plain(spelling), state(section.name(spelling), section.raw(spelling)));
    }
    return new Statuses(all);
  }

  private static OrderState state(String name, Object state) {
    OrderState known = STATES.get(state);
    if (known == null) {
      String all = String.join(", ", new TreeSet<>(STATES.keySet()));
      throw new InvalidValueException(name, "must be one of " + all, state);
    }
    return known;
  }

  /** The whole table, its spellings as they are compared. */
  Map<String, OrderState> spellings() {
    return states;
  }

  /** What a status means for an order of which so much is filled; any may be null. */
  OrderState state(String status, BigDecimal volume, BigDecimal finalVolume) {
    if (status == null) {
      return OPEN;
    }
    String plain = plain(status);
    OrderState state = states.get(plain);
    if (state != null || !ENDED.contains(plain)) {
      return state == null ? OPEN : state;
    }
    boolean whole = volume == null || finalVolume == null || finalVolume.compareTo(volume) >= 0;
    return whole ? FILLED : CANCELED;
  }

  /** What has become of the order. */
  public OrderState of(Order order) {
    return state(order.status(), order.volume(), order.finalVolume());
  }

  /** Whether an order has this status, however spelled. */
  boolean matches(String status, Order order) {
    String plain = plain(status);
    if (order.status() != null && plain(order.status()).equals(plain)) {
      return true;
    }
    return states.containsKey(plain) && states.get(plain) == of(order);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Statuses statuses && states.equals(statuses.states);
  }

  @Override
  public int hashCode() {
    return states.hashCode();
  }
}
