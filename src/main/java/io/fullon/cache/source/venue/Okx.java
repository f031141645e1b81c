package io.fullon.cache.source.venue;

import io.fullon.cache.source.Instrument;
import io.fullon.cache.source.Message;
import io.fullon.cache.source.Quote;
import io.fullon.cache.source.Received;
import io.fullon.cache.source.Venue;
import io.fullon.cache.symbol.Symbol;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** OKX, version 5: spot, perpetual and dated contracts. */
public final class Okx implements Venue {

  /** That the connection will be closed for an upgrade of the service. */
  private static final String UPGRADE = "64008";

  /** Too many requests, in various ways, or none are taken just now. */
  private static final Set<String> LIMITS =
      Set.of("50001", "50004", "50011", "50013", "50026", "50061", "60014", "60030");

  @Override
  public String exchange() {
    return "okx";
  }

  @Override
  public List<String> urls() {
    return List.of("wss://ws.okx.com:8443/ws/v5/public");
  }

  @Override
  public String restUrl() {
    return "https://www.okx.com";
  }

  @Override
  public Limits limits() {
    // 480 requests an hour: a connection needs a few of them, and pings are none.
    return new Limits(
        200, 100, new Rate(3, Duration.ofSeconds(1)), new Rate(2, Duration.ofSeconds(1)));
  }

  /** It closes a connection on which nothing has come for 30 s. */
  @Override
  public Liveness liveness() {
    return new Liveness(false, "ping", Duration.ofSeconds(20));
  }

  @Override
  public String subscribe(int url, List<String> names, long request) {
    return request("subscribe", names, request);
  }

  @Override
  public String unsubscribe(int url, List<String> names, long request) {
    return request("unsubscribe", names, request);
  }

  private static String request(String operation, List<String> names, long request) {
    return "{\"id\":\""
        + request
        + "\",\"op\":\""
        + operation
        + "\",\"args\":["
        + Names.list(names, name -> "{\"channel\":\"tickers\",\"instId\":\"" + name + "\"}")
        + "]}";
  }

  @Override
  public void readText(String frame, Received received) {
    if (frame.equals("pong")) {
      received.other();
    }
  }

  @Override
  public void read(Message frame, Received received) {
    String event = frame.text("event");
    if (event == null) {
      frame.get("data").list().forEach(ticker -> ticker(ticker, received));
      return;
    }
    String message = "the exchange says: " + frame.text("msg");
    switch (event) {
      case "subscribe" -> received.subscribed(frame.get("arg").text("instId"));
      case "notice" -> {
        if (frame.is("code", UPGRADE)) {
          received.closing(message);
        } else {
          received.other();
        }
      }
      case "error" -> {
        if (LIMITS.contains(String.valueOf(frame.text("code")))) {
          received.limited(message);
        } else if (frame.get("arg").text("instId") != null) {
          received.refused(frame.get("arg").text("instId"), message);
        } else {
          received.refused(frame.integer("id"), message);
        }
      }
      default -> received.other();
    }
  }

  private static void ticker(Message ticker, Received received) {
    Quote quote = received.quote(ticker.text("instId"));
    if (quote != null) {
      quote.last(ticker, "last").bid(ticker, "bidPx").ask(ticker, "askPx").volume(ticker, "vol24h");
      received.tick(quote, ticker.millis("ts"));
    }
  }

  @Override
  public String name(String symbol) {
    Names.Parts parts = Names.parts(symbol);
    if (parts == null) {
      return null;
    }
    String pair = parts.base() + "-" + parts.quote();
    return parts.isSpot() ? pair : pair + "-" + (parts.isPerpetual() ? "SWAP" : parts.end());
  }

  @Override
  public List<String> lists() {
    String path = "/api/v5/public/instruments?instType=";
    return List.of(path + "SPOT", path + "SWAP", path + "FUTURES");
  }

  @Override
  public List<Instrument> instruments(Message list) {
    return list.get("data").list().stream().map(this::instrument).toList();
  }

  private Instrument instrument(Message one) {
    return Instrument.of(
        one.text("instId"),
        one.is("state", "live"),
        () ->
            Instrument.withTickSize(symbol(one), one.decimal("tickSz"))
                .lotSize(one.decimal("lotSz"))
                .minVolume(one.decimal("minSz")));
  }

  private Symbol.Builder symbol(Message one) {
    if (one.is("instType", "SPOT")) {
      return Instrument.spot(this, one.text("baseCcy"), one.text("quoteCcy"));
    }
    // A contract has no currencies of its own: they are those of what it is about.
    String[] parts = String.valueOf(one.text("instId")).split("-", -1);
    return Instrument.contract(
            this,
            parts[0],
            parts.length > 1 ? parts[1] : null,
            one.text("settleCcy"),
            one.is("instType", "SWAP") ? null : parts[parts.length - 1])
        .contractSize(one.decimal("ctVal"))
        .leverage(one.decimal("lever"));
  }
}
