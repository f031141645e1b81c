package io.fullon.cache.testing;

import io.fullon.cache.app.EmbeddedRedis;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Signals to processes that the test started. */
public final class Signals {

  private Signals() {}

  /** The server stays but does not answer any more. */
  public static void freeze(EmbeddedRedis redis) {
    send("STOP", redis.pid());
  }

  public static void unfreeze(EmbeddedRedis redis) {
    send("CONT", redis.pid());
  }

  public static void send(String signal, long pid) {
    kill("-" + signal, String.valueOf(pid));
  }

  /** To all processes of the group. */
  public static void sendToGroup(String signal, long group) {
    kill("-" + signal, "--", "-" + group);
  }

  private static void kill(String... arguments) {
    List<String> command = new ArrayList<>(List.of("kill"));
    command.addAll(List.of(arguments));
    try {
      int code = new ProcessBuilder(command).start().waitFor();
      if (code != 0) {
        throw new AssertionError(command + " failed");
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
