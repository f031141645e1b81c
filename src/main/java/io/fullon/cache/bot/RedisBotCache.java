package io.fullon.cache.bot;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fence.Fence;
import io.fullon.cache.fence.Fences;
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
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bots in Redis: blocks and marks in the slots of exchanges, and a hash of what bots say. */
final class RedisBotCache implements BotCache {

  private static final Script BLOCK = Script.load("bot-block");
  private static final Script STATUS = Script.load("bot-status");
  private static final Script CLOCK = Script.load("clock");
  private static final Logger LOG = LoggerFactory.getLogger(RedisBotCache.class);
  private static final Repeats SKIPPED = new Repeats(System::nanoTime);

  /** To the script: it only looks. */
  private static final String NO_BOT = "";

  private static final String ANY_TOKEN = "";
  private static final String NOT_LOOKED_FOR = "";

  private final RedisLink link;
  private final BotKeys keys;
  private final OldBlocks old;
  private final LongAdder garbage;

  private RedisBotCache(RedisLink link, Meters meters) {
    this.link = link;
    this.keys = new BotKeys(link.options().prefix());
    this.old = new OldBlocks(link, keys);
    this.garbage =
        meters.counter(
            "fullon.cache.bots.garbage", "What bots said in Redis that cannot be read, skipped");
  }

  /** Gives it when what earlier versions have left is taken over. */
  static Future<RedisBotCache> open(RedisLink link, Meters meters) {
    RedisBotCache cache = new RedisBotCache(link, meters);
    return cache
        .old
        .takeOverIfAny()
        .transform(
            done -> {
              Throwable cause = done.cause();
              if (Failure.UNAVAILABLE.matches(cause) || Failure.TIMEOUT.matches(cause)) {
                // No exchange's first block is given before it was.
                LOG.warn("Blocks of earlier versions are taken over later: {}", cause.getMessage());
              } else if (done.failed()) {
                return Future.failedFuture(cause);
              }
              return Future.succeededFuture(cache);
            });
  }

  private Future<Response> run(
      String operation, String exchange, String symbol, String botId, Object... more) {
    List<String> arguments = arguments(operation, symbol, botId, NOT_LOOKED_FOR, more);
    return link.run(BLOCK, keys.ofExchange(exchange), arguments)
        .compose(
            answer ->
                answer != null
                    ? Future.succeededFuture(answer)
                    : runFirst(operation, exchange, symbol, botId, more));
  }

  /** Runs what gives the first block or mark of an exchange. */
  private Future<Response> runFirst(
      String operation, String exchange, String symbol, String botId, Object... more) {
    return old.takeOver()
        .compose(
            last ->
                link.write(Command.SADD, keys.exchanges(), exchange)
                    .compose(
                        v ->
                            link.run(
                                BLOCK,
                                keys.ofExchange(exchange),
                                arguments(operation, symbol, botId, last, more))));
  }

  private Future<Response> read(String operation, String exchange, String symbol) {
    return link.read(
        BLOCK, keys.ofExchange(exchange), arguments(operation, symbol, NO_BOT, NOT_LOOKED_FOR));
  }

  private static List<String> arguments(
      String operation, String symbol, String botId, String lastToken, Object... more) {
    List<String> arguments = new ArrayList<>(4 + more.length);
    arguments.add(operation);
    arguments.add(symbol);
    arguments.add(botId);
    arguments.add(lastToken);
    for (Object argument : more) {
      arguments.add(argument.toString());
    }
    return arguments;
  }

  private static boolean isOne(Response answer) {
    return answer.toInteger() == 1;
  }

