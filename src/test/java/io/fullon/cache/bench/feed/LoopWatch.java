package io.fullon.cache.bench.feed;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** How long event loops are held up, as what is due there once in a millisecond finds it. */
final class LoopWatch extends VerticleBase {

  private static final AtomicLong LONGEST = new AtomicLong();

  private long last;

  /** One on every loop. It costs a tenth of a processor, so only where its figure is wanted. */
  static void deploy(Vertx vertx, int loops) {
    vertx.deployVerticle(LoopWatch::new, new DeploymentOptions().setInstances(loops)).await();
  }

  @Override
  public Future<?> start() {
    last = System.nanoTime();
    vertx.setPeriodic(
        1,
        timer -> {
          long now = System.nanoTime();
          LONGEST.accumulateAndGet(now - last - TimeUnit.MILLISECONDS.toNanos(1), Math::max);
          last = now;
        });
    return Future.succeededFuture();
  }

  /** In ms, since it was asked last. */
  static double longestMs() {
    return LONGEST.getAndSet(0) / 1e6;
  }
}
