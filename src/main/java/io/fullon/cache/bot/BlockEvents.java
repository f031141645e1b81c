package io.fullon.cache.bot;

import io.fullon.cache.events.Domain;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.redis.Script;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Tells blocks: by exchange and symbol. At the end of each it is looked whether it has ended, which
 * the script tells once, whoever looks first.
 */
final class BlockEvents implements Domain {

  private static final Script BLOCK = Script.load("bot-block");

  /** What the script publishes when a lease ends sooner than it did, for nobody but this. */
  private static final String SOONER = "sooner";

  /** After how long it is looked again where there was no answer. */
  private static final long RETRY_MS = 250;

  private final Vertx vertx;
  private final RedisLink link;
  private final BotKeys keys;
  private final Map<Market, Long> timers = new HashMap<>();
  private boolean closed;

  private record Market(String exchange, String symbol) {}

  BlockEvents(Vertx vertx, RedisLink link) {
    this.vertx = vertx;
    this.link = link;
    this.keys = new BotKeys(link.options().prefix());
  }

  @Override
  public Object read(String exchange, String symbol, String text) {
    String[] parts = text.split(" ", 3);
    lookIn(new Market(exchange, symbol), Long.parseLong(parts[1]));
    return parts[0].equals(SOONER)
        ? null
        : new BlockChange(
            BlockChange.Kind.of(parts[0]), StoredBlock.of(exchange, symbol, parts[2]).block());
  }

  @Override
  public Future<? extends Collection<String>> places() {
    return link.read(Command.SMEMBERS, keys.exchanges())
        .map(all -> all.stream().map(Object::toString).collect(Collectors.toSet()));
  }

  /** Nothing of it is told again, but it will be told when it ends. */
  @Override
  public Future<Map<String, Long>> versions(String exchange) {
    return Scans.hash(
            link,
            keys.blocks(exchange),
            () -> exchange,
            (found, symbol, text) -> look(new Market(found, symbol)))
        .map(Map.of());
  }

  /**
   * @param ms below zero for never
   */
  private void lookIn(Market market, long ms) {
    Long before = timers.remove(market);
    if (before != null) {
      vertx.cancelTimer(before);
    }
    if (ms >= 0 && !closed) {
      timers.put(market, vertx.setTimer(ms + 1, timer -> look(market)));
    }
  }

  private void look(Market market) {
    lookIn(market, RETRY_MS);
    Long waiting = timers.get(market);
    link.run(BLOCK, keys.ofExchange(market.exchange()), List.of("expire", market.symbol(), "", ""))
        .onSuccess(
            left -> {
              // It may have been told meanwhile of another end.
              if (waiting != null && waiting.equals(timers.get(market))) {
                lookIn(market, left.toLong());
              }
            });
  }

  @Override
  public void close() {
    closed = true;
    timers.values().forEach(vertx::cancelTimer);
  }
}
