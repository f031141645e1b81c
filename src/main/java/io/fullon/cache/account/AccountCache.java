package io.fullon.cache.account;

import io.fullon.cache.bus.EventState;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Trade;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/**
 * Positions and balances of accounts; {@code exId} is the number of an account at an exchange.
 *
 * <p>Every change of a position raises its {@code version}, which never goes back, also when the
 * position was deleted in between. A saved position that has a version is only taken while the
 * stored one has the same (0: while there is none); without one it overwrites.
 *
 * <p>Every method fails with a {@link io.vertx.serviceproxy.ServiceException} of one of the codes
 * in {@link Failure}; a bad argument is {@link Failure#INVALID_ARGUMENT} and names the field.
 */
public interface AccountCache {

  /** Where the service listens. */
  String ADDRESS = "fullon.account";

  /** How long the balances of an account may be, as JSON in UTF-8. */
  int MAX_ACCOUNT_BYTES = 1 << 20;

  /**
   * Where every change of a position is published when it is stored, on the local bus of each node
   * that tells events (configuration {@code account.events}); body {@link PositionChange}. In the
   * order in which they were made.
   */
  String UPDATES = ADDRESS + ".updates";

  /**
   * Where it is published that messages from Redis are missed ({@link EventState#STALE}) or not any
   * more ({@link EventState#LIVE}), body String, on the local bus. The positions that changed in
   * between have been published just before.
   */
  String STATE = ADDRESS + ".state";

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static AccountCache proxy(Vertx vertx) {
    return TypedClient.of(AccountCache.class, ADDRESS, vertx);
  }

  /** Where the changes of one account's positions are published, as at {@link #UPDATES}. */
  static String updates(int exId) {
    return UPDATES + "." + exId;
  }

  /**
   * Saves positions, all or none; those of other symbols stay. What one leaves out keeps its value:
   * its size too, and its entry price where the position does not grow.
   *
   * @param positions their {@code ex_id}, if there, must be the call's; one for each symbol and
   *     side, at most 1,000
   * @param asOf when the exchange said so: they contain the size and entry of what happened up to
   *     then and of nothing after it, so that each must have a size; what was counted of later
   *     times is put on top of them. At most 60 s ahead of now. Null: they are as they are
   * @return how many were saved; fails with {@link Failure#CONFLICT}, and saves none, when the
   *     version of one is not the stored one's, when one was synchronized with a later time, when
   *     what was counted later than {@code asOf} is no longer kept or more than 50,000 fills, or
   *     without {@code asOf} when the contract of an open one is another
   */
  Future<Integer> upsertPositions(int exId, List<Position> positions, @Nullable Instant asOf);

  /** The same without a time. */
  default Future<Integer> upsertPositions(int exId, List<Position> positions) {
    return upsertPositions(exId, positions, null);
  }

  /**
   * Saves positions, all or none, in the place of all that the account has: for a synchronization
   * with the exchange. What was open and is left out is neutral then, and keeps its profit and
   * fees.
   *
   * @param asOf as for {@link #upsertPositions}; a position that was synchronized by itself with a
   *     later time stays as it is
   * @return how many were saved; fails like {@link #upsertPositions}, as to the time only when it
   *     is earlier than that of the last replace
   */
  Future<Integer> replacePositions(int exId, List<Position> positions, @Nullable Instant asOf);

  /**
   * @return all positions of the account, by symbol, neutral ones too, without those that cannot be
   *     read; empty when there is none
   */
  Future<List<Position>> getPositions(int exId);

  /**
   * @return the position, or null when there is none
   */
  Future<@Nullable Position> getPosition(String symbol, int exId, @Nullable HedgeSide positionSide);

  /** The same without hedge mode. */
  default Future<@Nullable Position> getPosition(String symbol, int exId) {
    return getPosition(symbol, exId, null);
  }

  /**
   * @return true if there was one
   */
  Future<Boolean> deletePosition(String symbol, int exId, @Nullable HedgeSide positionSide);

  /** The same without hedge mode. */
  default Future<Boolean> deletePosition(String symbol, int exId) {
    return deletePosition(symbol, exId, null);
  }

  /**
   * Counts a fill in its position, once for each symbol, trade id, side and order of the account,
   * however often it is called; it is remembered for a time (configuration {@code
   * fills.remember_ms}). All fills that come at the same time count. Of an order the larger of what
   * it was settled with and the sum of its fills is counted.
   *
   * @param trade its {@code volume} must be above zero, its time at most a day ahead of now
   * @return the resulting position, or the present one when the fill is not counted (neutral, of
   *     version 0, when it was deleted since); fails with {@link Failure#CONFLICT} when the
   *     contract of its symbol is not known, or another than that of the open position, or the fill
   *     is known with another volume or price, and with {@link Failure#INVALID_ARGUMENT} when one
   *     of its decimals would become too long
   */
  Future<AppliedFill> applyFill(int exId, Trade trade);

  /**
   * Changes a position by what is no fill, once for each id of the account. A synchronization
   * contains it as it contains fills; funding and fees count in any case.
   *
   * @param adjustment its time must be at most a day ahead of now
   * @return the resulting position, or the present one when it was made before
   */
  Future<Position> adjustPosition(int exId, Adjustment adjustment);

  /**
   * Saves the balances of an account in the place of those that were there.
   *
   * @param account for each currency an object, such as {@code {"USDT":{"free":"10.5"}}}; kept as
   *     it is. At most 1,000 currencies, and {@link #MAX_ACCOUNT_BYTES} as JSON
   * @param asOf when the exchange said so, at most 60 s ahead of now; may be null
   * @return false when those of a later time are stored, which then stay
   */
  Future<Boolean> upsertUserAccount(int exId, JsonObject account, @Nullable Instant asOf);

  /** The same without a time. */
  default Future<Boolean> upsertUserAccount(int exId, JsonObject account) {
    return upsertUserAccount(exId, account, null);
  }

  /**
   * @return the currency's object, or null when there is none
   */
  Future<@Nullable JsonObject> getFullAccount(int exId, String currency);

  /**
   * @return what was saved with {@link #upsertUserAccount}, by account; empty when nothing was
   */
  Future<JsonObject> getAllAccounts();
}
