package io.fullon.cache.history;

/**
 * What a call does to a value in one moment, with what it answered.
 *
 * @param <S> the value; immutable, with {@code equals}
 */
public interface Step<S> {

  /** The value after it; null when it would have answered something else. */
  S after(S before);

  /** Whether it wrote nothing, by its answer. */
  boolean isObservation();
}
