package io.fullon.cache.feed;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One connection among those with the same subscriptions, and what it was sent otherwise than they:
 * who comes to a running group has had later ticks with its snapshot than the others, and rests
 * from then on.
 */
final class Follower {

  private final FeedSocket socket;
  private final Outbox outbox;
  private final LongSupplier nanos;

  /** The numbers of the ticks that it had last, where that is not what the others had. */
  private final Map<Ticker, Long> had = new HashMap<>(0);

  private FeedGroup group;

  /** When it had its snapshot in a running group, and until when its intervals begin with that. */
  private long joined;

  private long inStepFrom;

  /** Whether that may still be to come: else nobody needs to ask for the time. */
  private boolean catchesStep;

  /** How many of the group's next flush it was sent already. */
  private int taken;

  private long takenOfFlush = -1;

  Follower(FeedSocket socket, Outbox outbox, LongSupplier nanos) {
    this.socket = socket;
    this.outbox = outbox;
    this.nanos = nanos;
    this.joined = nanos.getAsLong();
    this.inStepFrom = joined;
  }

  /** Runs a step of its connection's. One that fails ends that connection and no other. */
  void run(Runnable step) {
    socket.run(step);
  }

  Outbox outbox() {
    return outbox;
  }

  /** Null when it has no subscriptions. */
  FeedGroup group() {
    return group;
  }

  Subscriptions subscriptions() {
    return group == null ? Subscriptions.NONE : group.subscriptions();
  }

  Map<Ticker, Long> had() {
    return had;
  }

  /** The group's next flush is for the others. */
  void join(FeedGroup another) {
    group = another;
    if (another != null) {
      another.followers().add(this);
      takeAll();
    }
  }

  private int taken() {
    return takenOfFlush == group.flushes() ? taken : 0;
  }

  private void takeAll() {
    taken = group.unsent().size();
    takenOfFlush = group.flushes();
  }

  /** Takes what comes with the group's next flush now. */
  void catchUp() {
    if (group != null && taken() < group.unsent().size()) {
      List<Update> mine = List.copyOf(group.unsent().subList(taken(), group.unsent().size()));
      takeAll();
      offer(mine);
    }
  }

  /**
   * Takes a part of what the group is sent. It is the way of every tick, and so without a step of
   * its own for {@link #run}; who fails is the only one to end here, too.
   */
  void take(FeedGroup.Piece piece) {
    try {
      deliver(piece);
    } catch (RuntimeException e) {
      socket.failed(e);
    }
  }

  private void deliver(FeedGroup.Piece piece) {
    List<Update> all = piece.updates();
    int from = Math.min(Math.max(0, taken() - piece.from()), all.size());
    if (from > 0 || !isInStep() || !outbox.takesSharedFrames(all)) {
      offer(all.subList(from, all.size()));
    } else if (!piece.ofAll().isEmpty()) {
      outbox.send(piece.frame(), piece.ofAll().size(), piece.skipped());
    }
  }

  private boolean isInStep() {
    if (catchesStep && nanos.getAsLong() >= inStepFrom) {
      catchesStep = false;
    }
    return !catchesStep && had.isEmpty();
  }

  private void offer(List<Update> updates) {
    long now = nanos.getAsLong();
    List<Update> mine = new ArrayList<>(updates.size());
    for (Update update : updates) {
      Update own = own(update);
      if (isFor(own, now)) {
        mine.add(own);
      }
    }
    outbox.offer(mine);
  }

  private Update own(Update update) {
    Long number = had.remove(update.ticker());
    return number == null ? update : new Update(update.tick(), number);
  }

  private boolean isFor(Update update, long now) {
    if (!update.isNew() || outbox.brings(update.ticker())) {
      return false;
    }
    boolean rests = rests(update.ticker(), now);
    if (rests) {
      had.put(update.ticker(), update.had());
      group.throttle().hold(update.ticker());
      group.planRelease();
    }
    return !rests;
  }

  /** Whether its own interval since its snapshot goes on. */
  private boolean rests(Ticker ticker, long now) {
    return now < inStepFrom
        && ticker.since() <= joined
        && now - joined < TimeUnit.MILLISECONDS.toNanos(subscriptions().interval(ticker));
  }

  /** The number of the tick that it had last, if it has had any. */
  long had(Ticker ticker) {
    Long number = had.get(ticker);
    Throttle.Rest rest = group.throttle().get(ticker);
    return number != null ? number : rest != null ? rest.sent() : ticker.number() - 1;
  }

  /** The latest tick was sent to it alone. */
  void sent(Ticker ticker) {
    if (group == null || !subscriptions().isPaced()) {
      return;
    }
    had.remove(ticker);
    int intervalMs = subscriptions().interval(ticker);
    Throttle.Rest rest = group.throttle().get(ticker);
    if (group.isAlone() && intervalMs > 0) {
      group.throttle().rest(ticker, intervalMs, nanos.getAsLong(), ticker.number());
    } else if (rest != null && ticker.number() > rest.sent()) {
      had.put(ticker, ticker.number());
    }
  }

  /** The latest tick is being sent to all of the group. */
  void restAll(Ticker ticker) {
    int intervalMs = subscriptions().interval(ticker);
    if (intervalMs > 0 && group.throttle().get(ticker) == null) {
      group.throttle().rest(ticker, intervalMs, nanos.getAsLong(), ticker.number());
    }
  }

  /**
   * A part of its snapshot was sent. Its intervals begin, which those of others do not wait for.
   */
  void hadSnapshot() {
    if (group != null && subscriptions().isPaced() && !group.isAlone()) {
      rest();
    }
  }

  private void rest() {
    joined = nanos.getAsLong();
    inStepFrom = joined + TimeUnit.MILLISECONDS.toNanos(subscriptions().longest());
    catchesStep = true;
  }

  /**
   * Goes on in a running group with what rested for it elsewhere.
   *
   * @param rest where it rested
   * @param number the tick that it had last
   */
  void carry(Throttle.Rest rest, long number) {
    Ticker ticker = rest.ticker();
    Throttle.Rest there = group.throttle().get(ticker);
    if (group.isAlone()) {
      group.throttle().take(rest, number);
    } else if (ticker.number() > number) {
      had.put(ticker, number);
      if (there == null) {
        group.throttle().rest(ticker, rest.intervalMs(), nanos.getAsLong(), ticker.number());
      }
      group.throttle().hold(ticker);
    } else if (there != null && ticker.number() > there.sent()) {
      had.put(ticker, number);
    }
    if (!group.isAlone()) {
      rest();
    }
    group.planRelease();
  }

  /** Tickers are gone. */
  void forgetGone() {
    had.keySet().removeIf(Ticker::isGone);
  }

  /** How many tickers rest for it: its share, where it is one of several. */
  int resting() {
    return had.size() + (group == null ? 0 : group.throttle().size() / group.followers().size());
  }
}
