package io.fullon.cache.orders;

import io.fullon.cache.testing.ValueContract;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Table;

class OrderFieldsTest implements ValueContract<Order> {

  @Override
  public Table<Order> table() {
    return Order.FIELDS;
  }

  @Override
  public Order read(Fields fields) {
    return Order.read(fields);
  }
}
