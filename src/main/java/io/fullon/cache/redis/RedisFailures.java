package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import io.vertx.serviceproxy.ServiceException;
import java.io.IOException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** What a failed command means to the caller of a service. */
final class RedisFailures {

  /**
   * Redis refused and changed nothing, and may accept the same later. The codes are those of Redis'
   * {@code server.c} and {@code script.c}; a command inside a script shows its code behind that of
   * the script.
   */
  private static final Pattern REFUSED =
      Pattern.compile(
          "(^|.*[ -])(OOM|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|MISCONF"
              + "|NOPERM) .*"
              + "|.*(ACL failure in script|The user executing the script can't).*",
          Pattern.DOTALL);

  /** What Redis says while it cannot answer yet, or not any more. */
  private static final Pattern TEMPORARY =
      Pattern.compile(
          "(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|MISCONF|READONLY|OOM) .*"
              + "|ERR max number of clients reached.*",
          Pattern.DOTALL);

  /** What Redis says to every write while it takes none. */
  private static final Pattern NO_WRITES =
      Pattern.compile("(ERR )?(OOM|NOREPLICAS|MISCONF|READONLY) .*", Pattern.DOTALL);

  private static final Pattern MISSING_RIGHT =
      Pattern.compile(
          ".*(NOPERM|NOAUTH|WRONGPASS|ACL failure in script|The user executing the script can't).*",
          Pattern.DOTALL);

  private static final String REFUSAL = "Redis refused: ";

  private RedisFailures() {}

  /**
   * Whether it is an error with that code. Servers that are not quite Redis put {@code ERR} before
   * each.
   */
  static boolean isError(Throwable cause, String code) {
    return isError(cause)
        && (cause.getMessage().startsWith(code) || cause.getMessage().startsWith("ERR " + code));
  }

  /** Whether it is an answer of Redis, or the client's own in its place; its class is internal. */
  private static boolean isError(Throwable cause) {
    return cause instanceof Response;
  }

  static boolean isNoScript(Throwable cause) {
    return isError(cause, "NOSCRIPT");
  }

  /** Whether Redis answered, with an error; else its answer is missing, or cannot be read. */
  static boolean isAnswer(Throwable cause) {
    return isError(cause) && !isLoss(cause) && !isGarbage(cause);
  }

  /** The client's own, when the connection ends. */
  private static boolean isLoss(Throwable cause) {
    return isError(cause, "CONNECTION_CLOSED");
  }

  /** The client's own, when what it reads is not Redis' protocol. */
  private static boolean isGarbage(Throwable cause) {
    return isError(cause, "ILLEGAL_STATE")
        || String.valueOf(cause.getMessage()).startsWith("Invalid boolean value: ");
  }

  /** Whether another server of a Cluster has the key, or takes it over just now. */
  static boolean isRedirection(Throwable cause) {
    return isError(cause, "MOVED") || isError(cause, "ASK") || isError(cause, "TRYAGAIN");
  }

  /** Whether the same may succeed in a moment, if it can be done twice. */
  static boolean canPass(Throwable cause) {
    return isError(cause)
        ? TEMPORARY.matcher(String.valueOf(cause.getMessage())).matches() || isRedirection(cause)
        : Failure.UNAVAILABLE.matches(cause) || Failure.TIMEOUT.matches(cause);
  }

  /** Whether there is something else than a hash under that name. */
  static boolean isWrongType(Throwable cause) {
    return String.valueOf(cause.getMessage()).contains("WRONGTYPE ");
  }

  /**
   * Whether the same would be refused again: a wrong password, a right that the user lacks, a
   * certificate that is not trusted, an answer that only another kind of server gives.
   */
  static boolean isRefusal(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (isError(cause) && !isLoss(cause)) {
        return !TEMPORARY.matcher(String.valueOf(cause.getMessage())).matches();
      }
      if (cause instanceof SSLException) {
        return !isSilence(cause);
      }
      if (cause instanceof ServiceException) {
        return !(Failure.UNAVAILABLE.matches(cause) || Failure.TIMEOUT.matches(cause))
            || isMissingRight(cause);
      }
    }
    return false;
  }

  /** Whether Redis answered that it does not do it, perhaps only now. */
  static boolean isRefused(Throwable cause) {
    return Failure.UNAVAILABLE.matches(cause) && cause.getMessage().startsWith(REFUSAL);
  }

  /** Whether the user of Redis may not do it, or is not let in. */
  static boolean isMissingRight(Throwable cause) {
    return MISSING_RIGHT.matcher(String.valueOf(cause.getMessage())).matches();
  }

  private static boolean isSilence(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SslHandshakeTimeoutException) {
        return true;
      }
    }
    return false;
  }

  /** Whether there was a connection, and the server ended it: Java says it so, and epoll so. */
  static boolean isHangUp(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    return isError(cause)
        ? isLoss(cause)
        : cause instanceof IOException
            && (message.contains("Connection reset") || message.startsWith("recvAddress"));
  }

  /** Whether the server takes no writes: memory, disk or replicas are missing, or it is one. */
  static boolean isWithoutWrites(Throwable cause) {
    return isError(cause) && NO_WRITES.matcher(cause.getMessage()).matches();
  }

  /** Whether the server is a replica. */
  static boolean isReadOnly(Throwable cause) {
    return isError(cause) && cause.getMessage().contains("READONLY ");
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
    if (!isError(cause)) {
      return "Connection is closed".equals(message)
          ? Failure.UNAVAILABLE.exception("Redis is out of reach")
          : lost(message);
    }
    if (!isAnswer(cause)) {
      return lost(isLoss(cause) ? "connection lost" : message);
    }
    return REFUSED.matcher(message).matches()
        ? Failure.UNAVAILABLE.exception(REFUSAL + message)
        : Failure.INTERNAL.exception("Redis: " + message);
  }
}
