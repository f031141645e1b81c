package io.fullon.cache.source.venue;

import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.source.Candle;
import io.fullon.cache.source.Instrument;
import io.fullon.cache.source.Message;
import io.fullon.cache.source.Quote;
import io.fullon.cache.source.Received;
import io.fullon.cache.source.Venue;
import io.fullon.cache.symbol.Symbol;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Bitget's spot markets, version 2. */
public final class Bitget implements Venue {

  /** Too many requests, connections or channels. */
  private static final Set<String> LIMITS = Set.of("30006", "30007");

  private static final String URL = "wss://ws.bitget.com/v2/ws/public";
  private static final String CANDLE = "candle";

  @Override
  public String exchange() {
    return "bitget";
  }

  @Override
  public List<String> urls() {
    return List.of(URL);
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
    return request("subscribe", names.stream().map(Bitget::ticker).toList());
  }

  @Override
  public String unsubscribe(int url, List<String> names, long request) {
    return request("unsubscribe", names.stream().map(Bitget::ticker).toList());
  }

  /** A ticker as an argument of a request. */
  private static String ticker(String name) {
    return argument("ticker", name);
  }

  private static String argument(String channel, String name) {
    return "{\"instType\":\"SPOT\",\"channel\":\"" + channel + "\",\"instId\":\"" + name + "\"}";
  }

  private static String request(String operation, List<String> arguments) {
    return "{\"op\":\"" + operation + "\",\"args\":[" + String.join(",", arguments) + "]}";
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
    Message argument = frame.get("arg");
    boolean isCandle = String.valueOf(argument.text("channel")).startsWith(CANDLE);
    String symbol = argument.text("instId");
    String name = isCandle && symbol != null ? argument.text("channel") + " " + symbol : symbol;
    if (event == null && isCandle) {
      frame.get("data").list().forEach(row -> received.bar(name, candle(row)));
      return;
    }
    if (event == null) {
      frame.get("data").list().forEach(ticker -> ticker(ticker, received));
      return;
    }
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

  private static Candle candle(Message row) {
    return Candle.row(row, row.at(0).millis(), 5, null);
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
    return list.is("code", "00000") ? Instrument.all(list.get("data"), this::instrument) : null;
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

  @Override
  public Candles candles() {
    // Each begins with some hundred bars; 20 a second over HTTP.
    return new Candles(URL, 200, 50, 500, new Rate(5, Duration.ofSeconds(1)));
  }

  @Override
  public String topic(String name, Timeframe timeframe) {
    String length =
        switch (timeframe) {
          case H1 -> "1H";
          case H4 -> "4H";
          case D1 -> "1Dutc";
          default -> timeframe.toString();
        };
    return CANDLE + length + " " + name;
  }

  @Override
  public String subscribeCandles(List<String> topics, long request) {
    return request("subscribe", topics.stream().map(Bitget::topic).toList());
  }

  @Override
  public String unsubscribeCandles(List<String> topics, long request) {
    return request("unsubscribe", topics.stream().map(Bitget::topic).toList());
  }

  private static String topic(String topic) {
    int space = topic.indexOf(' ');
    return argument(topic.substring(0, space), topic.substring(space + 1));
  }

  @Override
  public String history(String name, Timeframe timeframe, Instant from, Instant to) {
    String length =
        switch (timeframe) {
          case H1, H4 -> timeframe.toString();
          case D1 -> "1Dutc";
          default -> timeframe + "in";
        };
    return "/api/v2/spot/market/candles?symbol="
        + Names.encoded(name)
        + "&granularity="
        + length
        + "&endTime="
        + to.toEpochMilli()
        + "&limit=501"; // perhaps with the one that begins then
  }

  @Override
  public List<Candle> bars(String name, Message answer) {
    return answer.is("code", "00000")
        ? answer.get("data").list().stream().map(Bitget::candle).toList()
        : null;
  }
}
