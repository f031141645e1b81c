package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class TurnsTest implements Timers {

  private final Queue<Runnable> loop = new ArrayDeque<>();
  private final List<Runnable> due = new ArrayList<>();
  private final List<String> done = new ArrayList<>();
  private long now;
  private final Turns turns = new Turns(this, () -> now);

  @Override
  public void later(Runnable task) {
    loop.add(task);
  }

  @Override
  public void inTurn(Runnable task) {
    turns.add(task);
  }

  @Override
  public long after(long delayMs, Runnable task) {
    due.add(task);
    return 0;
  }

  @Override
  public void cancel(long timer) {
    throw new UnsupportedOperationException();
  }

  /** All that the loop is given before it looks at its sockets. */
  private void runTasks() {
    while (!loop.isEmpty()) {
      loop.remove().run();
    }
  }

  private void work(String who, int turnsToCome) {
    done.add(who);
    now += Turns.AT_ONCE_NANOS / 4;
    if (turnsToCome > 1) {
      inTurn(() -> work(who, turnsToCome - 1));
    }
  }

  @Test
  void eachHasATurnAfterTheOtherWithOtherWorkInBetween() {
    inTurn(() -> work("a", 2));
    inTurn(() -> work("b", 1));
    later(() -> done.add("other"));

    loop.remove().run();
    later(() -> done.add("another"));
    runTasks();

    assertThat(done).containsExactly("a", "b", "other", "a", "another");
    assertThat(due).isEmpty();
  }

  @Test
  void theLoopComesToItsSockets() {
    for (String who : List.of("a", "b", "c")) {
      inTurn(() -> work(who, 3));
    }

    runTasks();
    assertThat(done).containsExactly("a", "b", "c", "a");
    due.remove(0).run();
    runTasks();
    assertThat(done).containsExactly("a", "b", "c", "a", "b", "c", "a", "b");
    due.remove(0).run();
    runTasks();

    assertThat(done).hasSize(9);
    assertThat(due).isEmpty();
  }

  @Test
  void oneThatFailsDoesNotEndTheTurnsOfOthers() {
    inTurn(
        () -> {
          throw new IllegalStateException("a");
        });
    inTurn(() -> work("b", 1));

    assertThatThrownBy(this::runTasks).hasMessage("a");
    runTasks();
    inTurn(() -> work("c", 1));
    runTasks();

    assertThat(done).containsExactly("b", "c");
  }
}
