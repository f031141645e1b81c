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
import java.util.Locale;

/** Binance's spot markets: prices of trades once a second, bids and asks as they change. */
public class Binance implements Venue {

  /** One tick is made of two streams on one connection, which may have 1,024 of them. */
  private static final int MAX_SYMBOLS = 500;

  private static final String KLINE = "@kline_";

  @Override
  public String exchange() {
    return "binance";
  }

  @Override
  public List<String> urls() {
    return List.of("wss://data-stream.binance.vision/ws");
  }

  @Override
  public String restUrl() {
    return "https://api.binance.com";
  }

  @Override
  public Limits limits() {
    // 5 a second, of which answers to its pings and our own pings are to have one each.
    return new Limits(
        MAX_SYMBOLS, 100, new Rate(3, Duration.ofSeconds(1)), new Rate(280, Duration.ofMinutes(5)));
  }

  @Override
  public Liveness liveness() {
    return new Liveness(false, null, Duration.ofSeconds(20));
  }

  /** The streams of an address. */
  List<String> streams(int url) {
    return List.of("@bookTicker", "@ticker");
  }

  @Override
  public String subscribe(int url, List<String> names, long request) {
    return request("SUBSCRIBE", all(url, names), request);
  }

  @Override
  public String unsubscribe(int url, List<String> names, long request) {
    return request("UNSUBSCRIBE", all(url, names), request);
  }

  private List<String> all(int url, List<String> names) {
    return names.stream()
        .flatMap(name -> streams(url).stream().map(stream -> stream(name) + stream))
        .toList();
  }

  private static String request(String method, List<String> all, long request) {
    return "{\"method\":\""
        + method
        + "\",\"params\":["
        + Names.list(all, Names::quoted)
        + "],\"id\":"
        + request
        + "}";
  }

  private static String stream(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  @Override
  public void read(Message frame, Received received) {
    Message data = frame.has("stream") ? frame.get("data") : frame;
    if (data.is("e", "24hrTicker")) {
      ticker(data, received);
    } else if (data.is("e", "kline")) {
      candle(data.get("k"), data.text("s"), received);
    } else if (data.is("e", "serverShutdown")) {
      received.closing("the exchange says: it shuts this server down");
    } else if (data.has("s") && data.has("b") && data.has("a")) {
      bookTicker(data, received);
    } else if (data.has("code") || data.has("error")) {
      Message error = data.has("error") ? data.get("error") : data;
      received.refused(data.integer("id"), "the exchange says: " + error.text("msg"));
    } else if (data.has("id")) {
      Long request = data.integer("id");
      if (request != null) {
        received.subscribed(request);
      }
    } else if (data.has("e")) {
      received.other();
    }
  }

  private static void bookTicker(Message data, Received received) {
    Quote quote = received.quote(data.text("s"));
    if (quote != null) {
      quote.bid(data, "b").ask(data, "a");
      received.tick(quote, data.millis("E")); // spot has none
    }
  }

  private static void ticker(Message data, Received received) {
    Quote quote = received.quote(data.text("s"));
    if (quote != null) {
      quote.last(data, "c").volume(data, "v");
      received.tick(quote, data.millis("E"));
    }
  }

  private static void candle(Message candle, String name, Received received) {
    received.bar(
        stream(String.valueOf(name)) + KLINE + candle.text("i"),
        new Candle(
            candle.millis("t"),
            candle.decimal("o"),
            candle.decimal("h"),
            candle.decimal("l"),
            candle.decimal("c"),
            candle.decimal("v"),
            candle.is("x", "true")));
  }

  @Override
  public String name(String symbol) {
    return Names.spot(symbol, "");
  }

  @Override
  public List<String> lists() {
    return List.of("/api/v3/exchangeInfo");
  }

  @Override
  public List<Instrument> instruments(Message list) {
    return Instrument.all(list.get("symbols"), this::instrument);
  }

  private Instrument instrument(Message one) {
    return Instrument.of(
        one.text("symbol"), one.is("status", "TRADING"), () -> withFilters(symbol(one), one));
  }

  Symbol.Builder symbol(Message one) {
    return Instrument.spot(this, one.text("baseAsset"), one.text("quoteAsset"));
  }

  private static Symbol.Builder withFilters(Symbol.Builder symbol, Message one) {
    for (Message filter : one.get("filters").list()) {
      switch (String.valueOf(filter.text("filterType"))) {
        case "PRICE_FILTER" -> Instrument.withTickSize(symbol, filter.decimal("tickSize"));
        case "LOT_SIZE" ->
            symbol.lotSize(filter.decimal("stepSize")).minVolume(filter.decimal("minQty"));
        case "NOTIONAL", "MIN_NOTIONAL" ->
            symbol.minCost(filter.decimal(filter.has("notional") ? "notional" : "minNotional"));
        default -> {
          // Nothing that a symbol tells.
        }
      }
    }
    return symbol;
  }

  @Override
  public Candles candles() {
    // An address may use 6,000 a minute over HTTP, of which this takes 2 each.
    return new Candles(urls().get(0), 1_000, 200, 500, new Rate(5, Duration.ofSeconds(1)));
  }

  @Override
  public String topic(String name, Timeframe timeframe) {
    return stream(name) + KLINE + timeframe;
  }

  @Override
  public String subscribeCandles(List<String> topics, long request) {
    return request("SUBSCRIBE", topics, request);
  }

  @Override
  public String unsubscribeCandles(List<String> topics, long request) {
    return request("UNSUBSCRIBE", topics, request);
  }

  /** Where bars are. */
  String klines() {
    return "/api/v3/klines";
  }

  @Override
  public String history(String name, Timeframe timeframe, Instant from, Instant to) {
    return klines()
        + "?symbol="
        + Names.encoded(name)
        + "&interval="
        + timeframe
        + "&startTime="
        + from.toEpochMilli()
        + "&endTime="
        + (to.toEpochMilli() - 1)
        + "&limit=500";
  }

  @Override
  public List<Candle> bars(String name, Message answer) {
    return answer.has("code")
        ? null
        : answer.list().stream().map(row -> Candle.row(row, row.at(0).millis(), 5, null)).toList();
  }
}
