package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.source.venue.Binance;
import io.fullon.cache.source.venue.BinanceUsdm;
import io.fullon.cache.source.venue.Bybit;
import io.fullon.cache.source.venue.BybitLinear;
import io.fullon.cache.source.venue.Coinbase;
import io.fullon.cache.source.venue.Kraken;
import io.fullon.cache.source.venue.Okx;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.testing.Recorded;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.Fields;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Frames as exchanges sent them. */
class RecordedFramesTest {

  private static final Instant NOW = Instant.parse("2026-11-30T00:00:00Z");

  /** What a venue says of a frame. */
  private static final class Heard implements Received {

    final List<String> all = new ArrayList<>();
    final List<Tick> ticks = new ArrayList<>();
    final List<Candle> candles = new ArrayList<>();
    private final Map<String, Quote> quotes = new HashMap<>();

    @Override
    public void subscribed(long request) {
      all.add("subscribed " + request);
    }

    @Override
    public void subscribed(String name) {
      all.add("subscribed " + name);
    }

    @Override
    public void refused(Long request, String reason) {
      all.add("refused " + request);
    }

    @Override
    public void refused(String name, String reason) {
      all.add("refused " + name);
    }

    @Override
    public Quote quote(String name) {
      return quotes.computeIfAbsent(
          name,
          key -> {
            Quote quote = new Quote();
            quote.symbols().add(key);
            return quote;
          });
    }

    @Override
    public void tick(Quote quote, Instant time) {
      all.add("tick");
      if (quote.isComplete()) {
        ticks.add(quote.tick("x", quote.symbols().iterator().next(), time == null ? NOW : time));
      }
    }

    @Override
    public void bar(String topic, Candle candle) {
      all.add("bar " + topic);
      candles.add(candle);
    }

    @Override
    public void heartbeat() {
      all.add("heartbeat");
    }

    @Override
    public void other() {
      all.add("other");
    }

    @Override
    public void numbered(Long number) {}

    @Override
    public void maintenance(String reason) {
      all.add("maintenance");
    }

    @Override
    public void works() {
      all.add("works");
    }

    @Override
    public void closing(String reason) {
      all.add("closing");
    }

    @Override
    public void limited(String reason) {
      all.add("limited");
    }
  }

  private static List<JsonObject> lines(String name) throws IOException {
    return Files.readAllLines(Recorded.file("venues/" + name)).stream()
        .map(JsonObject::new)
        .toList();
  }

  private static String message(String venue, String what) throws IOException {
    return lines("messages.jsonl").stream()
        .filter(one -> one.getString("venue").equals(venue) && one.getString("what").equals(what))
        .findFirst()
        .orElseThrow()
        .getString("frame");
  }

  private static Heard hear(Venue venue, String frame) {
    Heard heard = new Heard();
    venue.read(Message.parse(frame), heard);
    return heard;
  }

