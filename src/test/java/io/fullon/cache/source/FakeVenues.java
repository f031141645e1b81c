package io.fullon.cache.source;

import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.source.venue.Binance;
import io.fullon.cache.source.venue.BinanceUsdm;
import io.fullon.cache.source.venue.Bitget;
import io.fullon.cache.source.venue.Bybit;
import io.fullon.cache.source.venue.BybitLinear;
import io.fullon.cache.source.venue.Coinbase;
import io.fullon.cache.source.venue.Kraken;
import io.fullon.cache.source.venue.Okx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The fakes of all exchanges; their frames are as those of the exchanges. */
final class FakeVenues {

  private static final List<String> BASES = List.of("BTC", "ETH", "DOGE");

  private FakeVenues() {}

  /** A fake by its exchange's name. */
  record Maker(String name, Supplier<FakeVenue> make) {

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Maker> all() {
    return Stream.of(
        new Maker("kraken", FakeKraken::new),
        new Maker("binance", () -> new FakeBinance(new Binance())),
        new Maker("binance-usdm", FakeBinanceUsdm::new),
        new Maker("coinbase", FakeCoinbase::new),
        new Maker("okx", FakeOkx::new),
        new Maker("bybit", () -> new FakeBybit(new Bybit())),
        new Maker("bybit-linear", () -> new FakeBybit(new BybitLinear())),
        new Maker("bitget", FakeBitget::new));
  }

  /** A JSON text with these in the place of its %s. */
  private static String json(String format, Object... values) {
    return String.format(Locale.ROOT, format.replace('\'', '"'), values);
  }

  private static JsonObject object(String format, Object... values) {
    return new JsonObject(json(format, values));
  }

  private static JsonArray array(IntFunction<JsonObject> element) {
    return new JsonArray(IntStream.range(0, FakeVenue.SYMBOLS).mapToObj(element).toList());
  }

