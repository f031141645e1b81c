package io.fullon.cache.cluster;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.fullon.cache.testing.Cluster;
import io.fullon.cache.testing.Signals;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A caller on a node without services, and nodes with services that are killed. */
class KilledNodeIT {

  private static final int CALLS = 20;

  private EmbeddedRedis redis;
  private Cluster cluster;
  private Vertx caller;
  private final List<ChildJvm> serving = new ArrayList<>();

  @BeforeEach
  void start() {
    redis = CacheNode.newRedis();
    cluster = new Cluster(Cluster.Kind.HAZELCAST);
    caller = cluster.join();
  }

  @AfterEach
  void stop() {
    serving.forEach(ChildJvm::close);
    cluster.close();
    redis.close();
  }

  private ChildJvm serve() {
    JsonObject config =
        CacheNode.config(
            redis, new JsonObject().put("web", new JsonObject().put("enabled", false)));
    ChildJvm child = ChildJvm.start(ServingProcess.class, cluster.address(), config.encode());
    serving.add(child);
    child.expect(ServingProcess.SERVING);
    return child;
  }

  private Future<?> call(int i) {
    TickCache ticks = TickCache.proxy(caller);
    Tick tick = Tick.of("binance", "S" + i, BigDecimal.ONE, Instant.ofEpochSecond(i));
    return switch (i % 4) {
      case 0 -> ticks.updateTicker("binance", tick);
      case 1 -> ticks.getNextTicker("NONE", "binance", 1);
      case 2 -> SymbolCache.proxy(caller).getSymbols("binance");
      default -> FlowCache.proxy(caller).getQuote("NONE", "binance");
    };
  }

  /** What became of it: a service's answer, or its failure. */
  private static String outcome(Future<?> call) {
    if (call.succeeded()) {
      return "OK";
    }
    assertThat(call.cause()).isInstanceOf(ServiceException.class);
    return ((ServiceException) call.cause()).getDebugInfo().getString("code");
  }

  @Test
  void callsUnderWayEndBeforeTheBusGivesUpAndLaterOnesGoToTheOtherNode() {
    ChildJvm killed = serve();
    serve();
    // So that what goes there is under way when it dies.
    Signals.send("STOP", killed.pid());
    List<Future<?>> calls = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      calls.add(call(i));
    }

    killed.kill();

    await("calls to end").untilAsserted(() -> assertThat(calls).allMatch(Future::isComplete));
    assertThat(calls).extracting(KilledNodeIT::outcome).containsOnly("OK", "TIMEOUT");
    for (int i = 0; i < CALLS; i++) {
      get(call(i));
    }
  }

  @Test
  void whenNoNodeIsLeftCallsFailAtOnceAsUnavailable() {
    assertThat(failure(call(0))).matches(Failure.UNAVAILABLE::matches);

    ChildJvm only = serve();
    for (int i = 0; i < CALLS; i++) {
      get(call(i));
    }
    only.kill();

    await("the cluster to notice")
        .until(() -> Failure.UNAVAILABLE.matches(get(call(0).transform(KilledNodeIT::cause))));
    for (int i = 0; i < CALLS; i++) {
      assertThat(failure(call(i)))
          .matches(Failure.UNAVAILABLE::matches)
          .hasMessageContaining("no node has the service");
    }
    // And it is found again.
    serve();
    await("the services to be found")
        .until(() -> get(call(0).transform(result -> Future.succeededFuture(result.succeeded()))));
  }

  private static Future<Throwable> cause(AsyncResult<?> result) {
    return Future.succeededFuture(
        result.failed() ? result.cause() : new IllegalStateException("it succeeded"));
  }
}
