package io.fullon.cache.source;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.InvalidValueException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What is known of one market, from as many channels as the exchange spreads it over. A venue puts
 * what a frame has into it, and then says {@link Received#tick}.
 */
public final class Quote {

  private final Set<String> symbols = new LinkedHashSet<>();
  private BigDecimal last;

  /** What came instead of {@link #last} and is no price; null for nothing. */
  private String unusable;

  private BigDecimal bid;
  private BigDecimal ask;
  private BigDecimal volume;

  /** The symbols that it is the quote of: usually one, more where the exchange has aliases. */
  Set<String> symbols() {
    return symbols;
  }

  /** Sets the price of the last trade if the message has the field. */
  public Quote last(Message message, String key) {
    if (message.has(key)) {
      last = message.decimal(key);
      unusable = last == null ? message.shown(key) : null;
    }
    return this;
  }

  /** Sets the best price that somebody buys at if the message has the field. */
  public Quote bid(Message message, String key) {
    bid = message.has(key) ? message.decimal(key) : bid;
    return this;
  }

  /** Sets the best price that somebody sells at if the message has the field. */
  public Quote ask(Message message, String key) {
    ask = message.has(key) ? message.decimal(key) : ask;
    return this;
  }

  /** Sets the traded volume if the message has the field. */
  public Quote volume(Message message, String key) {
    volume = message.has(key) ? message.decimal(key) : volume;
    return this;
  }

  /** Changes the best bid by levels of an order book, {@code [price, size]}. */
  public Quote bids(Message levels) {
    bid = best(bid, levels);
    return this;
  }

  /** Changes the best ask by levels of an order book, {@code [price, size]}. */
  public Quote asks(Message levels) {
    ask = best(ask, levels);
    return this;
  }

  /** A level of size 0 is gone; of a book of one level another one is the best. */
  private static BigDecimal best(BigDecimal known, Message levels) {
    BigDecimal best = known;
    for (Message level : levels.list()) {
      BigDecimal price = level.at(0).decimal();
      BigDecimal size = level.at(1).decimal();
      if (price != null && size != null && size.signum() != 0) {
        return price;
      }
      if (price != null && best != null && price.compareTo(best) == 0) {
        best = null;
      }
    }
    return best;
  }

  /** Forgets all: what comes next begins anew. */
  void clear() {
    last = null;
    unusable = null;
    bid = null;
    ask = null;
    volume = null;
  }

  /**
   * @throws InvalidValueException when what came as the price that a tick needs is none
   */
  void check() {
    if (unusable != null) {
      throw new InvalidValueException("last", "must be a decimal number, got " + unusable);
    }
  }

  /** Whether there is the price that a tick needs. */
  boolean isComplete() {
    return last != null;
  }

  Tick tick(String exchange, String symbol, Instant time) {
    return new Tick(symbol, exchange, last, time, volume, bid, ask, last, null);
  }
}
