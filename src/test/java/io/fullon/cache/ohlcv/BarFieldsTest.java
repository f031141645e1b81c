package io.fullon.cache.ohlcv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.testing.ValueContract;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Table;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class BarFieldsTest implements ValueContract<Bar> {

  @Override
  public Table<Bar> table() {
    return Bar.FIELDS;
  }

  @Override
  public Bar read(Fields fields) {
    return Bar.read(fields);
  }

  @Override
  public JsonObject fit(JsonObject json) {
    Timeframe timeframe = Timeframe.read("timeframe", json.getValue("timeframe"));
    return json.put("time", (double) timeframe.begin(json.getDouble("time").longValue()));
  }

  @Test
  void beginsAtAMultipleOfItsTimeframe() {
    JsonObject json =
        new JsonObject()
            .put("exchange", "binance")
            .put("symbol", "BTC/USDT")
            .put("timeframe", "1h")
            .put("time", 1_700_000_040)
            .put("open", "1")
            .put("high", "1")
            .put("low", "1")
            .put("close", "1");

    assertThatThrownBy(() -> Bar.fromJson(json))
        .isInstanceOf(InvalidValueException.class)
        .hasMessage("time: must be when a bar of 1h begins, a multiple of 3600, got 1.70000004E9");
    assertThat(Bar.fromJson(json.put("timeframe", "1m")).timeframe()).isEqualTo(Timeframe.M1);
  }
}
