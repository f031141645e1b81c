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

/** Bybit's spot markets: its tickers have no bid and ask, so they come from the order book. */
public class Bybit implements Venue {

  private static final String TICKERS = "tickers.";
  private static final String BOOK = "orderbook.1.";
  private static final String KLINE = "kline.";
  private static final int MINUTE = 60;

  /** Its answer to too many requests. */
  private static final String TOO_MANY = "10006";

  @Override
  public String exchange() {
    return "bybit";
  }

  /** Which of its markets, as its addresses name them. */
  String category() {
    return "spot";
  }

  @Override
  public List<String> urls() {
    return List.of("wss://stream.bybit.com/v5/public/" + category());
  }

  @Override
  public String restUrl() {
    return "https://api.bybit.com";
  }

  @Override
  public Limits limits() {
    // A request has 10 topics, two for each symbol; a connection 21,000 characters of them.
    return new Limits(
        200, 5, new Rate(10, Duration.ofSeconds(1)), new Rate(450, Duration.ofMinutes(5)));
  }

  @Override
  public Liveness liveness() {
    return new Liveness(false, "{\"op\":\"ping\"}", Duration.ofSeconds(20));
  }

  /** The topics of a symbol, without its name. */
  List<String> topics() {
    return List.of(TICKERS, BOOK);
  }

  @Override
  public String subscribe(int url, List<String> names, long request) {
    return request("subscribe", all(names), request);
  }

  @Override
  public String unsubscribe(int url, List<String> names, long request) {
    return request("unsubscribe", all(names), request);
  }

  private List<String> all(List<String> names) {
    return names.stream().flatMap(name -> topics().stream().map(topic -> topic + name)).toList();
  }

  private static String request(String operation, List<String> all, long request) {
    return "{\"req_id\":\""
        + request
        + "\",\"op\":\""
        + operation
        + "\",\"args\":["
        + Names.list(all, Names::quoted)
        + "]}";
  }

  @Override
  public void read(Message frame, Received received) {
    String topic = frame.text("topic");
    if (topic != null && topic.startsWith(KLINE)) {
      frame.get("data").list().forEach(candle -> candle(topic, candle, received));
    } else if (topic != null) {
      data(topic, frame, received);
    } else if (frame.is("op", "subscribe")) {
      answer(frame, received);
    } else if (frame.has("op") || frame.has("ret_msg")) {
      received.other();
    }
  }

  private static void answer(Message frame, Received received) {
    Long request = frame.integer("req_id");
    String message = "the exchange says: " + frame.text("ret_msg");
    if (frame.is("success", "true") && request != null) {
      received.subscribed(request);
    } else if (frame.is("ret_code", TOO_MANY)) {
      received.limited(message);
    } else if (frame.is("success", "false")) {
      received.refused(request, message);
    }
  }

  private static void data(String topic, Message frame, Received received) {
    Quote quote = received.quote(topic.substring(topic.lastIndexOf('.') + 1));
    if (quote == null) {
      return;
    }
    Message data = frame.get("data");
    if (topic.startsWith(BOOK)) {
      quote.bids(data.get("b")).asks(data.get("a"));
    } else {
      // What has not changed is left out.
      quote
          .last(data, "lastPrice")
          .bid(data, "bid1Price")
          .ask(data, "ask1Price")
          .volume(data, "volume24h");
    }
    received.tick(quote, frame.millis("ts"));
  }

  private static void candle(String topic, Message candle, Received received) {
    received.bar(
        topic,
        new Candle(
            candle.millis("start"),
            candle.decimal("open"),
            candle.decimal("high"),
            candle.decimal("low"),
            candle.decimal("close"),
            candle.decimal("volume"),
            candle.is("confirm", "true")));
  }

  @Override
  public String name(String symbol) {
    return Names.spot(symbol, "");
  }

  @Override
  public List<String> lists() {
    return List.of("/v5/market/instruments-info?limit=1000&category=" + category());
  }

  @Override
  public String next(String path, Message list) {
    String cursor = list.get("result").text("nextPageCursor");
    return cursor == null ? null : path.replaceFirst("&cursor=.*", "") + "&cursor=" + cursor;
  }

  @Override
  public List<Instrument> instruments(Message list) {
    return list.is("retCode", "0")
        ? Instrument.all(list.get("result").get("list"), this::instrument)
        : null;
  }

  private Instrument instrument(Message one) {
    Message lots = one.get("lotSizeFilter");
    return Instrument.of(
        one.text("symbol"),
        one.is("status", "Trading"),
        () ->
            Instrument.withTickSize(symbol(one), one.get("priceFilter").decimal("tickSize"))
                .lotSize(lots.decimal(lots.has("qtyStep") ? "qtyStep" : "basePrecision"))
                .minVolume(lots.decimal("minOrderQty"))
                .minCost(
                    lots.decimal(lots.has("minOrderAmt") ? "minOrderAmt" : "minNotionalValue")));
  }

  Symbol.Builder symbol(Message one) {
    return Instrument.spot(this, one.text("baseCoin"), one.text("quoteCoin"));
  }

  @Override
  public Candles candles() {
    // A connection has 21,000 characters of topics; 600 requests in 5 seconds over HTTP.
    return new Candles(urls().get(0), 600, 10, 500, new Rate(5, Duration.ofSeconds(1)));
  }

  @Override
  public String topic(String name, Timeframe timeframe) {
    return KLINE + interval(timeframe) + "." + name;
  }

  private static String interval(Timeframe timeframe) {
    return timeframe == Timeframe.D1 ? "D" : String.valueOf(timeframe.seconds() / MINUTE);
  }

  @Override
  public String subscribeCandles(List<String> topics, long request) {
    return request("subscribe", topics, request);
  }

  @Override
  public String unsubscribeCandles(List<String> topics, long request) {
    return request("unsubscribe", topics, request);
  }

  @Override
  public String history(String name, Timeframe timeframe, Instant from, Instant to) {
    return "/v5/market/kline?category="
        + category()
        + "&symbol="
        + Names.encoded(name)
        + "&interval="
        + interval(timeframe)
        + "&start="
        + from.toEpochMilli()
        + "&end="
        + (to.toEpochMilli() - 1)
        + "&limit=500";
  }

  @Override
  public List<Candle> bars(String name, Message answer) {
    return answer.is("retCode", "0")
        ? answer.get("result").get("list").list().stream()
            .map(row -> Candle.row(row, row.at(0).millis(), 5, null))
            .toList()
        : null;
  }
}
