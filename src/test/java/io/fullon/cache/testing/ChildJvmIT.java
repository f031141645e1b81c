package io.fullon.cache.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** A crash test that fails says why, and leaves no process behind. */
class ChildJvmIT {

  /** Does what it is told. */
  static final class Program {

    private Program() {}

    public static void main(String[] arguments) {
      switch (arguments[0]) {
        case "fail" -> throw new IllegalStateException("on purpose");
        case "exit" -> {
          System.err.println("out of luck");
          System.exit(7);
        }
        case "parent" -> {
          // Nobody closes it: this process is killed.
          ChildJvm child = ChildJvm.start(Program.class, "stay");
          child.expect("here");
          System.out.println(child.pid());
          stay();
        }
        default -> {
          System.out.println("here");
          stay();
        }
      }
    }

    private static void stay() {
      new Thread(
              () -> {
                while (true) {
                  LockSupport.park();
                }
              })
          .start();
    }
  }

  @Test
  void saysWhatItWroteToStderrWhenItEndsInsteadOfPrinting() {
    try (ChildJvm child = ChildJvm.start(Program.class, "exit")) {
      assertThatThrownBy(child::line)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("exitValue=7")
          .hasMessageContaining("out of luck");
    }
  }

  @Test
  void endsWhenItsMainFails() {
    try (ChildJvm child = ChildJvm.start(Program.class, "fail")) {
      assertThatThrownBy(child::line).hasMessageContaining("on purpose");
    }
  }

  @Test
  void endsWithTheTest() {
    long process;
    try (ChildJvm child = ChildJvm.start(Program.class, "stay")) {
      child.expect("here");
      process = child.pid();
    }
    assertThat(ProcessHandle.of(process)).isEmpty();
  }

  @Test
  void endsByItselfWhenTheProcessOfTheTestIsKilled() {
    ProcessHandle child;
    try (ChildJvm parent = ChildJvm.start(Program.class, "parent")) {
      child = ProcessHandle.of(Long.parseLong(parent.line())).orElseThrow();
      assertThat(child.isAlive()).isTrue();
    }
    await("the child's end").until(() -> !child.isAlive());
  }
}
