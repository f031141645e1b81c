package io.fullon.cache.testing;

import io.fullon.cache.app.EmbeddedRedis;
import java.io.IOException;

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
    try {
      int code = new ProcessBuilder("kill", "-" + signal, String.valueOf(pid)).start().waitFor();
      if (code != 0) {
        throw new AssertionError("kill -" + signal + " " + pid + " failed");
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
