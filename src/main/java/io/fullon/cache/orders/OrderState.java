package io.fullon.cache.orders;

import java.util.Locale;

/** What has become of an order. */
public enum OrderState {
  OPEN,
  PARTIALLY_FILLED,
  FILLED,
  CANCELED,
  REJECTED,
  EXPIRED;

  /** Whether the order has come to its end. */
  public boolean isFinal() {
    return this != OPEN && this != PARTIALLY_FILLED;
  }

  /** As in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
