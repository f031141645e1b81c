package io.fullon.cache.feed;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Ticks under way to one client, piece by piece: it knows which ticker is next, and each piece has
 * the ticks that are the latest when it is made. No ticks are kept.
 */
abstract sealed class Cursor {

  private final String head;
  private boolean done;

  private Cursor(String type, Object reqId) {
    this.head = Frames.head(type, reqId);
  }

  /** How its frames begin. */
  String head() {
    return head;
  }

  boolean isDone() {
    return done;
  }

  void finish() {
    done = true;
  }

  /** Whether a piece to come has that ticker, so that nothing else must bring it. */
  abstract boolean brings(Ticker ticker);

  /** Tickers that are gone, which come before all ticks; empty when there are no more. */
  List<TickerKey> nextGone() {
    return List.of();
  }

  abstract Page next();

  /** Whether the client has this tick, and does not get it again. */
  boolean leavesOut(EncodedTick tick) {
    return false;
  }

  /** Whether there may be such. */
  boolean leavesOut() {
    return false;
  }

  /** Whether its client follows these tickers; if not, they are only asked for. */
  boolean isFollowed() {
    return true;
  }

  /** Whether its client followed the ticker before. */
  boolean wasFollowed(Ticker ticker) {
    return true;
  }

  /** Of what is on the board. */
  abstract static sealed class OfBoard extends Cursor {

    final Scope scope;
    private final TickBoard board;
    private TickerKey from = Scope.BEGIN;

    private OfBoard(String type, Object reqId, TickBoard board, Scope scope) {
      super(type, reqId);
      this.board = board;
      this.scope = scope;
    }

    boolean isToCome(Ticker ticker) {
      return !isDone() && ticker.key().compareTo(from) >= 0 && scope.has(ticker.key());
    }

    @Override
    Page next() {
      Page page = board.page(scope, from);
      if (page.next() == null) {
        finish();
      } else {
        from = page.next().key();
      }
      return page;
    }
  }

  /** The answer to a question. */
  static final class Answer extends OfBoard {

    Answer(Object reqId, TickBoard board, Scope scope) {
      super("ticks", reqId, board, scope);
    }

    @Override
    boolean brings(Ticker ticker) {
      return false;
    }

    @Override
    boolean isFollowed() {
      return false;
    }
  }

  /** What is known when a client subscribes. */
  static final class Snapshot extends OfBoard {

    private final Subscriptions subscriptions;
    private final Set<Topic> added;
    private final Map<String, Long> since;

    /**
     * @param subscriptions all of the client's
     * @param added those that are new
     * @param since the numbers of the ticks that it has, by symbol
     */
    Snapshot(
        Object reqId,
        TickBoard board,
        Scope scope,
        Subscriptions subscriptions,
        Set<Topic> added,
        Map<String, Long> since) {
      super("snapshot", reqId, board, scope);
      this.subscriptions = subscriptions;
      this.added = added;
      this.since = since;
    }

    @Override
    boolean brings(Ticker ticker) {
      return isToCome(ticker) && !wasFollowed(ticker);
    }

    @Override
    boolean wasFollowed(Ticker ticker) {
      return ticker.topics().stream()
          .anyMatch(topic -> subscriptions.has(topic) && !added.contains(topic));
    }

    @Override
    boolean leavesOut() {
      return !since.isEmpty();
    }

    @Override
    boolean leavesOut(EncodedTick tick) {
      return leavesOut()
          && tick.tick().seq() != null
          && tick.tick().seq().equals(since.get(tick.tick().symbol()));
    }
  }

  /** What an outage has changed. */
  static final class Changes extends Cursor {

    private final Recovery.Part part;
    private int gone;
    private int index;
    private TickerKey from = Scope.BEGIN;

    Changes(Recovery.Part part) {
      super("snapshot", null);
      this.part = part;
    }

    /** Nor may one that is back come before its predecessor is told to be gone. */
    @Override
    boolean brings(Ticker ticker) {
      return !isDone()
          && (part.recovery().hasChanged(ticker)
              ? ticker.key().compareTo(from) >= 0
              : gone < part.recovery().gone().size()
                  && part.recovery().isBack(ticker)
                  && isToGo(ticker));
    }

    private boolean isToGo(Ticker ticker) {
      List<Ticker> all = part.gone();
      return gone < all.size() && ticker.key().compareTo(all.get(gone).key()) >= 0;
    }

    @Override
    List<TickerKey> nextGone() {
      List<Ticker> all = part.gone();
      List<Ticker> some = all.subList(gone, Math.min(all.size(), gone + Frames.GONE));
      gone += some.size();
      return some.stream().map(Ticker::key).toList();
    }

    @Override
    Page next() {
      Page page = part.page(index);
      if (page.next() == null) {
        finish();
      } else {
        from = page.next().key();
        index = page.nextIndex();
      }
      return page;
    }
  }
}
