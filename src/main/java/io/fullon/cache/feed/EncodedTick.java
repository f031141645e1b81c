package io.fullon.cache.feed;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Json.DecimalStyle;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/** A tick as the feed sends it, encoded once for all connections, when the first needs it. */
final class EncodedTick {

  private final Ticker ticker;
  private final Tick tick;
  private final long number;
  private String json;
  private int bytes;

  /**
   * @param number which one of its ticker's it is on this board
   */
  EncodedTick(Ticker ticker, Tick tick, long number) {
    this.ticker = ticker;
    this.tick = tick;
    this.number = number;
  }

  Ticker ticker() {
    return ticker;
  }

  Tick tick() {
    return tick;
  }

  long number() {
    return number;
  }

  boolean isLatest() {
    return ticker.latest() == this;
  }

  /** The tick as a JSON object. */
  String json() {
    if (json == null) {
      json = tick.encode(DecimalStyle.STRING);
      bytes = ByteBufUtil.utf8Bytes(json);
    }
    return json;
  }

  /** How long that is in UTF-8. */
  int bytes() {
    json();
    return bytes;
  }

  /** Appends it in UTF-8. */
  void writeTo(ByteBuf buffer) {
    if (bytes() == json.length()) {
      ByteBufUtil.writeAscii(buffer, json);
    } else {
      ByteBufUtil.reserveAndWriteUtf8(buffer, json, bytes);
    }
  }
}
