package io.fullon.cache.candles;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A set of numbers that mostly follow each other: kept as ranges, ascending. */
final class Numbers {

  private long[] from = new long[1];
  private long[] to = new long[1];
  private int size;

  /**
   * Adds a number: at no cost that matters when it is the next one.
   *
   * @return false if it was there
   */
  boolean add(long number) {
    if (size > 0 && number == to[size - 1] + 1) {
      to[size - 1] = number;
      return true;
    }
    int i = after(number);
    if (i > 0 && number <= to[i - 1]) {
      return false;
    }
    boolean endsBefore = i > 0 && to[i - 1] + 1 == number;
    boolean beginsBehind = i < size && from[i] == number + 1;
    if (endsBefore && beginsBehind) {
      to[i - 1] = to[i];
      remove(i);
    } else if (endsBefore) {
      to[i - 1] = number;
    } else if (beginsBehind) {
      from[i] = number;
    } else {
      insert(i, number, number);
    }
    return true;
  }

  /** Adds all of the other ones; costs as much as adding each. */
  void addAll(Numbers others) {
    for (int i = 0; i < others.size; i++) {
      for (long number = others.from[i]; number <= others.to[i]; number++) {
        add(number);
      }
    }
  }

  /** The first range that begins behind the number. */
  private int after(long number) {
    if (size == 0 || number >= from[size - 1]) {
      return size;
    }
    int found = Arrays.binarySearch(from, 0, size, number);
    return found >= 0 ? found + 1 : -found - 1;
  }

  private void insert(int i, long first, long last) {
    if (size == from.length) {
      from = Arrays.copyOf(from, 2 * size);
      to = Arrays.copyOf(to, 2 * size);
    }
    System.arraycopy(from, i, from, i + 1, size - i);
    System.arraycopy(to, i, to, i + 1, size - i);
    from[i] = first;
    to[i] = last;
    size++;
  }

  private void remove(int i) {
    System.arraycopy(from, i + 1, from, i, size - i - 1);
    System.arraycopy(to, i + 1, to, i, size - i - 1);
    size--;
  }

  /** Whether none is missing between the first and the last. */
  boolean isOneRange() {
    return size <= 1;
  }

  /** How many there are. */
  long count() {
    long count = 0;
    for (int i = 0; i < size; i++) {
      count += to[i] - from[i] + 1;
    }
    return count;
  }

  /** From, to, from, to. */
  List<Long> ranges() {
    List<Long> ranges = new ArrayList<>(2 * size);
    for (int i = 0; i < size; i++) {
      ranges.add(from[i]);
      ranges.add(to[i]);
    }
    return ranges;
  }

  /** The inverse of {@link #ranges}. */
  static Numbers of(List<Long> ranges) {
    Numbers numbers = new Numbers();
    for (int i = 0; i < ranges.size(); i += 2) {
      numbers.insert(numbers.size, ranges.get(i), ranges.get(i + 1));
    }
    return numbers;
  }
}
