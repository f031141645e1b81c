package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;

/**
 * Waits until replicas have what was written over a connection. One WAIT is for all writes that
 * were done by then, because Redis counts the replicas that have all that the connection wrote.
 */
final class Replicas {

  /**
   * A write may come behind the WAIT of others before it has its own: both together must end before
   * the command deadline, since a command that misses it costs the connection.
   */
  private static final int WAITS_WITHIN_DEADLINE = 3;

  private final Vertx vertx;
  private final Pipeline writes;
  private final int wanted;
  private final Call wait;
  private List<Done> done = new ArrayList<>();
  private boolean waiting;

  /**
   * A write that was done.
   *
   * @param life of the connection that it came over; another one knows nothing of it
   */
  private record Done(Response answer, long life, Promise<Response> confirmed) {}

  Replicas(Vertx vertx, RedisLinkOptions options, Pipeline writes) {
    this.vertx = vertx;
    this.writes = writes;
    this.wanted = options.waitReplicas();
    this.wait =
        Call.of(
            Request.cmd(Command.WAIT)
                .arg(wanted)
                .arg(Math.max(1, options.commandTimeoutMs() / WAITS_WITHIN_DEADLINE)));
  }

  boolean isIdle() {
    return !waiting;
  }

  /**
   * Waits for a write.
   *
   * @param answer to the write
   * @return the same, when enough replicas have it
   */
  Future<Response> confirm(Response answer) {
    Promise<Response> confirmed = Promise.promise();
    done.add(new Done(answer, writes.life(), confirmed));
    if (!waiting) {
      waiting = true;
      // Behind all writes that are answered in the same turn of the event loop.
      vertx.runOnContext(v -> next());
    }
    return confirmed.future();
  }

  private void next() {
    List<Done> all = done;
    done = new ArrayList<>();
    if (all.isEmpty()) {
      waiting = false;
      return;
    }
    long life = writes.life();
    writes
        .sendBesides(wait)
        .onComplete(
            count -> {
              for (Done each : all) {
                if (count.failed()) {
                  // The write itself was done: it must not pass for one that was not.
                  fail(each, "Not known which", count.cause().getMessage());
                } else if (each.life != life) {
                  fail(each, "Not known which", "the connection was lost");
                } else if (count.result().toInteger() < wanted) {
                  fail(each, "Only " + count.result() + " of " + wanted, "it may be lost");
                } else {
                  each.confirmed.complete(each.answer);
                }
              }
              next();
            });
  }

  private static void fail(Done write, String which, String why) {
    write.confirmed.fail(Failure.TIMEOUT.exception(which + " replicas have the write: " + why));
  }
}
