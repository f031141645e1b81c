package io.fullon.cache.fence;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.vertx.core.Future;
import io.vertx.serviceproxy.ServiceException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Looks at this moment who has which blocks. */
public final class Fences {

  private static final Script CHECK = Script.load("block-check");

  private Fences() {}

  /**
   * The key of an exchange's blocks, a hash as {@code fence.lua} has it: in the Cluster slot of the
   * exchange's orders, so that a write of one and the look at its block are one step.
   *
   * @param prefix begins every key
   */
  public static String key(String prefix, String exchange) {
    return prefix + "{orders:" + exchange + "}:blocks";
  }

  /** Whether the block is held with this token. */
  public static Future<Boolean> isHeld(RedisLink link, Fence fence) {
    return held(link, List.of(fence)).map(held -> !held.isEmpty());
  }

  /** Completes when the block is held with this token; fails with {@link #lost} when it is not. */
  public static Future<Void> check(RedisLink link, Fence fence) {
    return holders(link, fence.exchange(), List.of(fence))
        .compose(
            holders -> {
              Holder holder = holders.get(0);
              return holder.has(fence)
                  ? Future.succeededFuture()
                  : Future.failedFuture(lost(fence, holder.token, holder.bot));
            });
  }

  /** Those whose blocks are held with their tokens. */
  public static Future<Set<Fence>> held(RedisLink link, Collection<Fence> fences) {
    Map<String, List<Fence>> byExchange =
        fences.stream().distinct().collect(Collectors.groupingBy(Fence::exchange));
    Set<Fence> held = new HashSet<>();
    List<Future<?>> looks = new ArrayList<>();
    byExchange.forEach(
        (exchange, those) ->
            looks.add(
                holders(link, exchange, those)
                    .onSuccess(
                        holders -> {
                          for (int i = 0; i < those.size(); i++) {
                            if (holders.get(i).has(those.get(i))) {
                              held.add(those.get(i));
                            }
                          }
                        })));
    return Future.all(looks).map(held);
  }

  /**
   * Why nothing was done: 409, which says who has the block.
   *
   * @param token with which the block is held; empty when nobody has it
   * @param bot who has it
   */
  public static ServiceException lost(Fence fence, String token, String bot) {
    return Failure.CONFLICT.exception(
        "token: the block of "
            + fence.symbol()
            + " on "
            + fence.exchange()
            + " is not held with "
            + fence.token()
            + ": "
            + (token.isEmpty() ? "nobody has it" : bot + " has it with " + token));
  }

  /** Who has a block; empty texts for nobody. */
  private record Holder(String token, String bot) {

    boolean has(Fence fence) {
      return token.equals(String.valueOf(fence.token()));
    }
  }

  private static Future<List<Holder>> holders(RedisLink link, String exchange, List<Fence> fences) {
    List<String> symbols = fences.stream().map(Fence::symbol).toList();
    return link.read(CHECK, List.of(key(link.options().prefix(), exchange)), symbols)
        .map(
            answer -> {
              List<Holder> holders = new ArrayList<>(fences.size());
              for (int i = 0; i < answer.size(); i += 2) {
                holders.add(new Holder(answer.get(i).toString(), answer.get(i + 1).toString()));
              }
              return holders;
            });
  }
}
