package io.fullon.cache.web;

import com.fasterxml.jackson.core.JsonGenerator;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The frames that the server sends. */
final class Frames {

  /** How many ticks one frame holds at most where many are sent at once. */
  static final int MAX_TICKS = 500;

  private static final int PROTOCOL = 1;

  private Frames() {}

  static String welcome(String session, WebOptions options, boolean live) {
    return object(
        "welcome",
        null,
        json -> {
          json.writeNumberField("protocol", PROTOCOL);
          json.writeStringField("session", session);
          json.writeNumberField("heartbeat_ms", options.heartbeatMs());
          json.writeStringField("feed", state(live));
          json.writeObjectFieldStart("limits");
          json.writeNumberField("message_bytes", options.maxMessageBytes());
          json.writeNumberField("subscriptions", options.maxSubscriptions());
          json.writeEndObject();
        });
  }

  /** What became of one symbol of a request. */
  record Result(String exchange, String symbol, ErrorCode code, String message) {

    static Result ok(Interest interest) {
      return new Result(interest.exchange(), interest.symbol(), null, null);
    }

    private void write(JsonGenerator json) throws IOException {
      json.writeStartObject();
      json.writeStringField("exchange", exchange);
      json.writeStringField("symbol", symbol);
      json.writeBooleanField("ok", code == null);
      if (code != null) {
        json.writeStringField("code", code.name());
        json.writeStringField("message", message);
      }
      json.writeEndObject();
    }
  }

  static String ack(Object reqId, String op, Long intervalMs, List<Result> results) {
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

  static String subscriptions(Object reqId, Collection<Interest> interests) {
    return object(
        "subscriptions",
        reqId,
        json -> {
          json.writeArrayFieldStart("subscriptions");
          for (Interest interest : interests) {
            json.writeStartObject();
            json.writeStringField("exchange", interest.exchange());
            json.writeStringField("symbol", interest.symbol());
            json.writeNumberField("interval_ms", 0);
            json.writeEndObject();
          }
          json.writeEndArray();
        });
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

  static String heartbeat(boolean live) {
    return "{\"type\":\"heartbeat\",\"time\":"
        + Times.plain(Instant.now())
        + ",\"feed\":\""
        + state(live)
        + "\"}";
  }

  static String feed(boolean live) {
    return "{\"type\":\"feed\",\"state\":\"" + state(live) + "\"}";
  }

  static String shutdown(long reconnectAfterMs) {
    return "{\"type\":\"shutdown\",\"reconnect_after_ms\":" + reconnectAfterMs + "}";
  }

  static String removed(Collection<Interest> symbols) {
    return object(
        "removed",
        null,
        json -> {
          json.writeArrayFieldStart("symbols");
          for (Interest symbol : symbols) {
            json.writeStartObject();
            json.writeStringField("exchange", symbol.exchange());
            json.writeStringField("symbol", symbol.symbol());
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  static String update(Iterable<String> ticks) {
    return ticks("{\"type\":\"update\",\"ticks\":[", ticks, "]}");
  }

  /** All ticks in one frame: the answer to a question for some. */
  static String answer(Object reqId, List<Shown> ticks) {
    return ticks(head("ticks", reqId), ticks.stream().map(Shown::json).toList(), "]}");
  }

  /** A snapshot in as many frames as it needs, at least one. */
  static List<String> snapshot(Object reqId, List<Shown> ticks) {
    List<String> frames = new ArrayList<>();
    int from = 0;
    do {
      int to = Math.min(from + MAX_TICKS, ticks.size());
      frames.add(
          ticks(
              head("snapshot", reqId),
              ticks.subList(from, to).stream().map(Shown::json).toList(),
              to < ticks.size() ? "],\"more\":true}" : "]}"));
      from = to;
    } while (from < ticks.size());
    return frames;
  }

  /** A tick that stands for others which were skipped. */
  static String conflated(Shown tick, int skipped) {
    String json = tick.json();
    return skipped == 0
        ? json
        : json.substring(0, json.length() - 1) + ",\"conflated\":" + skipped + "}";
  }

  private static String head(String type, Object reqId) {
    String empty = object(type, reqId, json -> {});
    return empty.substring(0, empty.length() - 1) + ",\"ticks\":[";
  }

  private static String ticks(String head, Iterable<String> ticks, String tail) {
    StringBuilder frame = new StringBuilder(512).append(head);
    String separator = "";
    for (String tick : ticks) {
      frame.append(separator).append(tick);
      separator = ",";
    }
    return frame.append(tail).toString();
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
