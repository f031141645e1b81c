package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.OwnVertx;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.value.Fields;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DialerTest {

  private static final SourceTimes TIMES =
      SourceTimes.from(
          Fields.of("", new JsonObject().put("reconnect_min_ms", 5).put("reconnect_max_ms", 20)));

  private final OwnVertx own = new OwnVertx();
  private final Dialer dialer =
      new Dialer(own.vertx(), new Venue.Rate(1_000, Duration.ofMillis(1)), TIMES, System::nanoTime);

  /** Those that dial now. */
  private final List<Dialer.Caller> dialing = new CopyOnWriteArrayList<>();

  private final Context context = own.vertx().getOrCreateContext();

  @AfterEach
  void close() {
    own.close();
  }

  private void run(Runnable step) {
    Promise<Void> done = Promise.promise();
    context.runOnContext(
        v -> {
          step.run();
          done.complete();
        });
    CacheNode.get(done.future());
  }

  private List<Dialer.Caller> callers(int count) {
    List<Dialer.Caller> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(
          new Dialer.Caller() {
            @Override
            public void dial() {
              dialing.add(this);
            }
          });
    }
    run(() -> all.forEach(dialer::want));
    return all;
  }

  private void fail(Dialer.Caller caller, long atLeastMs) {
    run(
        () -> {
          dialing.remove(caller);
          dialer.failed(caller, atLeastMs);
          dialer.want(caller);
        });
  }

  private void awaitDialing(int count) {
    await().atMost(Patience.LONG).until(() -> dialing.size() == count);
  }

  @Test
  void severalTryAtOnceButNotAll() {
    callers(10);

    awaitDialing(4);
    assertThat(dialing).hasSize(4);
  }

  @Test
  void whileItRefusesOnlyOneTries() {
    callers(10);
    awaitDialing(4);

    for (int i = 0; i < 3; i++) {
      fail(dialing.get(0), 0);
    }

    awaitDialing(1);
    for (int i = 0; i < 20; i++) {
      fail(dialing.get(0), 0);
      awaitDialing(1);
    }
    Dialer.Caller lucky = dialing.get(0);
    run(
        () -> {
          dialing.remove(lucky);
          dialer.succeeded(lucky);
        });
    awaitDialing(4);
  }

  @Test
  void whatIsAskedForGoesBeforeThePause() {
    callers(1);
    awaitDialing(1);
    long start = System.nanoTime();

    fail(dialing.get(0), 300);

    awaitDialing(1);
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isGreaterThanOrEqualTo(Duration.ofMillis(300));
  }

  @Test
  void oneThatKeepsFailingPausesLongerThoughAnotherIsWell() {
    Dialer slow =
        new Dialer(
            own.vertx(),
            new Venue.Rate(1_000, Duration.ofMillis(1)),
            SourceTimes.from(
                Fields.of(
                    "",
                    new JsonObject().put("reconnect_min_ms", 1).put("reconnect_max_ms", 60_000))),
            System::nanoTime);
    int failures = 9; // after which the pause is 128 to 256 ms
    long start = System.nanoTime();
    Dialer.Caller well = () -> {};
    AtomicInteger dials = new AtomicInteger();
    Dialer.Caller flapping =
        new Dialer.Caller() {
          @Override
          public void dial() {
            if (dials.incrementAndGet() <= failures) {
              slow.succeeded(this);
              slow.failed(this, 0);
              slow.settled(well);
              slow.want(this);
            }
          }
        };

    run(() -> slow.want(flapping));

    await().until(() -> dials.get() > failures);
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isGreaterThanOrEqualTo(Duration.ofMillis(128));
  }
}
