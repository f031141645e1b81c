package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;

/**
 * The way to one server: one connection, or two where writes wait for replicas, because Redis does
 * nothing else for a connection while it waits. Commands fail as those of a {@link Pipeline}.
 */
final class ServerLink {

  private static final Request ROLE = Request.cmd(Command.ROLE);
  private static final String REPLICA = "slave";

  private final Pipeline reads;

  /** The same as {@link #reads}, unless they wait for replicas. */
  private final Pipeline writes;

  /** Null where writes do not wait. */
  private final Replicas replicas;

  /**
   * @param name tells this link from others in logs
   * @param locator says where the server is
   * @param changed told whenever the link comes up or goes down
   */
  ServerLink(
      Vertx vertx, RedisLinkOptions options, String name, Locator locator, Runnable changed) {
    reads = new Pipeline(vertx, options, name, locator, changed);
    boolean waits = options.waitReplicas() > 0;
    writes = waits ? new Pipeline(vertx, options, name + ", its writes", locator, changed) : reads;
    replicas = waits ? new Replicas(vertx, options, writes) : null;
  }

  private List<Pipeline> connections() {
    return reads == writes ? List.of(reads) : List.of(reads, writes);
  }

  /**
   * Connects once, and may be called again when that fails, or must be closed.
   *
   * @param starting whether the service starts, and its attempts may take longer and longer
   */
  Future<Void> open(boolean starting) {
    // One that was there comes back by itself.
    return Future.join(
            connections().stream()
                .filter(each -> each.life() == 0)
                .map(each -> each.open(starting))
                .toList())
        .compose(v -> isUp() ? Future.succeededFuture() : Future.failedFuture("connection lost"));
  }

  Future<Void> close() {
    return Future.join(connections().stream().map(Pipeline::close).toList()).mapEmpty();
  }

  boolean isUp() {
    return reads.isUp() && writes.isUp();
  }

  /** The server that it is connected to, or tries to. */
  RedisUri uri() {
    return reads.uri();
  }

  /** Grows when a new connection for reading is made, which may lead to another server. */
  long life() {
    return reads.life();
  }

  /** Whether nothing waits for an answer. */
  boolean isIdle() {
    return reads.isIdle() && writes.isIdle() && (replicas == null || replicas.isIdle());
  }

  /** Gives up the connection, for a new one to where the server is by then. */
  void drop(String reason) {
    connections().forEach(each -> each.drop(reason));
  }

  /** Asks whether it is a master still, which a server that becomes a replica does not tell. */
  void checkRole() {
    read(ROLE)
        .onSuccess(
            role -> {
              if (isReplica(role)) {
                dropReplica();
              }
            });
  }

  /**
   * @param role the answer to ROLE
   */
  static boolean isReplica(Response role) {
    return role.size() > 0 && REPLICA.equals(String.valueOf(role.get(0)));
  }

  /** Gives up a server that takes no writes: its address may lead elsewhere now. */
  void dropReplica() {
    connections().forEach(Pipeline::dropReplica);
  }

  /** Whether the server takes no writes; until there is a connection to one that does. */
  boolean isReplica() {
    return reads.isReplica() || writes.isReplica();
  }

  /** Makes the next attempt to connect at once, if it waits for it. */
  void reconnectNow() {
    connections().forEach(Pipeline::reconnectNow);
  }

  /** Sends what only reads. */
  Future<Response> read(Request request) {
    return read(Call.of(request), false);
  }

  /**
   * Sends what only reads.
   *
   * @param asking whether it follows the redirection of a slot under way to this server
   */
  Future<Response> read(Call call, boolean asking) {
    return reads.send(call, asking);
  }

  /**
   * Sends a write; succeeds when as many replicas have it as are configured.
   *
   * @param asking whether it follows the redirection of a slot under way to this server
   */
  Future<Response> write(Call call, boolean asking) {
    Future<Response> written = writes.send(call, asking);
    return replicas == null ? written : written.compose(replicas::confirm);
  }
}
