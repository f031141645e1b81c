package io.fullon.cache.tick;

import java.util.List;

/**
 * Where tickers are in Redis. The first two are shared with other programs, above all the Python
 * package.
 *
 * @param prefix begins what is this project's own
 */
record TickKeys(String prefix) {

  /** Begins the keys of the tickers. */
  static final String TICKERS = "tickers:";

  /** Begins what the Python package keeps beside each ticker. */
  static final String PYTHON_TIMES = "ticker_time:";

  private static final String CHANNELS = "ticker_updates:";

  /** All keys of {@link #ticks}. */
  static final String ALL_TICKS = TICKERS + "*";

  /** All channels that ticks are published on. */
  static final String ALL_CHANNELS = CHANNELS + "*";

  /** A hash: symbol → tick as JSON. */
  static String ticks(String exchange) {
    return TICKERS + exchange;
  }

  /** The exchange of a key of {@link #ticks}. */
  static String exchange(String key) {
    return key.substring(TICKERS.length());
  }

  /** A channel's beginning, which the symbol follows; carries each stored tick as JSON. */
  static String channelPrefix(String exchange) {
    return CHANNELS + exchange + ":";
  }

  /** Exchange and symbol of a channel; a symbol may hold colons, an exchange cannot. */
  static List<String> exchangeAndSymbol(String channel) {
    String names = channel.substring(CHANNELS.length());
    int colon = names.indexOf(':');
    return colon < 0
        ? List.of(names, "")
        : List.of(names.substring(0, colon), names.substring(colon + 1));
  }

  /** A hash: symbol → the number of its last tick or deletion; in the Cluster slot of the ticks. */
  String sequence(String exchange) {
    return prefix + "{" + ticks(exchange) + "}:seq";
  }

  /** The channel that tells of deletions. */
  String removals() {
    return prefix + "tickers:removed";
  }

  /** A number that is another one after each script that changes tickers; in the same slot. */
  String version(String exchange) {
    return prefix + "{" + ticks(exchange) + "}:version";
  }

  /** Expires; while it is there nobody looks for what remains of deleted tickers; in that slot. */
  String tidied(String exchange) {
    return prefix + "{" + ticks(exchange) + "}:tidied";
  }

  /** A set: the exchanges to which nodes have written. */
  String exchanges() {
    return prefix + "exchanges";
  }

  /** What the Python package keeps beside a ticker and nobody reads. */
  static String pythonTime(String exchange, String symbol) {
    return PYTHON_TIMES + exchange + ":" + symbol;
  }
}
