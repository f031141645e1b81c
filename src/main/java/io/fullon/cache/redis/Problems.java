package io.fullon.cache.redis;

import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** Why none of several servers could help. */
final class Problems {

  private final List<String> texts = new ArrayList<>();
  private Throwable cause;

  void add(String server, Throwable problem) {
    texts.add(server + ": " + Reasons.of(problem));
    // It is hopeless only when all of them refuse.
    if (cause == null || RedisFailures.isRefusal(cause)) {
      cause = problem;
    }
  }

  /** Fails with all of them. */
  <T> Future<T> future(String what) {
    return Future.failedFuture(
        new IllegalStateException(what + " (" + String.join("; ", texts) + ")", cause));
  }
}
