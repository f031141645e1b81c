package io.fullon.cache.queue;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Questions are answered by the test, so that everything may happen while one is under way. */
class WaitersTest {

  private static final String CHANNEL = "fullon:test:pushed";
  private static final long LONG_MS = 20_000;

  @AutoClose private final SharedRedis shared = new SharedRedis();
  private final EmbeddedRedis redis = shared.server();
  private final Vertx vertx = shared.vertx();
  private final Loop loop = new Loop(vertx);
  private RedisLink link;
  private Waiters<String> waiters;
  private final BlockingQueue<Question> questions = new LinkedBlockingQueue<>();
  private final List<Question> asked = new ArrayList<>();

  /** Answered on the event loop, as Redis does. */
  private final class Question {

    private final List<String> requests;
    private final Promise<Waiters.Batch<String>> promise = Promise.promise();

    Question(List<String> requests) {
      this.requests = requests;
    }

    void answer(String... values) {
      answer(-1, values);
    }

    void answer(long retryAfterMs, String... values) {
      onLoop(() -> promise.complete(new Waiters.Batch<>(Arrays.asList(values), retryAfterMs)));
    }

    void fail(Failure failure) {
      onLoop(() -> promise.fail(failure.exception("as the test wants it")));
    }
  }

  @BeforeEach
  void open() {
    RedisLinkOptions options = Options.link(redis.uri(), "command_timeout_ms", LONG_MS);
    link = get(loop.call(() -> RedisLink.open(vertx, options, "test")));
    waiters =
        get(loop.call(() -> Waiters.open(vertx, link, CHANNEL, 100, queue -> queue, this::ask)));
  }

  @AfterEach
  void close() {
    Future<Void> closed = loop.call(() -> waiters.close());
    // Not only those that a test has looked at: what is on its way is waited for.
    onLoop(() -> asked.forEach(question -> question.promise.tryFail("over")));
    get(closed);
    get(loop.call(link::close));
  }

  private Future<Waiters.Batch<String>> ask(String queue, List<String> requests) {
    Question question = new Question(requests);
    questions.add(question);
    asked.add(question);
    return question.promise.future();
  }

  private Future<String> next(String queue, long timeoutMs) {
    return loop.call(() -> waiters.next(queue, "who", timeoutMs));
  }

  private void push(String queue) {
    get(loop.call(() -> link.ask(Request.cmd(Command.PUBLISH).arg(CHANNEL).arg(queue))));
  }

