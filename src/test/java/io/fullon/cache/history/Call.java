package io.fullon.cache.history;

import java.util.concurrent.TimeUnit;

/**
 * A call, as its caller has seen it. It did its step at a moment in between, if it was answered;
 * else at any moment since it began, or never.
 *
 * @param began when, as nanoTime
 * @param ended when it was answered; {@link #NEVER} if its outcome is unknown
 */
public record Call<S>(Step<S> step, long began, long ended) {

  public static final long NEVER = Long.MAX_VALUE;

  /** A call whose outcome is unknown. */
  public static <S> Call<S> unanswered(Step<S> step, long began) {
    return new Call<>(step, began, NEVER);
  }

  public boolean isAnswered() {
    return ended != NEVER;
  }

  /** The call with its times in µs since then. */
  String since(long start) {
    String end = isAnswered() ? String.valueOf(micros(ended - start)) : "?";
    return micros(began - start) + "–" + end + " " + step;
  }

  private static long micros(long nanos) {
    return TimeUnit.NANOSECONDS.toMicros(nanos);
  }
}
