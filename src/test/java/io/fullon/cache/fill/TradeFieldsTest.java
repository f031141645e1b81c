package io.fullon.cache.fill;

import io.fullon.cache.testing.ValueContract;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Table;

class TradeFieldsTest implements ValueContract<Trade> {

  @Override
  public Table<Trade> table() {
    return Trade.FIELDS;
  }

  @Override
  public Trade read(Fields fields) {
    return Trade.read(fields);
  }
}
