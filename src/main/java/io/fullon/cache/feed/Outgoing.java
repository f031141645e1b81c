package io.fullon.cache.feed;

/**
 * A tick on its way to one connection.
 *
 * @param tick the latest of its symbol
 * @param skipped how many earlier ones, which the connection did not get, it stands for
 */
record Outgoing(Shown tick, int skipped) {

  Interest symbol() {
    return tick.symbol();
  }

  /** The later one, which now stands for this one too. */
  Outgoing then(Outgoing later) {
    return new Outgoing(later.tick, skipped + 1 + later.skipped);
  }

  String json() {
    String json = tick.json();
    return skipped == 0 ? json : json.substring(0, json.length() - 1) + conflated() + "}";
  }

  /** How long that is in UTF-8. */
  int bytes() {
    return skipped == 0 ? tick.bytes() : tick.bytes() + conflated().length();
  }

  private String conflated() {
    return ",\"conflated\":" + skipped;
  }
}
