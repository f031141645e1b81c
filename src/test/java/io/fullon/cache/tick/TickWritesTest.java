package io.fullon.cache.tick;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.metrics.Meters;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.value.Fields;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often Redis is called for ticks that are written in one turn of the event loop. */
class TickWritesTest {

  private static final TickOptions OPTIONS = TickOptions.from(Fields.of("tick", new JsonObject()));

  @AutoClose private final CacheNode node = CacheNode.start("ohlcv", "enabled", false);
  private final Context loop = ((VertxInternal) node.vertx()).createEventLoopContext();
  private RedisLink link;
  private TickNode.Acquired shared;
  private final Meters meters = new Meters();
  private RedisTickCache cache;

  @BeforeEach
  void open() {
    RedisLinkOptions redis =
        RedisLinkOptions.from(Fields.of("redis", new JsonObject().put("uri", node.redis().uri())));
    link = get(onLoop(() -> RedisLink.open(node.vertx(), redis, "test")));
    shared = TickNode.acquire(node.vertx(), OPTIONS, redis);
    get(shared.ready());
    cache = new RedisTickCache(node.vertx(), link, shared.node(), OPTIONS, meters);
    // The first call brings the script.
    get(onLoop(() -> cache.updateTicker("a", tick("a", 0))));
  }

  @AfterEach
  void close() {
    get(onLoop(link::close));
    get(shared.release());
    meters.close();
  }

  private <T> Future<T> onLoop(Supplier<Future<T>> call) {
    Promise<T> promise = Promise.promise();
    loop.runOnContext(v -> call.get().onComplete(promise));
    return promise.future();
  }

  private static Tick tick(String exchange, int i) {
    return Tick.of(exchange, "S" + i, BigDecimal.ONE, Instant.ofEpochSecond(100));
  }

  private long calls() {
    String stats = node.redis(Command.INFO, "commandstats").toString();
    Matcher calls = Pattern.compile("cmdstat_evalsha:calls=(\\d+)").matcher(stats);
    return calls.find() ? Long.parseLong(calls.group(1)) : 0;
  }

  private Future<List<Boolean>> write(String exchange, int count) {
    List<Future<Boolean>> written = new ArrayList<>();
    IntStream.range(0, count)
        .forEach(i -> written.add(cache.updateTicker(exchange, tick(exchange, i))));
    return Future.join(written).map(all -> all.list());
  }

  @Test
  void ticksOfOneTurnAreOneCallForEachExchange() {
    long before = calls();

    get(onLoop(() -> Future.join(write("a", 100), write("b", 50))));

    assertThat(calls() - before).isEqualTo(2);
    assertThat(get(node.ticks().getAllTickers("a"))).hasSize(100);
    assertThat(get(node.ticks().getAllTickers("b"))).hasSize(50);
  }

  @Test
  void manyTicksOfOneTurnDoNotHoldUpRedis() {
    long before = calls();

    get(onLoop(() -> write("a", 401)));

    assertThat(calls() - before).isEqualTo(3);
  }

  @Test
  void aDeletionComesAfterTheUpdatesBeforeIt() {
    List<Boolean> deleted =
        get(
            onLoop(
                () -> {
                  Future<Boolean> updated = cache.updateTicker("a", tick("a", 7));
                  return Future.join(updated, cache.deleteTicker("S7", "a"))
                      .map(all -> all.<Boolean>list());
                }));

    assertThat(deleted).containsExactly(true, true);
    assertThat(node.redis(Command.HGET, "tickers:a", "S7")).isNull();
  }

  @Test
  void eachIsToldOfItsOwnTick() {
    Tick newer = tick("a", 1);
    Tick older = Tick.of("a", "S1", BigDecimal.TEN, Instant.ofEpochSecond(99));
    Tick another = tick("a", 2);

    List<Boolean> stored =
        get(
            onLoop(
                () ->
                    Future.join(
                            cache.updateTicker("a", newer),
                            cache.updateTicker("a", older),
                            cache.updateTicker("a", another))
                        .map(all -> all.<Boolean>list())));

    assertThat(stored).containsExactly(true, false, true);
  }
}
