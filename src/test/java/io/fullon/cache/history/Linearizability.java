package io.fullon.cache.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Looks for an order in which calls may have done their steps, one after the other: each between
 * its begin and its end, each with its answer (Herlihy and Wing, "Linearizability", 1990).
 *
 * <p>The search is that of Wing and Gong, with Lowe's memory of what was tried ("Testing for
 * linearizability", 2017): the next step is that of a call that began before the first open end;
 * who has got to the same value with the same calls before need not go on. It takes exponential
 * time in the number of calls that are open at once, so those without an answer should be few.
 */
public final class Linearizability<S> {

  private static final int SHOWN = 20;

  /** A begin or an end of a call, in a list that calls are taken out of and put back into. */
  private static final class Event<S> {

    final Call<S> call;
    final int number;
    final long time;

    /** Null for an end, and for a begin that has none. */
    Event<S> end;

    final boolean isBegin;
    Event<S> before;
    Event<S> after;

    Event(Call<S> call, int number, boolean isBegin) {
      this.call = call;
      this.number = number;
      this.isBegin = isBegin;
      this.time = isBegin ? call.began() : call.ended();
    }

    void takeOut() {
      before.after = after;
      if (after != null) {
        after.before = before;
      }
    }

    void putBack() {
      before.after = this;
      if (after != null) {
        after.before = this;
      }
    }
  }

  /** A step that was taken, and the value before it. */
  private record Taken<S>(Event<S> begin, S before) {}

  /** What was tried: the calls whose steps were taken, in any order, and the value after them. */
  private record Tried<S>(BitSet calls, S value) {}

  private final List<Call<S>> history;
  private final Event<S> head = new Event<>(new Call<>(null, 0, 0), -1, false);
  private final Deque<Taken<S>> taken = new ArrayDeque<>();
  private final BitSet calls = new BitSet();
  private final Set<Tried<S>> tried = new HashSet<>();
  private S value;
  private int open;

  /** The most steps that could be taken, for whoever must find out what went wrong. */
  private List<Call<S>> best = List.of();

  private Linearizability(S initial, List<Call<S>> history) {
    this.value = initial;
    this.history = history;
    List<Event<S>> events = new ArrayList<>();
    for (int i = 0; i < history.size(); i++) {
      Event<S> begin = new Event<>(history.get(i), i, true);
      events.add(begin);
      if (history.get(i).isAnswered()) {
        begin.end = new Event<>(history.get(i), i, false);
        events.add(begin.end);
        open++;
      }
    }
    // At the same time nobody was first, so the begins are.
    events.sort(Comparator.<Event<S>>comparingLong(e -> e.time).thenComparing(e -> !e.isBegin));
    Event<S> last = head;
    for (Event<S> event : events) {
      last.after = event;
      event.before = last;
      last = event;
    }
  }

  /**
   * Looks at the calls on one value.
   *
   * @param initial the value before all of them
   * @return why there is no such order; null when there is one
   */
  public static <S> String violation(S initial, List<Call<S>> history) {
    Linearizability<S> search = new Linearizability<>(initial, history);
    return search.succeeds() ? null : search.explanation();
  }

  private boolean succeeds() {
    Event<S> event = head.after;
    while (open > 0) {
      if (event.isBegin) {
        event = take(event) ? head.after : event.after;
      } else if (taken.isEmpty()) {
        return false;
      } else {
        // Its step is none of the next ones: one that was taken before it must come later.
        event = takeBack().after;
      }
    }
    return true;
  }

  private boolean take(Event<S> begin) {
    S next = begin.call.step().after(value);
    // What is not known to have been done, and makes no difference, need not be.
    if (next == null || (!begin.call.isAnswered() && next.equals(value))) {
      return false;
    }
    calls.set(begin.number);
    if (!tried.add(new Tried<>((BitSet) calls.clone(), next))) {
      calls.clear(begin.number);
      return false;
    }
    taken.push(new Taken<>(begin, value));
    value = next;
    begin.takeOut();
    if (begin.end != null) {
      begin.end.takeOut();
      open--;
    }
    return true;
  }

  private Event<S> takeBack() {
    if (taken.size() > best.size()) {
      best = steps();
    }
    Taken<S> last = taken.pop();
    Event<S> begin = last.begin();
    if (begin.end != null) {
      begin.end.putBack();
      open++;
    }
    begin.putBack();
    calls.clear(begin.number);
    value = last.before();
    return begin;
  }

  private List<Call<S>> steps() {
    List<Call<S>> steps = new ArrayList<>();
    taken.descendingIterator().forEachRemaining(step -> steps.add(step.begin().call));
    return steps;
  }

  private String explanation() {
    long start = history.stream().mapToLong(Call::began).min().orElse(0);
    List<Call<S>> rest = new ArrayList<>(history);
    rest.removeAll(best);
    long end = rest.stream().mapToLong(Call::ended).min().orElse(0);
    // Those that begin later cannot be next.
    rest.removeIf(call -> call.began() > end);
    rest.sort(Comparator.comparingLong(Call::ended));
    return "There is no order of these calls in which each could have had its answer. After (µs)\n"
        + text(best.subList(Math.max(0, best.size() - SHOWN), best.size()), start)
        + "\nnone of these could be next:\n"
        + text(rest, start);
  }

  private static <S> String text(List<Call<S>> calls, long start) {
    return calls.stream().map(call -> "  " + call.since(start)).collect(Collectors.joining("\n"));
  }
}
