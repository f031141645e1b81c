package io.fullon.cache.feed;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What the end of an outage has brought, in the order of the board. */
final class Recovery {

  private final long number;
  private final long at;
  private final List<Ticker> gone;
  private final Set<TickerKey> goneKeys;
  private final List<Ticker> changed;

  /**
   * @param number which one it is
   * @param at when it was
   * @param gone the tickers that were deleted meanwhile
   * @param changed those with another tick than before
   */
  Recovery(long number, long at, List<Ticker> gone, List<Ticker> changed) {
    this.number = number;
    this.at = at;
    this.gone = gone;
    this.goneKeys = gone.stream().map(Ticker::key).collect(Collectors.toSet());
    this.changed = changed;
  }

  List<Ticker> gone() {
    return gone;
  }

  List<Ticker> changed() {
    return changed;
  }

  boolean hasChanged(Ticker ticker) {
    return ticker.recovery() == number;
  }

  /** Whether it came after one of the same name had gone. */
  boolean isBack(Ticker ticker) {
    return ticker.since() >= at && goneKeys.contains(ticker.key());
  }

  /** What concerns one group, found out when the first asks. */
  static final class Part {

    private final Recovery recovery;
    private final Subscriptions subscriptions;
    private final Pages pages;
    private List<Ticker> gone;
    private List<Ticker> changed;

    Part(Recovery recovery, Subscriptions subscriptions, Pages pages) {
      this.recovery = recovery;
      this.subscriptions = subscriptions;
      this.pages = pages;
    }

    Recovery recovery() {
      return recovery;
    }

    List<Ticker> gone() {
      if (gone == null) {
        gone = recovery.gone.stream().filter(subscriptions::matches).toList();
      }
      return gone;
    }

    /** The ticks that a frame takes, from that one of the changed tickers on. */
    Page page(int from) {
      if (changed == null) {
        changed = recovery.changed.stream().filter(subscriptions::matches).toList();
      }
      return pages.get(this, from, Page::isLatest, () -> make(from));
    }

    private Page make(int from) {
      Page page = new Page(0);
      for (int i = from; i < changed.size(); i++) {
        Ticker ticker = changed.get(i);
        // Else a later recovery has it, or it was deleted.
        if (recovery.hasChanged(ticker) && !ticker.isGone() && !page.add(ticker)) {
          page.nextIsAt(i);
          break;
        }
      }
      return page;
    }
  }
}
