package io.fullon.cache.source.venue;

import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.source.Candle;
import io.fullon.cache.source.Instrument;
import io.fullon.cache.source.Message;
import io.fullon.cache.source.Quote;
import io.fullon.cache.source.Received;
import io.fullon.cache.source.Venue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Kraken's spot markets, version 2 of its WebSocket. Numbers are JSON numbers there. */
public final class Kraken implements Venue {

  /** Where not all orders are taken prices are made all the same. */
  private static final Set<String> PRICED =
      Set.of("online", "post_only", "limit_only", "cancel_only", "reduce_only");

  private static final String URL = "wss://ws.kraken.com/v2";
  private static final int MINUTE = 60;
  private static final String TRIGGER = ",\"event_trigger\":\"bbo\"";
  private static final String SNAPSHOT = ",\"snapshot\":true";

  /**
   * The last digit of a request's number says what it asks for: tickers, or which candles. Where it
   * refuses candles of a symbol it does not say which.
   */
  private static final int KINDS = 10;

  private static final List<Timeframe> TIMEFRAMES = List.of(Timeframe.values());

  @Override
  public String exchange() {
    return "kraken";
  }

  @Override
  public List<String> urls() {
    return List.of(URL);
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
    return request("subscribe", "ticker", names, TRIGGER + SNAPSHOT, request * KINDS);
  }

  @Override
  public String unsubscribe(int url, List<String> names, long request) {
    return request("unsubscribe", "ticker", names, TRIGGER, request * KINDS);
  }

  private static String request(
      String method, String channel, List<String> names, String more, long request) {
    return "{\"method\":\""
        + method
        + "\",\"params\":{\"channel\":\""
        + channel
        + "\",\"symbol\":["
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
    } else if ("ohlc".equals(channel)) {
      frame.get("data").list().forEach(candle -> candle(candle, received));
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

  private void candle(Message candle, Received received) {
    Timeframe timeframe = timeframe(candle.integer("interval"));
    if (timeframe == null) {
      received.other();
      return;
    }
    received.bar(
        topic(candle.text("symbol"), timeframe),
        new Candle(
            candle.iso("interval_begin"),
            candle.decimal("open"),
            candle.decimal("high"),
            candle.decimal("low"),
            candle.decimal("close"),
            candle.decimal("volume"),
            null));
  }

  /** Null where it is none. */
  private static Timeframe timeframe(Long minutes) {
    for (Timeframe timeframe : Timeframe.values()) {
      if (minutes != null && minutes * MINUTE == timeframe.seconds()) {
        return timeframe;
      }
    }
    return null;
  }

  /** With others than these prices are still made. */
  private static void status(Message status, Received received) {
    if (status.is("system", "maintenance")) {
      received.maintenance("the exchange says: maintenance");
    } else {
      received.works();
    }
  }

  private void answer(Message answer, Received received) {
    if (!answer.is("method", "subscribe")) {
      received.other();
    } else if (answer.is("success", "true")) {
      Message result = answer.get("result");
      String symbol = result.text("symbol");
      int kind = result.is("channel", "ohlc") ? kind(answer.integer("req_id")) : 0;
      received.subscribed(nameOf(symbol, kind));
    } else {
      String error = "the exchange says: " + answer.text("error");
      // Where it is about one symbol, that is named.
      String symbol = answer.text("symbol");
      Long request = answer.integer("req_id");
      if (symbol == null) {
        received.refused(request == null ? null : (Long) (request / KINDS), error);
      } else {
        received.refused(nameOf(symbol, kind(request)), error);
      }
    }
  }

  /** 0 for tickers, else the place of a timeframe from 1. */
  private static int kind(Long request) {
    int kind = request == null ? 0 : (int) (request % KINDS);
    return kind < 0 || kind > TIMEFRAMES.size() ? 0 : kind;
  }

  private String nameOf(String symbol, int kind) {
    return kind == 0 ? symbol : topic(symbol, TIMEFRAMES.get(kind - 1));
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
    return isGiven(list)
        ? list.get("result").values().stream().map(this::instrument).toList()
        : null;
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

  @Override
  public Candles candles() {
    // Once a second for each pair over HTTP.
    return new Candles(URL, 400, 100, 500, new Rate(1, Duration.ofMillis(1_500)));
  }

  /** A request has one interval. */
  @Override
  public String requestOf(String topic) {
    return topic.substring(0, topic.indexOf(' '));
  }

  @Override
  public String subscribeCandles(List<String> topics, long request) {
    return request("subscribe", topics, SNAPSHOT, request);
  }

  @Override
  public String unsubscribeCandles(List<String> topics, long request) {
    return request("unsubscribe", topics, "", request);
  }

  private String request(String method, List<String> topics, String more, long request) {
    Timeframe timeframe = Timeframe.read("topic", requestOf(topics.get(0)));
    List<String> names =
        topics.stream().map(topic -> topic.substring(topic.indexOf(' ') + 1)).toList();
    return request(
        method,
        "ohlc",
        names,
        ",\"interval\":" + timeframe.seconds() / MINUTE + more,
        request * KINDS + 1 + TIMEFRAMES.indexOf(timeframe));
  }

  /** The latest 720 at most. What is asked for begins after that time. */
  @Override
  public String history(String name, Timeframe timeframe, Instant from, Instant to) {
    Names.Parts parts = Names.parts(name);
    String pair = parts == null ? name : old(parts.base()) + old(parts.quote());
    return "/0/public/OHLC?pair="
        + Names.encoded(pair)
        + "&interval="
        + timeframe.seconds() / MINUTE
        + "&since="
        + (from.getEpochSecond() - 1);
  }

  private static String old(String currency) {
    return switch (currency) {
      case "BTC" -> "XBT";
      case "DOGE" -> "XDG";
      default -> currency;
    };
  }

  /** It answers with 200 where it has nothing to give, too. */
  private static boolean isGiven(Message answer) {
    return answer.get("error").list().isEmpty() && !answer.get("result").values().isEmpty();
  }

  /** Behind the four prices is their mean. */
  @Override
  public List<Candle> bars(String name, Message answer) {
    if (!isGiven(answer)) {
      return null;
    }
    List<Candle> bars = new ArrayList<>();
    for (Message rows : answer.get("result").values()) {
      rows.list().forEach(row -> bars.add(Candle.row(row, row.at(0).seconds(), 6, null)));
    }
    return bars;
  }
}
