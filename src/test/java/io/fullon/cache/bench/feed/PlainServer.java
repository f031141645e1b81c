package io.fullon.cache.bench.feed;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;

/** What one would write with Vert.x at first: every tick goes to every socket as it comes. */
final class PlainServer extends VerticleBase {

  private final String redis;
  private final Set<ServerWebSocket> sockets = new LinkedHashSet<>();
  private HttpServer server;

  private PlainServer(String redis) {
    this.redis = redis;
  }

  /**
   * @param arguments Redis
   */
  public static void main(String[] arguments) throws IOException {
    Child.endOnFailure();
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    PlainServer plain = new PlainServer(arguments[0]);
    vertx.deployVerticle(plain).await();
    Child.answer(
        new JsonObject().put("port", plain.server.actualPort()), command -> new JsonObject());
  }

  @Override
  public Future<?> start() {
    server = vertx.createHttpServer().webSocketHandler(this::connected);
    return Redis.createClient(vertx, redis)
        .connect()
        .compose(this::subscribe)
        .compose(subscribed -> server.listen(0, "127.0.0.1"));
  }

  private Future<Response> subscribe(RedisConnection connection) {
    connection.handler(
        push -> {
          if (push.get(0).toString().equals("message")) {
            broadcast(push.get(2).toString());
          }
        });
    return connection.send(Request.cmd(Command.SUBSCRIBE).arg(Publisher.CHANNEL));
  }

  private void connected(ServerWebSocket socket) {
    sockets.add(socket);
    socket.closeHandler(closed -> sockets.remove(socket));
    socket.exceptionHandler(e -> {});
  }

  private void broadcast(String tick) {
    for (ServerWebSocket socket : sockets) {
      if (!socket.writeQueueFull()) {
        socket.writeTextMessage(tick);
      }
    }
  }
}
