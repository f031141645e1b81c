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

/** OKX, version 5: spot, perpetual and dated contracts. */
public final class Okx implements Venue {

  /** That the connection will be closed for an upgrade of the service. */
  private static final String UPGRADE = "64008";

  /** Too many requests, in various ways, or none are taken just now. */
  private static final Set<String> LIMITS =
      Set.of("50001", "50004", "50011", "50013", "50026", "50061", "60014", "60030");

  private static final String CANDLE = "candle";

  /** Where a candle has whether it is over. */
  private static final int CONFIRM = 8;

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
    return request("subscribe", names.stream().map(Okx::ticker).toList(), request);
  }

  @Override
  public String unsubscribe(int url, List<String> names, long request) {
    return request("unsubscribe", names.stream().map(Okx::ticker).toList(), request);
  }

  /** A ticker as an argument of a request. */
  private static String ticker(String name) {
    return argument("tickers", name);
  }

  private static String argument(String channel, String name) {
    return "{\"channel\":\"" + channel + "\",\"instId\":\"" + name + "\"}";
  }

  /** What an argument is called here: a symbol's name, for candles with their channel before. */
  private static String nameOf(Message argument) {
    String name = argument.text("instId");
    String channel = String.valueOf(argument.text("channel"));
    return name == null || !channel.startsWith(CANDLE) ? name : channel + " " + name;
  }

  private static String request(String operation, List<String> arguments, long request) {
    return "{\"id\":\""
        + request
        + "\",\"op\":\""
        + operation
        + "\",\"args\":["
        + String.join(",", arguments)
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
      Message argument = frame.get("arg");
      if (String.valueOf(argument.text("channel")).startsWith(CANDLE)) {
        frame.get("data").list().forEach(row -> candle(argument, row, received));
      } else {
        frame.get("data").list().forEach(ticker -> ticker(ticker, received));
      }
      return;
    }
    String name = nameOf(frame.get("arg"));
    String message = "the exchange says: " + frame.text("msg");
    switch (event) {
      case "subscribe" -> received.subscribed(name);
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
        } else if (name != null) {
          received.refused(name, message);
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

  private static void candle(Message argument, Message row, Received received) {
    received.bar(nameOf(argument), candle(argument.text("instId"), row));
  }

  /** The volume of contracts is told in contracts, and behind that in the base currency. */
  private static Candle candle(String name, Message row) {
    int volume = isSpot(name) ? 5 : 6;
    return Candle.row(row, row.at(0).millis(), volume, "1".equals(row.at(CONFIRM).text()));
  }

  private static boolean isSpot(String name) {
    return name != null && name.indexOf('-') == name.lastIndexOf('-');
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
    return list.is("code", "0") ? Instrument.all(list.get("data"), this::instrument) : null;
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

  @Override
  public Candles candles() {
    // 40 in two seconds over HTTP.
    return new Candles(
        "wss://ws.okx.com:8443/ws/v5/business", 500, 100, 300, new Rate(5, Duration.ofSeconds(1)));
  }

  @Override
  public String topic(String name, Timeframe timeframe) {
    return CANDLE + bar(timeframe) + " " + name;
  }

  /** Its other days begin in Hong Kong. */
  private static String bar(Timeframe timeframe) {
    return switch (timeframe) {
      case H1 -> "1H";
      case H4 -> "4H";
      case D1 -> "1Dutc";
      default -> timeframe.toString();
    };
  }

  @Override
  public String subscribeCandles(List<String> topics, long request) {
    return request("subscribe", topics.stream().map(Okx::candle).toList(), request);
  }

  @Override
  public String unsubscribeCandles(List<String> topics, long request) {
    return request("unsubscribe", topics.stream().map(Okx::candle).toList(), request);
  }

  private static String candle(String topic) {
    int space = topic.indexOf(' ');
    return argument(topic.substring(0, space), topic.substring(space + 1));
  }

  /** What is after a time there is older. */
  @Override
  public String history(String name, Timeframe timeframe, Instant from, Instant to) {
    return "/api/v5/market/candles?instId="
        + Names.encoded(name)
        + "&bar="
        + bar(timeframe)
        + "&after="
        + to.toEpochMilli()
        + "&limit=300";
  }

  @Override
  public List<Candle> bars(String name, Message answer) {
    return answer.is("code", "0")
        ? answer.get("data").list().stream().map(row -> candle(name, row)).toList()
        : null;
  }
}