  private static Venue venue(String name) {
    JsonObject source = new JsonObject().put("symbols", new JsonArray().add("*"));
    return SourceOptions.from(Fields.of("sources", new JsonObject().put(name, source)))
        .get(0)
        .venue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kraken       | subscribe answer   | subscribed BTC/USD
          kraken       | ticker snapshot    | tick
          kraken       | pong               | other
          kraken       | ohlc update        | bar 1m BTC/USD
          coinbase     | ticker             | tick
          coinbase     | heartbeats         | heartbeat
          coinbase     | subscriptions      | other
          okx          | tickers            | tick
          bybit-linear | linear ticker      | tick
          bybit        | orderbook snapshot | tick
          bybit        | orderbook delta    | tick
          bybit        | subscribe failure  | refused null
          """)
  void aMessageIsWhatItIs(String venue, String what, String heard) throws IOException {
    String frame = message(venue.replace("-linear", ""), what);

    assertThat(hear(venue(venue), frame).all).containsExactly(heard);
  }

  @Test
  void everyDigitOfATickerStays() throws IOException {
    assertThat(hear(new Kraken(), message("kraken", "ticker snapshot")).ticks)
        .singleElement()
        .hasToString(
            "Tick[symbol=BTC/USD, exchange=x, price=105899.40, time=2022-12-25T09:30:59.123456Z,"
                + " volume=163.28908096, bid=105944.20, ask=105944.30, last=105899.40, seq=null]");
    assertThat(hear(new Coinbase(), message("coinbase", "ticker")).ticks)
        .singleElement()
        .hasToString(
            "Tick[symbol=BTC-USD, exchange=x, price=68900.50, time=2026-04-07T14:30:03Z,"
                + " volume=15328.12345678, bid=68900.00, ask=68901.00, last=68900.50, seq=null]");
    assertThat(hear(new BybitLinear(), message("bybit", "linear ticker")).ticks)
        .singleElement()
        .hasToString(
            "Tick[symbol=BTCUSDT, exchange=x, price=17216.00, time=2023-01-09T14:01:01.686Z,"
                + " volume=91705.276, bid=17215.50, ask=17216.00, last=17216.00, seq=null]");
    assertThat(hear(new Okx(), message("okx", "tickers")).ticks)
        .singleElement()
        .hasToString(
            "Tick[symbol=BTC-USDT, exchange=x, price=9999.99, time=2020-08-10T02:26:23.085Z,"
                + " volume=2222, bid=8888.88, ask=9999.99, last=9999.99, seq=null]");
  }

  @Test
  void everyDigitOfACandleStays() throws IOException {
    assertThat(hear(new Kraken(), message("kraken", "ohlc update")).candles)
        .containsExactly(
            candle(
                "2023-10-04T16:25:00Z",
                null,
                "106038.2 106044.3 106038.1 106040.1 30927.68066226"));
  }

  /** Frames as their documentation shows them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          binance | {"e":"kline","E":1672515782136,"s":"BNBBTC","k":{"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":100,"x":false,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}} | bnbbtc@kline_1m | 2022-12-31T19:43:00Z | false | 0.0010 0.0025 0.0015 0.0020 1000
          okx | {"arg":{"channel":"candle1Dutc","instId":"BTC-USDT"},"data":[["1597017600000","8533.02","8553.74","8527.17","8548.26","45247","529.5858061","529.58","1"]]} | candle1Dutc BTC-USDT | 2020-08-10T00:00:00Z | true | 8533.02 8553.74 8527.17 8548.26 45247
          okx | {"arg":{"channel":"candle1H","instId":"BTC-USDT-SWAP"},"data":[["1747141200000","103644.1","103700","103629.2","103700","11316.08","113.1608","11731625.855","0"]]} | candle1H BTC-USDT-SWAP | 2025-05-13T13:00:00Z | false | 103644.1 103700 103629.2 103700 113.1608
          bybit | {"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,"end":1672325099999,"interval":"5","open":"16649.5","close":"16677","high":"16677","low":"16608","volume":"2.081","turnover":"34666.4005","confirm":false,"timestamp":1672324988882}],"ts":1672324988882,"type":"snapshot"} | kline.5.BTCUSDT | 2022-12-29T14:40:00Z | false | 16649.5 16677 16608 16677 2.081
          bitget | {"action":"snapshot","arg":{"instType":"SPOT","channel":"candle1m","instId":"BTCUSDT"},"data":[["1695685500000","27000","27000.5","26999","27000.50","0.0570","1539.0155","1539.0155"]],"ts":1695715462250} | candle1m BTCUSDT | 2023-09-25T23:45:00Z | | 27000 27000.5 26999 27000.50 0.0570
          """)
  void aCandleIsWhatItIs(
      String venue, String frame, String topic, String begin, Boolean isFinal, String values) {
    Heard heard = hear(venue(venue), frame);

    assertThat(heard.all).containsExactly("bar " + topic);
    assertThat(heard.candles).containsExactly(candle(begin, isFinal, values));
  }

