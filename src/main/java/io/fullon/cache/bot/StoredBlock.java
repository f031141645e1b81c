package io.fullon.cache.bot;

import java.time.Instant;

/**
 * A block as the scripts store it.
 *
 * @param isOpening whether a mark was made under it
 */
record StoredBlock(Block block, boolean isOpening) {

  static StoredBlock of(String exchange, String symbol, String text) {
    String[] parts = text.split(" ", 4);
    return new StoredBlock(
        new Block(exchange, symbol, parts[3], Long.parseLong(parts[0]), end(parts[1])),
        parts[2].equals("1"));
  }

  private static Instant end(String ms) {
    return ms.equals("0") ? null : Instant.ofEpochMilli(Long.parseLong(ms));
  }

  Mark mark() {
    return new Mark(block.exchange(), block.symbol(), block.botId(), block.expiresAt());
  }
}
