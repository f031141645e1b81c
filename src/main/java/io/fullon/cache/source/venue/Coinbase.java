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
import java.util.List;

/** Coinbase's Advanced Trade. */
public final class Coinbase implements Venue {

  @Override
  public String exchange() {
    return "coinbase";
  }

  @Override
  public List<String> urls() {
    return List.of("wss://advanced-trade-ws.coinbase.com");
  }

  @Override
  public String restUrl() {
    return "https://api.coinbase.com";
  }

  @Override
  public Limits limits() {
    // 8 a second of both for an address, at which there may be others, too.
    return new Limits(
        100, 50, new Rate(4, Duration.ofSeconds(1)), true, new Rate(4, Duration.ofSeconds(1)));
  }

  @Override
  public Liveness liveness() {
    return new Liveness(true, null, Duration.ofSeconds(30));
  }

  /** Without it a quiet connection is closed, and nobody knew whether it is alive. */
  @Override
  public List<String> greeting() {
    return List.of("{\"type\":\"subscribe\",\"channel\":\"heartbeats\"}");
  }

  @Override
  public String subscribe(int url, List<String> names, long request) {
    return request("subscribe", names);
  }

  @Override
  public String unsubscribe(int url, List<String> names, long request) {
    return request("unsubscribe", names);
  }

  private static String request(String type, List<String> names) {
    return "{\"type\":\""
        + type
        + "\",\"product_ids\":["
        + Names.list(names, Names::quoted)
        + "],\"channel\":\"ticker\"}";
  }

  @Override
  public void read(Message frame, Received received) {
    received.numbered(frame.integer("sequence_num"));
    String channel = String.valueOf(frame.text("channel"));
    switch (channel) {
      case "ticker", "ticker_batch" -> tickers(frame, received);
      case "heartbeats" -> received.heartbeat();
      case "subscriptions" -> subscriptions(frame, received);
      default -> {
        if (frame.is("type", "error")) {
          received.refused((Long) null, "the exchange says: " + frame.text("message"));
        } else if (frame.has("channel")) {
          received.other();
        }
      }
    }
  }

  private static void tickers(Message frame, Received received) {
    Instant time = frame.iso("timestamp");
    for (Message event : frame.get("events").list()) {
      for (Message ticker : event.get("tickers").list()) {
        Quote quote = received.quote(ticker.text("product_id"));
        if (quote != null) {
          quote
              .last(ticker, "price")
              .bid(ticker, "best_bid")
              .ask(ticker, "best_ask")
              .volume(ticker, "volume_24_h");
          received.tick(quote, time);
        }
      }
    }
  }

  /** It names all that is subscribed on the connection. */
  private static void subscriptions(Message frame, Received received) {
    received.other();
    for (Message event : frame.get("events").list()) {
      for (Message product : event.get("subscriptions").get("ticker").list()) {
        received.subscribed(product.text());
      }
    }
  }

  /** Products in USDC are other names of those in USD, which is what frames say. */
  @Override
  public String name(String symbol) {
    String name = Names.spot(symbol, "-");
    return name == null ? null : name.replaceFirst("-USDC$", "-USD");
  }

  @Override
  public List<String> lists() {
    return List.of("/api/v3/brokerage/market/products?product_type=SPOT");
  }

  @Override
  public List<Instrument> instruments(Message list) {
    return Instrument.all(list.get("products"), this::instrument);
  }

  private Instrument instrument(Message product) {
    if (product.has("product_type") && !product.is("product_type", "SPOT")) {
      return null;
    }
    String base = product.text("base_currency_id");
    String quote = product.text("quote_currency_id");
    String alias = product.text("alias"); // see name
    return Instrument.of(
        alias == null ? product.text("product_id") : alias,
        product.is("status", "online") && !product.is("is_disabled", "true"),
        () ->
            Instrument.withTickSize(
                    Instrument.spot(this, base, quote), product.decimal("price_increment"))
                .lotSize(product.decimal("base_increment"))
                .minVolume(product.decimal("base_min_size"))
                .minCost(product.decimal("quote_min_size")));
  }

  /** Its channel has bars of five minutes only. */
  @Override
  public Candles candles() {
    // 350 are the most; 10 requests a second.
    return new Candles(300, new Rate(3, Duration.ofSeconds(1)));
  }

  @Override
  public String history(String name, Timeframe timeframe, Instant from, Instant to) {
    return "/api/v3/brokerage/market/products/"
        + Names.encoded(name)
        + "/candles?start="
        + from.getEpochSecond()
        + "&end="
        + (to.getEpochSecond() - 1)
        + "&granularity="
        + granularity(timeframe);
  }

  private static String granularity(Timeframe timeframe) {
    return switch (timeframe) {
      case M1 -> "ONE_MINUTE";
      case M5 -> "FIVE_MINUTE";
      case M15 -> "FIFTEEN_MINUTE";
      case M30 -> "THIRTY_MINUTE";
      case H1 -> "ONE_HOUR";
      case H4 -> "FOUR_HOUR";
      case D1 -> "ONE_DAY";
    };
  }

  @Override
  public List<Candle> bars(String name, Message answer) {
    return answer.has("candles")
        ? answer.get("candles").list().stream().map(Coinbase::candle).toList()
        : null;
  }

  private static Candle candle(Message bar) {
    return new Candle(
        bar.get("start").seconds(),
        bar.decimal("open"),
        bar.decimal("high"),
        bar.decimal("low"),
        bar.decimal("close"),
        bar.decimal("volume"),
        null);
  }
}