  /** Answers as their documentation shows them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kraken | {"error":[],"result":{"XXBTZUSD":[[1688671200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23]],"last":1688672160}} | 2023-07-06T19:20:00Z | | 30306.1 30306.2 30305.7 30305.7 3.39243896
          binance | [[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",1499644799999,"2434.19055334",308,"1756.87402397","28.46694368","0"]] | 2017-07-03T00:00:00Z | | 0.01634790 0.80000000 0.01575800 0.01577100 148976.11427815
          okx | {"code":"0","msg":"","data":[["1597026360000","3.721","3.743","3.677","3.708","8422410","22698348.04","12698348","1"]]} | 2020-08-10T02:26:00Z | true | 3.721 3.743 3.677 3.708 8422410
          bybit | {"retCode":0,"retMsg":"OK","result":{"symbol":"BTCUSDT","category":"spot","list":[["1670608800000","17071","17073","17027","17055.5","268611","15.74462667"]]},"time":1672025956592} | 2022-12-09T18:00:00Z | | 17071 17073 17027 17055.5 268611
          bitget | {"code":"00000","msg":"success","requestTime":1695800278693,"data":[["1656604800000","37834.5","37849.5","37773.5","37773.5","428.3462","16198849.1079","16198849.1079"]]} | 2022-06-30T16:00:00Z | | 37834.5 37849.5 37773.5 37773.5 428.3462
          coinbase | {"candles":[{"start":"1712192400","low":"66055.14","high":"66331.99","open":"66312.4","close":"66181.6","volume":"355.82896243"}]} | 2024-04-04T01:00:00Z | | 66312.4 66331.99 66055.14 66181.6 355.82896243
          """)
  void aHistoryIsWhatItIs(
      String venue, String answer, String begin, Boolean isFinal, String values) {
    assertThat(venue(venue).bars("BTC-USDT", Message.parse(answer)))
        .containsExactly(candle(begin, isFinal, values));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kraken   | {"error":["EQuery:Unknown asset pair"]}
          binance  | {"code":-1121,"msg":"Invalid symbol."}
          okx      | {"code":"51001","msg":"Instrument ID does not exist","data":[]}
          bybit    | {"retCode":10006,"retMsg":"Too many visits!","result":{}}
          bitget   | {"code":"40034","msg":"Parameter does not exist","data":null}
          coinbase | {"error":"INVALID_ARGUMENT","error_details":"valid product_id is required"}
          """)
  void anErrorIsNoHistory(String venue, String answer) {
    assertThat(venue(venue).bars("X", Message.parse(answer))).isNull();
  }

  private static Candle candle(String begin, Boolean isFinal, String values) {
    List<BigDecimal> all = Stream.of(values.split(" ")).map(BigDecimal::new).toList();
    return new Candle(
        Instant.parse(begin), all.get(0), all.get(1), all.get(2), all.get(3), all.get(4), isFinal);
  }

  @Test
  void twoChannelsMakeOneTick() throws IOException {
    Heard heard = new Heard();
    BinanceUsdm venue = new BinanceUsdm();

    venue.read(Message.parse(message("binance", "futures ticker")), heard);
    venue.read(
        Message.parse(message("binance", "futures bookTicker").replace("BNBUSDT", "BTCUSDT")),
        heard);

    assertThat(heard.ticks.get(1))
        .hasToString(
            "Tick[symbol=BTCUSDT, exchange=x, price=16584.60000000, time=2019-09-09T07:34:20.893Z,"
                + " volume=122474.816, bid=25.35190000, ask=25.36520000, last=16584.60000000,"
                + " seq=null]");
  }

  @Test
  void anOrderBookOfOneLevelKeepsItsBest() throws IOException {
    Heard heard = new Heard();
    Bybit venue = new Bybit();

    venue.read(Message.parse(message("bybit", "orderbook snapshot")), heard);
    venue.read(
        Message.parse(
            "{\"topic\":\"tickers.BTCUSDT\",\"ts\":1,\"data\":{\"lastPrice\":\"27450\"}}"),
        heard);
    venue.read(
        Message.parse(
            "{\"topic\":\"orderbook.1.BTCUSDT\",\"ts\":2,\"data\":{\"b\":[],"
                + "\"a\":[[\"27451.00\",\"0\"],[\"27451.50\",\"2\"]]}}"),
        heard);

    assertThat(heard.ticks.get(0).ask()).hasToString("27451.00");
    assertThat(heard.ticks.get(1).ask()).hasToString("27451.50");
    assertThat(heard.ticks.get(1).bid()).hasToString("27450.00");
  }

  @ParameterizedTest
  @CsvSource({
    "okx,okx.jsonl,tickers",
    "binance,binance.jsonl,@bookTicker",
    "binance-usdm,binance-futures.jsonl,bookTicker"
  })
  void aWholeRecordingIsUnderstood(String name, String file, String channel) throws IOException {
    Venue venue = venue(name);
    int ticks = 0;
    for (JsonObject line : lines(file)) {
      String frame = line.getString("frame");
      if ("venue".equals(line.getString("from")) && frame.contains(channel)) {
        Heard heard = hear(venue, frame);
        assertThat(heard.all).as(frame).isNotEmpty();
        ticks += heard.all.contains("tick") ? 1 : 0;
      }
    }
    assertThat(ticks).isGreaterThan(10);
  }

  private static List<Symbol> symbols(Venue venue, String frame) {
    return venue.instruments(Message.parse(frame)).stream()
        .filter(Objects::nonNull)
        .map(Instrument::symbol)
        .toList();
  }

  @Test
  void instrumentsAreNamedAsSymbolsAre() throws IOException {
    assertThat(symbols(new Kraken(), message("kraken", "GET /0/public/AssetPairs")))
        .extracting(Symbol::symbol)
        .containsExactly("BTC/USDT");
    assertThat(symbols(new Coinbase(), message("coinbase", "GET products")))
        .extracting(Symbol::symbol)
        .contains("BTC/USD", "BTC/USDC");
    assertThat(new Coinbase().instruments(Message.parse(message("coinbase", "GET products"))))
        .extracting(Instrument::name)
        .containsOnly("BTC-USD"); // which is what frames call both
    assertThat(symbols(new Okx(), message("okx", "GET instruments SPOT")))
        .extracting(Symbol::symbol)
        .contains("BTC/USD", "ETH/USD");
    assertThat(symbols(new Okx(), message("okx", "GET instruments SWAP")))
        .extracting(Symbol::symbol)
        .contains("BTC/USD:BTC", "ETH/USDT:USDT");
    assertThat(symbols(new Bybit(), message("bybit", "GET instruments spot")))
        .extracting(Symbol::symbol)
        .containsExactly("BTC/USDT", "ETH/USDT");
    assertThat(symbols(new BybitLinear(), message("bybit", "GET instruments linear")))
        .extracting(Symbol::symbol)
        .containsExactly("BTC/USDT:USDT", "ETH/USDT:USDT");
  }

  @Test
  void whatAContractIsIsToldWithIt() throws IOException {
    Symbol inverse = symbols(new Okx(), message("okx", "GET instruments SWAP")).get(0);

    assertThat(inverse.contractSize()).hasToString("100");
    assertThat(inverse.inverse()).isTrue();
    assertThat(inverse.settle()).isEqualTo("BTC");
    assertThat(inverse.tickSize()).hasToString("0.1");
    assertThat(inverse.precision()).isEqualTo(1);
  }

  @Test
  void namesCanBeToldWithoutAList() {
    assertThat(new Binance().name("BTC/USDT")).isEqualTo("BTCUSDT");
    assertThat(new BinanceUsdm().name("BTC/USDT:USDT")).isEqualTo("BTCUSDT");
    assertThat(new BinanceUsdm().name("BTC/USDT:USDT-240628")).isEqualTo("BTCUSDT_240628");
    assertThat(new Okx().name("BTC/USD:BTC")).isEqualTo("BTC-USD-SWAP");
    assertThat(new Okx().name("BTC/USD:BTC-251226")).isEqualTo("BTC-USD-251226");
    assertThat(new BybitLinear().name("BTC/USDC:USDC")).isEqualTo("BTCPERP");
    assertThat(new Kraken().name("BTC/USD:BTC")).isNull();
  }
}
