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

/** Bitget's spot markets, version 2. */
public final class Bitget implements Venue {

  /** Too many requests, connections or channels. */
  private static final Set<String> LIMITS = Set.of("30006", "30007");

  @Override
  public String exchange() {
    return "bitget";
  }

  @Override
  public List<String> urls() {
    return List.of("wss://ws.bitget.com/v2/ws/public");
  }

  @Override
  public String restUrl() {
    return "https://api.bitget.com";
  }

  @Override
  public Limits limits() {
    // 10 messages a second, 240 requests an hour, 1,000 channels, 100 connections.
    return new Limits(
        100, 50, new Rate(5, Duration.ofSeconds(1)), new Rate(280, Duration.ofMinutes(5)));
  }

  @Override
  public Liveness liveness() {
    return new Liveness(false, "ping", Duration.ofSeconds(30));
  }

  @Override
  public String subscribe(int url, List<String> names, long request) {
    return request("subscribe", names);
  }

  @Override
  public String unsubscribe(int url, List<String> names, long request) {
    return request("unsubscribe", names);
  }

  private static String request(String operation, List<String> names) {
    return "{\"op\":\""
        + operation
        + "\",\"args\":["
        + Names.list(
            names,
            name -> "{\"instType\":\"SPOT\",\"channel\":\"ticker\",\"instId\":\"" + name + "\"}")
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
    String name = frame.get("arg").text("instId");
    String message = "the exchange says: " + frame.text("msg");
    if (event.equals("subscribe")) {
      received.subscribed(name);
    } else if (!event.equals("error")) {
      received.other();
    } else if (LIMITS.contains(String.valueOf(frame.text("code")))) {
      received.limited(message);
    } else if (name != null) {
      received.refused(name, message);
    } else {
      received.refused((Long) null, message);
    }
  }

  private static void ticker(Message ticker, Received received) {
    Quote quote = received.quote(ticker.text("instId"));
    if (quote != null) {
      quote
          .last(ticker, "lastPr")
          .bid(ticker, "bidPr")
          .ask(ticker, "askPr")
          .volume(ticker, "baseVolume");
      received.tick(quote, ticker.millis("ts"));
    }
  }

  @Override
  public String name(String symbol) {
    return Names.spot(symbol, "");
  }

  @Override
  public List<String> lists() {
    return List.of("/api/v2/spot/public/symbols");
  }

  @Override
  public List<Instrument> instruments(Message list) {
    return list.get("data").list().stream().map(this::instrument).toList();
  }

  private Instrument instrument(Message one) {
    return Instrument.of(
        one.text("symbol"),
        one.is("status", "online"),
        () ->
            withStep(
                    Instrument.spot(this, one.text("baseCoin"), one.text("quoteCoin")),
                    one.integer("pricePrecision"))
                .lotSize(Instrument.step(one.integer("quantityPrecision")))
                .minVolume(one.decimal("minTradeAmount"))
                // It is told in USDT, whatever the quote is.
                .minCost(one.is("quoteCoin", "USDT") ? one.decimal("minTradeUSDT") : null));
  }

  /** It tells the places of prices only. */
  private static Symbol.Builder withStep(Symbol.Builder symbol, Long places) {
    return Instrument.withTickSize(symbol, Instrument.step(places));
  }
}
