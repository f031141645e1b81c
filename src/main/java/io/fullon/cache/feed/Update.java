package io.fullon.cache.feed;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;

/**
 * A tick on its way to a client.
 *
 * @param tick the tick
 * @param had the number of the ticker's tick that the client had last: those between were skipped
 */
record Update(EncodedTick tick, long had) {

  /** Of which nothing was skipped. */
  static Update of(EncodedTick tick) {
    return new Update(tick, tick.number() - 1);
  }

  Ticker ticker() {
    return tick.ticker();
  }

  /** Whether the client does not have it. */
  boolean isNew() {
    return tick.number() > had;
  }

  long skipped() {
    return Math.max(0, tick.number() - had - 1);
  }

  static long skipped(List<Update> updates) {
    long skipped = 0;
    for (Update update : updates) {
      skipped += update.skipped();
    }
    return skipped;
  }

  String json() {
    String json = tick.json();
    return skipped() == 0 ? json : json.substring(0, json.length() - 1) + conflated();
  }

  /** How long that is in UTF-8. */
  int bytes() {
    return skipped() == 0 ? tick.bytes() : tick.bytes() - 1 + conflated().length();
  }

  void writeTo(ByteBuf buffer) {
    tick.writeTo(buffer);
    if (skipped() > 0) {
      buffer.writerIndex(buffer.writerIndex() - 1);
      ByteBufUtil.writeAscii(buffer, conflated());
    }
  }

  private String conflated() {
    return ",\"conflated\":" + skipped() + "}";
  }
}
