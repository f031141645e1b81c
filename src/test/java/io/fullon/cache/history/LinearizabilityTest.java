package io.fullon.cache.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.orders.Order;
import io.fullon.cache.orders.OrderClaim;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Histories that are right, and wrong ones, each with a fault that a store may have. */
class LinearizabilityTest {

  private static final String A = "bot A";
  private static final String B = "bot B";

  private static <S> Call<S> call(long began, long ended, Step<S> step) {
    return new Call<>(step, began, ended);
  }

  private static <S> Call<S> unanswered(long began, Step<S> step) {
    return Call.unanswered(step, began);
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  private static <S> void assertRight(S initial, Call<S>... history) {
    assertThat(Linearizability.violation(initial, List.of(history))).isNull();
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  private static <S> void assertWrong(S initial, Call<S>... history) {
    assertThat(Linearizability.violation(initial, List.of(history))).isNotNull();
  }

  // Time

  private static Queue.Push push(String id, Integer length) {
    return new Queue.Push(id, Answer.of(length));
  }

  private static final Answer<Integer> ANY_LENGTH = Answer.unknown();

  private static Queue.Push push(String id) {
    return new Queue.Push(id, ANY_LENGTH);
  }

  private static Queue.Pop pop(String id) {
    return new Queue.Pop(Answer.of(id));
  }

  @Test
  void callsThatOverlapMayHaveBeenDoneInAnyOrder() {
    assertRight(Queue.EMPTY, call(0, 9, push("1", 2)), call(1, 8, push("2", 1)));
    assertRight(Queue.EMPTY, call(0, 5, pop("1")), call(4, 9, push("1", 1)));
    // At the same time nobody was first.
    assertRight(Queue.EMPTY, call(0, 5, pop("1")), call(5, 9, push("1", 1)));
  }

  @Test
  void callsThatDoNotOverlapWereDoneInTheirOrder() {
    assertWrong(Queue.EMPTY, call(0, 3, push("1", 2)), call(4, 8, push("2", 1)));
    assertWrong(Queue.EMPTY, call(0, 5, pop("1")), call(6, 9, push("1", 1)));
  }

  @Test
  void aCallThatOverlapsTwoOthersHasOneMomentForBoth() {
    assertRight(Queue.EMPTY, call(0, 9, pop("1")), call(1, 2, push("1", 1)), call(3, 4, push("2")));
    assertWrong(Queue.EMPTY, call(0, 9, pop("2")), call(1, 2, push("1", 1)), call(3, 4, push("2")));
  }

  @Test
  void anEmptyHistoryIsRight() {
    assertRight(Queue.EMPTY);
  }

  // What nobody knows

  private static final Queue.Pop UNKNOWN_POP = new Queue.Pop(Answer.unknown());

  @Test
  void whatWasNotAnsweredMayHaveBeenDoneOrNot() {
    assertRight(Queue.EMPTY, unanswered(0, push("1")), call(1, 2, pop("1")));
    assertRight(Queue.EMPTY, unanswered(0, push("1")), call(1, 2, pop(null)));
  }

  @Test
  void whatWasNotAnsweredMayHaveBeenDoneMuchLater() {
    assertRight(Queue.EMPTY, unanswered(0, push("1")), call(1, 2, pop(null)), call(3, 4, pop("1")));
    assertRight(
        Queue.EMPTY,
        unanswered(0, UNKNOWN_POP),
        call(1, 2, push("1")),
        call(3, 4, push("2")),
        call(5, 6, pop("1")),
        call(7, 8, pop(null)));
  }

  @Test
  void whatWasNotAnsweredWasNotDoneBeforeItBegan() {
    assertWrong(Queue.EMPTY, call(0, 1, pop("1")), unanswered(2, push("1")));
  }

  @Test
  void whatWasNotAnsweredWasNotDoneTwice() {
    assertWrong(Queue.EMPTY, unanswered(0, push("1")), call(1, 2, pop("1")), call(3, 4, pop("1")));
    assertWrong(
        Queue.EMPTY,
        unanswered(0, UNKNOWN_POP),
        call(1, 2, push("1", 1)),
        call(3, 4, push("2", 2)),
        call(5, 6, pop(null)));
  }

  @Test
  void whatWasNotAnsweredIsNoReasonForWhatWasNotItsDoing() {
    assertWrong(Queue.EMPTY, unanswered(0, push("1")), call(1, 2, pop("2")));
  }

  // Queues

  private static Queue.Take take(String id, String receipt, int deliveries) {
    return new Queue.Take(Answer.of(new OrderClaim(id, receipt, deliveries)));
  }

  private static Queue.Ack ack(String receipt, boolean answer) {
    return new Queue.Ack(receipt, Answer.of(answer));
  }

  @Test
  void anEntryGivenTwiceIsFound() {
    assertWrong(Queue.EMPTY, call(0, 1, push("1", 1)), call(2, 9, pop("1")), call(2, 9, pop("1")));
    assertWrong(
        Queue.EMPTY,
        call(0, 1, push("1", 1)),
        call(2, 9, take("1", "r1", 1)),
        call(2, 9, take("1", "r2", 1)));
    assertWrong(
        Queue.EMPTY,
        call(0, 1, push("1", 1)),
        call(2, 3, take("1", "r1", 1)),
        call(4, 5, ack("r1", true)),
        call(6, 7, ack("r1", true)));
  }

  @Test
  void anEntryThatIsLostIsFound() {
    assertWrong(Queue.EMPTY, call(0, 1, push("1", 1)), call(2, 3, pop(null)));
    assertWrong(Queue.EMPTY, call(0, 1, push("1")), call(2, 3, push("2", 1)));
    assertWrong(
        Queue.EMPTY,
        call(0, 1, push("1", 1)),
        call(2, 3, take("1", "r", 1)),
        call(4, 5, ack("r", false)));
  }

  @Test
  void entriesInAnotherOrderAreFound() {
    assertWrong(
        Queue.EMPTY, call(0, 1, push("1", 1)), call(2, 3, push("2", 2)), call(4, 5, pop("2")));
  }

  @Test
  void aQueueThatDoesWhatItShouldIsRight() {
    assertRight(
        Queue.EMPTY,
        call(0, 1, push("1", 1)),
        call(2, 3, push("2", 2)),
        call(4, 5, take("1", "r1", 1)),
        call(5, 6, new Queue.Length(Answer.of(1))),
        call(6, 7, ack("r1", true)),
        call(8, 9, ack("r1", false)),
        call(10, 11, pop("2")),
        call(12, 13, pop(null)));
  }

  // Blocks and tokens

  private static Market.Acquire acquire(String bot, Long token) {
    return new Market.Acquire(bot, Answer.of(token));
  }

  private static Market.Write write(long token, boolean done) {
    return new Market.Write(token, Answer.of(done));
  }

  private static Market.Release release(String bot, long token, boolean done) {
    return new Market.Release(bot, token, Answer.of(done));
  }

  @Test
  void twoHoldersAreFound() {
    assertWrong(Market.FREE, call(0, 5, acquire(A, 1L)), call(0, 5, acquire(B, 2L)));
    assertWrong(
        Market.FREE, call(0, 1, acquire(A, 1L)), call(2, 3, new Market.Holder(Answer.of(B))));
  }

  @Test
  void aTokenThatDoesNotGrowIsFound() {
    assertWrong(Market.FREE, call(0, 1, acquire(A, 2L)), call(2, 3, acquire(A, 1L)));
    assertWrong(Market.FREE, call(0, 5, acquire(A, 2L)), call(0, 5, acquire(A, 2L)));
    assertWrong(
        Market.FREE,
        call(0, 1, acquire(A, 2L)),
        call(2, 3, release(A, 2, true)),
        call(4, 5, acquire(B, 1L)));
  }

  @Test
  void aWriteBehindANewerTokenIsFound() {
    assertWrong(
        Market.FREE,
        call(0, 1, acquire(A, 1L)),
        call(2, 3, acquire(A, 2L)),
        call(4, 5, write(1, true)));
    assertWrong(
        Market.FREE,
        call(0, 1, acquire(A, 1L)),
        call(2, 3, release(A, 1, true)),
        call(4, 5, new Market.Mark(A, 1, Answer.of(true))));
    assertWrong(
        Market.FREE,
        call(0, 1, acquire(A, 1L)),
        call(2, 3, acquire(A, 2L)),
        call(4, 5, new Market.Check(1, Answer.of(true))));
  }

  @Test
  void aBlockThatIsLostIsFound() {
    assertWrong(
        Market.FREE,
        call(0, 1, acquire(A, 1L)),
        call(2, 3, new Market.Renew(A, 1, Answer.of(false))));
    assertWrong(Market.FREE, call(0, 1, acquire(A, 1L)), call(2, 3, write(1, false)));
    assertWrong(Market.FREE, call(0, 1, acquire(A, 1L)), call(2, 3, acquire(B, 2L)));
    assertWrong(
        Market.FREE,
        call(0, 1, acquire(A, 1L)),
        call(2, 3, new Market.Mark(A, 1, Answer.of(true))),
        call(4, 5, new Market.Opening(Answer.of(false))));
  }

  @Test
  void anAcquisitionThatWasNotAnsweredEndsTheTokenBeforeIt() {
    Call<Market> first = call(0, 1, acquire(A, 1L));
    Call<Market> unknown = unanswered(2, new Market.Acquire(A, Answer.unknown()));
    assertRight(Market.FREE, first, unknown, call(3, 4, write(1, false)));
    assertRight(Market.FREE, first, unknown, call(3, 4, write(1, true)));
    assertWrong(
        Market.FREE, first, unknown, call(3, 4, write(1, false)), call(5, 6, write(1, true)));
    // Another bot's cannot have.
    assertWrong(
        Market.FREE,
        first,
        unanswered(2, new Market.Acquire(B, Answer.unknown())),
        call(3, 4, write(1, false)));
  }

  @Test
  void aMarketThatDoesWhatItShouldIsRight() {
    assertRight(
        Market.FREE,
        call(0, 1, acquire(A, 1L)),
        call(2, 9, acquire(B, null)),
        call(3, 4, new Market.Mark(A, 1, Answer.of(true))),
        call(5, 6, acquire(A, 3L)),
        call(7, 8, write(1, false)),
        call(7, 8, write(3, true)),
        call(10, 11, new Market.Opening(Answer.of(true))),
        call(12, 19, release(A, 3, true)),
        call(13, 18, acquire(B, 4L)),
        call(20, 21, new Market.Opening(Answer.of(false))),
        call(22, 23, new Market.Renew(B, 4, Answer.of(true))));
  }

  // Orders

  private static JsonObject data(Object... fields) {
    JsonObject data = new JsonObject();
    for (int i = 0; i < fields.length; i += 2) {
      data.put((String) fields[i], fields[i + 1]);
    }
    return data;
  }

  private static Order order(long version, Object... fields) {
    return Order.fromJson(data(fields).put("version", version));
  }

  private static StoredOrder.Merge merge(JsonObject data, Order answer) {
    return new StoredOrder.Merge(data, Answer.of(answer));
  }

  private static StoredOrder.Read read(Order answer) {
    return new StoredOrder.Read(Answer.of(answer));
  }

  @Test
  void aLostUpdateIsFound() {
    Call<StoredOrder> one = call(0, 5, merge(data("a", 1), order(1, "a", 1)));
    assertWrong(StoredOrder.NONE, one, call(0, 5, merge(data("b", 1), order(2, "b", 1))));
    assertWrong(StoredOrder.NONE, one, call(6, 7, read(null)));
    assertRight(
        StoredOrder.NONE,
        one,
        call(0, 5, merge(data("b", 1), order(2, "a", 1, "b", 1))),
        call(6, 7, read(order(2, "a", 1, "b", 1))));
  }

  @Test
  void aMergeThatGoesBackIsFound() {
    JsonObject filled = data("status", "filled", "final_volume", "2");
    JsonObject late = data("status", "open", "final_volume", "1", "a", 1);
    Order whole = order(1, "status", "filled", "final_volume", "2");
    Order back = order(2, "status", "open", "final_volume", "1", "a", 1);
    Order kept = order(2, "status", "filled", "final_volume", "2", "a", 1);
    assertWrong(StoredOrder.NONE, call(0, 1, merge(filled, whole)), call(2, 3, merge(late, back)));
    assertRight(StoredOrder.NONE, call(0, 1, merge(filled, whole)), call(2, 3, merge(late, kept)));
  }

  @Test
  void aStaleReadAndAVersionThatGoesBackAreFound() {
    Call<StoredOrder> one = call(0, 1, merge(data("a", 1), order(5, "a", 1)));
    Call<StoredOrder> other = call(2, 3, merge(data("a", 2), order(6, "a", 2)));
    assertWrong(StoredOrder.NONE, one, other, call(4, 5, read(order(5, "a", 1))));
    assertWrong(StoredOrder.NONE, one, call(2, 3, merge(data("a", 2), order(5, "a", 2))));
    assertWrong(
        StoredOrder.NONE,
        one,
        call(2, 3, new StoredOrder.Delete(Answer.of(true))),
        call(4, 5, merge(data("b", 2), order(4, "b", 2))));
  }

  @Test
  void anOrderThatIsReplacedAndDeletedIsRight() {
    assertRight(
        StoredOrder.NONE,
        call(0, 1, merge(data("a", 1), order(5, "a", 1))),
        unanswered(2, new StoredOrder.Merge(data("b", 1), Answer.unknown())),
        call(3, 4, new StoredOrder.Save(order(0, "c", 1))),
        call(5, 6, read(order(8, "b", 1, "c", 1))),
        call(7, 8, new StoredOrder.Delete(Answer.of(true))),
        call(9, 10, new StoredOrder.Delete(Answer.of(false))),
        call(11, 12, read(null)));
  }

  // The search itself

  /** All orders, one after the other. */
  private static <S> boolean isRight(S value, List<Call<S>> rest) {
    if (rest.stream().noneMatch(Call::isAnswered)) {
      return true;
    }
    long firstEnd = rest.stream().mapToLong(Call::ended).min().orElseThrow();
    for (Call<S> next : rest) {
      S after = next.began() > firstEnd ? null : next.step().after(value);
      List<Call<S>> others = new ArrayList<>(rest);
      others.remove(next);
      if (after != null && isRight(after, others)) {
        return true;
      }
    }
    return false;
  }

  private static Call<Queue> anyCall(Random random, int number) {
    long began = random.nextInt(12);
    String id = random.nextInt(4) == 0 ? null : String.valueOf(random.nextInt(4));
    boolean pushes = random.nextInt(5) < 2;
    if (random.nextInt(5) == 0) {
      return unanswered(began, pushes ? push(String.valueOf(number)) : UNKNOWN_POP);
    }
    long ended = began + 1 + random.nextInt(6);
    Step<Queue> step = pushes ? push(String.valueOf(number % 4), 1 + random.nextInt(2)) : pop(id);
    return call(began, ended, step);
  }

  @Test
  void theSearchFindsWhatTryingAllOrdersFinds() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int[] found = new int[2];
    for (int i = 0; i < 40_000; i++) {
      List<Call<Queue>> history = new ArrayList<>();
      int calls = 1 + random.nextInt(6);
      for (int number = 0; number < calls; number++) {
        history.add(anyCall(random, number));
      }
      boolean right = isRight(Queue.EMPTY, history);
      String violation = Linearizability.violation(Queue.EMPTY, history);
      assertThat(violation == null).as("seed %d: %s", seed, history).isEqualTo(right);
      found[right ? 1 : 0]++;
    }
    assertThat(Arrays.stream(found)).allMatch(count -> count > 1_000);
  }

  @Test
  void aWrongHistoryTellsTheCallThatHasNoPlace() {
    List<Call<Queue>> history =
        List.of(call(1_000, 2_000, push("one", 1)), call(3_000, 4_000, pop("other")));
    assertThat(Linearizability.violation(Queue.EMPTY, history))
        .contains("After (µs)\n  0–1 Push[id=one, length=1]\nnone of these could be next:\n")
        .endsWith("  2–3 Pop[id=other]");
  }

  @Test
  void aLongHistoryOfManyCallersIsLookedThrough() {
    Random random = new Random();
    List<Call<Queue>> history = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      long done = 10L * i;
      Step<Queue> step = i % 2 == 0 ? push("" + i, 1) : pop("" + (i - 1));
      history.add(call(done - random.nextInt(30), done + random.nextInt(30), step));
      if (i % 400 == 0) {
        history.add(unanswered(done, UNKNOWN_POP));
      }
    }
    assertThat(Linearizability.violation(Queue.EMPTY, history)).isNull();
    history.add(call(30_000, 30_001, pop("0")));
    assertThat(Linearizability.violation(Queue.EMPTY, history)).isNotNull();
  }
}
