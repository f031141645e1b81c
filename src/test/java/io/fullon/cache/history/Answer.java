package io.fullon.cache.history;

import java.util.Objects;
import java.util.function.Function;

/**
 * What a call answered, or that nobody knows: it was sent, and no answer came.
 *
 * @param value null is an answer, too
 */
public record Answer<T>(boolean isKnown, T value) {

  public static <T> Answer<T> of(T value) {
    return new Answer<>(true, value);
  }

  public static <T> Answer<T> unknown() {
    return new Answer<>(false, null);
  }

  /** The same of what was answered. */
  public <R> Answer<R> map(Function<T, R> mapping) {
    return isKnown ? of(mapping.apply(value)) : unknown();
  }

  /** Whether it may have been this one. */
  public boolean mayBe(T other) {
    return !isKnown || Objects.equals(value, other);
  }

  /** Whether it is known to be this one. */
  public boolean is(T other) {
    return isKnown && Objects.equals(value, other);
  }

  @Override
  public String toString() {
    return isKnown ? String.valueOf(value) : "?";
  }
}
