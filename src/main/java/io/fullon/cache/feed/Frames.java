package io.fullon.cache.feed;

import com.fasterxml.jackson.core.JsonGenerator;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.source.SourceState;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Times;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The frames that the server sends. */
final class Frames {

  /**
   * After how many bytes of ticks a frame is full; below 64 KB, with which Netty takes a socket for
   * full. One that was not full may be sent one more, so this is what one that is stuck costs.
   */
  static final int PIECE = 60_000;

  /** So many of the tickers that are gone are told in one frame. */
  static final int GONE = 500;

  private static final int PROTOCOL = 1;
  private static final int FINAL_TEXT = 0x81;
  private static final int LENGTH_IN_16_BITS = 126;
  private static final int LENGTH_IN_64_BITS = 127;
  private static final int MAX_HEADER = 10;
  static final String END = "]}";
  static final String MORE = "],\"more\":true}";
  static final String UPDATE = "{\"type\":\"update\",\"ticks\":[";

  private Frames() {}

  static String welcome(
      String session, FeedOptions options, boolean live, List<SourceState> sources) {
    return object(
        "welcome",
        null,
        json -> {
          json.writeNumberField("protocol", PROTOCOL);
          json.writeStringField("session", session);
          json.writeNumberField("heartbeat_ms", options.heartbeatMs());
          json.writeStringField("feed", state(live));
          json.writeArrayFieldStart("sources");
          for (SourceState source : sources) {
            json.writeStartObject();
            source.write(json);
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeObjectFieldStart("limits");
          FeedLimits limits = options.limits();
          json.writeNumberField("message_bytes", limits.messageBytes());
          json.writeNumberField("requests_per_second", limits.requestsPerSecond());
          json.writeNumberField("subscriptions", limits.subscriptions());
          json.writeNumberField("symbols", FeedLimits.SYMBOLS);
          json.writeNumberField("connections", limits.connections());
          limit(json, "connections_per_address", limits.connectionsPerAddress());
          limit(json, "subscribe_within_ms", limits.subscribeWithinMs());
          json.writeNumberField("stall_ms", limits.stallMs());
          json.writeEndObject();
        });
  }

  /** A limit of which 0 means that there is none. */
  private static void limit(JsonGenerator json, String name, long limit) throws IOException {
    if (limit > 0) {
      json.writeNumberField(name, limit);
    } else {
      json.writeNullField(name);
    }
  }

  /** What became of one symbol of a request. */
  record Result(String exchange, String symbol, ErrorCode code, String message) {

    static Result ok(Topic topic) {
      return new Result(topic.exchange(), topic.symbol(), null, null);
    }

    static Result refused(Topic topic, ErrorCode code, String message) {
      return new Result(topic.exchange(), topic.symbol(), code, message);
    }

    boolean isOk() {
      return code == null;
    }

    /** The same without the message. */
    Result inShort() {
      return new Result(exchange, symbol, code, null);
    }

    private void write(JsonGenerator json) throws IOException {
      json.writeStartObject();
      json.writeStringField("exchange", exchange);
      json.writeStringField("symbol", symbol);
      json.writeBooleanField("ok", isOk());
      if (!isOk()) {
        json.writeStringField("code", code.name());
      }
      if (message != null) {
        json.writeStringField("message", message);
      }
      json.writeEndObject();
    }
  }

  static String ack(Object reqId, String op, Integer intervalMs, List<Result> results) {
    return object(
        "ack",
        reqId,
        json -> {
          json.writeStringField("op", op);
          if (intervalMs != null) {
            json.writeNumberField("interval_ms", intervalMs);
          }
          json.writeArrayFieldStart("results");
          for (Result result : results) {
            result.write(json);
          }
          json.writeEndArray();
        });
  }

  static String subscriptions(
      Object reqId, Subscriptions subscriptions, Collection<CandleFollower.Candle> candles) {
    return object(
        "subscriptions",
        reqId,
        json -> {
          json.writeArrayFieldStart("subscriptions");
          for (Map.Entry<Topic, Integer> entry : subscriptions.intervals().entrySet()) {
            json.writeStartObject();
            json.writeStringField("exchange", entry.getKey().exchange());
            json.writeStringField("symbol", entry.getKey().symbol());
            json.writeNumberField("interval_ms", entry.getValue());
            json.writeEndObject();
          }
          for (CandleFollower.Candle candle : candles) {
            json.writeStartObject();
            json.writeStringField("exchange", candle.key().exchange());
            json.writeStringField("symbol", candle.key().symbol());
            json.writeNumberField("interval_ms", candle.intervalMs());
            json.writeStringField("channel", Request.CANDLES);
            json.writeStringField("timeframe", candle.key().timeframe().toString());
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  /**
   * Bars of one timeframe.
   *
   * @param bars as JSON, with commas between
   */
  static String candles(
      Object reqId, Timeframe timeframe, String bars, boolean isSnapshot, boolean hasMore) {
    String empty =
        object("ohlcv", reqId, json -> json.writeStringField("timeframe", timeframe.toString()));
    return empty.substring(0, empty.length() - 1)
        + ",\"bars\":["
        + bars
        + "]"
        + (isSnapshot ? ",\"snapshot\":true" : "")
        + (hasMore ? ",\"more\":true}" : "}");
  }

  static String pong(Object reqId) {
    return object("pong", reqId, json -> {});
  }

  static String error(Object reqId, ErrorCode code, String message) {
    return object(
        "error",
        reqId,
        json -> {
          json.writeStringField("code", code.name());
          json.writeStringField("message", message);
        });
  }

  static String heartbeat(boolean live, Instant now) {
    return "{\"type\":\"heartbeat\",\"time\":"
        + Times.plain(now)
        + ",\"feed\":\""
        + state(live)
        + "\"}";
  }

  static String feed(boolean live) {
    return "{\"type\":\"feed\",\"state\":\"" + state(live) + "\"}";
  }

  static String source(SourceState source) {
    return object("source", null, source::write);
  }

  static String shutdown(long reconnectAfterMs) {
    return "{\"type\":\"shutdown\",\"reconnect_after_ms\":" + reconnectAfterMs + "}";
  }

  static String removed(Collection<TickerKey> tickers) {
    return object(
        "removed",
        null,
        json -> {
          json.writeArrayFieldStart("symbols");
          for (TickerKey ticker : tickers) {
            json.writeStartObject();
            json.writeStringField("exchange", ticker.exchange());
            json.writeStringField("symbol", ticker.symbol());
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  /** How a frame begins that has ticks. */
  static String head(String type, Object reqId) {
    String empty = object(type, reqId, json -> {});
    return empty.substring(0, empty.length() - 1) + ",\"ticks\":[";
  }

  static String text(String head, List<Update> ticks, String tail) {
    return ticks.stream().map(Update::json).collect(Collectors.joining(",", head, tail));
  }

  /**
   * Ticks as the bytes of a whole frame. They are the same for everyone, since what a server sends
   * is not masked.
   *
   * @return a buffer that is the caller's to release
   */
  static ByteBuf bytes(String head, List<Update> ticks, String tail) {
    int length = length(ticks);
    ByteBuf frame = begin(head, length + tail.length(), length + tail.length());
    write(ticks, frame);
    ByteBufUtil.writeAscii(frame, tail);
    return frame;
  }

  /** The same for a text. */
  static ByteBuf bytes(String text) {
    return begin(text, 0, 0);
  }

  /** Ticks with commas between, for any frame. */
  static ByteBuf joined(List<Update> ticks) {
    ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer(Math.max(1, length(ticks)));
    write(ticks, buffer);
    return buffer;
  }

  private static int length(List<Update> ticks) {
    int length = Math.max(0, ticks.size() - 1);
    for (Update tick : ticks) {
      length += tick.bytes();
    }
    return length;
  }

  private static void write(List<Update> ticks, ByteBuf buffer) {
    for (int i = 0; i < ticks.size(); i++) {
      if (i > 0) {
        buffer.writeByte(',');
      }
      ticks.get(i).writeTo(buffer);
    }
  }

  /**
   * The header of a WebSocket frame (RFC 6455, section 5.2), and what it begins with.
   *
   * @param more how many bytes of the frame come after that
   * @param room for how many of them the buffer should have room
   */
  static ByteBuf begin(String head, int more, int room) {
    int headBytes = ByteBufUtil.utf8Bytes(head);
    int length = headBytes + more;
    ByteBuf frame = ByteBufAllocator.DEFAULT.directBuffer(MAX_HEADER + headBytes + room);
    frame.writeByte(FINAL_TEXT);
    if (length < LENGTH_IN_16_BITS) {
      frame.writeByte(length);
    } else if (length < 1 << Short.SIZE) {
      frame.writeByte(LENGTH_IN_16_BITS).writeShort(length);
    } else {
      frame.writeByte(LENGTH_IN_64_BITS).writeLong(length);
    }
    ByteBufUtil.reserveAndWriteUtf8(frame, head, headBytes);
    return frame;
  }

  /** Where a frame that begins with the tick at {@code from} is full. */
  static int endOfPiece(List<Update> ticks, int from) {
    int size = 0;
    int end = from;
    while (end < ticks.size() && size < PIECE) {
      size += ticks.get(end++).bytes() + 1;
    }
    return end;
  }

  private static String object(String type, Object reqId, Json.Writer fields) {
    return Json.write(
        json -> {
          json.writeStartObject();
          json.writeStringField("type", type);
          if (reqId instanceof Long number) {
            json.writeNumberField("req_id", number);
          } else if (reqId != null) {
            json.writeStringField("req_id", reqId.toString());
          }
          fields.write(json);
          json.writeEndObject();
        });
  }

  private static String state(boolean live) {
    return live ? "live" : "stale";
  }
}
