package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.vertx.core.Future;
import io.vertx.redis.client.impl.types.ErrorType;
import io.vertx.serviceproxy.ServiceException;
import java.util.regex.Pattern;

/** What a failed command means to the caller of a service. */
final class RedisFailures {

  /**
   * Redis refused and changed nothing, and may accept the same later. The codes are those of Redis'
   * {@code server.c} and {@code script.c}; a command inside a script shows its code behind that of
   * the script.
   */
  private static final Pattern REFUSED =
      Pattern.compile(
          "(^|.*[ -])(OOM|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|MISCONF)"
              + " .*",
          Pattern.DOTALL);

  private RedisFailures() {}

  static boolean isNoScript(Throwable cause) {
    return cause instanceof ErrorType error && error.is("NOSCRIPT");
  }

  /** Whether Redis answered, with an error; else its answer is missing. */
  static boolean isAnswer(Throwable cause) {
    return cause instanceof ErrorType error && !error.is("CONNECTION_CLOSED");
  }

  /** Whether the server is a replica. */
  static boolean isReadOnly(Throwable cause) {
    return cause instanceof ErrorType && cause.getMessage().contains("READONLY ");
  }

  /** The connection went away with the command under way. */
  static ServiceException lost(String reason) {
    return Failure.TIMEOUT.exception("Redis gave no answer (" + reason + "): outcome unknown");
  }

  static <T> Future<T> future(Throwable cause) {
    return Future.failedFuture(cause instanceof ServiceException ? cause : exception(cause));
  }

  private static ServiceException exception(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    if (!(cause instanceof ErrorType error)) {
      return "Connection is closed".equals(message)
          ? Failure.UNAVAILABLE.exception("Redis is out of reach")
          : lost(message);
    }
    if (error.is("CONNECTION_CLOSED")) {
      return lost("connection lost");
    }
    return REFUSED.matcher(message).matches()
        ? Failure.UNAVAILABLE.exception("Redis refused: " + message)
        : Failure.INTERNAL.exception("Redis: " + message);
  }
}
