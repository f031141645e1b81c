package io.fullon.cache.account;

import static io.fullon.cache.account.Accounts.buy;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.FillOptions;
import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccountQueueTest {

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final Vertx vertx = redis.vertx();

  private final AtomicInteger idle = new AtomicInteger();
  private Loop loop;
  private RedisLink link;
  private AccountQueue queue;

  @BeforeEach
  void makeAQueue() {
    loop = new Loop(vertx);
    RedisLinkOptions options = Options.link(redis.server().uri());
    link = get(loop.call(() -> RedisLink.open(vertx, options, "test")));
    FillOptions fills = new FillOptions(60_000, 60_000, 60_000);
    Accounting accounting = new Accounting(vertx, link, fills, new Meters());
    queue =
        new AccountQueue(
            vertx, accounting, Accounts.newAccount(), new LongAdder(), idle::incrementAndGet);
  }

  /** Adds so many fills in one turn of the loop. */
  private List<Future<AppliedFill>> add(int count) {
    List<Future<AppliedFill>> answers = new ArrayList<>();
    get(
        loop.call(
            () -> {
              for (int i = 0; i < count; i++) {
                answers.add(queue.add(new FillChange(buy("t" + i, "A", "1", "10"), false)));
              }
              return Future.succeededFuture();
            }));
    return answers;
  }

  @Test
  void takesAnyNumberOfFillsAndIsIdleThen() {
    List<Future<AppliedFill>> answers = add(1_234);
    get(Future.all(answers));

    assertThat(answers.get(1_233).result().position().size()).isEqualTo("1234");
    await().until(() -> idle.get() == 1);
  }

  @Test
  void isIdleAfterAFailureToo() {
    get(loop.call(link::close));

    List<Future<AppliedFill>> answers = add(1);

    await().until(() -> idle.get() == 1);
    assertThat(answers.get(0).cause()).matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE");
  }

  @Test
  void failsAnyNumberOfFillsAtOnceWhenRedisIsOutOfReach() {
    get(loop.call(link::close));

    List<Future<AppliedFill>> answers = add(200_000);

    await().until(() -> idle.get() == 1);
    assertThat(answers)
        .allMatch(answer -> answer.failed() && Failure.UNAVAILABLE.matches(answer.cause()));
  }

  @Test
  void goesOnAfterItWasIdle() {
    get(Future.all(add(3)));
    await().until(() -> idle.get() == 1);

    List<Future<AppliedFill>> again = add(5);
    get(Future.all(again));

    assertThat(again)
        .extracting(answer -> answer.result().counted())
        .containsExactly(false, false, false, true, true);
    await().until(() -> idle.get() == 2);
  }
}
