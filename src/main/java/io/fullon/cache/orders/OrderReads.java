package io.fullon.cache.orders;

import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;

/** Reads orders from Redis. */
final class OrderReads {

  private static final Script READ = Script.load("order-read");

  private final RedisLink link;
  private final OrdersKeys keys;

  OrderReads(RedisLink link, OrdersKeys keys) {
    this.link = link;
    this.keys = keys;
  }

  /** Without looking whether it is the bot's own id that is bound to another. */
  Future<StoredOrder> quickly(String exId, String id) {
    return link.read(Command.HGETALL, keys.order(exId, id))
        .map(hash -> StoredOrder.of(id, false, hash));
  }

  Future<StoredOrder> one(String exId, String id) {
    return run("orders", exId, List.of(id)).map(answer -> StoredOrder.of(answer.get(0)));
  }

  /** By the key of the bot's own id, as {@code order-write.lua} writes it. */
  Future<Boolean> isBound(String exId, String clientOrderId, String exOrderId) {
    return link.read(Command.GET, keys.client(exId, clientOrderId))
        .map(bound -> bound != null && bound.toString().equals("=" + exOrderId));
  }

  /** An operation of {@code order-read.lua}. */
  Future<Response> run(String operation, String exId, List<String> more) {
    List<String> arguments = new ArrayList<>(1 + more.size());
    arguments.add(operation);
    arguments.addAll(more);
    return link.read(READ, keys.all(exId), arguments);
  }
}
