package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;

/** Which server gets a command. */
interface Topology {

  /** Connects to all servers; fails, naming one and the cause, when that does not succeed. */
  Future<Void> open();

  Future<Void> close();

  /** Whether every key is within reach, as far as is known. */
  boolean isUp();

  /** Whether the server that has the key is within reach, as far as is known. */
  boolean isUp(String key);

  /**
   * Sends a command to the server that has the key.
   *
   * @param write whether it changes something
   */
  Future<Response> send(String key, Request request, boolean write);

  /** The servers that have all keys between them. */
  List<ServerLink> servers();

  /** Finds a server for connections besides: any that gets all published messages. */
  Locator locator();
}
