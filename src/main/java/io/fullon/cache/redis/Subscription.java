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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Hears what is published on Redis channels. Comes back by itself after it was lost.
 *
 * <p>What was published while messages were missed is gone: whoever listens must look at the data
 * again. Messages are missed for one server of a Cluster alone, too: for what lives there. So the
 * reach is asked per key: {@link #reach(String)} gives a number, which is another one after each
 * gap. A listener that has compared its data with Redis keeps the number that was there when it
 * began; while it stays the same no message was missed since.
 *
 * <p>A script that publishes does it on the master of its keys. From each server messages arrive in
 * the order in which they were published there.
 */
public final class Subscription {

  /**
   * Who gets the messages; called on the context on which the subscription was opened, in order.
   */
  public interface Listener {

    /** A message that was published; the text is never null. */
    void message(String channel, String text);

    /**
     * The reach has changed for some keys, by a gap or by its end: {@link #reach(String)} tells for
     * which. Changes that follow each other may be told together.
     */
    void reachChanged();
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
  private long lives;
  private volatile long reach;

  /** Published to find out whether all before them has arrived, by their texts, in their order. */
  private final Map<String, Mark> marks = new LinkedHashMap<>();

  private long lastMark;

  private Subscription(Vertx vertx, RedisLink link, List<String> channels, Listener listener) {
    RedisLinkOptions options = link.options();
    this.vertx = vertx;
    this.link = link;
    this.listener = listener;
    this.held =
        new HeldConnection(vertx, options, "subscription", link.locator(), new Connection());
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
   * @param link to the same Redis
   * @param channels the channels, by name; or many, with a {@code *}, as PSUBSCRIBE takes them
   * @return the subscription, when it holds; fails when it cannot connect, or may not
   */
  public static Future<Subscription> open(
      Vertx vertx, RedisLink link, List<String> channels, Listener listener) {
    Subscription subscription = new Subscription(vertx, link, channels, listener);
    link.follow(subscription.held::hurry);
    return Starting.attempts(vertx, link.options(), subscription.held::open)
        .compose(v -> subscription.checkProof())
        .onSuccess(v -> subscription.beat())
        .recover(cause -> subscription.close().transform(v -> Future.failedFuture(cause)))
        .map(subscription);
  }

  /**
   * Whether every message arrives that is published on the server which has the key, as far as is
   * known.
   *
   * @return 0 while messages are being missed; else a number that is another one after each gap.
   *     May be called on any thread
   */
  public long reach(String key) {
    return reach;
  }

  /**
   * The same for all servers together.
   *
   * @return fails when the subscription is or gets lost, or after two commands' time
   */
  public long reach() {
    return reach;
  }

  /**
   * Waits until all has arrived that was published before on the server which has the key. What the
   * link was answered by then and what the listener was told by then can be compared: nothing of it
   * is still on its way.
   *
   * @return completes behind the messages, on the listener's context; fails when messages from that
   *     server are missed, or when it takes too long
   */
  public Future<Void> caughtUp(String key) {
    return caughtUp();
  }

  /** The same for all servers together; fails when one of them is out of reach. */
  public Future<Void> caughtUp() {
    List<ServerLink> servers = link.servers();
    if (!up || servers.isEmpty()) {
      return lostMeanwhile();
    }
    // Each server sends on what was published there in its order.
    return Future.all(servers.stream().map(this::mark).toList())
        .timeout(2 * link.options().commandTimeoutMs(), TimeUnit.MILLISECONDS)
        .<Void>mapEmpty()
        .recover(RedisFailures::future);
  }

  private Future<Void> mark(ServerLink server) {
    String text = String.valueOf(++lastMark);
    Mark mark = new Mark(server);
    marks.put(text, mark);
    server
        .read(Request.cmd(Command.PUBLISH).arg(proofChannel).arg(text))
        .onSuccess(
            receivers -> {
              mark.published = true;
              dropIfLost(mark);
            })
        .onFailure(
            cause -> {
              marks.remove(text);
              mark.arrived.tryFail(cause);
            });
    return mark.arrived.future();
  }

  private void arrived(String text) {
    Mark arrived = marks.remove(text);
    if (arrived == null) {
      return;
    }
    arrived.arrived.tryComplete();
    for (Mark mark : List.copyOf(marks.values())) {
      if (mark.number > arrived.number) {
        break;
      }
      if (mark.server == arrived.server) {
        mark.overtaken = true;
        dropIfLost(mark);
      }
    }
  }

  /**
   * A later one of the same server has arrived, so this one never will, nor what was published near
   * it: a Cluster's bus, which passes it on between servers, delivers at most once.
   */
  private void dropIfLost(Mark mark) {
    if (mark.published && mark.overtaken && !mark.arrived.future().isComplete()) {
      held.drop("messages were lost");
    }
  }

  private final class Mark {

    private final long number = lastMark;
    private final ServerLink server;
    private final Promise<Void> arrived = Promise.promise();
    private boolean published;
    private boolean overtaken;

    Mark(ServerLink server) {
      this.server = server;
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
      reach = ++lives;
      Subscription.this.proven();
      listener.reachChanged();
    }

    /** While the link is down proofs are missing, though the server of this one may be well. */
    @Override
    public boolean tellsOutage() {
      return link.isUp() && !linkWasDown;
    }

    @Override
    public void down(String reason) {
      up = false;
      reach = 0;
      List<Mark> missed = List.copyOf(marks.values());
      marks.clear();
      missed.forEach(mark -> lostMeanwhile().onComplete(mark.arrived));
      listener.reachChanged();
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
  }
}
