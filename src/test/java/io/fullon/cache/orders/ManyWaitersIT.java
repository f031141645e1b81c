package io.fullon.cache.orders;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Options;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ten thousand callers wait at once. Scripts are what the queues cost in Redis. */
class ManyWaitersIT {

  private static final int CALLERS = 10_000;
  private static final long LONG_MS = 20_000;

  /** Nothing else asks. */
  @AutoClose
  private final CacheNode node =
      CacheNode.start(
          Options.section("redis", "heartbeat_ms", 500)
              .put("process", Options.of("enabled", false)));

  private final OrdersCache orders = node.orders();

  @BeforeEach
  void start() {
    // From here on each run of a script is one EVALSHA.
    get(orders.getQueueLength("warm up"));
  }

  private List<Future<String>> wait(IntFunction<String> queue) {
    List<Future<String>> waiting =
        IntStream.range(0, CALLERS)
            .mapToObj(i -> orders.popOpenOrder(queue.apply(i), LONG_MS))
            .toList();
    awaitAllJoined();
    return waiting;
  }

  /** The service takes calls in their order. */
  private void awaitAllJoined() {
    get(orders.getQueueLength("another"));
  }

  private long calls(String command) {
    String stats = node.redis(Command.INFO, "commandstats").toString();
    Matcher calls = Pattern.compile("cmdstat_" + command + ":calls=(\\d+)").matcher(stats);
    return calls.find() ? Long.parseLong(calls.group(1)) : 0;
  }

  /** Lets some heartbeats pass, time enough for a program that asks again and again. */
  private void letTimePass() {
    long before = calls("publish");
    await().until(() -> calls("publish") > before + 6);
  }

  /** Those of the node, without the test's own. */
  private long connections() {
    return node.redis(Command.CLIENT, "LIST")
        .toString()
        .lines()
        .filter(line -> !line.matches(".* cmd=(client|info|acl|keys) .*"))
        .count();
  }

  private static List<String> ids() {
    return IntStream.range(0, CALLERS).mapToObj(i -> "id-" + i).toList();
  }

  private static List<String> results(List<Future<String>> waiting) {
    get(Future.all(waiting));
    return waiting.stream().map(Future::result).toList();
  }

  @Test
  void waitForOneQueueWithOneQuestionAndNoConnectionOfTheirOwn() {
    Future<String> first = orders.popOpenOrder("q", LONG_MS);
    awaitAllJoined();
    long connections = connections();
    long asked = calls("evalsha");

    List<Future<String>> waiting = wait(i -> "q");
    letTimePass();

    // The one that tells that all have joined.
    assertThat(calls("evalsha") - asked).isEqualTo(1);
    assertThat(connections()).isEqualTo(connections);
    assertThat(first.isComplete()).isFalse();
    assertThat(waiting).noneMatch(Future::isComplete);
  }

  @Test
  void areWokenByAPushWithTwoQuestions() {
    List<Future<String>> waiting = wait(i -> "q");
    int pushes = 50;
    long asked = calls("evalsha");

    for (int i = 0; i < pushes; i++) {
      get(orders.pushOpenOrder("id-" + i, "q"));
      assertThat(get(waiting.get(i))).isEqualTo("id-" + i);
    }
    letTimePass();

    // The push, the question that finds the id, the one that finds no other.
    assertThat(calls("evalsha") - asked).isEqualTo(3L * pushes);
    assertThat(waiting.stream().filter(Future::isComplete)).hasSize(pushes);
  }

  @Test
  void getOneIdEachInTheirOrder() {
    List<Future<String>> waiting = wait(i -> "q");
    long asked = calls("evalsha");

    List<Future<Integer>> pushed = ids().stream().map(id -> orders.pushOpenOrder(id, "q")).toList();

    assertThat(results(waiting)).isEqualTo(ids());
    get(Future.all(pushed));
    letTimePass();
    // Up to 200 pushes and 64 answers together; at worst a push and a question for each id, and one
    // in vain for each push that told.
    assertThat(calls("evalsha") - asked).isBetween(CALLERS / 200L + CALLERS / 64L, 3L * CALLERS);
  }

  @Test
  void waitForQueuesOfTheirOwnWithOneQuestionEach() {
    long connections = connections();
    long asked = calls("evalsha");
    List<Future<String>> waiting = wait(i -> "q-" + i);
    letTimePass();

    assertThat(calls("evalsha") - asked).isEqualTo(CALLERS + 1);
    assertThat(connections()).isEqualTo(connections);

    for (int i = 0; i < CALLERS; i++) {
      orders.pushOpenOrder("id-" + i, "q-" + i);
    }
    assertThat(results(waiting)).isEqualTo(ids());
    letTimePass();
    // Who got his id leaves nobody behind for whom to ask again.
    assertThat(calls("evalsha") - asked).isEqualTo(3L * CALLERS + 1);
    assertThat(node.keys()).isEmpty();
  }

  @Test
  void areAllServedAfterTheSubscriptionWasLost() {
    List<Future<String>> waiting = wait(i -> "q-" + i);
    node.redis(Command.ACL, "SETUSER", "default", "-subscribe");
    node.redis(Command.CLIENT, "KILL", "TYPE", "pubsub");
    List<Future<Integer>> pushed =
        IntStream.range(0, CALLERS)
            .mapToObj(i -> orders.pushOpenOrder("id-" + i, "q-" + i))
            .toList();
    get(Future.all(pushed));

    node.redis(Command.ACL, "SETUSER", "default", "+subscribe");

    assertThat(results(waiting)).isEqualTo(ids());
  }

  @Test
  void whoseTimeEndsAreToldByFewQuestions() {
    get(orders.popOpenOrder("q", 0));
    long asked = calls("evalsha");
    List<Future<String>> waiting =
        IntStream.range(0, CALLERS).mapToObj(i -> orders.popOpenOrder("q", 3_000)).toList();

    assertThat(results(waiting)).containsOnlyNulls();

    // One for the first to come, and one for all who came behind him before it is asked.
    assertThat(calls("evalsha") - asked).isLessThan(20);
  }
}
