package io.fullon.cache.account;

/** Makes an adjustment, once. */
record AdjustmentChange(Adjustment adjustment) implements AccountChange<Position> {

  private String field() {
    return Markets.field(adjustment.symbol(), adjustment.positionSide());
  }

  @Override
  public void reads(AccountReads reads) {
    reads.position(field());
    reads.adjustment(adjustment);
  }

  @Override
  public Position apply(AccountState state) {
    if (state.isMade(adjustment)) {
      return state.present(adjustment.symbol(), adjustment.positionSide());
    }
    Position before = state.positionOrNew(field(), adjustment.symbol(), adjustment.positionSide());
    Adjustment timed =
        adjustment.time() == null
            ? adjustment.toBuilder().set(Adjustment.TIME, state.now()).build()
            : adjustment;
    boolean isContained = state.contains(field(), timed.time());
    Position after =
        FillArithmetic.apply(before, isContained ? contained(timed) : timed, state.now());
    state.remember(adjustment);
    state.put(field(), PositionChange.of(after, timed));
    if (!isContained) {
      state.counted(timed);
    }
    return after;
  }

  /** A synchronization contains size and profit, but neither fees nor funding. */
  private static Adjustment contained(Adjustment adjustment) {
    Adjustment.Builder left = adjustment.toBuilder().set(Adjustment.SIZE, null);
    return adjustment.kind() == AdjustmentKind.FUNDING
        ? left.build()
        : left.set(Adjustment.REALIZED_PNL, null).build();
  }
}
