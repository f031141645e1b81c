package io.fullon.cache.value;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Says why something failed, with what is behind it: the cause that helps is often the last one.
 */
public final class Reasons {

  private static final int MAX_DEPTH = 10;

  private Reasons() {}

  /** The messages of the exception and its causes in one line, each once. */
  public static String of(Throwable failure) {
    Set<String> messages = new LinkedHashSet<>();
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++) {
      String message = message(cause);
      if (messages.stream().noneMatch(said -> said.contains(message))) {
        messages.add(message);
      }
      cause = cause.getCause();
    }
    return String.join(": ", messages);
  }

  private static String message(Throwable cause) {
    // Java puts the cause's class before its message where it has none of its own.
    String message =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return message
        .replaceAll("\\s*\\R\\s*", " ")
        .replaceAll("\\b(java|javax|sun|io)(\\.\\w+)+: ", "");
  }
}
