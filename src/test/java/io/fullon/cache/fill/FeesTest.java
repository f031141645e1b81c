package io.fullon.cache.fill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeesTest {

  private static Trade trade(String fees) {
    return Trade.read(
        Fields.of(
            "trade",
            new JsonObject(
                "{'trade_id':'T','symbol':'A/B','side':'buy','volume':1,'price':2,"
                        .replace('\'', '"')
                    + fees.replace('\'', '"')
                    + "}")));
  }

  private static Map<String, BigDecimal> fees(String json) {
    Trade trade = trade(json);
    return Fees.of(trade.fee(), trade.feeCurrency(), trade.fees());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'fee':'0.10'                                                       | {=0.10}",
        "'fee':'0.10','fee_currency':'BNB'                                  | {BNB=0.10}",
        "'fees':{'BNB':'0.10','USDT':1}                                     | {BNB=0.10, USDT=1}",
        "'fee':'7','fees':{'BNB':'0.10'}                                    | {BNB=0.10}",
        "'fee':null,'fees':null                                             | {}",
        "'fees':{}                                                          | {}",
        "'fee':'7','fees':[]                                                | {=7}",
        "'fee':{'cost':0.1,'currency':'BNB','rate':0.001}                   | {BNB=0.1}",
        "'fee':{'cost':'0.10','currency':null}                              | {=0.10}",
        "'fee':{'cost':null,'currency':null}                                | {}",
        "'fee':[{'cost':1,'currency':'A'},{'cost':2,'currency':'B'}]        | {A=1, B=2}",
        "'fees':[{'cost':1,'currency':'A'},{'cost':'2.0','currency':'A'}]   | {A=3.0}",
        "'fees':[{'cost':'0.10','currency':null}]                           | {=0.10}",
        "'fees':[{'cost':null,'currency':'A'}]                              | {}",
        "'fee':{'cost':1,'currency':'A'},'fees':[{'cost':1,'currency':'A'}] | {A=1}",
        "'fee':'-0.10','fee_currency':'BNB'                                 | {BNB=-0.10}",
      })
  void areUnderstoodAsExchangesAndTheirLibraryTellThem(String json, String byCurrency) {
    assertThat(fees(json)).hasToString(byCurrency);
    assertThat(Trade.fromJson(trade(json).toJson())).isEqualTo(trade(json));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'fee':{}                                             | fee",
        "'fee':{'a':1}                                        | fee",
        "'fee':['1']                                          | fee",
        "'fee':{'cost':'x','currency':'A'}                    | fee.cost",
        "'fee':{'cost':1,'currency':5}                        | fee.currency",
        "'fees':['1']                                         | fees",
        "'fees':[{'cost':1,'currency':'A'},{'cost':2}]        | fees.currency",
        "'fees':{'A':'x'}                                     | fees.A",
        "'fees':'1'                                           | fees",
        "'fee_currency':5                                     | fee_currency",
      })
  void areRefusedByNameWhereTheyAreNoFees(String json, String field) {
    assertThatThrownBy(() -> trade(json))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("trade." + field + ": ");
  }

  @Test
  void areInABoundedNumberOfCurrencies() {
    JsonObject many = new JsonObject();
    for (int i = 0; i <= 1_000; i++) {
      many.put("C" + i, "1");
    }

    assertThatThrownBy(() -> trade("'fees':" + many.encode()))
        .isInstanceOf(InvalidValueException.class)
        .hasMessage("trade.fees: must have at most 1000 currencies, got 1001");
    many.remove("C0");
    assertThat(trade("'fees':" + many.encode()).fees()).hasSize(1_000);
  }
}
