package io.fullon.cache.account;

/**
 * A change of an account, computed from what was read. It may be computed more than once, each time
 * from a later state.
 *
 * @param <T> what it answers
 */
interface AccountChange<T> {

  /** Tells what it needs to know. */
  void reads(AccountReads reads);

  /**
   * Tells what it needs to know besides, as what was read shows.
   *
   * @return whether there is something
   */
  default boolean readsMore(AccountState state, AccountReads reads) {
    return false;
  }

  /**
   * @throws io.vertx.serviceproxy.ServiceException when it is refused; nothing of it is made then
   * @throws io.fullon.cache.value.InvalidValueException naming the field of a position that would
   *     not fit
   */
  T apply(AccountState state);

  /** Whether no other may be in the same step. */
  default boolean isAlone() {
    return false;
  }
}
