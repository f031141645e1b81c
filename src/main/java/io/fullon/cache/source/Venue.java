package io.fullon.cache.source;

import io.fullon.cache.ohlcv.Timeframe;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * An exchange, as far as it differs from others: addresses, what to send, what a frame is, limits,
 * names. It holds no state. What all have in common is {@link SourceVerticle}'s.
 *
 * <p>They are found by {@link java.util.ServiceLoader}: a class path may bring another one.
 */
public interface Venue {

  /** The exchange's name, as in the configuration and in its ticks. */
  String exchange();

  /**
   * The addresses of what a tick is made of; usually one. The first has the tickers, and is the one
   * that the configuration may replace.
   */
  List<String> urls();

  /** What the paths of {@link #instruments} follow. */
  String restUrl();

  /** What the exchange allows on a connection, and how many connections. */
  Limits limits();

  /**
   * How it is known that a connection is alive.
   *
   * @param heartbeats whether the exchange sends something at least every other second, however
   *     quiet its symbols are
   * @param ping what to send now and then; null for a ping of the WebSocket itself
   * @param pingEvery how often
   */
  record Liveness(boolean heartbeats, String ping, Duration pingEvery) {}

  Liveness liveness();

  /**
   * So many in any such time.
   *
   * @param count at least 1
   */
  record Rate(int count, Duration per) {}

  /**
   * @param symbolsPerConnection how many symbols one connection carries
   * @param symbolsPerRequest how many symbols one request names
   * @param messages what may be sent on a connection, one less than what is allowed where answers
   *     to pings count
   * @param isForAll whether that of messages is for all connections together
   * @param connects how many connections may be attempted
   */
  record Limits(
      int symbolsPerConnection,
      int symbolsPerRequest,
      Rate messages,
      boolean isForAll,
      Rate connects) {

    /** The limit of messages is for each connection. */
    public Limits(int symbolsPerConnection, int symbolsPerRequest, Rate messages, Rate connects) {
      this(symbolsPerConnection, symbolsPerRequest, messages, false, connects);
    }
  }

  /** What to send on a new connection before anything else; usually nothing. */
  default List<String> greeting() {
    return List.of();
  }

  /**
   * What to send to subscribe.
   *
   * @param url the index of the connection's address in {@link #urls}
   * @param names the symbols' names on the wire
   * @param request a number that the answer repeats where the exchange does so
   */
  String subscribe(int url, List<String> names, long request);

  /** What to send to unsubscribe; see {@link #subscribe}. */
  String unsubscribe(int url, List<String> names, long request);

  /**
   * Tells what a frame is.
   *
   * @param received told nothing when it is not understood
   */
  void read(Message frame, Received received);

  /** What a frame is that is no JSON; see {@link #read}. */
  default void readText(String frame, Received received) {}

  /** A symbol's name on the wire where it can be told without a list; else null. */
  String name(String symbol);

  /** The paths at which there are lists of instruments. */
  List<String> lists();

  /**
   * The instruments in a list; null elements are left out.
   *
   * @return null where the exchange has not given it, as when it answers with an error
   */
  List<Instrument> instruments(Message list);

  /** The path of what follows a list that came in pieces; null at the end. */
  default String next(String path, Message list) {
    return null;
  }

  /**
   * What the exchange has of candles.
   *
   * @param url the address of their channel; null where there is none for every {@link Timeframe}
   * @param topicsPerConnection how many topics one connection carries
   * @param topicsPerRequest how many topics one request names
   * @param barsPerAnswer how many bars an answer over HTTP has
   * @param requests how often it is asked for, well below what is allowed
   */
  record Candles(
      String url, int topicsPerConnection, int topicsPerRequest, int barsPerAnswer, Rate requests) {

    /** Without a channel: there is only a history. */
    public Candles(int barsPerAnswer, Rate requests) {
      this(null, 1, 1, barsPerAnswer, requests);
    }
  }

  /** Null where the exchange has none; then none of the methods below is called. */
  default Candles candles() {
    return null;
  }

  /**
   * The name on the wire of a symbol's candles, by which frames are told apart.
   *
   * @param name the symbol's name on the wire
   */
  default String topic(String name, Timeframe timeframe) {
    return timeframe + " " + name;
  }

  /** Only topics of which this is the same are named in one request. */
  default String requestOf(String topic) {
    return "";
  }

  /**
   * What to send to subscribe candles; see {@link #subscribe}.
   *
   * @param topics as {@link #topic} gives them
   */
  default String subscribeCandles(List<String> topics, long request) {
    throw new UnsupportedOperationException();
  }

  /** What to send to unsubscribe them. */
  default String unsubscribeCandles(List<String> topics, long request) {
    throw new UnsupportedOperationException();
  }

  /**
   * The path at which the bars are that begin from one time on and before another. The answer may
   * have others besides.
   *
   * @param name the symbol's name on the wire
   * @param from at most {@link Candles#barsPerAnswer} bars before {@code to}
   */
  default String history(String name, Timeframe timeframe, Instant from, Instant to) {
    throw new UnsupportedOperationException();
  }

  /**
   * The bars in an answer, in any order.
   *
   * @return null where the exchange has not given them
   */
  default List<Candle> bars(String name, Message answer) {
    throw new UnsupportedOperationException();
  }
}
