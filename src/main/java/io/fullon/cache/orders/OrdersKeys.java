package io.fullon.cache.orders;

import io.fullon.cache.value.Names;

/**
 * Where orders are in Redis. All orders of one exchange are in one Cluster slot, and so is all that
 * one queue has.
 *
 * @param prefix begins every key
 */
record OrdersKeys(String prefix) {

  private String ofExchange(String exId, String rest) {
    return prefix + "{orders:" + Names.inKey(exId) + "}:" + rest;
  }

  private String ofQueue(String localOrderId, String rest) {
    return prefix + "{orders:queue:" + Names.inKey(localOrderId) + "}:" + rest;
  }

  /** A hash: field → JSON; expires when the status is final. */
  String order(String exId, String exOrderId) {
    return ofExchange(exId, "order:" + exOrderId);
  }

  /** A sorted set: order id → when it expires, in ms. */
  String index(String exId) {
    return ofExchange(exId, "index");
  }

  /** A sorted set: a queue's entries by number. */
  String waiting(String localOrderId) {
    return ofQueue(localOrderId, "waiting");
  }

  /** A sorted set: a queue's entries by when their claim ends, in ms. */
  String claimed(String localOrderId) {
    return ofQueue(localOrderId, "claimed");
  }

  /** A hash: entry → deliveries, order id, consumer; and the last entry's number. */
  String entries(String localOrderId) {
    return ofQueue(localOrderId, "entries");
  }

  /** The channel that tells of a queue that was empty and is not any more. */
  String pushed() {
    return prefix + "orders:pushed";
  }
}
