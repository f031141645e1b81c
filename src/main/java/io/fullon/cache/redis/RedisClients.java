package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import java.net.InetAddress;

/**
 * Clients that hold one connection each. Vert.x keeps a client with the context that made it for as
 * long as that lives; only its inside gives a context that goes with the client.
 */
final class RedisClients {

  private RedisClients() {}

  /**
   * A client with what it is made of.
   *
   * @param parts Vert.x holds them weakly: without this one they would be collected
   */
  record Client(Redis redis, CloseFuture parts) {

    Future<RedisConnection> connect() {
      return redis.connect();
    }

    Future<Void> close() {
      return redis.close().eventually(parts::close);
    }
  }

  /**
   * The server with its address in the place of a name that the client does not take.
   *
   * @return fails when nobody knows the name
   */
  static Future<RedisUri> resolve(Vertx vertx, RedisUri uri) {
    return uri.isTakenByClient()
        ? Future.succeededFuture(uri)
        : vertx
            .executeBlocking(() -> InetAddress.getByName(uri.host()).getHostAddress(), false)
            .map(uri::withHost);
  }

  /**
   * Makes a client that has no connection yet.
   *
   * @param mostAtOnce how many commands wait for their answers at most; it takes memory for them
   */
  static Client create(Vertx vertx, RedisLinkOptions options, RedisUri uri, int mostAtOnce) {
    NetClientOptions net =
        new NetClientOptions()
            .setConnectTimeout((int) options.connectTimeoutMs())
            .setTcpKeepAlive(true);
    if (uri.encrypted()) {
      options.tls().applyTo(net);
    }
    RedisOptions client =
        new RedisOptions()
            .setConnectionString(uri.toString())
            .setUser(uri.user())
            .setPassword(uri.password())
            .setMaxPoolSize(1)
            .setPoolCleanerInterval(-1)
            .setPoolRecycleTimeout(-1)
            // The bound that callers see is ours; this one must never be met.
            .setMaxWaitingHandlers(mostAtOnce)
            .setNetClientOptions(net);
    // There is one for each attempt to connect.
    CloseFuture parts = new CloseFuture();
    ContextInternal own =
        ((VertxInternal) vertx)
            .contextBuilder()
            .withEventLoop(((VertxInternal) vertx).getOrCreateContext().nettyEventLoop())
            .withCloseFuture(parts)
            .build();
    ContextInternal present = own.beginDispatch();
    try {
      return new Client(Redis.createClient(vertx, client), parts);
    } finally {
      own.endDispatch(present);
    }
  }
}
