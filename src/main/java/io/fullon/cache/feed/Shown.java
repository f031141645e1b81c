package io.fullon.cache.feed;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Json.DecimalStyle;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/** A tick as the feed sends it, encoded once for all connections. */
final class Shown {

  private final Tick tick;
  private final Interest symbol;
  private final String json;
  private final int bytes;

  Shown(Tick tick) {
    this.tick = tick;
    this.symbol = new Interest(tick.exchange(), tick.symbol());
    this.json = tick.encode(DecimalStyle.STRING);
    this.bytes = ByteBufUtil.utf8Bytes(json);
  }

  Tick tick() {
    return tick;
  }

  /** Its exchange and symbol. */
  Interest symbol() {
    return symbol;
  }

  /** The tick as a JSON object. */
  String json() {
    return json;
  }

  /** How long that is in UTF-8. */
  int bytes() {
    return bytes;
  }

  /** Appends it in UTF-8. */
  void writeTo(ByteBuf buffer) {
    if (bytes == json.length()) {
      ByteBufUtil.writeAscii(buffer, json);
    } else {
      ByteBufUtil.reserveAndWriteUtf8(buffer, json, bytes);
    }
  }
}
