package io.fullon.cache.testing;

import static io.fullon.cache.testing.CacheNode.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bus.Failure;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;

/** What a service's failure must look like. */
public final class Refusals {

  private Refusals() {}

  /** The call fails in that way, with its code and its name. */
  public static Throwable assertFails(Future<?> call, Failure kind) {
    Throwable failure = failure(call);
    assertThat(failure)
        .isInstanceOfSatisfying(
            ServiceException.class,
            service -> {
              assertThat(service.failureCode()).as(service.getMessage()).isEqualTo(kind.code());
              assertThat(service.getDebugInfo())
                  .isEqualTo(new JsonObject().put("code", kind.name()));
            });
    return failure;
  }

  /** The call is refused as wrong, and the message names the field. */
  public static void assertRefused(Future<?> call, String field) {
    assertThat(assertFails(call, Failure.INVALID_ARGUMENT)).hasMessageStartingWith(field + ": ");
  }
}
