package io.fullon.cache.source.venue;

import io.fullon.cache.source.Instrument;
import io.fullon.cache.source.Message;
import io.fullon.cache.source.Quote;
import io.fullon.cache.source.Received;
import io.fullon.cache.source.Venue;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Kraken's spot markets, version 2 of its WebSocket. Numbers are JSON numbers there. */
public final class Kraken implements Venue {

  /** Where not all orders are taken prices are made all the same. */
  private static final Set<String> PRICED =
      Set.of("online", "post_only", "limit_only", "cancel_only", "reduce_only");

  @Override
  public String exchange() {
    return "kraken";
  }

  @Override
  public List<String> urls() {
    return List.of("wss://ws.kraken.com/v2");
  }

  @Override
  public String restUrl() {
    return "https://api.kraken.com";
  }

  @Override
  public Limits limits() {
    // Its limit of messages is not told and changes; that of connections is Cloudflare's.
    return new Limits(
        400, 100, new Rate(5, Duration.ofSeconds(1)), new Rate(120, Duration.ofMinutes(10)));
  }

  @Override
  public Liveness liveness() {
    return new Liveness(true, null, Duration.ofSeconds(30));
  }

  @Override
  public String subscribe(int url, List<String> names, long request) {
    return request("subscribe", names, request, ",\"event_trigger\":\"bbo\",\"snapshot\":true");
  }

  @Override
  public String unsubscribe(int url, List<String> names, long request) {
    return request("unsubscribe", names, request, ",\"event_trigger\":\"bbo\"");
  }

  private static String request(String method, List<String> names, long request, String more) {
    return "{\"method\":\""
        + method
        + "\",\"params\":{\"channel\":\"ticker\",\"symbol\":["
        + Names.list(names, Names::quoted)
        + "]"
        + more
        + "},\"req_id\":"
        + request
        + "}";
  }

  @Override
  public void read(Message frame, Received received) {
    String channel = frame.text("channel");
    if ("ticker".equals(channel)) {
      frame.get("data").list().forEach(ticker -> ticker(ticker, received));
    } else if ("heartbeat".equals(channel)) {
      received.heartbeat();
    } else if ("status".equals(channel)) {
      status(frame.get("data").at(0), received);
    } else if (frame.has("method")) {
      answer(frame, received);
    } else if (frame.has("Error")) {
      received.limited("the exchange says: " + frame.text("Error"));
    } else if (channel != null) {
      received.other();
    }
  }

  private static void ticker(Message ticker, Received received) {
    Quote quote = received.quote(ticker.text("symbol"));
    if (quote != null) {
      quote.last(ticker, "last").bid(ticker, "bid").ask(ticker, "ask").volume(ticker, "volume");
      received.tick(quote, ticker.iso("timestamp"));
    }
  }

  /** With others than these prices are still made. */
  private static void status(Message status, Received received) {
    if (status.is("system", "maintenance")) {
      received.maintenance("the exchange says: maintenance");
    } else {
      received.works();
    }
  }

  private static void answer(Message answer, Received received) {
    if (!answer.is("method", "subscribe")) {
      received.other();
    } else if (answer.is("success", "true")) {
      received.subscribed(answer.get("result").text("symbol"));
    } else {
      String error = "the exchange says: " + answer.text("error");
      // Where it is about one symbol, that is named.
      String symbol = answer.text("symbol");
      if (symbol != null) {
        received.refused(symbol, error);
      } else {
        received.refused(answer.integer("req_id"), error);
      }
    }
  }

  @Override
  public String name(String symbol) {
    return Names.spot(symbol, "/");
  }

  @Override
  public List<String> lists() {
    return List.of("/0/public/AssetPairs");
  }

  @Override
  public List<Instrument> instruments(Message list) {
    return list.get("result").values().stream().map(this::instrument).toList();
  }

  private Instrument instrument(Message pair) {
    String name = pair.text("wsname");
    Names.Parts parts = name == null ? null : Names.parts(name);
    if (parts == null) {
      return null;
    }
    String base = modern(parts.base());
    String quote = modern(parts.quote());
    return Instrument.of(
        base + "/" + quote,
        PRICED.contains(String.valueOf(pair.text("status"))),
        () ->
            Instrument.withTickSize(Instrument.spot(this, base, quote), pair.decimal("tick_size"))
                .lotSize(Instrument.step(pair.integer("lot_decimals")))
                .minVolume(pair.decimal("ordermin"))
                .minCost(pair.decimal("costmin")));
  }

  /** The list has the old names of two currencies, the WebSocket the usual ones. */
  private static String modern(String currency) {
    return switch (currency) {
      case "XBT" -> "BTC";
      case "XDG" -> "DOGE";
      default -> currency;
    };
  }
}
