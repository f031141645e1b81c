package io.fullon.cache.bot;

import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.redis.Script;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What earlier versions kept of all exchanges in one Cluster slot, and how it is taken over: their
 * place is closed in one step, so that a node that still runs gives no block any more; then each
 * exchange gets what was its, once, whoever comes first; and what is left is deleted. Whoever dies
 * in between leaves it to the next one.
 */
final class OldBlocks {

  private static final Script CLOSE = Script.load("bot-close");
  private static final Script ADOPT = Script.load("bot-adopt");

  private final RedisLink link;
  private final BotKeys keys;
  private final String marks;
  private final String left;

  /** Those that the script needs. */
  private final List<String> all;

  OldBlocks(RedisLink link, BotKeys keys) {
    this.link = link;
    this.keys = keys;
    this.marks = keys.prefix() + "{bot}:marks";
    this.left = keys.prefix() + "{bot}:old_blocks";
    this.all = List.of(keys.closed(), marks, keys.prefix() + "{bot}:token", left);
  }

  /** What is an exchange's. */
  private static final class Share {

    final List<String> blocks = new ArrayList<>();
    final List<String> marks = new ArrayList<>();
  }

  /** Takes over what there is; where nothing is, nothing is done. */
  Future<?> takeOverIfAny() {
    return link.read(CLOSE, all, List.of("look"))
        .compose(found -> found.toInteger() == 1 ? takeOver() : Future.<String>succeededFuture());
  }

  /**
   * Takes over what there is, and closes its place.
   *
   * @return the last token that was given there, or 0
   */
  Future<String> takeOver() {
    return link.run(CLOSE, all, List.of("close"))
        .compose(
            answer -> {
              String last = answer.get(0).toString();
              Map<String, Share> shares = new TreeMap<>();
              share(shares, answer.get(1), answer.get(2));
              if (shares.isEmpty()) {
                return Future.succeededFuture(last);
              }
              List<Future<?>> adopted = new ArrayList<>();
              shares.forEach((exchange, share) -> adopted.add(adopt(exchange, share, last)));
              return Future.all(adopted)
                  .compose(v -> link.write(Command.DEL, left, marks))
                  .map(last);
            });
  }

  private static void share(Map<String, Share> shares, Response blocks, Response marks) {
    Scans.forEach(blocks, (market, block) -> add(of(shares, market).blocks, market, block));
    Scans.forEach(marks, (market, bot) -> add(of(shares, market).marks, market, bot));
  }

  private static Share of(Map<String, Share> shares, String market) {
    // An exchange has no colon.
    return shares.computeIfAbsent(market.substring(0, market.indexOf(':')), e -> new Share());
  }

  private static void add(List<String> share, String market, String value) {
    share.add(market.substring(market.indexOf(':') + 1));
    share.add(value);
  }

  private Future<?> adopt(String exchange, Share share, String last) {
    List<String> arguments = new ArrayList<>();
    arguments.add(last);
    arguments.add(String.valueOf(BotCache.DEFAULT_MARK_TTL_MS));
    arguments.add(String.valueOf(share.blocks.size() / 2));
    arguments.addAll(share.blocks);
    arguments.addAll(share.marks);
    return link.write(Command.SADD, keys.exchanges(), exchange)
        .compose(v -> link.run(ADOPT, keys.ofExchange(exchange), arguments));
  }
}
