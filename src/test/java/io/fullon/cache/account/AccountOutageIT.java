package io.fullon.cache.account;

import static io.fullon.cache.account.Accounts.buy;
import static io.fullon.cache.account.Accounts.numbers;
import static io.fullon.cache.account.Accounts.position;
import static io.fullon.cache.account.Accounts.read;
import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Signals;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AccountOutageIT {

  private static final int EX_ID = 1;
  private static final String BTC = "BTC/USDT";

  private static CacheNode node(JsonObject redis) {
    return Accounts.node(
        new JsonObject()
            .put("redis", new JsonObject().put("command_timeout_ms", 1_000).mergeIn(redis, true)));
  }

  private static List<Future<AppliedFill>> fills(AccountCache accounts, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> accounts.applyFill(EX_ID, buy("t" + i, BTC, "1", "10")))
        .toList();
  }

  private static List<Failure> failures(List<? extends Future<?>> calls) {
    return calls.stream()
        .map(
            call -> {
              Throwable cause = failure(call);
              return Failure.TIMEOUT.matches(cause)
                  ? Failure.TIMEOUT
                  : Failure.UNAVAILABLE.matches(cause) ? Failure.UNAVAILABLE : Failure.INTERNAL;
            })
        .toList();
  }

  private static void awaitRedis(AccountCache accounts) {
    await("the service to be back")
        .until(() -> get(accounts.getPositions(EX_ID).map(true).otherwise(false)));
  }

  @Test
  void fillsThatGotNoAnswerAreRepeatedAndCountOnce() {
    int count = 500;
    try (CacheNode node = node(new JsonObject())) {
      AccountCache accounts = AccountCache.proxy(node.vertx());
      get(Future.all(fills(accounts, 10)));
      Signals.freeze(node.redis());
      List<Failure> failures;
      try {
        failures = failures(fills(accounts, count));
      } finally {
        Signals.unfreeze(node.redis());
      }
      assertThat(failures).containsOnly(Failure.TIMEOUT, Failure.UNAVAILABLE);
      awaitRedis(accounts);

      get(Future.all(fills(accounts, count)));

      assertThat(numbers(read(accounts, EX_ID, BTC))).isEqualTo("500 10 5000 0 0");
    }
  }

  @Test
  void everyMethodFailsInTimeWhileRedisIsSilentAndAtOnceAfterwards() {
    try (CacheNode node = node(new JsonObject())) {
      AccountCache accounts = AccountCache.proxy(node.vertx());
      Signals.freeze(node.redis());
      try {
        // What waits for the change before it is not begun.
        assertThat(failures(everyMethod(accounts)))
            .containsOnly(Failure.TIMEOUT, Failure.UNAVAILABLE);
        assertThat(failures(everyMethod(accounts))).containsOnly(Failure.UNAVAILABLE);
      } finally {
        Signals.unfreeze(node.redis());
      }
      awaitRedis(accounts);
      get(Future.all(everyMethod(accounts)));
    }
  }

  private static List<Future<?>> everyMethod(AccountCache accounts) {
    return List.of(
        accounts.upsertPositions(EX_ID, List.of(position("X", "1", "1"))),
        accounts.replacePositions(EX_ID, List.of(position("X", "1", "1")), null),
        accounts.getPositions(EX_ID),
        accounts.getPosition("X", EX_ID),
        accounts.deletePosition("X", EX_ID),
        accounts.applyFill(EX_ID, buy("t", BTC, "1", "1")),
        accounts.upsertUserAccount(EX_ID, new JsonObject()),
        accounts.getFullAccount(EX_ID, "USDT"),
        accounts.getAllAccounts());
  }

  @Test
  void noMoreFillsWaitThanMayBeInFlight() {
    try (CacheNode node = node(new JsonObject().put("max_in_flight", 20))) {
      AccountCache accounts = AccountCache.proxy(node.vertx());
      Signals.freeze(node.redis());
      List<Failure> failures;
      try {
        List<Future<AppliedFill>> calls = new ArrayList<>(fills(accounts, 50));
        await("the ones too many to be refused")
            .until(() -> calls.stream().filter(Future::failed).count() >= 30);
        assertThat(calls)
            .filteredOn(Future::failed)
            .hasSize(30)
            .allMatch(call -> call.cause().getMessage().startsWith("Too much in flight: 20 "));
        failures = failures(calls);
      } finally {
        Signals.unfreeze(node.redis());
      }
      assertThat(failures).containsOnly(Failure.TIMEOUT, Failure.UNAVAILABLE);
      awaitRedis(accounts);
      get(Future.all(fills(accounts, 20)));
      assertThat(read(accounts, EX_ID, BTC).size()).isEqualTo("20");
    }
  }

  @Test
  void fillsGoOnOverConnectionsThatAreKilled() {
    int count = 1_000;
    try (CacheNode node = node(new JsonObject())) {
      AccountCache accounts = AccountCache.proxy(node.vertx());
      List<Future<AppliedFill>> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String id = "t" + i;
        all.add(untilAnswered(node, () -> accounts.applyFill(EX_ID, buy(id, BTC, "1", "10"))));
        if (i % 200 == 199) {
          node.redis(Command.CLIENT, "KILL", "TYPE", "normal", "SKIPME", "yes");
          // So that some have been counted before the next cut.
          get(all.get(i - 150));
        }
      }
      get(Future.all(all));

      // The last cut may come when all has been counted.
      Position position = get(untilAnswered(node, () -> accounts.getPosition(BTC, EX_ID)));
      assertThat(numbers(position)).isEqualTo(count + " 10 10000 0 0");
      assertThat(position.version()).isEqualTo(count);
    }
  }

  /** What a caller does after a 503 or a 504. */
  private static <T> Future<T> untilAnswered(CacheNode node, Supplier<Future<T>> call) {
    return call.get()
        .recover(
            cause ->
                Failure.TIMEOUT.matches(cause) || Failure.UNAVAILABLE.matches(cause)
                    ? node.vertx().timer(10).compose(v -> untilAnswered(node, call))
                    : Future.failedFuture(cause));
  }
}
