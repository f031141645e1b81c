package io.fullon.cache.source;

import java.time.Instant;

/** What a venue finds in a frame, told one by one. */
public interface Received {

  /**
   * A request was answered: all that it asked for is subscribed.
   *
   * @param request its number
   */
  void subscribed(long request);

  /**
   * One symbol was answered: it is subscribed.
   *
   * @param name its name on the wire
   */
  void subscribed(String name);

  /**
   * A request was refused as a whole, because of one or more of its symbols.
   *
   * @param request its number; null when the exchange does not say
   */
  void refused(Long request, String reason);

  /**
   * One symbol was refused.
   *
   * @param name its name on the wire
   */
  void refused(String name, String reason);

  /**
   * What is known of a symbol, to put into it what the frame has.
   *
   * @param name its name on the wire
   * @return null when it was not asked for
   */
  Quote quote(String name);

  /**
   * The frame has changed the quote.
   *
   * @param time when it was so by the exchange's clock; null when it does not say
   */
  void tick(Quote quote, Instant time);

  /**
   * How a candle is now.
   *
   * @param topic its name on the wire, as {@link Venue#topic} gives it
   */
  void bar(String topic, Candle candle);

  /** A sign of life that nobody has asked for. */
  void heartbeat();

  /** An answer, a status, or anything else that is understood and needs nothing. */
  void other();

  /**
   * The number of the frame, which the next one exceeds by one.
   *
   * @param number null when there is none
   */
  void numbered(Long number);

  /** The exchange says that it is being maintained. */
  void maintenance(String reason);

  /** The exchange says that it works again. */
  void works();

  /** The exchange will close the connection: another one is to be made at once. */
  void closing(String reason);

  /** The exchange refuses because of too many messages or connections. */
  void limited(String reason);
}
