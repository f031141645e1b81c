package io.fullon.cache.bot;

import io.fullon.cache.metrics.Meters;
import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bots in Redis: all blocks and marks in one Cluster slot, and a hash of what bots say. */
final class RedisBotCache implements BotCache {

  private static final Script BLOCK = Script.load("bot-block");
  private static final Script STATUS = Script.load("bot-status");
  private static final Script CLOCK = Script.load("clock");
  private static final Logger LOG = LoggerFactory.getLogger(RedisBotCache.class);
  private static final Repeats SKIPPED = new Repeats(System::nanoTime);
  private static final String NO_BOT = "";
  private static final String ANY_TOKEN = "";

  private final RedisLink link;
  private final BotKeys keys;
  private final LongAdder garbage;

  /** Those that the script needs. */
  private final List<String> markets;

  RedisBotCache(RedisLink link, Meters meters) {
    this.link = link;
    this.keys = new BotKeys(link.options().prefix());
    this.garbage =
        meters.counter(
            "fullon.cache.bots.garbage", "What bots said in Redis that cannot be read, skipped");
    this.markets = List.of(keys.blocks(), keys.marks(), keys.token());
  }

  private Future<Response> run(
      String operation, String exchange, String symbol, String botId, Object... more) {
    return link.run(BLOCK, markets, arguments(operation, exchange, symbol, botId, more));
  }

  private Future<Response> read(String operation, String exchange, String symbol) {
    return link.read(BLOCK, markets, arguments(operation, exchange, symbol, NO_BOT));
  }

  private static List<String> arguments(
      String operation, String exchange, String symbol, String botId, Object... more) {
    List<String> arguments = new ArrayList<>(3 + more.length);
    arguments.add(operation);
    // An exchange has no colon.
    arguments.add(exchange + ":" + symbol);
    arguments.add(botId);
    for (Object argument : more) {
      arguments.add(argument.toString());
    }
    return arguments;
  }

  private static boolean isOne(Response answer) {
    return answer.toInteger() == 1;
  }

  // Blocks

  @Override
  public Future<Boolean> blockExchange(String exchange, String symbol, String botId) {
    return run("block", exchange, symbol, botId).map(RedisBotCache::isOne);
  }

  @Override
  public Future<Block> acquireBlock(String exchange, String symbol, String botId, long ttlMs) {
    return run("acquire", exchange, symbol, botId, ttlMs)
        .map(
            lease ->
                lease.size() == 0
                    ? null
                    : new Block(
                        exchange,
                        symbol,
                        botId,
                        lease.get(0).toLong(),
                        Instant.ofEpochMilli(lease.get(1).toLong())));
  }

  @Override
  public Future<Boolean> renewBlock(
      String exchange, String symbol, String botId, long token, long ttlMs) {
    return run("renew", exchange, symbol, botId, token, ttlMs).map(RedisBotCache::isOne);
  }

  @Override
  public Future<String> isBlocked(String exchange, String symbol) {
    return read("holder", exchange, symbol)
        .map(holder -> holder == null ? null : holder.toString());
  }

  @Override
  public Future<Boolean> unblockExchange(String exchange, String symbol, String botId, Long token) {
    return run("release", exchange, symbol, botId, token == null ? ANY_TOKEN : token)
        .map(RedisBotCache::isOne);
  }

  @Override
  public Future<List<Block>> getBlocks() {
    // The clock of the server that has them, which lets them expire.
    return link.read(CLOCK, markets, List.of())
        .map(clock -> Instant.ofEpochSecond(clock.get(0).toLong(), clock.get(1).toLong() * 1_000))
        .compose(
            now ->
                Scans.hash(
                    link,
                    keys.blocks(),
                    () -> new HashMap<String, Block>(),
                    (blocks, market, text) -> {
                      Block block = block(market, text);
                      // Nobody has looked at an expired one since.
                      if (block.expiresAt() == null || block.expiresAt().isAfter(now)) {
                        blocks.put(market, block);
                      }
                    }))
        .map(
            blocks ->
                blocks.values().stream()
                    .sorted(
                        Comparator.comparing(Block::exchange)
                            .thenComparing(Block::symbol, Names.ORDER))
                    .collect(Collectors.toList()));
  }

  private static Block block(String market, String text) {
    int colon = market.indexOf(':');
    String[] parts = text.split(" ", 4);
    long expires = Long.parseLong(parts[1]);
    return new Block(
        market.substring(0, colon),
        market.substring(colon + 1),
        parts[3],
        Long.parseLong(parts[0]),
        expires == 0 ? null : Instant.ofEpochMilli(expires));
  }

  // Marks

  @Override
  public Future<Boolean> markOpeningPosition(
      String exchange, String symbol, String botId, Long token) {
    return run("mark", exchange, symbol, botId, token == null ? ANY_TOKEN : token)
        .map(RedisBotCache::isOne);
  }

  @Override
  public Future<Boolean> unmarkOpeningPosition(String exchange, String symbol, String botId) {
    return run("unmark", exchange, symbol, botId).map(RedisBotCache::isOne);
  }

  @Override
  public Future<Boolean> isOpeningPosition(String exchange, String symbol) {
    return read("opening", exchange, symbol).map(RedisBotCache::isOne);
  }

  // Status

  @Override
  public Future<Void> updateBot(String botId, JsonObject status) {
    return link.run(STATUS, List.of(keys.bots()), List.of(botId, BotStatus.encode(status)))
        .mapEmpty();
  }

  @Override
  public Future<JsonObject> getBots() {
    return Scans.hash(link, keys.bots(), JsonObject::new, this::add);
  }

  private void add(JsonObject all, String botId, String stored) {
    try {
      all.put(botId, BotStatus.decode(stored));
    } catch (InvalidValueException e) {
      garbage.increment();
      SKIPPED
          .add(botId + " " + e.problem())
          .ifPresent(
              leftOut ->
                  LOG.warn(
                      "Skipped what is no status: {}: {}{}",
                      InvalidValueException.shorten(botId),
                      e.getMessage(),
                      leftOut));
    }
  }

  @Override
  public Future<Boolean> deleteBot(String botId) {
    return link.write(Command.HDEL, keys.bots(), botId).map(RedisBotCache::isOne);
  }
}
