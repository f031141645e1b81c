package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.testing.Signals;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.serviceproxy.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SubscriptionTest {

  @AutoClose private final SharedRedis shared = new SharedRedis();
  private final EmbeddedRedis redis = shared.server();
  private final Vertx vertx = shared.vertx();
  private final Loop loop = new Loop(vertx);
  private RedisLink link;
  private Subscription subscription;
  private final Queue<String> heard = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void start() {
    RedisLinkOptions options =
        Options.link(redis.uri(), "command_timeout_ms", 500, "heartbeat_ms", 100);
    link = get(loop.call(() -> RedisLink.open(vertx, options, "test")));
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
      heard.add(subscription.reach("any") == 0 ? "lost" : "subscribed");
    }
  }

  private int publish(String channel, String text) {
    return get(loop.call(() -> link.ask(Request.cmd(Command.PUBLISH).arg(channel).arg(text))))
        .toInteger();
  }

  @Test
  void holdsWhenItIsOpen() {
    assertThat(publish("news:a", "1")).isEqualTo(1);
    await().until(() -> heard.contains("news:a=1"));
    assertThat(heard).containsExactly("news:a=1");
  }

  @Test
  void comesBackAfterItWasKilledAndSaysSo() {
    get(
        loop.call(
            () -> link.ask(Request.cmd(Command.CLIENT).arg("KILL").arg("TYPE").arg("pubsub"))));

    await().until(() -> List.copyOf(heard).equals(List.of("lost", "subscribed")));
    assertThat(publish("news:b", "2")).isEqualTo(1);
    await().until(() -> heard.contains("news:b=2"));
  }

  @Test
  void doesNotTakeABusyEventLoopForASilentServer() {
    get(
        loop.call(
            () ->
                link.ask(Request.cmd(Command.PING))
                    .onSuccess(
                        pong -> {
                          long end = System.nanoTime() + 1_000_000_000L;
                          while (System.nanoTime() < end) {
                            Thread.onSpinWait();
                          }
                        })));

    assertThat(publish("news:a", "1")).isEqualTo(1);
    await().until(() -> heard.contains("news:a=1"));
    assertThat(heard).containsExactly("news:a=1");
  }

  @Test
  void noticesThatTheServerIsSilent() {
    Signals.freeze(redis);
    try {
      await().until(() -> heard.contains("lost"));
    } finally {
      Signals.unfreeze(redis);
    }
    await().until(() -> List.copyOf(heard).equals(List.of("lost", "subscribed")));
  }

  @Test
  void hasToldAllThatWasPublishedBeforeWhenItHasCaughtUp() {
    Redis other = Redis.createClient(vertx, redis.uri());
    for (int round = 1; round <= 20; round++) {
      List<Request> burst = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        burst.add(Request.cmd(Command.PUBLISH).arg("news:c").arg("x".repeat(1_000)));
      }
      get(other.batch(burst));

      int told = get(loop.call(() -> subscription.awaitDelivery().map(v -> heard.size())));

      assertThat(told).isEqualTo(round * burst.size());
    }
  }

  @Test
  void cannotCatchUpWhenItIsLost() {
    Signals.freeze(redis);
    try {
      assertThat(failure(loop.call(subscription::awaitDelivery)))
          .isInstanceOf(ServiceException.class);
      await().until(() -> heard.contains("lost"));
      assertThat(failure(loop.call(subscription::awaitDelivery)))
          .matches(Failure.UNAVAILABLE::matches)
          .hasMessage("The subscription was lost");
    } finally {
      Signals.unfreeze(redis);
    }
  }
}
