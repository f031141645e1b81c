package io.fullon.cache.symbol;

import io.fullon.cache.value.FieldType;

/** What kind of market a symbol is. */
public enum SymbolType {
  /** Currencies change hands. */
  SPOT("spot"),
  /** A contract without an end. */
  SWAP("swap"),
  /** A contract with an end. */
  FUTURE("future"),
  /** The right to buy or to sell. */
  OPTION("option");

  /** Fields that are one of them. */
  public static final FieldType<SymbolType> TYPE =
      FieldType.oneOf("symbolType", SymbolType.class, values());

  private final String text;

  SymbolType(String text) {
    this.text = text;
  }

  /** As JSON has it. */
  @Override
  public String toString() {
    return text;
  }
}
