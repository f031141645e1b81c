package io.fullon.cache.account;

/** Deletes a position; its version is remembered, so that it never goes back. */
record PositionDeletion(String field) implements AccountChange<Boolean> {

  @Override
  public void reads(AccountReads reads) {
    reads.position(field);
  }

  @Override
  public Boolean apply(AccountState state) {
    boolean isThere = state.positions.has(field);
    if (isThere) {
      state.delete(field);
    }
    return isThere;
  }
}
