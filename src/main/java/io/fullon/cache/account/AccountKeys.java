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

  /** How often the account has changed. */
  String revision(int exId) {
    return key(exId, "rev");
  }

  /** A hash: field → position as JSON. */
  String positions(int exId) {
    return key(exId, "positions");
  }

  /** A hash: field → version that its deleted position had last. */
  String lastVersions(int exId) {
    return key(exId, "last_versions");
  }

  /** Up to when fills are contained in the positions that were saved together, in µs. */
  String asOf(int exId) {
    return key(exId, "as_of");
  }

  /** A hash: field → up to when fills are contained in the position that was saved by itself. */
  String boundaries(int exId) {
    return key(exId, "boundaries");
  }

  /** A sorted set: the {@link Counted} of each step, by the time of the latest in µs. */
  String recent(int exId) {
    return key(exId, "recent");
  }

  /** A sorted set: field by the time of the last that was counted and is no longer kept, in µs. */
  String keptFrom(int exId) {
    return key(exId, "kept_from");
  }

  /** {@link KnownFill} by order; is there for as long as it is remembered. */
  String fill(int exId, String symbol, String side, String tradeId) {
    return key(exId, "filled:" + Names.inKey(symbol) + ":" + side + ":" + tradeId);
  }

  /**
   * What an earlier version remembered a fill by: a string for every side and order, or a hash of
   * them.
   */
  String earlierFill(int exId, String symbol, String tradeId) {
    return key(exId, "fill:" + Names.inKey(symbol) + ":" + tradeId);
  }

  /** {@link OrderCount} as JSON. */
  String order(int exId, String symbol, String exOrderId) {
    return key(exId, "order:" + Names.inKey(symbol) + ":" + exOrderId);
  }

  /** The account that an order belongs to. */
  String orderAccount(String exchange, String symbol, String exOrderId) {
    return order(exchange, symbol, exOrderId) + ":account";
  }

  /** Which call's claim that is, as {@code order-claim.lua} has it. */
  String orderClaim(String exchange, String symbol, String exOrderId) {
    return order(exchange, symbol, exOrderId) + ":claim";
  }

  private String order(String exchange, String symbol, String exOrderId) {
    return prefix
        + "{order:"
        + exchange
        + ":"
        + Names.inKey(symbol)
        + ":"
        + Names.inKey(exOrderId)
        + "}";
  }

  /** Is there for as long as the adjustment is remembered. */
  String adjustment(int exId, String id) {
    return key(exId, "adjustment:" + id);
  }

  /** The channel that tells what becomes of positions. */
  String updates() {
    return prefix + "account:updates";
  }

  /** A hash: account → balances as JSON. */
  String balances() {
    return prefix + "accounts";
  }
}
