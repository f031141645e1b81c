package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Program;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.testing.Scrape;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** How metrics are scraped. */
class MetricsTest {

  /** A meter that takes its time, for one node. */
  private static final class SlowMeter implements AutoCloseable {

    final CountDownLatch goOn = new CountDownLatch(1);
    final AtomicInteger asked = new AtomicInteger();
    private final Vertx vertx;
    private final Gauge gauge;

    SlowMeter(Vertx vertx) {
      this.vertx = vertx;
      gauge = Gauge.builder("test.slow", this, SlowMeter::value).register(Metrics.globalRegistry);
    }

    private double value() {
      Context context = Vertx.currentContext(); // others scrape too
      if (context != null && context.owner() == vertx) {
        asked.incrementAndGet();
        try {
          goOn.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
      return 1;
    }

    @Override
    public void close() {
      goOn.countDown();
      Metrics.globalRegistry.remove(gauge);
    }
  }

  @Test
  void aScrapeTakesNothingFromTheFeedAndIsOneForAllWhoAskMeanwhile() {
    try (CacheNode node = CacheNode.start();
        SlowMeter meter = new SlowMeter(node.vertx())) {
      List<RawHttp> scrapers = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        scrapers.add(new RawHttp(node.port()).send(RawHttp.head("GET /metrics HTTP/1.1")));
      }
      await("a scrape").until(() -> meter.asked.get() == 1);
      for (int i = 0; i < 5; i++) { // the event loop has seen all of them
        assertThat(RawHttp.get(node.port(), "/health/live").status()).isEqualTo(200);
      }
      node.feed().close();

      meter.goOn.countDown();

      for (RawHttp scraper : scrapers) {
        RawHttp.Answer answer = scraper.answer("GET");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).contains("test_slow 1.0");
        scraper.close();
      }
      assertThat(meter.asked).hasValue(1);
      RawHttp.get(node.port(), "/metrics");
      assertThat(meter.asked).hasValue(2);
    }
  }

  /** As where the worker is faster than the event loop. */
  @Test
  void oneScrapeThatIsDoneAtOnceIsNotTheLast() {
    Vertx atOnce =
        (Vertx)
            Proxy.newProxyInstance(
                Vertx.class.getClassLoader(),
                new Class<?>[] {Vertx.class},
                (proxy, method, arguments) ->
                    Future.succeededFuture(((Callable<?>) arguments[0]).call()));
    Prometheus.join();
    Prometheus prometheus = new Prometheus(atOnce);
    Counter counter = Metrics.counter("test.scrapes");
    try {
      for (int i = 1; i <= 3; i++) {
        counter.increment();

        assertThat(prometheus.scrape().result().plain().toString())
            .contains("test_scrapes_total " + i + ".0");
      }
    } finally {
      Metrics.globalRegistry.remove(counter);
    }
  }

  @Test
  void comeZippedToThoseWhoTakeThat() throws IOException {
    try (CacheNode node = CacheNode.start()) {
      RawHttp.Answer plain = RawHttp.get(node.port(), "/metrics");
      RawHttp.Answer zipped = RawHttp.get(node.port(), "/metrics", "Accept-Encoding: gzip");

      assertThat(plain.header("Content-Encoding")).isNull();
      assertThat(zipped.header("Content-Encoding")).isEqualTo("gzip");
      assertThat(zipped.header("Vary")).isEqualTo("Accept-Encoding");
      assertThat(zipped.body().length()).isLessThan(plain.body().length() / 2);
      try (GZIPInputStream text =
          new GZIPInputStream(new ByteArrayInputStream(zipped.body().getBytes()))) {
        assertThat(new String(text.readAllBytes(), StandardCharsets.UTF_8))
            .contains("# TYPE fullon_cache_");
      }
    }
  }

  @Test
  void prometheusFindsNothingToComplainAbout() throws IOException {
    String promtool = Program.find("promtool");
    try (CacheNode node = CacheNode.start()) {
      Process check = new ProcessBuilder(promtool, "check", "metrics").start();
      try (OutputStream text = check.getOutputStream()) {
        text.write(withoutTests(Scrape.of(node).text()).getBytes(StandardCharsets.UTF_8));
      }

      assertThat(check.getErrorStream()).asString(StandardCharsets.UTF_8).isEmpty();
      assertThat(check.onExit().join().exitValue()).isZero();
    }
  }

  /** Other tests have meters meanwhile. */
  private static String withoutTests(String text) {
    return text.lines()
        .filter(line -> !line.matches("(# (HELP|TYPE) )?test_.*"))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
