package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Subscriptions to Redis channels on a connection of their own, which come back by themselves.
 *
 * <p>What was published while they were gone is gone too: whoever listens learns with {@link
 * Listener#subscribed()} that it must look at the data again. A subscription can die in silence, so
 * it proves that it is alive: it receives what the link publishes for it with every heartbeat.
 */
public final class Subscription {

  /** Who gets the messages; called on the event loop on which the subscription was opened. */
  public interface Listener {

    /** A message that was published; the text is never null. */
    void message(String channel, String text);

    /** Every message from now on arrives; what came before may be missing. */
    void subscribed();

    /** Messages are being missed. */
    void lost();
  }

  /** Silent for so many heartbeats means dead. */
  private static final int MISSED_HEARTBEATS = 3;

  private final Vertx vertx;
  private final RedisLink link;
  private final List<String> patterns;
  private final List<String> names;
  private final Listener listener;
  private final HeldConnection held;
  private final String proofChannel;
  private long heartbeat = -1;

  /** Heartbeats since the last proof; not a time, which passes for a busy event loop too. */
  private int unproven;

  /** Whether that is why proofs are missing. */
  private boolean linkWasDown;

  private boolean up;

  /** What was published to find out whether all before it has arrived. */
  private final Map<String, Mark> marks = new HashMap<>();

  private long lastMark;

  private Subscription(
      Vertx vertx, RedisLink link, String name, List<String> channels, Listener listener) {
    RedisLinkOptions options = link.options();
    this.vertx = vertx;
    this.link = link;
    this.listener = listener;
    this.held = new HeldConnection(vertx, options, name, link.locator(), new Connection());
    this.proofChannel = options.prefix() + "heartbeat:" + UUID.randomUUID();
    // An exact name as a pattern would need that very text among the channels of an ACL user.
    this.patterns = channels.stream().filter(channel -> channel.contains("*")).toList();
    List<String> exact = new ArrayList<>(channels);
    exact.removeAll(patterns);
    exact.add(proofChannel);
    this.names = List.copyOf(exact);
  }

  /**
   * Subscribes on the current event loop.
   *
   * @param link by which it proves that it is alive
   * @param name tells it from others in logs
   * @param channels the channels, by name; or many, with a {@code *}, as PSUBSCRIBE takes them
   * @return the subscription, when it holds; fails when it cannot connect, or may not
   */
  public static Future<Subscription> open(
      Vertx vertx, RedisLink link, String name, List<String> channels, Listener listener) {
    Subscription subscription = new Subscription(vertx, link, name, channels, listener);
    link.follow(subscription.held::hurry);
    return Starting.attempts(vertx, link.options(), subscription.held::open)
        .compose(v -> subscription.checkProof())
        .onSuccess(v -> subscription.beat())
        .recover(cause -> subscription.close().transform(v -> Future.failedFuture(cause)))
        .map(subscription);
  }

  /** Whether every message arrives, as far as is known. */
  public boolean isUp() {
    return up;
  }

  /**
   * Waits until all has arrived that was published before. What the link was answered by then and
   * what the listener was told by then can be compared: nothing of it is still on its way.
   *
   * @return fails when the subscription is or gets lost
   */
  public Future<Void> caughtUp() {
    List<ServerLink> servers = link.servers();
    if (!up || servers.isEmpty()) {
      return lostMeanwhile();
    }
    Mark mark = new Mark(servers.size());
    String text = String.valueOf(++lastMark);
    marks.put(text, mark);
    Request publish = Request.cmd(Command.PUBLISH).arg(proofChannel).arg(text);
    for (ServerLink server : servers) {
      server
          .send(publish)
          .recover(RedisFailures::future)
          .onFailure(
              cause -> {
                marks.remove(text);
                mark.arrived.tryFail(cause);
              });
    }
    return mark.arrived.future();
  }

  /** Published on every server: each sends on what was published there in its order. */
  private static final class Mark {

    private final Promise<Void> arrived = Promise.promise();
    private int missing;

    Mark(int servers) {
      missing = servers;
    }
  }

  private static Future<Void> lostMeanwhile() {
    return Failure.UNAVAILABLE.future("The subscription was lost");
  }

  /** A proof that the user may not publish would only ever be missing. */
  private Future<Void> checkProof() {
    return link.ask(Request.cmd(Command.PUBLISH).arg(proofChannel).arg(""))
        .<Void>mapEmpty()
        .recover(
            cause ->
                RedisFailures.isRefusal(cause)
                    ? Future.failedFuture(
                        new IllegalStateException(
                            "Redis at "
                                + link.options().address()
                                + ": to publish on "
                                + proofChannel
                                + ": "
                                + cause.getMessage(),
                            cause))
                    : Future.succeededFuture());
  }

  public Future<Void> close() {
    vertx.cancelTimer(heartbeat);
    return held.close();
  }

  /** One beat after the other: those that a busy event loop has missed must not come at once. */
  private void beat() {
    heartbeat =
        vertx.setTimer(
            link.options().untilHeartbeatMs(),
            timer -> {
              beat();
              linkWasDown |= !link.isUp();
              if (up && unproven++ >= MISSED_HEARTBEATS) {
                held.drop("subscription is silent");
              } else {
                // A failure shows in the silence that follows.
                caughtUp().onSuccess(proven -> proven());
              }
            });
  }

  private void proven() {
    unproven = 0;
    linkWasDown = false;
  }

  private final class Connection implements HeldConnection.Owner {

    private int awaited;
    private Promise<Void> confirmed;

    @Override
    public Future<Void> prepare(RedisConnection connection) {
      if (!link.isUp()) {
        return Future.failedFuture("the link is down");
      }
      // The command's own future tells that it was written, not that the subscription holds.
      confirmed = Promise.promise();
      awaited = patterns.size() + names.size();
      Promise<Void> expected = confirmed;
      connection.handler(response -> received(expected, response));
      subscribe(connection, Command.PSUBSCRIBE, patterns);
      subscribe(connection, Command.SUBSCRIBE, names);
      return expected.future();
    }

    private void subscribe(RedisConnection connection, Command command, List<String> channels) {
      if (!channels.isEmpty()) {
        Request request = Request.cmd(command);
        channels.forEach(request::arg);
        connection.send(request);
      }
    }

    @Override
    public void up(RedisConnection connection) {
      up = true;
      Subscription.this.proven();
      listener.subscribed();
    }

    /** While the link is down proofs are missing, though the server of this one may be well. */
    @Override
    public boolean tellsOutage() {
      return link.isUp() && !linkWasDown;
    }

    @Override
    public void down(String reason) {
      up = false;
      List<Mark> missed = List.copyOf(marks.values());
      marks.clear();
      missed.forEach(mark -> lostMeanwhile().onComplete(mark.arrived));
      listener.lost();
    }

    private void received(Promise<Void> expected, Response response) {
      if (expected != confirmed) {
        return; // from a connection that was given up
      }
      if (response.type() == ResponseType.ERROR) {
        String what = "to subscribe to " + patterns + " and " + names;
        confirmed.tryFail(new IllegalStateException(what, (Throwable) response));
        held.drop(response.toString());
        return;
      }
      switch (response.get(0).toString()) {
        case "psubscribe", "subscribe" -> {
          if (--awaited == 0) {
            confirmed.tryComplete();
          }
        }
        case "pmessage" -> listener.message(response.get(2).toString(), response.get(3).toString());
        case "message" -> {
          String channel = response.get(1).toString();
          if (channel.equals(proofChannel)) {
            arrived(response.get(2).toString());
          } else {
            listener.message(channel, response.get(2).toString());
          }
        }
        default -> {
          // Unsubscribe never happens.
        }
      }
    }

    private void arrived(String text) {
      Mark mark = marks.get(text);
      if (mark != null && --mark.missing == 0) {
        marks.remove(text);
        mark.arrived.tryComplete();
      }
    }
  }
}
