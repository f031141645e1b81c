package io.fullon.cache.web;

import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What {@code /metrics} tells. For one event loop. */
final class Prometheus {

  private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  /** The largest of late, which Micrometer tells of every timer: the histograms tell more. */
  private static final Pattern LARGEST = Pattern.compile("(# \\w+ )?\\w+_seconds_max[ {].*");

  /** One for the process, as Micrometer's global registry is. */
  private static final PrometheusMeterRegistry REGISTRY =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** Names that Prometheus' linter refuses, of what others tell as well. */
  private static final Set<String> BADLY_NAMED = Set.of("process.cpu.time", "system.cpu.count");

  static {
    REGISTRY.config().meterFilter(MeterFilter.deny(id -> BADLY_NAMED.contains(id.getName())));
    // Here alone: an application that embeds the caches may have them in the global registry.
    new ClassLoaderMetrics().bindTo(REGISTRY);
    new JvmMemoryMetrics().bindTo(REGISTRY);
    new JvmThreadMetrics().bindTo(REGISTRY);
    new ProcessorMetrics().bindTo(REGISTRY);
    new FileDescriptorMetrics().bindTo(REGISTRY);
    new UptimeMetrics().bindTo(REGISTRY);
    // Micrometer's own begin with the first collection.
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      FunctionTimer.builder(
              "jvm.gc.collections",
              collector,
              GarbageCollectorMXBean::getCollectionCount,
              GarbageCollectorMXBean::getCollectionTime,
              TimeUnit.MILLISECONDS)
          .description("Collections of garbage, and how long they took")
          .tag("gc", collector.getName())
          .register(REGISTRY);
    }
  }

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
      Future<Content> begun = vertx.executeBlocking(() -> Content.of(text()), false);
      scrape = begun;
      begun.onComplete(done -> scrape = null); // maybe at once, so it comes last
      return begun;
    }
    return scrape;
  }

  private static byte[] text() {
    return REGISTRY
        .scrape()
        .lines()
        .filter(line -> !LARGEST.matcher(line).matches())
        .collect(Collectors.joining("\n", "", "\n"))
        .getBytes(StandardCharsets.UTF_8);
  }
}
