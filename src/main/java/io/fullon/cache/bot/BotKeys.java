package io.fullon.cache.bot;

import io.fullon.cache.fence.Fences;
import java.util.List;

/**
 * Where bots are in Redis. All blocks and marks of one exchange are in the Cluster slot of its
 * orders.
 *
 * @param prefix begins every key
 */
record BotKeys(String prefix) {

  /** A hash: symbol → token, when the block ends in ms (0: never), mark, bot. */
  String blocks(String exchange) {
    return Fences.key(prefix, exchange);
  }

  /** A hash: symbol → when the mark ends in ms, bot that marked without a block. */
  String marks(String exchange) {
    return prefix + "{orders:" + exchange + "}:marks";
  }

  /** The last fencing token of the exchange. */
  String token(String exchange) {
    return prefix + "{orders:" + exchange + "}:token";
  }

  /** Those that the scripts need. */
  List<String> ofExchange(String exchange) {
    return List.of(blocks(exchange), marks(exchange), token(exchange));
  }

  /** A set: the exchanges that have had a block or a mark. */
  String exchanges() {
    return prefix + "bot_exchanges";
  }

  /**
   * The last token that earlier versions have given, where they had their blocks: they fail there.
   */
  String closed() {
    return prefix + "{bot}:blocks";
  }

  /** A hash: bot → when it said so in µs, a space, its status as JSON. */
  String bots() {
    return prefix + "bots";
  }
}
