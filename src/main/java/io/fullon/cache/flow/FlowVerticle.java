package io.fullon.cache.flow;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.metrics.LoopLag;
import io.fullon.cache.service.ServiceOptions;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/**
 * Serves {@link FlowCache} on the event bus, by calls of the caches' services. Its configuration is
 * the whole tree; it reads {@code flow} and {@code log}.
 */
public final class FlowVerticle extends VerticleBase {

  private Endpoint endpoint;
  private LoopLag lag;

  @Override
  public Future<?> start() {
    Fields config = Fields.of("", config());
    ServiceOptions.from(config.section("flow"));
    lag = new LoopLag(vertx);
    FlowCache flow = new ComposedFlow(vertx);
    endpoint =
        new Endpoint(vertx, FlowCache.ADDRESS, Endpoint.slowOperationMs(config))
            .on("getQuote", call -> flow.getQuote(call.symbol("symbol"), call.exchange("exchange")))
            .onConflicting(
                "settleOrder",
                call ->
                    flow.settleOrder(
                        // An order's ex_id, which may be an integer, and an exchange.
                        Names.exchange("exId", call.id("exId")),
                        call.id("exOrderId"),
                        (int) call.integer("accountId", Integer.MIN_VALUE, Integer.MAX_VALUE)));
    return endpoint.open();
  }

  @Override
  public Future<?> stop() {
    lag.close();
    return endpoint.abandon();
  }
}
