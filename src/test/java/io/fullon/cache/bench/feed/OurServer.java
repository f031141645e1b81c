package io.fullon.cache.bench.feed;

import com.sun.management.ThreadMXBean;
import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** This project's server with a source of ticks in the same process, as a market's collector is. */
final class OurServer {

  /** How many ticks may wait to be stored; then the source waits, and what it brings gets old. */
  private static final int IN_FLIGHT = 10_000;

  private final TickCache cache;
  private final Semaphore inFlight = new Semaphore(IN_FLIGHT);
  private final AtomicLong failed = new AtomicLong();

  private OurServer(TickCache cache) {
    this.cache = cache;
  }

  /**
   * @param arguments Redis, and how many event loops share the connections; 0 for the source alone
   */
  public static void main(String[] arguments) throws IOException {
    Child.endOnFailure();
    int instances = Integer.parseInt(arguments[1]);
    JsonObject config =
        new JsonObject()
            .put("redis", new JsonObject().put("uri", arguments[0]))
            .put(
                "web",
                new JsonObject()
                    .put("port", 0)
                    .put("enabled", instances > 0)
                    .put("instances", Math.max(1, instances))
                    .put("max_requests_per_second", 1_000_000));
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    FullonCacheVerticle verticle = new FullonCacheVerticle();
    vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(config)).await();
    OurServer server = new OurServer(TickCache.proxy(vertx));
    Pacer pacer = new Pacer(server::send);
    Child.answer(
        new JsonObject()
            .put("port", instances > 0 ? verticle.webPort() : 0)
            .put("native", vertx.isNativeTransportEnabled()),
        command -> {
          if (command[0].equals("rate")) {
            pacer.rate(Integer.parseInt(command[1]), Integer.parseInt(command[2]));
          } else if (command[0].equals("watch")) {
            LoopWatch.deploy(vertx, VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE);
          } else if (command[0].equals("gc")) {
            System.gc();
          }
          return server.state();
        });
  }

  private void send(List<Tick> ticks) {
    inFlight.acquireUninterruptibly(ticks.size());
    Future<?> stored =
        ticks.size() == 1
            ? cache.updateTicker(Ticks.EXCHANGE, ticks.get(0))
            : cache.updateTickers(ticks);
    stored.onComplete(
        result -> {
          inFlight.release(ticks.size());
          if (result.failed() && failed.getAndIncrement() == 0) {
            System.err.println("An update failed: " + result.cause().getMessage());
          }
        });
  }

  private JsonObject state() {
    return new JsonObject()
        .put("failed", failed.get())
        .put("heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed())
        .put("direct", direct())
        .put("allocated", allocated())
        .put("held", LoopWatch.longestMs());
  }

  /** Netty's own, which the JVM does not count, and the JVM's. */
  private static long direct() {
    return Math.max(0, PlatformDependent.usedDirectMemory())
        + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
  }

  /** By all threads that live, but for the source of the ticks. */
  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = 0;
    for (long id : threads.getAllThreadIds()) {
      var info = threads.getThreadInfo(id);
      if (info != null && !info.getThreadName().equals("pacer")) {
        bytes += threads.getThreadAllocatedBytes(id);
      }
    }
    return bytes;
  }
}
