package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.source.venue.Bitget;
import io.fullon.cache.source.venue.Kraken;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What lists of exchanges say beyond names. */
class InstrumentsTest {

  private static Instrument only(Venue venue, String list) {
    return venue.instruments(Message.parse(list)).get(0);
  }

  private static Instrument bitget(String quote) {
    return only(
        new Bitget(),
        "{\"code\":\"00000\",\"data\":[{\"symbol\":\"BTC-X\",\"baseCoin\":\"BTC\",\"quoteCoin\":\""
            + quote
            + "\","
            + "\"status\":\"online\",\"pricePrecision\":\"2\",\"quantityPrecision\":\"6\","
            + "\"minTradeUSDT\":\"1\"}]}");
  }

  private static Instrument kraken(String status) {
    return only(
        new Kraken(),
        "{\"error\":[],\"result\":{\"XXBTZUSD\":{\"wsname\":\"XBT/USD\",\"status\":\""
            + status
            + "\",\"tick_size\":\"0.1\",\"lot_decimals\":8}}}");
  }

  static Stream<FakeVenues.Maker> venues() {
    return FakeVenues.all();
  }

  @ParameterizedTest
  @MethodSource("venues")
  void whatHasNoListIsNone(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get()) {
      String whole = venue.list(venue.venue().lists().get(0)).encode();
      assertThat(venue.venue().instruments(Message.parse(whole))).isNotEmpty();

      for (String answer : List.of("{}", "null", "[]", "\"busy\"", "{\"error\":\"NOT_FOUND\"}")) {
        assertThat(venue.venue().instruments(Message.parse(answer))).as(answer).isNull();
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "kraken|{'error':['EAPI:Rate limit exceeded']}",
        "kraken|{'error':['EGeneral:Temporary lockout'],'result':{}}",
        "kraken|{'error':[],'result':null}",
        "binance|{'code':-1003,'msg':'Too many requests'}",
        "binance-usdm|{'code':-1003,'msg':'Too many requests','symbols':null}",
        "coinbase|{'error':'RESOURCE_EXHAUSTED','message':'too many','products':null}",
        "okx|{'code':'50011','data':[],'msg':'Too Many Requests'}",
        "okx|{'code':'0','msg':''}",
        "bybit|{'retCode':10006,'retMsg':'Too many visits!','result':{}}",
        "bybit|{'retCode':10016,'retMsg':'Server error','result':{'list':[]}}",
        "bybit-linear|{'retCode':0,'retMsg':'OK','result':{}}",
        "bitget|{'code':'429','msg':'Too Many Requests','data':[]}",
        "bitget|{'code':'00000','msg':'success','data':null}"
      })
  void anErrorIsNoList(String exchange, String answer) {
    Venue venue =
        FakeVenues.all()
            .filter(maker -> maker.name().equals(exchange))
            .map(InstrumentsTest::venue)
            .findFirst()
            .orElseThrow();

    assertThat(venue.instruments(Message.parse(answer.replace('\'', '"')))).isNull();
  }

  private static Venue venue(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get()) {
      return venue.venue();
    }
  }

  @Test
  void aSmallestCostInUsdtIsOneWhereTheQuoteIsUsdt() {
    assertThat(bitget("USDT").symbol().minCost()).isEqualByComparingTo("1");
    assertThat(bitget("EUR").symbol().minCost()).isNull();
  }

  @Test
  void placesOfAmountsAreALotSize() {
    assertThat(bitget("USDT").symbol().lotSize()).isEqualByComparingTo("0.000001");
    assertThat(kraken("online").symbol().lotSize()).isEqualByComparingTo("0.00000001");
  }

  @ParameterizedTest
  @CsvSource({
    "online,true",
    "post_only,true",
    "limit_only,true",
    "cancel_only,true",
    "delisted,false"
  })
  void whereNotAllOrdersAreTakenPricesAreMade(String status, boolean isTraded) {
    assertThat(kraken(status).isTraded()).isEqualTo(isTraded);
  }
}
