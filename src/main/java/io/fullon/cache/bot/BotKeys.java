package io.fullon.cache.bot;

/**
 * Where bots are in Redis; all blocks and marks are in one Cluster slot.
 *
 * @param prefix begins every key
 */
record BotKeys(String prefix) {

  /** A hash: exchange:symbol → token, when the block ends in ms (0: never), mark, bot. */
  String blocks() {
    return prefix + "{bot}:blocks";
  }

  /** A hash: exchange:symbol → bot that marked without a block. */
  String marks() {
    return prefix + "{bot}:marks";
  }

  /** The last fencing token. */
  String token() {
    return prefix + "{bot}:token";
  }

  /** A hash: bot → when it said so in µs, a space, its status as JSON. */
  String bots() {
    return prefix + "bots";
  }
}
