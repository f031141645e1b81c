package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.List;

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
     * which. Changes that follow each other may be told together, and none before {@link #open} has
     * given the subscription.
     */
    void reachChanged();
  }

  private final RedisDeployment deployment;
  private final List<String> channels;
  private final Listener listener;
  private final ContextInternal context;
  private Subscriptions all;
  private boolean holds;

  /** Read where the listener is called. */
  private volatile boolean closed;

  private Subscription(
      RedisDeployment deployment,
      ContextInternal context,
      List<String> channels,
      Listener listener) {
    this.deployment = deployment;
    this.context = context;
    this.channels = channels;
    this.listener = listener;
  }

  /**
   * Subscribes for the current event loop.
   *
   * @param link to the Redis
   * @param channels the channels, by name; or many, with a {@code *}, as PSUBSCRIBE takes them
   * @return the subscription, when it holds; fails when it cannot connect, or may not
   */
  public static Future<Subscription> open(
      Vertx vertx, RedisLink link, List<String> channels, Listener listener) {
    RedisDeployment deployment = RedisDeployment.acquire(vertx, link.options());
    Subscription subscription =
        new Subscription(
            deployment,
            (ContextInternal) vertx.getOrCreateContext(),
            List.copyOf(channels),
            listener);
    return deployment
        .call(
            () -> {
              subscription.all = deployment.subscriptions();
              return subscription.all.add(subscription).onSuccess(v -> subscription.holds = true);
            })
        .recover(cause -> subscription.close().transform(v -> Future.failedFuture(cause)))
        .map(subscription);
  }

  public Future<Void> close() {
    if (closed) {
      return Future.succeededFuture();
    }
    closed = true;
    return deployment
        .call(() -> all.remove(this))
        // Vert.x is closing, and has closed it.
        .otherwiseEmpty()
        .eventually(deployment::release);
  }

  /**
   * Whether every message arrives that is published on the server which has the key, as far as is
   * known.
   *
   * @return 0 while messages are being missed; else a number that is another one after each gap.
   *     May be called on any thread
   */
  public long reach(String key) {
    return all.reach(key);
  }

  /**
   * The same for all servers together.
   *
   * @return 0 while messages from some server are being missed
   */
  public long reach() {
    return all.reach();
  }

  /**
   * Waits until all has arrived that was published before on the server which has the key. What the
   * link was answered by then and what the listener was told by then can be compared: nothing of it
   * is still on its way.
   *
   * @return completes behind the messages, on the listener's context; fails when messages from that
   *     server are missed, or when it takes too long
   */
  public Future<Void> awaitDelivery(String key) {
    return deployment.call(() -> all.awaitDelivery(key));
  }

  /** The same for all servers together; fails when one of them is out of reach. */
  public Future<Void> awaitDelivery() {
    return deployment.call(all::awaitDelivery);
  }

  // Called on the deployment's context

  List<String> channels() {
    return channels;
  }

  void message(String channel, String text) {
    tell(() -> listener.message(channel, text));
  }

  void reachChanged() {
    if (holds) {
      tell(listener::reachChanged);
    }
  }

  /** At once where the listener lives on this event loop, which only the inside of Vert.x does. */
  private void tell(Runnable news) {
    context.emit(
        v -> {
          if (!closed) {
            news.run();
          }
        });
  }
}