  private Question question() {
    try {
      Question question = questions.poll(Patience.SECONDS, TimeUnit.SECONDS);
      assertThat(question).as("a question").isNotNull();
      return question;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void onLoop(Runnable action) {
    get(
        loop.call(
            () -> {
              action.run();
              return Future.succeededFuture();
            }));
  }

  /** Waits until the event loop has done what it had to do so far. */
  private void settle() {
    onLoop(() -> {});
  }

  @Test
  void whoGetsNothingWaitsOnThoughOneBehindHasGotSomething() {
    List<Future<String>> waiting = new ArrayList<>();
    waiting.add(next("q", LONG_MS));
    question().answer();
    settle();
    waiting.add(next("q", LONG_MS));
    waiting.add(next("q", LONG_MS));
    push("q");
    question().answer("a"); // one at first, then more at once
    question().answer(null, "c");
    assertThat(get(waiting.get(0))).isEqualTo("a");
    assertThat(get(waiting.get(2))).isEqualTo("c");

    push("q");
    question().answer("b");

    assertThat(get(waiting.get(1))).isEqualTo("b");
  }

  @Test
  void asksOnceForAllWhoComeAndThenOnlyWhenAMessageTells() {
    List<Future<String>> waiting = new ArrayList<>();
    waiting.add(next("q", LONG_MS));
    for (int i = 0; i < 9; i++) {
      waiting.add(next("q", LONG_MS));
    }
    question().answer();
    for (int i = 0; i < 10; i++) {
      waiting.add(next("q", LONG_MS));
    }
    settle();
    assertThat(questions).isEmpty();

    push("other");
    push("q");

    question().answer("a");
    question().answer();
    assertThat(get(waiting.get(0))).isEqualTo("a");
    assertThat(waiting.stream().filter(Future::isComplete)).hasSize(1);
    settle();
    assertThat(questions).isEmpty();
  }

  @Test
  void servesInTheOrderInWhichTheyCame() {
    Future<String> first = next("q", LONG_MS);
    Future<String> second = next("q", LONG_MS);
    Future<String> third = next("q", LONG_MS);

    question().answer("a");
    Question both = question();
    both.answer("b", "c");

    assertThat(both.requests).hasSize(2);
    assertThat(List.of(get(first), get(second), get(third))).containsExactly("a", "b", "c");
  }

  @Test
  void givesAnAnswerOnItsWayToHimWhoseTimeEndsMeanwhile() {
    Future<String> waiting = next("q", 1);
    Question question = question();
    // Timers end in their order.
    get(loop.call(() -> vertx.timer(1)));

    assertThat(waiting.isComplete()).isFalse();
    question.answer("a");

    assertThat(get(waiting)).isEqualTo("a");
  }

  @Test
  void saysThatThereIsNothingOnlyByAQuestionAskedAfterTheWaiterCame() {
    next("q", LONG_MS);
    Question before = question();
    Future<String> atOnce = next("q", 0);
    settle();

    before.answer();

    Question after = question();
    assertThat(atOnce.isComplete()).isFalse();
    after.answer();
    assertThat(get(atOnce)).isNull();
  }

  @Test
  void asksForHimWhoCameToAnEmptyQueueBeforeHisTimeEnds() {
    Future<String> first = next("q", LONG_MS);
    question().answer();
    Future<String> second = next("q", 1);

    Question last = question();
    last.answer("a");

    assertThat(get(first)).isEqualTo("a");
    question().answer();
    assertThat(get(second)).isNull();
  }

  @Test
  void doesNotKeepThoseWaitingWhoseTimeIsOverHoweverManyCome() {
    Future<String> early = next("q", 0);
    for (int i = 0; i < 10 && !early.isComplete(); i++) {
      Question question = question();
      next("q", 0);
      settle();
      question.answer();
      settle();
    }
    assertThat(early.isComplete()).isTrue();
  }

  @Test
  void asksAgainWhenToldWhileItAsks() {
    Future<String> waiting = next("q", LONG_MS);
    Question before = question();
    push("q");
    push("q");
    awaitMessages();

    before.answer();

    question().answer("a");
    assertThat(get(waiting)).isEqualTo("a");
  }

  /** All messages have come when one that was published after them has. */
  private void awaitMessages() {
    Future<String> marker = next("marker", LONG_MS);
    question().answer();
    push("marker");
    question().answer("there");
    get(marker);
  }

  @Test
  void asksAgainWhenItIsTimeThoughNobodyTells() {
    Future<String> waiting = next("q", LONG_MS);
    question().answer(1);

    question().answer("a");

    assertThat(get(waiting)).isEqualTo("a");
  }

  @Test
  void failsOnlyThoseWhoseAnswerMayBeLost() {
    Future<String> asked = next("q", LONG_MS);
    Question lost = question();
    Future<String> behind = next("q", LONG_MS);
    settle();

    lost.fail(Failure.TIMEOUT);

    assertThat(failure(asked)).matches(Failure.TIMEOUT::matches, "TIMEOUT");
    question().answer("a");
    assertThat(get(behind)).isEqualTo("a");
  }

  @Test
  void tellsWhoComesWhenRedisRefusesAndLetsThoseWaitWhoWaited() {
    Future<String> waiting = next("q", LONG_MS);
    question().answer();
    Future<String> atOnce = next("q", 0);
    question().fail(Failure.UNAVAILABLE);
    Future<String> meanwhile = next("q", LONG_MS);
    question().fail(Failure.UNAVAILABLE);

    assertThat(failure(atOnce)).matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE");
    assertThat(failure(meanwhile)).matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE");
    question().answer("a");
    assertThat(get(waiting)).isEqualTo("a");
  }

  @Test
  void refusesMoreThanMayWait() {
    for (int i = 0; i < 100; i++) {
      next("q" + i % 3, LONG_MS);
    }
    settle();

    assertThat(failure(next("q", LONG_MS)))
        .matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE")
        .hasMessageContaining("100");
  }

  @Test
  void countsThoseOutWhoLeft() {
    for (int i = 0; i < 200; i++) {
      Future<String> waiting = next("q", 0);
      question().answer();
      assertThat(get(waiting)).isNull();
    }
  }

  @Test
  void tellsThoseWhoWaitWhenItClosesAfterWhatIsOnItsWayHasArrived() {
    Future<String> asked = next("q", LONG_MS);
    Question question = question();
    Future<String> behind = next("q", LONG_MS);
    Future<String> elsewhere = next("r", LONG_MS);
    question().answer();

    Future<Void> closed = loop.call(() -> waiters.close());

    assertThat(failure(elsewhere)).matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE");
    assertThat(asked.isComplete() || behind.isComplete() || closed.isComplete()).isFalse();
    question.answer("a");
    assertThat(get(asked)).isEqualTo("a");
    assertThat(failure(behind)).matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE");
    get(closed);
    assertThat(failure(next("q", 0))).matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE");
  }

  @Test
  void asksAgainEverythingWhenTheSubscriptionIsBack() {
    Future<String> one = next("q", LONG_MS);
    question().answer();
    Future<String> other = next("r", LONG_MS);
    question().answer();

    get(loop.call(() -> link.ask(killSubscriber())));

    question().answer("a");
    question().answer("a");
    assertThat(get(one) + get(other)).isEqualTo("aa");
  }

  private static Request killSubscriber() {
    return Request.cmd(Command.CLIENT).arg("KILL").arg("TYPE").arg("pubsub");
  }
}
