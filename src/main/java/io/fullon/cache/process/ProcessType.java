package io.fullon.cache.process;

import io.fullon.cache.value.FieldType;

/** What a process does; the names are those of the Python package. */
public enum ProcessType {
  /** Brings ticks. */
  TICK("tick"),
  /** Makes candles. */
  OHLCV("ohlcv"),
  /** Trades. */
  BOT("bot"),
  /** Follows accounts. */
  ACCOUNT("account"),
  /** Sends orders. */
  ORDER("order"),
  /** Follows bots. */
  BOT_STATUS_SERVICE("bot_status_service"),
  /** Collects what is said elsewhere. */
  CRAWLER("crawler"),
  /** Follows the trades of users. */
  USER_TRADES_SERVICE("user_trades_service");

  /** Fields that are one of them. */
  public static final FieldType<ProcessType> TYPE =
      FieldType.oneOf("processType", ProcessType.class, values());

  private final String text;

  ProcessType(String text) {
    this.text = text;
  }

  /** As JSON has it. */
  @Override
  public String toString() {
    return text;
  }
}
