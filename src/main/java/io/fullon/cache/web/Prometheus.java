package io.fullon.cache.web;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;

/** What {@code /metrics} tells. For one event loop. */
final class Prometheus {

  private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  /** One for the process, as Micrometer's global registry is. */
  private static final PrometheusMeterRegistry REGISTRY =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private final Vertx vertx;

  /** Under way; null when there is none. */
  Future<Content> scrape;

  Prometheus(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Counts from now on. What is counted while no registry has joined is lost. */
  static void join() {
    Metrics.globalRegistry.add(REGISTRY); // once, however often it is called
  }

  void send(RoutingContext context) {
    scrape().onSuccess(content -> content.send(context, TYPE)).onFailure(context::fail);
  }

  /**
   * Takes milliseconds with a thousand meters, so it is done beside the event loop, which the feed
   * needs. Who comes meanwhile gets the same, so that they do not pile up.
   */
  Future<Content> scrape() {
    if (scrape == null) {
      Future<Content> begun =
          vertx.executeBlocking(
              () -> Content.of(REGISTRY.scrape().getBytes(StandardCharsets.UTF_8)), false);
      scrape = begun;
      begun.onComplete(done -> scrape = null); // maybe at once, so it comes last
      return begun;
    }
    return scrape;
  }
}
