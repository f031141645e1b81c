package io.fullon.cache.testing;

import org.opentest4j.TestAbortedException;

/**
 * What a test needs of the machine. Where it is missing the test is skipped, and says so, unless
 * the environment says that this is the CI, which must have it.
 */
public final class Needs {

  private Needs() {}

  /** Ends the test where something is missing. */
  public static void expect(boolean isThere, String missing) {
    if (!isThere) {
      throw missing(missing, null);
    }
  }

  /** What ends the test, for a {@code throw}. */
  public static TestAbortedException missing(String what, Throwable cause) {
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError(what, cause);
    }
    return new TestAbortedException(what, cause);
  }
}
