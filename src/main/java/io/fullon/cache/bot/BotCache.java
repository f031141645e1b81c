package io.fullon.cache.bot;

import io.fullon.cache.bus.EventState;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The coordination of bots: blocks, which give one bot the sole right to trade a symbol on an
 * exchange; marks, which tell that a position is being opened; and the status of each bot.
 *
 * <p>A block lasts until it is unblocked, or is a lease that ends by itself unless it is renewed. A
 * bot that was paused for longer than its lease does not notice that another one has the block now:
 * what it does must carry the {@code token}. Writes of orders that do are refused when it is not
 * the block's any more; others who receive it must refuse one that is smaller than one seen before.
 *
 * <p>Every method fails with a {@link io.vertx.serviceproxy.ServiceException} of one of the codes
 * in {@link Failure}; a bad argument is {@link Failure#INVALID_ARGUMENT} and names the field.
 */
public interface BotCache {

  /** Where the service listens. */
  String ADDRESS = "fullon.bot";

  /**
   * Where it is published what becomes of blocks, on the local bus of each node that tells events
   * (configuration {@code bot.events}); body {@link BlockChange}. In order for each block; an end
   * by time within a second. Renewals with the same token are not told.
   */
  String UPDATES = ADDRESS + ".updates";

  /**
   * Where it is published that messages from Redis are missed ({@link EventState#STALE}) or not any
   * more ({@link EventState#LIVE}), body String, on the local bus. The changes in between are not
   * repeated: {@link #getBlocks} gives what there is.
   */
  String STATE = ADDRESS + ".state";

  /** The longest status, as JSON in UTF-8. */
  int MAX_STATUS_BYTES = 1 << 16;

  /** The longest lease, in milliseconds: 30 days. */
  long MAX_TTL_MS = 2_592_000_000L;

  /** How long a mark lasts that is made without a block, in milliseconds: an hour. */
  long DEFAULT_MARK_TTL_MS = 3_600_000;

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static BotCache proxy(Vertx vertx) {
    return TypedClient.of(BotCache.class, ADDRESS, vertx);
  }

  /** Where it is published what becomes of blocks: {@link #UPDATES}. */
  static String updates() {
    return UPDATES;
  }

  /**
   * Takes a block that lasts until it is unblocked; a lease that this bot has stays as it is.
   *
   * @return true if this bot has the block now, also if it had it before; false if another has it
   */
  Future<Boolean> blockExchange(String exchange, String symbol, String botId);

  /**
   * Takes a lease. The bot that has the block gets a new one in the place of its old one.
   *
   * @param ttlMs how long it lasts, 1 to {@link #MAX_TTL_MS} milliseconds
   * @return the lease with its token, or null when another bot has the block
   */
  Future<@Nullable Block> acquireBlock(String exchange, String symbol, String botId, long ttlMs);

  /**
   * Lets a lease last from now on.
   *
   * @param token the lease's
   * @param ttlMs how long it lasts from now on, 1 to {@link #MAX_TTL_MS} milliseconds
   * @return true, or false when the block is not this bot's with this token any more
   */
  Future<Boolean> renewBlock(String exchange, String symbol, String botId, long token, long ttlMs);

  /**
   * Looks at a block: the last thing to do before an order goes to an exchange.
   *
   * @return true while it is held with this token
   */
  Future<Boolean> checkBlock(String exchange, String symbol, long token);

  /**
   * @return the id of the bot that has the block, or null when none has
   */
  Future<@Nullable String> isBlocked(String exchange, String symbol);

  /**
   * Gives a block back. A lease ends only with its token: an earlier process of the same bot must
   * not end that of a later one.
   *
   * @param token the block's; null for a block that is no lease
   * @return true if this bot had it, with this token
   */
  Future<Boolean> unblockExchange(
      String exchange, String symbol, String botId, @Nullable Long token);

  /**
   * @return all blocks, by exchange and symbol; empty when there is none
   */
  Future<List<Block>> getBlocks();

  /**
   * Marks that a bot is opening a position. A mark made under the bot's block ends with the block;
   * one without a block after a time.
   *
   * @param token the block's that it must be made under; null for with or without any block
   * @param ttlMs how long it lasts without a block, 1 to {@link #MAX_TTL_MS} milliseconds; null for
   *     {@link #DEFAULT_MARK_TTL_MS}
   * @return true; false if another bot has the block or the mark, or the block is not this bot's
   *     with this token any more
   */
  Future<Boolean> markOpeningPosition(
      String exchange, String symbol, String botId, @Nullable Long token, @Nullable Long ttlMs);

  /** The same, without a block for an hour. */
  default Future<Boolean> markOpeningPosition(
      String exchange, String symbol, String botId, @Nullable Long token) {
    return markOpeningPosition(exchange, symbol, botId, token, null);
  }

  /** The same, with or without a block. */
  default Future<Boolean> markOpeningPosition(String exchange, String symbol, String botId) {
    return markOpeningPosition(exchange, symbol, botId, null);
  }

  /**
   * Takes a bot's mark away, if there is one.
   *
   * @param token the block's that must be held; null for with or without any block
   * @return true; false if another bot has the block or the mark, or the block is not this bot's
   *     with this token any more
   */
  Future<Boolean> unmarkOpeningPosition(
      String exchange, String symbol, String botId, @Nullable Long token);

  /** The same, with or without a block. */
  default Future<Boolean> unmarkOpeningPosition(String exchange, String symbol, String botId) {
    return unmarkOpeningPosition(exchange, symbol, botId, null);
  }

  /**
   * @return whether any bot is opening a position
   */
  Future<Boolean> isOpeningPosition(String exchange, String symbol);

  /**
   * @return all marks, by exchange and symbol; empty when there is none
   */
  Future<List<Mark>> getMarks();

  /**
   * Saves a bot's status in the place of the one that was there.
   *
   * @param status anything; kept as it is, digits included. At most {@link #MAX_STATUS_BYTES} as
   *     JSON, 32 deep, numbers of at most 1,000 digits, names of at most 50,000 characters
   */
  Future<Void> updateBot(String botId, JsonObject status);

  /**
   * @return the status of all bots, by id; empty when there is none. Each has besides, as {@code
   *     updated_at}, when it was saved, by Redis' clock: seconds since the epoch. One that cannot
   *     be read, since something else has written it, is left out, logged and counted
   */
  Future<JsonObject> getBots();

  /**
   * Forgets a bot's status; its blocks stay.
   *
   * @return true if there was one
   */
  Future<Boolean> deleteBot(String botId);
}
