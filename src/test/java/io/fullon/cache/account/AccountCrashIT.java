package io.fullon.cache.account;

import static io.fullon.cache.account.FillingProcess.EX_ID;
import static io.fullon.cache.account.FillingProcess.FILLS;
import static io.fullon.cache.account.FillingProcess.SYMBOL;
import static io.fullon.cache.account.FillingProcess.fill;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AccountCrashIT {

  /** After how many answers each process is killed. */
  private static final List<Integer> KILLED_AFTER = List.of(1, 100, 1_000);

  private static final int PAGE = 1_000;

  @Test
  void afterProcessesWereKilledRepeatingAllFillsMakesThePositionExact() {
    EmbeddedRedis redis = CacheNode.newRedis();
    try (CacheNode node = Accounts.node(redis, new JsonObject())) {
      AccountCache accounts = AccountCache.proxy(node.vertx());
      Set<Integer> answered = new HashSet<>();
      for (int answers : KILLED_AFTER) {
        answered.addAll(fillAndKill(redis, answers));
      }
      List<Integer> lost = new ArrayList<>();
      int late = 0;
      for (int from = 0; from < FILLS; from += PAGE) {
        List<Future<AppliedFill>> repeats = new ArrayList<>();
        for (int i = from; i < from + PAGE; i++) {
          repeats.add(accounts.applyFill(EX_ID, fill(i)));
        }
        get(Future.all(repeats));
        for (int i = from; i < from + PAGE; i++) {
          if (repeats.get(i - from).result().counted()) {
            late++;
            if (answered.contains(i)) {
              lost.add(i);
            }
          }
        }
      }

      assertThat(late).as("fills that nobody had counted before").isPositive();
      assertThat(lost).as("fills that were answered and had not been counted").isEmpty();
      assertThat(Accounts.numbers(Accounts.read(accounts, EX_ID, SYMBOL)))
          .isEqualTo(Accounts.numbers(expected()));
    } finally {
      redis.close();
    }
  }

  /** Kills a process after so many answers; gives these. */
  private static Set<Integer> fillAndKill(EmbeddedRedis redis, int answers) {
    Set<Integer> answered = new HashSet<>();
    try (ChildJvm process = ChildJvm.start(FillingProcess.class, redis.uri())) {
      while (answered.size() < answers) {
        answered.add(Integer.valueOf(process.line()));
      }
    }
    return answered;
  }

  private static Position expected() {
    BigDecimal size = BigDecimal.ZERO;
    BigDecimal cost = BigDecimal.ZERO;
    BigDecimal fee = BigDecimal.ZERO;
    for (int i = 0; i < FILLS; i++) {
      Trade fill = fill(i);
      size = size.subtract(fill.volume());
      cost = cost.add(fill.volume().multiply(fill.price()));
      fee = fee.add(fill.fee());
    }
    return Position.builder(SYMBOL)
        .size(size)
        .costBasis(cost)
        .realizedPnl(BigDecimal.ZERO)
        .fee(fee)
        .build();
  }
}
