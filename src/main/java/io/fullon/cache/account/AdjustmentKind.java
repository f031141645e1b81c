package io.fullon.cache.account;

import io.fullon.cache.value.FieldType;

/** Why a position changes without a fill. */
public enum AdjustmentKind {
  /** What holders of contracts pay each other; counts whenever it comes. */
  FUNDING("funding"),
  /** Something was brought or taken away. */
  TRANSFER("transfer"),
  /** It was wrong. */
  CORRECTION("correction");

  /** Fields that are one of them. */
  public static final FieldType<AdjustmentKind> TYPE =
      FieldType.oneOf("adjustmentKind", AdjustmentKind.class, values());

  private final String text;

  AdjustmentKind(String text) {
    this.text = text;
  }

  /** As JSON has it. */
  @Override
  public String toString() {
    return text;
  }
}
