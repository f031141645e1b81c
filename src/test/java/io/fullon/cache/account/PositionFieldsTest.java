package io.fullon.cache.account;

import io.fullon.cache.testing.ValueContract;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Table;
import io.vertx.core.json.JsonObject;

class PositionFieldsTest implements ValueContract<Position> {

  @Override
  public Table<Position> table() {
    return Position.FIELDS;
  }

  @Override
  public Position read(Fields fields) {
    return Position.read(fields);
  }

  /** With what would be derived. */
  @Override
  public JsonObject fit(JsonObject json) {
    for (String field : new String[] {"size", "entry_price", "cost_basis"}) {
      json.put(field, json.getString(field, "1"));
    }
    return json.put("side", "long").put("position_side", json.getString("position_side", "both"));
  }
}
