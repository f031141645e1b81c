package io.fullon.cache.orders;

import io.fullon.cache.fence.Fences;
import io.fullon.cache.value.Names;
import io.vertx.codegen.annotations.Nullable;
import java.util.List;

/**
 * Where orders are in Redis. All orders of one exchange are in one Cluster slot, and so is all that
 * one queue has.
 *
 * @param prefix begins every key
 */
record OrdersKeys(String prefix) {

  private static final String DEAD = ".dead";

  /** Longer names have no room for it: there would be no way to the dead. */
  private static final int MAX_NAME = Names.MAX_ID - DEAD.length();

  private String ofExchange(String exId, String rest) {
    return prefix + "{orders:" + Names.inKey(exId) + "}:" + rest;
  }

  /** What is dead of a queue is in its slot, so that it goes there in one step. */
  private String ofQueue(String localOrderId, String rest) {
    boolean dead = localOrderId.endsWith(DEAD);
    String queue =
        dead ? localOrderId.substring(0, localOrderId.length() - DEAD.length()) : localOrderId;
    return prefix + "{orders:queue:" + Names.inKey(queue) + "}:" + (dead ? "dead:" : "") + rest;
  }

  /** The name of the queue of those ids that were delivered too often; null where there is none. */
  static @Nullable String dead(String localOrderId) {
    boolean hasNone =
        localOrderId.endsWith(DEAD)
            || localOrderId.codePointCount(0, localOrderId.length()) > MAX_NAME;
    return hasNone ? null : localOrderId + DEAD;
  }

  /** The name of the queue whose {@link #dead} have that name; null where there is none. */
  static @Nullable String living(String localOrderId) {
    if (!localOrderId.endsWith(DEAD)) {
      return null;
    }
    String queue = localOrderId.substring(0, localOrderId.length() - DEAD.length());
    return localOrderId.equals(dead(queue)) && !queue.isEmpty() ? queue : null;
  }

  /** A hash: field → JSON; expires when the status is final. */
  String order(String exId, String exOrderId) {
    return ofExchange(exId, "order:" + exOrderId);
  }

  /** A string: to which order this id of the bot's own leads; see {@code order-write.lua}. */
  String client(String exId, String clientOrderId) {
    return ofExchange(exId, "client:" + clientOrderId);
  }

  /** A sorted set: order id → when it expires, in ms; infinite for an open one. */
  String index(String exId) {
    return ofExchange(exId, "index");
  }

  /** A sorted set: ids of all orders, by name. */
  String ids(String exId) {
    return ofExchange(exId, "ids");
  }

  /** A sorted set: id of an open order → since when, in µs. */
  String open(String exId) {
    return ofExchange(exId, "open");
  }

  /** All that the scripts need of an exchange. */
  List<String> all(String exId) {
    return List.of(
        index(exId),
        order(exId, ""),
        client(exId, ""),
        ids(exId),
        open(exId),
        Fences.key(prefix, Names.inKey(exId)));
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

  /** The channel that tells the key of an order that is final. */
  String ended() {
    return prefix + "orders:ended";
  }

  /** The channel that tells of a queue that was empty and is not any more. */
  String pushed() {
    return prefix + "orders:pushed";
  }
}
