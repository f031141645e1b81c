package io.fullon.cache.fence;

import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Looks at this moment which blocks are held. */
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

  /** Those whose blocks are held with their tokens. */
  public static Future<Set<Fence>> held(RedisLink link, Collection<Fence> fences) {
    Map<String, List<Fence>> byExchange = new LinkedHashMap<>();
    for (Fence fence : new HashSet<>(fences)) {
      byExchange.computeIfAbsent(fence.exchange(), e -> new ArrayList<>()).add(fence);
    }
    Set<Fence> held = new HashSet<>();
    List<Future<?>> looks = new ArrayList<>();
    byExchange.forEach((exchange, those) -> looks.add(look(link, exchange, those, held)));
    return Future.all(looks).map(held);
  }

  private static Future<?> look(
      RedisLink link, String exchange, List<Fence> fences, Set<Fence> held) {
    List<String> arguments = new ArrayList<>(2 * fences.size());
    for (Fence fence : fences) {
      arguments.add(fence.symbol());
      arguments.add(String.valueOf(fence.token()));
    }
    return link.read(CHECK, List.of(key(link.options().prefix(), exchange)), arguments)
        .onSuccess(
            answer -> {
              for (int i = 0; i < fences.size(); i++) {
                if (answer.get(i).toInteger() == 1) {
                  held.add(fences.get(i));
                }
              }
            });
  }
}
