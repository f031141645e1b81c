package io.fullon.cache.history;

import io.fullon.cache.orders.OrderClaim;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A queue of ids, whose claims outlast the history.
 *
 * @param waiting the oldest first
 * @param claimed receipts; what was claimed without an answer is gone as if it were popped
 */
public record Queue(List<String> waiting, Set<String> claimed) {

  public static final Queue EMPTY = new Queue(List.of(), Set.of());

  private String oldest() {
    return waiting.isEmpty() ? null : waiting.get(0);
  }

  private Queue withoutOldest(Set<String> claims) {
    return waiting.isEmpty() ? this : new Queue(waiting.subList(1, waiting.size()), claims);
  }

  /** pushOpenOrder. */
  public record Push(String id, Answer<Integer> length) implements Step<Queue> {

    @Override
    public Queue after(Queue queue) {
      List<String> waiting = new ArrayList<>(queue.waiting);
      waiting.add(id);
      return length.mayBe(waiting.size()) ? new Queue(waiting, queue.claimed) : null;
    }

    @Override
    public boolean isObservation() {
      return false;
    }
  }

  /** popOpenOrder. */
  public record Pop(Answer<String> id) implements Step<Queue> {

    @Override
    public Queue after(Queue queue) {
      return id.mayBe(queue.oldest()) ? queue.withoutOldest(queue.claimed) : null;
    }

    @Override
    public boolean isObservation() {
      return id.is(null);
    }
  }

  /** takeOpenOrder. */
  public record Take(Answer<OrderClaim> claim) implements Step<Queue> {

    @Override
    public Queue after(Queue queue) {
      if (!claim.isKnown() || claim.value() == null) {
        return claim.isKnown() && queue.oldest() != null
            ? null
            : queue.withoutOldest(queue.claimed);
      }
      Set<String> claimed = new HashSet<>(queue.claimed);
      return claim.value().exOrderId().equals(queue.oldest())
              && claim.value().deliveries() == 1
              && claimed.add(claim.value().receipt())
          ? queue.withoutOldest(claimed)
          : null;
    }

    @Override
    public boolean isObservation() {
      return claim.is(null);
    }
  }

  /** ackOpenOrder. */
  public record Ack(String receipt, Answer<Boolean> answer) implements Step<Queue> {

    @Override
    public Queue after(Queue queue) {
      Set<String> claimed = new HashSet<>(queue.claimed);
      return answer.mayBe(claimed.remove(receipt)) ? new Queue(queue.waiting, claimed) : null;
    }

    @Override
    public boolean isObservation() {
      return answer.is(false);
    }
  }

  /** getQueueLength. */
  public record Length(Answer<Integer> length) implements Step<Queue> {

    @Override
    public Queue after(Queue queue) {
      return length.mayBe(queue.waiting.size()) ? queue : null;
    }

    @Override
    public boolean isObservation() {
      return true;
    }
  }
}
