package io.fullon.cache.symbol;

import io.fullon.cache.testing.ValueContract;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Table;

class SymbolFieldsTest implements ValueContract<Symbol> {

  @Override
  public Table<Symbol> table() {
    return Symbol.FIELDS;
  }

  @Override
  public Symbol read(Fields fields) {
    return Symbol.read(fields);
  }
}