  private static Object orAny(Long token) {
    return token == null ? ANY_TOKEN : token;
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
  public Future<Boolean> checkBlock(String exchange, String symbol, long token) {
    return Fences.isHeld(link, new Fence(exchange, symbol, token));
  }

  @Override
  public Future<String> isBlocked(String exchange, String symbol) {
    return read("holder", exchange, symbol)
        .map(holder -> holder == null ? null : holder.toString());
  }

  @Override
  public Future<Boolean> unblockExchange(String exchange, String symbol, String botId, Long token) {
    return run("release", exchange, symbol, botId, orAny(token)).map(RedisBotCache::isOne);
  }

  @Override
  public Future<List<Block>> getBlocks() {
    return ofAll(this::blocks)
        .map(
            all ->
                all.stream()
                    .map(StoredBlock::block)
                    .sorted(
                        Comparator.comparing(Block::exchange)
                            .thenComparing(Block::symbol, Names.ORDER))
                    .collect(Collectors.toList()));
  }

  /** What all exchanges have that have ever had a block or a mark. */
  private <T> Future<List<T>> ofAll(Function<String, Future<? extends Collection<T>>> ofExchange) {
    return link.read(Command.SMEMBERS, keys.exchanges())
        .compose(
            exchanges -> {
              List<Future<? extends Collection<T>>> each = new ArrayList<>();
              exchanges.forEach(exchange -> each.add(ofExchange.apply(exchange.toString())));
              return Future.all(each)
                  .map(v -> each.stream().flatMap(one -> one.result().stream()).toList());
            });
  }

  private Future<Collection<StoredBlock>> blocks(String exchange) {
    return listed(
        keys.blocks(exchange),
        (symbol, text) -> StoredBlock.of(exchange, symbol, text),
        stored -> stored.block().expiresAt());
  }

  /**
   * What a hash has that has not ended: nobody may have looked at it since it did.
   *
   * @param end null for what does not end
   */
  private <T> Future<Collection<T>> listed(
      String key, BiFunction<String, String, T> reader, Function<T, Instant> end) {
    // The clock of the server that has them, which lets them expire.
    return link.read(CLOCK, List.of(key), List.of())
        .map(clock -> Instant.ofEpochSecond(clock.get(0).toLong(), clock.get(1).toLong() * 1_000))
        .compose(
            now ->
                Scans.hash(
                    link,
                    key,
                    () -> new HashMap<String, T>(),
                    (all, symbol, text) -> {
                      T one = reader.apply(symbol, text);
                      Instant ends = end.apply(one);
                      if (ends == null || ends.isAfter(now)) {
                        all.put(symbol, one);
                      }
                    }))
        .map(HashMap::values);
  }

  // Marks

  @Override
  public Future<Boolean> markOpeningPosition(
      String exchange, String symbol, String botId, Long token, Long ttlMs) {
    long ttl = ttlMs == null ? DEFAULT_MARK_TTL_MS : ttlMs;
    return run("mark", exchange, symbol, botId, orAny(token), ttl).map(RedisBotCache::isOne);
  }

  @Override
  public Future<Boolean> unmarkOpeningPosition(
      String exchange, String symbol, String botId, Long token) {
    return run("unmark", exchange, symbol, botId, orAny(token)).map(RedisBotCache::isOne);
  }

  @Override
  public Future<Boolean> isOpeningPosition(String exchange, String symbol) {
    return read("opening", exchange, symbol).map(RedisBotCache::isOne);
  }

  @Override
  public Future<List<Mark>> getMarks() {
    return ofAll(this::marks)
        .map(
            all ->
                all.stream()
                    .sorted(
                        Comparator.comparing(Mark::exchange)
                            .thenComparing(Mark::symbol, Names.ORDER))
                    .collect(Collectors.toList()));
  }

  /** One that moves under a block meanwhile is read twice, and not missed. */
  private Future<Collection<Mark>> marks(String exchange) {
    return listed(
            keys.marks(exchange), (symbol, text) -> mark(exchange, symbol, text), Mark::expiresAt)
        .compose(
            alone ->
                blocks(exchange)
                    .map(
                        blocks -> {
                          Map<String, Mark> marks = new HashMap<>();
                          alone.forEach(mark -> marks.put(mark.symbol(), mark));
                          blocks.stream()
                              .filter(StoredBlock::isOpening)
                              .map(StoredBlock::mark)
                              .forEach(mark -> marks.put(mark.symbol(), mark));
                          return marks.values();
                        }));
  }

  private static Mark mark(String exchange, String symbol, String text) {
    String[] parts = text.split(" ", 2);
    return new Mark(exchange, symbol, parts[1], Instant.ofEpochMilli(Long.parseLong(parts[0])));
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