  /** Rows of bars: those of the format get begin, four prices and volume. */
  private static String rows(String format, List<Candle> candles, long unit) {
    return candles.stream()
        .map(
            one ->
                json(
                    format,
                    one.begin().getEpochSecond() * unit,
                    one.open(),
                    one.high(),
                    one.low(),
                    one.close(),
                    one.volume()))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static List<Candle> latestFirst(List<Candle> candles) {
    List<Candle> all = new ArrayList<>(candles);
    Collections.reverse(all);
    return all;
  }

  /** The one of which that is the name there. */
  private static Timeframe timeframe(Function<Timeframe, String> nameOf, String name) {
    return Stream.of(Timeframe.values())
        .filter(one -> nameOf.apply(one).equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static final String ROW = "['%s','%s','%s','%s','%s','%s'";

  private static Stream<String> texts(JsonArray array) {
    return array.stream().map(Object::toString);
  }

  /** Kraken, version 2. */
  static final class FakeKraken extends FakeVenue {

    @Override
    Venue venue() {
      return new Kraken();
    }

    @Override
    String wire(int symbol) {
      return BASES.get(symbol) + "/USD";
    }

    @Override
    String symbol(int symbol) {
      return wire(symbol);
    }

    @Override
    Set<String> topics(String wire) {
      return Set.of(wire);
    }

    @Override
    String welcome() {
      return json(
          "{'channel':'status','type':'update','data':[{'version':'2.0.10','system':'online',"
              + "'api_version':'v2','connection_id':8423536080466635000}]}");
    }

    @Override
    String heartbeat() {
      return json("{'channel':'heartbeat'}");
    }

    @Override
    String tooMany() {
      return json("{'Error':'Exceeded msg rate'}");
    }

    @Override
    void received(Connection connection, JsonObject message) {
      JsonObject params = message.getJsonObject("params");
      String method = message.getString("method");
      boolean isCandle = params.getString("channel").equals("ohlc");
      for (String symbol : texts(params.getJsonArray("symbol")).toList()) {
        Integer interval = params.getInteger("interval");
        String topic =
            isCandle
                ? venue().topic(symbol, timeframe(FakeKraken::minutes, interval.toString()))
                : symbol;
        if (isRefused(symbol) || isRefused(topic)) {
          connection.send(
              json(
                  "{'error':'Currency pair not supported %s','method':'%s','req_id':%s,"
                      + "'success':false,'symbol':'%s','time_in':'2026-08-12T19:29:00.962486Z'}",
                  symbol, method, message.getValue("req_id"), symbol));
          continue;
        }
        if (method.equals("subscribe")) {
          connection.subscribe(topic);
        } else {
          connection.unsubscribe(topic);
        }
        connection.send(
            json(
                "{'method':'%s','req_id':%s,'result':{%s,"
                    + "'snapshot':true,'symbol':'%s'},'success':true,"
                    + "'time_in':'2026-08-12T19:29:00.962486Z'}",
                method,
                message.getValue("req_id"),
                json(
                    isCandle
                        ? "'channel':'ohlc','interval':" + interval
                        : "'channel':'ticker','event_trigger':'bbo'"),
                symbol));
      }
    }

    private static String minutes(Timeframe timeframe) {
      return String.valueOf(timeframe.seconds() / 60);
    }

    @Override
    String candle(String wire, Timeframe timeframe, Candle candle) {
      return json(
          "{'channel':'ohlc','type':'update','timestamp':'2023-10-04T16:26:30.524394914Z',"
              + "'data':[{'symbol':'%s','open':%s,'high':%s,'low':%s,'close':%s,'trades':12,"
              + "'volume':%s,'vwap':106039.6,'interval_begin':'%s','interval':%s,"
              + "'timestamp':'2023-10-04T16:30:00.000000Z'}]}",
          wire,
          candle.open(),
          candle.high(),
          candle.low(),
          candle.close(),
          candle.volume(),
          candle.begin(),
          minutes(timeframe));
    }

    @Override
    String history(String path, Map<String, String> query) {
      if (!path.equals("/0/public/OHLC")) {
        return null;
      }
      if (!List.of("XBTUSD", "ETHUSD", "XDGUSD").contains(query.get("pair"))) {
        return json("{'error':['EQuery:Unknown asset pair']}");
      }
      Timeframe timeframe = timeframe(FakeKraken::minutes, query.get("interval"));
      long since = Long.parseLong(query.get("since"));
      List<Candle> all = past(timeframe, since + 1, Long.MAX_VALUE / 2, 720);
      return json(
          "{'error':[],'result':{'XXBTZUSD':%s,'last':1}}",
          rows("[%s,'%s','%s','%s','%s','30243.0','%s',23]", all, 1));
    }

    @Override
    Map<String, String> tick(
        String wire, String last, String bid, String ask, String volume, Instant time) {
      return Map.of(
          wire,
          json(
              "{'channel':'ticker','type':'update','data':[{'symbol':'%s','bid':%s,"
                  + "'bid_qty':5.45673101,'ask':%s,'ask_qty':0.36974422,'last':%s,'volume':%s,"
                  + "'vwap':63685.7,'low':63250,'high':64409.2,'change':0.7,'change_pct':0,"
                  + "'timestamp':'%s'}]}",
              wire, bid, ask, last, volume, time));
    }

    @Override
    JsonObject list(String path) {
      JsonObject result = new JsonObject();
      for (String base : BASES.subList(0, listed)) {
        String old = base.equals("BTC") ? "XBT" : base.equals("DOGE") ? "XDG" : base;
        result.put(
            old + "USD",
            object(
                "{'altname':'%sUSD','wsname':'%s/USD','base':'X%s','quote':'ZUSD',"
                    + "'pair_decimals':1,'ordermin':'0.00005','costmin':'0.5','tick_size':'0.1',"
                    + "'status':'online'}",
                old, old, old));
      }
      return object("{'error':[]}").put("result", result);
    }
  }

  /** Binance's spot markets. */
  static class FakeBinance extends FakeVenue {

    private final Venue venue;

    FakeBinance(Venue venue) {
      this.venue = venue;
    }

    @Override
    final Venue venue() {
      return venue;
    }

    @Override
    final String wire(int symbol) {
      return BASES.get(symbol) + "USDT";
    }

    @Override
    String symbol(int symbol) {
      return BASES.get(symbol) + "/USDT";
    }

    @Override
    final Set<String> topics(String wire) {
      return Set.of(stream(wire) + "@ticker", stream(wire) + "@bookTicker");
    }

    private static String stream(String wire) {
      return wire.toLowerCase(Locale.ROOT);
    }

    @Override
    int messagesPerSecond() {
      return 5;
    }

    @Override
    String closing() {
      return json("{'e':'serverShutdown','E':1672515782136}");
    }

    @Override
    final void received(Connection connection, JsonObject message) {
      List<String> streams = texts(message.getJsonArray("params")).toList();
      boolean refuses =
          streams.stream()
              .anyMatch(
                  one ->
                      isRefused(one)
                          || isRefused(
                              one.substring(0, one.indexOf('@')).toUpperCase(Locale.ROOT)));
      if (refuses) {
        connection.send(json("{'code':2,'msg':'Invalid request','id':%s}", message.getValue("id")));
        return;
      }
      boolean subscribes = message.getString("method").equals("SUBSCRIBE");
      streams.forEach(subscribes ? connection::subscribe : connection::unsubscribe);
      connection.send(json("{'result':null,'id':%s}", message.getValue("id")));
    }

    @Override
    final Map<String, String> tick(
        String wire, String last, String bid, String ask, String volume, Instant time) {
      return Map.of(
          stream(wire) + "@ticker",
          json(
              "{'e':'24hrTicker','E':%s,'s':'%s','p':'0.0015','P':'250.00','c':'%s','Q':'10',"
                  + "'b':'0.0024','B':'10','a':'0.0026','A':'100','v':'%s','q':'18','n':18151}",
              time.toEpochMilli(), wire, last, volume),
          stream(wire) + "@bookTicker",
          json(
              "{'u':400900217,'s':'%s','b':'%s','B':'31.21000000','a':'%s','A':'40.66000000'%s}",
              wire, bid, ask, bookTime(time)));
    }

    String bookTime(Instant time) {
      return "";
    }

    @Override
    final String candle(String wire, Timeframe timeframe, Candle candle) {
      return json(
          "{'e':'kline','E':1672515782136,'s':'%s','k':{'t':%s,'T':1672515839999,'s':'%s',"
              + "'i':'%s','f':100,'L':200,'o':'%s','c':'%s','h':'%s','l':'%s','v':'%s','n':100,"
              + "'x':%s,'q':'1.0000','V':'500','Q':'0.500','B':'123456'}}",
          wire,
          candle.begin().toEpochMilli(),
          wire,
          timeframe,
          candle.open(),
          candle.close(),
          candle.high(),
          candle.low(),
          candle.volume(),
          candle.isFinal());
    }

    @Override
    final String history(String path, Map<String, String> query) {
      if (!path.equals(venue instanceof BinanceUsdm ? "/fapi/v1/klines" : "/api/v3/klines")) {
        return null;
      }
      return rows(
          "[%s,'%s','%s','%s','%s','%s',1499644799999,'2434.19055334',308,'1756','28.4','0']",
          past(
              timeframe(Timeframe::toString, query.get("interval")),
              Long.parseLong(query.get("startTime")) / 1_000,
              Long.parseLong(query.get("endTime")) / 1_000,
              Integer.parseInt(query.get("limit"))),
          1_000);
    }

    @Override
    final JsonObject list(String path) {
      return new JsonObject()
          .put(
              "symbols",
              array(
                  i ->
                      object(
                          "{'symbol':'%s','status':'TRADING','baseAsset':'%s',"
                              + "'quoteAsset':'USDT','marginAsset':'USDT','filters':["
                              + "{'filterType':'PRICE_FILTER','tickSize':'0.01000000'},"
                              + "{'filterType':'LOT_SIZE','minQty':'0.001','stepSize':'0.001'}]}",
                          wire(i), BASES.get(i))));
    }
  }

  /** Binance's futures. */
  static final class FakeBinanceUsdm extends FakeBinance {

    FakeBinanceUsdm() {
      super(new BinanceUsdm());
    }

    @Override
    String symbol(int symbol) {
      return BASES.get(symbol) + "/USDT:USDT";
    }

    @Override
    int messagesPerSecond() {
      return 10;
    }

    @Override
    String bookTime(Instant time) {
      return ",\"E\":" + time.toEpochMilli() + ",\"T\":" + time.toEpochMilli();
    }
  }

  /** Coinbase's Advanced Trade. */
  static final class FakeCoinbase extends FakeVenue {

    @Override
    Venue venue() {
      return new Coinbase();
    }

    @Override
    String wire(int symbol) {
      return BASES.get(symbol) + "-USD";
    }

    @Override
    String symbol(int symbol) {
      return BASES.get(symbol) + "/USD";
    }

    @Override
    Set<String> topics(String wire) {
      return Set.of(wire);
    }

    @Override
    int messagesPerSecond() {
      return 8;
    }

    @Override
    boolean isForAll() {
      return true;
    }

    @Override
    String history(String path, Map<String, String> query) {
      if (!path.startsWith("/api/v3/brokerage/market/products/") || !path.endsWith("/candles")) {
        return null;
      }
      Map<String, Timeframe> granularities =
          Map.of(
              "ONE_MINUTE", Timeframe.M1,
              "FIVE_MINUTE", Timeframe.M5,
              "FIFTEEN_MINUTE", Timeframe.M15,
              "THIRTY_MINUTE", Timeframe.M30,
              "ONE_HOUR", Timeframe.H1,
              "FOUR_HOUR", Timeframe.H4,
              "ONE_DAY", Timeframe.D1);
      return json(
          "{'candles':%s}",
          rows(
              "{'start':'%s','open':'%s','high':'%s','low':'%s','close':'%s','volume':'%s'}",
              latestFirst(
                  past(
                      granularities.get(query.get("granularity")),
                      Long.parseLong(query.get("start")),
                      Long.parseLong(query.get("end")),
                      350)),
              1));
    }

    @Override
    String heartbeat() {
      return json(
          "{'channel':'heartbeats','client_id':'','timestamp':'2026-04-07T14:30:10.000000Z','sequence_num':SEQ,'events':[{'current_time':'2026-04-07"
              + " 14:30:10.000000000+00:00','heartbeat_counter':42}]}");
    }

    @Override
    String stamped(Connection connection, String frame) {
      return frame.contains("SEQ")
          ? frame.replace("SEQ", String.valueOf(connection.number++))
          : frame;
    }

    @Override
    void received(Connection connection, JsonObject message) {
      if (message.getString("channel").equals("heartbeats")) {
        return;
      }
      boolean subscribes = message.getString("type").equals("subscribe");
      List<String> products = texts(message.getJsonArray("product_ids")).toList();
      if (products.stream().anyMatch(this::isRefused)) {
        connection.send(json("{'type':'error','message':'failure to subscribe'}"));
        return;
      }
      products.forEach(subscribes ? connection::subscribe : connection::unsubscribe);
      connection.send(
          json(
              "{'channel':'subscriptions','client_id':'','timestamp':'2026-04-07T14:30:00Z',"
                  + "'sequence_num':SEQ,'events':[{'subscriptions':{'ticker':%s}}]}",
              new JsonArray(List.copyOf(connection.topics)).encode()));
    }

    @Override
    Map<String, String> tick(
        String wire, String last, String bid, String ask, String volume, Instant time) {
      return Map.of(
          wire,
          json(
              "{'channel':'ticker','client_id':'','timestamp':'%s','sequence_num':SEQ,"
                  + "'events':[{'type':'update','tickers':[{'type':'ticker','product_id':'%s',"
                  + "'price':'%s','volume_24_h':'%s','low_24_h':'63235.88','best_bid':'%s',"
                  + "'best_ask':'%s','best_bid_quantity':'0.2275291'}]}]}",
              time, wire, last, volume, bid, ask));
    }

    @Override
    JsonObject list(String path) {
      return new JsonObject()
          .put(
              "products",
              array(
                  i ->
                      object(
                          "{'product_id':'%s','base_currency_id':'%s','quote_currency_id':'USD',"
                              + "'price_increment':'0.01','base_increment':'0.00000001',"
                              + "'base_min_size':'0.00000001','quote_min_size':'1','alias':'',"
                              + "'is_disabled':false,'status':'online','product_type':'SPOT'}",
                          wire(i), BASES.get(i))));
    }
  }

  /** OKX, version 5. */
  static final class FakeOkx extends FakeVenue {

    @Override
    Venue venue() {
      return new Okx();
    }

    @Override
    String wire(int symbol) {
      return List.of("BTC-USDT", "ETH-USDT-SWAP", "BTC-USD-251226").get(symbol);
    }

    @Override
    String symbol(int symbol) {
      return List.of("BTC/USDT", "ETH/USDT:USDT", "BTC/USD:BTC-251226").get(symbol);
    }

    @Override
    Set<String> topics(String wire) {
      return Set.of(wire);
    }

    @Override
    String closing() {
      return json(
          "{'event':'notice','code':'64008','msg':'The connection will soon be closed for a"
              + " service upgrade. Please reconnect.','connId':'a4d3ae55'}");
    }

    @Override
    String tooMany() {
      return json("{'event':'error','code':'60014','msg':'Requests too frequent'}");
    }

    @Override
    void received(Connection connection, JsonObject message) {
      for (Object argument : message.getJsonArray("args")) {
        JsonObject given = (JsonObject) argument;
        String wire = given.getString("instId");
        String channel = given.getString("channel");
        String topic = channel.equals("tickers") ? wire : channel + " " + wire;
        if (isRefused(wire) || isRefused(topic)) {
          connection.send(
              json(
                  "{'event':'error','code':'60018','msg':'Wrong URL or channel:tickers,instId:%s"
                      + " doesn\\u0027t exist.','id':'%s','connId':'a4d3ae55','arg':%s}",
                  wire, message.getString("id"), given.encode()));
          continue;
        }
        boolean subscribes = message.getString("op").equals("subscribe");
        if (subscribes) {
          connection.subscribe(topic);
        } else {
          connection.unsubscribe(topic);
        }
        connection.send(
            json(
                "{'event':'%s','arg':%s,'connId':'a4d3ae55'}",
                message.getString("op"), given.encode()));
      }
    }

    /** A contract is 100 of the base currency here. */
    private static String row(String wire, String end) {
      return wire.split("-", -1).length == 2
          ? ROW + ",'1','2','" + end + "']"
          : ROW.replaceFirst(",'%s'$", ",'77','%6\\$s','2','" + end + "']");
    }

    @Override
    String candle(String wire, Timeframe timeframe, Candle candle) {
      String end = candle.isFinal() ? "1" : "0";
      return json(
          "{'arg':{'channel':'%s','instId':'%s'},'data':%s}",
          venue().topic(wire, timeframe).split(" ", -1)[0],
          wire,
          rows(row(wire, end), List.of(candle), 1_000));
    }

    @Override
    String history(String path, Map<String, String> query) {
      if (!path.equals("/api/v5/market/candles")) {
        return null;
      }
      String wire = query.get("instId");
      return json(
          "{'code':'0','msg':'','data':%s}",
          rows(
              row(wire, "1"),
              latestFirst(
                  past(
                      timeframe(
                          one -> venue().topic(wire, one),
                          "candle" + query.get("bar") + " " + wire),
                      0,
                      Long.parseLong(query.get("after")) / 1_000 - 1,
                      Integer.parseInt(query.get("limit")))),
              1_000));
    }

    @Override
    Map<String, String> tick(
        String wire, String last, String bid, String ask, String volume, Instant time) {
      return Map.of(
          wire,
          json(
              "{'arg':{'channel':'tickers','instId':'%s'},'data':[{'instType':'SPOT',"
                  + "'instId':'%s','last':'%s','lastSz':'0.1','askPx':'%s','askSz':'11',"
                  + "'bidPx':'%s','bidSz':'5','vol24h':'%s','ts':'%s'}]}",
              wire, wire, last, ask, bid, volume, time.toEpochMilli()));
    }

    @Override
    JsonObject list(String path) {
      JsonArray data = new JsonArray();
      if (path.endsWith("SPOT")) {
        data.add(
            object(
                "{'instType':'SPOT','instId':'BTC-USDT','baseCcy':'BTC','quoteCcy':'USDT',"
                    + "'tickSz':'0.1','lotSz':'0.00000001','minSz':'0.00001','settleCcy':'',"
                    + "'state':'live'}"));
      } else if (path.endsWith("SWAP")) {
        data.add(
            object(
                "{'instType':'SWAP','instId':'ETH-USDT-SWAP','baseCcy':'','quoteCcy':'',"
                    + "'tickSz':'0.01','lotSz':'0.01','minSz':'0.01','settleCcy':'USDT',"
                    + "'ctVal':'0.1','lever':'100','state':'live'}"));
      } else {
        data.add(
            object(
                "{'instType':'FUTURES','instId':'BTC-USD-251226','baseCcy':'','quoteCcy':'',"
                    + "'tickSz':'0.1','lotSz':'1','minSz':'1','settleCcy':'BTC','ctVal':'100',"
                    + "'lever':'20','state':'live'}"));
      }
      return object("{'code':'0','msg':''}").put("data", data);
    }
  }

  /** Bybit's spot and linear markets. */
  static final class FakeBybit extends FakeVenue {

    private final Venue venue;
    private final boolean isSpot;

    FakeBybit(Venue venue) {
      this.venue = venue;
      this.isSpot = venue.exchange().equals("bybit");
    }

    @Override
    Venue venue() {
      return venue;
    }

    @Override
    String wire(int symbol) {
      return BASES.get(symbol) + "USDT";
    }

    @Override
    String symbol(int symbol) {
      return BASES.get(symbol) + (isSpot ? "/USDT" : "/USDT:USDT");
    }

    @Override
    Set<String> topics(String wire) {
      return isSpot ? Set.of("tickers." + wire, "orderbook.1." + wire) : Set.of("tickers." + wire);
    }

    @Override
    void received(Connection connection, JsonObject message) {
      if (message.getString("op").equals("ping")) {
        connection.send(
            json("{'success':true,'ret_msg':'pong','conn_id':'cejreaspqfm9','op':'ping'}"));
        return;
      }
      List<String> topics = texts(message.getJsonArray("args")).toList();
      for (String topic : topics) {
        if (isRefused(topic) || isRefused(topic.substring(topic.lastIndexOf('.') + 1))) {
          connection.send(
              json(
                  "{'success':false,'ret_msg':'Invalid topic: %s','conn_id':'cejreaspqfm9',"
                      + "'req_id':'%s','op':'subscribe'}",
                  topic, message.getString("req_id")));
          return;
        }
      }
      boolean subscribes = message.getString("op").equals("subscribe");
      topics.forEach(subscribes ? connection::subscribe : connection::unsubscribe);
      connection.send(
          json(
              "{'success':true,'ret_msg':'%s','conn_id':'cejreaspqfm9','req_id':'%s','op':'%s'}",
              message.getString("op"), message.getString("req_id"), message.getString("op")));
    }

    @Override
    Map<String, String> tick(
        String wire, String last, String bid, String ask, String volume, Instant time) {
      long ms = time.toEpochMilli();
      if (!isSpot) {
        return Map.of(
            "tickers." + wire,
            json(
                "{'topic':'tickers.%s','type':'delta','data':{'symbol':'%s','lastPrice':'%s',"
                    + "'volume24h':'%s','bid1Price':'%s','ask1Price':'%s'},'cs':2498795,'ts':%s}",
                wire, wire, last, volume, bid, ask, ms));
      }
      return Map.of(
          "tickers." + wire,
          json(
              "{'topic':'tickers.%s','ts':%s,'type':'snapshot','cs':112571857121,'data':{"
                  + "'symbol':'%s','lastPrice':'%s','highPrice24h':'64500','volume24h':'%s',"
                  + "'usdIndexPrice':'63989.741059'}}",
              wire, ms, wire, last, volume),
          "orderbook.1." + wire,
          json(
              "{'topic':'orderbook.1.%s','ts':%s,'type':'snapshot','data':{'s':'%s',"
                  + "'b':[['%s','2.045546']],'a':[['%s','2.334566']],'u':72212457},'cs':%s}",
              wire, ms, wire, bid, ask, ms));
    }

    @Override
    String candle(String wire, Timeframe timeframe, Candle candle) {
      String topic = venue.topic(wire, timeframe);
      return json(
          "{'topic':'%s','data':[{'start':%s,'end':1672325099999,'interval':'%s','open':'%s',"
              + "'close':'%s','high':'%s','low':'%s','volume':'%s','turnover':'34666.4005',"
              + "'confirm':%s,'timestamp':1672324988882}],'ts':1672324988882,'type':'snapshot'}",
          topic,
          candle.begin().toEpochMilli(),
          topic.split("\\.", -1)[1],
          candle.open(),
          candle.close(),
          candle.high(),
          candle.low(),
          candle.volume(),
          candle.isFinal());
    }

    @Override
    String history(String path, Map<String, String> query) {
      if (!path.equals("/v5/market/kline")) {
        return null;
      }
      String wire = query.get("symbol");
      return json(
          "{'retCode':0,'retMsg':'OK','result':{'category':'%s','symbol':'%s','list':%s}}",
          query.get("category"),
          wire,
          rows(
              ROW + ",'34666.4']",
              latestFirst(
                  past(
                      timeframe(
                          one -> venue.topic(wire, one),
                          "kline." + query.get("interval") + "." + wire),
                      Long.parseLong(query.get("start")) / 1_000,
                      Long.parseLong(query.get("end")) / 1_000,
                      Integer.parseInt(query.get("limit")))),
              1_000));
    }

    @Override
    JsonObject list(String path) {
      JsonArray all =
          array(
              i ->
                  object(
                      "{'symbol':'%s','contractType':'LinearPerpetual','status':'Trading',"
                          + "'baseCoin':'%s','quoteCoin':'USDT','settleCoin':'USDT',"
                          + "'deliveryTime':'0','leverageFilter':{'maxLeverage':'100'},"
                          + "'priceFilter':{'tickSize':'0.1'},"
                          + "'lotSizeFilter':{'qtyStep':'0.001','minOrderQty':'0.001'}}",
                      wire(i), BASES.get(i)));
      // In two pieces.
      boolean isSecond = path.contains("cursor=");
      JsonArray part =
          new JsonArray(isSecond ? all.getList().subList(1, 3) : all.getList().subList(0, 1));
      return object("{'retCode':0,'retMsg':'OK'}")
          .put(
              "result",
              new JsonObject().put("nextPageCursor", isSecond ? "" : "more").put("list", part));
    }
  }

  /** Bitget's spot markets. */
  static final class FakeBitget extends FakeVenue {

    @Override
    Venue venue() {
      return new Bitget();
    }

    @Override
    String wire(int symbol) {
      return BASES.get(symbol) + "USDT";
    }

    @Override
    String symbol(int symbol) {
      return BASES.get(symbol) + "/USDT";
    }

    @Override
    Set<String> topics(String wire) {
      return Set.of(wire);
    }

    @Override
    String tooMany() {
      return json("{'event':'error','code':30007,'msg':'request too many','op':'subscribe'}");
    }

    @Override
    void received(Connection connection, JsonObject message) {
      for (Object argument : message.getJsonArray("args")) {
        JsonObject topic = (JsonObject) argument;
        String wire = topic.getString("instId");
        String channel = topic.getString("channel");
        String name = channel.equals("ticker") ? wire : channel + " " + wire;
        if (isRefused(wire) || isRefused(name)) {
          connection.send(
              json(
                  "{'event':'error','arg':%s,'code':30001,'msg':'instId:%s doesn\\u0027t exist',"
                      + "'op':'subscribe'}",
                  topic.encode(), wire));
          continue;
        }
        if (message.getString("op").equals("subscribe")) {
          connection.subscribe(name);
        } else {
          connection.unsubscribe(name);
        }
        connection.send(json("{'event':'%s','arg':%s}", message.getString("op"), topic.encode()));
      }
    }

    @Override
    Map<String, String> tick(
        String wire, String last, String bid, String ask, String volume, Instant time) {
      long ms = time.toEpochMilli();
      return Map.of(
          wire,
          json(
              "{'action':'snapshot','arg':{'instType':'SPOT','channel':'ticker','instId':'%s'},"
                  + "'data':[{'instId':'%s','lastPr':'%s','open24h':'63449.01','bidPr':'%s',"
                  + "'askPr':'%s','bidSz':'4.00188','baseVolume':'%s','ts':'%s'}],'ts':%s}",
              wire, wire, last, bid, ask, volume, ms, ms));
    }

    @Override
    String candle(String wire, Timeframe timeframe, Candle candle) {
      return json(
          "{'action':'update','arg':{'instType':'SPOT','channel':'%s','instId':'%s'},"
              + "'data':%s,'ts':1695715462250}",
          venue().topic(wire, timeframe).split(" ", -1)[0],
          wire,
          rows(ROW + ",'1','1']", List.of(candle), 1_000));
    }

    private static String granularity(Timeframe timeframe) {
      return switch (timeframe) {
        case H1 -> "1h";
        case H4 -> "4h";
        case D1 -> "1Dutc";
        default -> timeframe.toString().replace("m", "min");
      };
    }

    @Override
    String history(String path, Map<String, String> query) {
      return path.equals("/api/v2/spot/market/candles")
          ? json(
              "{'code':'00000','msg':'success','requestTime':1695800278693,'data':%s}",
              rows(
                  ROW + ",'1','1']",
                  past(
                      timeframe(FakeBitget::granularity, query.get("granularity")),
                      0,
                      Long.parseLong(query.get("endTime")) / 1_000,
                      Integer.parseInt(query.get("limit"))),
                  1_000))
          : null;
    }

    @Override
    JsonObject list(String path) {
      return object("{'code':'00000','msg':'success'}")
          .put(
              "data",
              array(
                  i ->
                      object(
                          "{'symbol':'%s','baseCoin':'%s','quoteCoin':'USDT',"
                              + "'pricePrecision':'2','minTradeAmount':'0','minTradeUSDT':'1',"
                              + "'status':'online'}",
                          wire(i), BASES.get(i))));
    }
  }
}
