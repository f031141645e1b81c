package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.RedisProxy;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Vertx;
import io.vertx.serviceproxy.ServiceException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Messages that Redis has taken and that never arrive, as a Cluster's bus may lose them. */
class LostMessagesTest {

  @AutoClose private final SharedRedis redis = new SharedRedis();
  private final RedisProxy proxy = redis.proxy();
  private final Vertx vertx = redis.vertx();
  private final Loop loop = new Loop(vertx);
  private volatile Subscription subscription;
  private final Queue<String> heard = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void start() {
    RedisLinkOptions options =
        Options.link(proxy.uri(), "command_timeout_ms", 5_000, "heartbeat_ms", 500);
    RedisLink link = get(loop.call(() -> RedisLink.open(vertx, options, "test")));
    subscription =
        get(loop.call(() -> Subscription.open(vertx, link, List.of("news:*"), new Listener())));
  }

  private final class Listener implements Subscription.Listener {

    @Override
    public void message(String channel, String text) {
      heard.add(channel + "=" + text);
    }

    @Override
    public void reachChanged() {
      heard.add(subscription.reach() > 0 ? "heard" : "lost");
    }
  }

  /** The next so many messages are published where nobody hears them. */
  private void lose(int count) {
    AtomicInteger left = new AtomicInteger(count);
    proxy.rewrite(
        command ->
            command.get(0).equalsIgnoreCase("publish") && left.getAndDecrement() > 0
                ? List.of("PUBLISH", "nobody", "")
                : command);
  }

  @Test
  void theReachIsAnotherWhenALaterMarkHasOvertakenAnEarlierOne() {
    long before = subscription.reach("any");
    lose(1);

    assertThat(failure(loop.call(subscription::awaitDelivery)))
        .isInstanceOf(ServiceException.class);

    await("another reach").until(() -> heard.contains("heard"));
    assertThat(subscription.reach("any")).isGreaterThan(before);
    get(loop.call(subscription::awaitDelivery));
  }

  @Test
  void messagesAreMissedWhileNoMarkArrives() {
    lose(Integer.MAX_VALUE);

    assertThat(failure(loop.call(subscription::awaitDelivery)))
        .isInstanceOf(ServiceException.class);

    await().until(() -> heard.contains("lost"));
  }

  @Test
  void marksThatWereRefusedAreNotLost() {
    proxy.rewrite(
        command -> command.get(0).equalsIgnoreCase("publish") ? List.of("NOSUCHCOMMAND") : command);
    assertThat(failure(loop.call(subscription::awaitDelivery))).matches(Failure.INTERNAL::matches);

    lose(0);

    get(loop.call(subscription::awaitDelivery));
    assertThat(heard).isEmpty();
  }
}
