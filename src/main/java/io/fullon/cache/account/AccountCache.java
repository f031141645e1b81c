package io.fullon.cache.account;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
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

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static AccountCache proxy(Vertx vertx) {
    return TypedClient.of(AccountCache.class, ADDRESS, vertx);
  }

  /**
   * Saves positions, all or none; those of other symbols stay.
   *
   * @param positions their {@code ex_id}, if there, must be the call's; one for each symbol
   * @return how many were saved; fails with {@link Failure#CONFLICT}, and saves none, when the
   *     version of one is not the stored one's
   */
  Future<Integer> upsertPositions(int exId, List<Position> positions);

  /**
   * Saves positions, all or none, in the place of all that the account has: for a synchronization
   * with the exchange.
   *
   * @param asOf when the exchange said so; fills with a {@code time} up to then count as contained
   *     in these positions, fills without a time do not. Null: none do
   * @return how many were saved; fails like {@link #upsertPositions}
   */
  Future<Integer> replacePositions(int exId, List<Position> positions, @Nullable Instant asOf);

  /**
   * @return all positions of the account, by symbol, neutral ones too; empty when there is none
   */
  Future<List<Position>> getPositions(int exId);

  /**
   * @return the position, or null when there is none
   */
  Future<@Nullable Position> getPosition(String symbol, int exId);

  /**
   * @return true if there was one
   */
  Future<Boolean> deletePosition(String symbol, int exId);

  /**
   * Counts a fill in the position of its symbol, once by account, symbol, trade id, side and order,
   * however often it is called; it is remembered for a time (configuration {@code
   * fills.remember_ms}). Told without its order it is the known fill of that id and side; the first
   * that names the order then makes it that order's. All fills that come at the same time count.
   *
   * @param trade its {@code volume} must be above zero
   * @return the resulting position, or the present one when the fill is not counted (neutral, of
   *     version 0, when it was deleted since); fails with {@link Failure#CONFLICT} when the
   *     contract of its symbol is not known, or another than that of the open position, and with
   *     {@link Failure#INVALID_ARGUMENT} when one of its decimals would become too long
   */
  Future<AppliedFill> applyFill(int exId, Trade trade);

  /**
   * Saves the balances of an account in the place of those that were there.
   *
   * @param account for each currency an object, such as {@code {"USDT":{"free":"10.5"}}}; kept as
   *     it is
   */
  Future<Void> upsertUserAccount(int exId, JsonObject account);

  /**
   * @return the currency's object, or null when there is none
   */
  Future<@Nullable JsonObject> getFullAccount(int exId, String currency);

  /**
   * @return what was saved with {@link #upsertUserAccount}, by account; empty when nothing was
   */
  Future<JsonObject> getAllAccounts();
}
