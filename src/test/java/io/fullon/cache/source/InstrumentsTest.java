package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.source.venue.Bitget;
import io.fullon.cache.source.venue.Kraken;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What lists of exchanges say beyond names. */
class InstrumentsTest {

  private static Instrument only(Venue venue, String list) {
    return venue.instruments(Message.parse(list)).get(0);
  }

  private static Instrument bitget(String quote) {
    return only(
        new Bitget(),
        "{\"data\":[{\"symbol\":\"BTC-X\",\"baseCoin\":\"BTC\",\"quoteCoin\":\""
            + quote
            + "\","
            + "\"status\":\"online\",\"pricePrecision\":\"2\",\"quantityPrecision\":\"6\","
            + "\"minTradeUSDT\":\"1\"}]}");
  }

  private static Instrument kraken(String status) {
    return only(
        new Kraken(),
        "{\"result\":{\"XXBTZUSD\":{\"wsname\":\"XBT/USD\",\"status\":\""
            + status
            + "\",\"tick_size\":\"0.1\",\"lot_decimals\":8}}}");
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
