package io.fullon.cache.source.venue;

import io.fullon.cache.source.Instrument;
import io.fullon.cache.source.Message;
import io.fullon.cache.symbol.Symbol;
import java.time.Duration;
import java.util.List;

/**
 * Binance's futures in USDⓈ: as its spot markets, but with an address for prices of trades and
 * another one for bids and asks.
 */
public final class BinanceUsdm extends Binance {

  @Override
  public String exchange() {
    return "binance-usdm";
  }

  @Override
  public List<String> urls() {
    return List.of("wss://fstream.binance.com/market/ws", "wss://fstream.binance.com/public/ws");
  }

  @Override
  public String restUrl() {
    return "https://fapi.binance.com";
  }

  @Override
  public Limits limits() {
    return new Limits(
        500, 100, new Rate(8, Duration.ofSeconds(1)), new Rate(280, Duration.ofMinutes(5)));
  }

  @Override
  List<String> streams(int url) {
    return List.of(url == 0 ? "@ticker" : "@bookTicker");
  }

  @Override
  public String name(String symbol) {
    Names.Parts parts = Names.parts(symbol);
    if (parts == null || parts.isSpot() || !parts.settle().equals(parts.quote())) {
      return null;
    }
    return parts.base() + parts.quote() + (parts.end() == null ? "" : "_" + parts.end());
  }

  @Override
  public List<String> lists() {
    return List.of("/fapi/v1/exchangeInfo");
  }

  @Override
  Symbol.Builder symbol(Message one) {
    String[] name = one.text("symbol").split("_", 2);
    String quote = one.text("quoteAsset");
    return Instrument.contract(
        this,
        one.text("baseAsset"),
        quote,
        one.has("marginAsset") ? one.text("marginAsset") : quote,
        name.length == 1 ? null : name[1]);
  }

  @Override
  public Candles candles() {
    // An address may use 2,400 a minute over HTTP, of which this takes 5 each.
    return new Candles(urls().get(0), 1_000, 200, 500, new Rate(3, Duration.ofSeconds(1)));
  }

  @Override
  String klines() {
    return "/fapi/v1/klines";
  }
}
