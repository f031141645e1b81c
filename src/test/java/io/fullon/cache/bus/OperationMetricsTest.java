package io.fullon.cache.bus;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With which outcomes calls are counted. */
class OperationMetricsTest {

  private static final String DOMAIN = "operationmetrics";
  private static final String ADDRESS = "test." + DOMAIN;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private Vertx vertx;
  private Endpoint endpoint;

  @BeforeEach
  void open() {
    Metrics.addRegistry(registry);
    vertx = Vertx.vertx();
    endpoint =
        new Endpoint(vertx, ADDRESS, 1_000)
            .on("asks", call -> Failure.CONFLICT.future("Nobody said so"))
            .onConflicting("compares", call -> Failure.CONFLICT.future("Was changed"))
            .onDirect("knows", call -> Future.succeededFuture(1));
    get(endpoint.open());
  }

  @AfterEach
  void close() {
    get(endpoint.close());
    get(vertx.close());
    Metrics.removeRegistry(registry);
  }

  private Future<?> call(String action) {
    return vertx
        .eventBus()
        .request(ADDRESS, new JsonObject(), new DeliveryOptions().addHeader("action", action));
  }

  /** How often each failed, by the outcome. */
  private Map<String, Double> failed(String operation) {
    Map<String, Double> failed = new TreeMap<>();
    for (FunctionCounter counter :
        registry
            .find("fullon.cache.operations.failed")
            .tags("domain", DOMAIN, "operation", operation)
            .functionCounters()) {
      failed.put(counter.getId().getTag("outcome"), counter.count());
    }
    return failed;
  }

  private long count(String operation) {
    return registry.get("fullon.cache.operations").tag("operation", operation).timer().count();
  }

  @Test
  void thereAreThoseThatCanHappenFromTheStart() {
    assertThat(failed("asks"))
        .containsOnlyKeys("INVALID_ARGUMENT", "INTERNAL", "UNAVAILABLE", "TIMEOUT")
        .allSatisfy((outcome, count) -> assertThat(count).isZero());
    assertThat(failed("compares"))
        .containsOnlyKeys("INVALID_ARGUMENT", "CONFLICT", "INTERNAL", "UNAVAILABLE", "TIMEOUT");
    assertThat(failed("knows")).containsOnlyKeys("INVALID_ARGUMENT", "INTERNAL", "UNAVAILABLE");
    assertThat(count("knows")).isZero();
  }

  @Test
  void aFailureCountsOnceUnderItsOutcomeAndAmongTheCalls() {
    failure(call("compares"));
    get(call("knows"));

    assertThat(failed("compares")).containsEntry("CONFLICT", 1.0).containsEntry("INTERNAL", 0.0);
    assertThat(count("compares")).isEqualTo(1);
    assertThat(count("knows")).isEqualTo(1);
  }

  @Test
  void oneThatNobodyHasDeclaredIsNotLost() {
    failure(call("asks"));
    failure(call("asks"));

    assertThat(failed("asks")).containsEntry("CONFLICT", 2.0);
  }

  @Test
  void theyGoWithTheEndpoint() {
    get(endpoint.close());

    assertThat(registry.find("fullon.cache.operations").tag("domain", DOMAIN).timers()).isEmpty();
    assertThat(failed("asks")).isEmpty();
  }
}
