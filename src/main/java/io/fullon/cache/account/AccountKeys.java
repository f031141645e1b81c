package io.fullon.cache.account;

import io.fullon.cache.value.Names;

/**
 * Where accounts are in Redis; all that one account has is in one Cluster slot.
 *
 * @param prefix begins every key
 */
record AccountKeys(String prefix) {

  private String key(int exId, String rest) {
    return prefix + "{account:" + exId + "}:" + rest;
  }

  /** A hash: symbol → position as JSON. */
  String positions(int exId) {
    return key(exId, "positions");
  }

  /** A hash: symbol → version that its deleted position had last. */
  String lastVersions(int exId) {
    return key(exId, "last_versions");
  }

  /** Up to when fills are contained in the positions, in µs. */
  String asOf(int exId) {
    return key(exId, "as_of");
  }

  /** A hash: side and order of each fill of that id, for as long as it is remembered. */
  String fill(int exId, String symbol, String tradeId) {
    return key(exId, "fill:" + Names.inKey(symbol) + ":" + tradeId);
  }

  /** A hash: account → balances as JSON. */
  String balances() {
    return prefix + "accounts";
  }
}
