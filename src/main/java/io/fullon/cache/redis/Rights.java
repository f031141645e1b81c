package io.fullon.cache.redis;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Looks at the start whether the user of an access control list may do what the services do. Else
 * only the calls would fail, perhaps in the middle of a script.
 */
final class Rights {

  private static final Script SCRIPT = Script.load("rights");

  private Rights() {}

  /**
   * Tries, by the digest of a script and from its source, every command on a key of our own, and
   * some on keys that are shared with other programs.
   *
   * @param shared what the names of the shared keys begin with
   * @return fails with what Redis refuses, naming the command or the keys; not when there is no
   *     answer, which the link tells
   */
  static Future<Void> check(RedisLink link, List<String> shared) {
    List<Future<?>> tried = new ArrayList<>();
    tried.add(check(link, link.options().prefix(), "own"));
    shared.forEach(keys -> tried.add(check(link, keys, "shared")));
    return Future.all(tried).mapEmpty();
  }

  private static Future<?> check(RedisLink link, String keys, String whose) {
    String key = keys + "rights-" + UUID.randomUUID();
    return link.run(SCRIPT, List.of(key), List.of(whose))
        .compose(v -> link.runText(SCRIPT, List.of(key), List.of(whose)))
        .recover(
            cause ->
                RedisFailures.isRefusal(cause) || RedisFailures.isRefused(cause)
                    ? Future.failedFuture(new IllegalStateException(problem(keys, cause), cause))
                    : Future.succeededFuture());
  }

  private static String problem(String keys, Throwable cause) {
    String answer = cause.getMessage();
    if (RedisFailures.isMissingRight(cause)) {
      return "the user may not do what is needed with the keys " + keys + "*: " + answer;
    }
    return answer.contains("MOVED ")
        ? "belongs to a Cluster, so redis.cluster must be true: " + answer
        : "does not do what is needed with the keys " + keys + "*: " + answer;
  }
}
