package io.fullon.cache.feed;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** The ticks of one frame that begins somewhere, and where the next one does. */
final class Page {

  private final long shape;
  private final List<EncodedTick> ticks = new ArrayList<>();
  private int size;
  private Ticker next;
  private int nextIndex;
  private ByteBuf json;
  private boolean used = true;
  private boolean shared;

  /**
   * @param shape of the board when it was made
   */
  Page(long shape) {
    this.shape = shape;
  }

  /** Gives whether there is room for it; else the next page begins with it. */
  boolean add(Ticker ticker) {
    if (size >= Frames.PIECE) {
      next = ticker;
      return false;
    }
    ticks.add(ticker.latest());
    size += ticker.latest().bytes() + 1;
    return true;
  }

  List<EncodedTick> ticks() {
    return ticks;
  }

  /** Where the next one begins; null when this is the last. */
  Ticker next() {
    return next;
  }

  /** Where that is in a list of tickers. */
  int nextIndex() {
    return nextIndex;
  }

  void nextIsAt(int index) {
    nextIndex = index;
  }

  /** Whether it would be the same if it were made now, on a board of that shape. */
  boolean isOf(long now) {
    return shape == now && isLatest();
  }

  boolean isLatest() {
    return ticks.stream().allMatch(EncodedTick::isLatest);
  }

  /** The ticks in JSON, with commas between; made when the first asks, and not the caller's. */
  ByteBuf json() {
    if (json == null) {
      json = Frames.joined(ticks.stream().map(Update::of).toList());
    }
    return json;
  }

  /** Whether it is kept for others, and released when nobody asks any more. */
  boolean isShared() {
    return shared;
  }

  void share() {
    shared = true;
  }

  void use() {
    used = true;
  }

  /** Gives whether it was used since this was asked last. */
  boolean wasUsed() {
    boolean was = used;
    used = false;
    return was;
  }

  void release() {
    if (json != null) {
      json.release();
      json = null;
    }
  }
}
