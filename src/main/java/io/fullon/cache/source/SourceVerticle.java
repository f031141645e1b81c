package io.fullon.cache.source;

import io.fullon.cache.metrics.LoopLag;
import io.fullon.cache.process.Heartbeat;
import io.fullon.cache.process.ProcessOptions;
import io.fullon.cache.process.ProcessStatus;
import io.fullon.cache.process.ProcessType;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.source.SourceState.State;
import io.fullon.cache.tick.TickOptions;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the ticks of one exchange, on one node at a time: who has the lease in Redis runs the
 * source, the others wait for it.
 */
public final class SourceVerticle extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(SourceVerticle.class);

  /** Says so often in the time of a lease that it still has it. */
  private static final int RENEWALS = 3;

  private final SourceOptions options;
  private final String exchange;
  private final LongSupplier clock;
  private SourceTimes times;
  private long maxAheadMs;
  private RedisLink link;
  private SourceLease lease;
  private SourceMetrics metrics;
  private LoopLag lag;

  /** Null while another node has it. */
  private Source source;

  private ProcessOptions process;

  /** Null while another node has it, or nobody wants to know. */
  private Heartbeat heartbeat;

  private String told = "";
  private long timer = -1;
  private boolean isHolding;
  private boolean isChanged;
  private boolean closed;
  private Future<?> held = Future.succeededFuture();

  public SourceVerticle(SourceOptions options) {
    this(options, System::currentTimeMillis);
  }

  /**
   * @param clock now, in ms since 1970
   */
  SourceVerticle(SourceOptions options, LongSupplier clock) {
    this.options = options;
    this.clock = clock;
    this.exchange = options.venue().exchange();
  }

  @Override
  public Future<?> start() {
    Fields config = Fields.of("", config());
    RedisLinkOptions redis = RedisLinkOptions.from(config.section("redis"));
    times = SourceTimes.from(config.section("source"));
    maxAheadMs = TickOptions.from(config.section("tick")).maxAheadMs();
    process = ProcessOptions.from(config.section("process"));
    metrics = new SourceMetrics(exchange);
    lag = new LoopLag(vertx);
    return RedisLink.open(vertx, redis, "source " + exchange)
        .onSuccess(
            opened -> {
              link = opened;
              lease =
                  new SourceLease(
                      link,
                      new SourceKeys(redis.prefix()),
                      exchange,
                      UUID.randomUUID().toString(),
                      times.leaseMs(),
                      System::nanoTime);
              hold();
            })
        .recover(cause -> stop().transform(stopped -> Future.failedFuture(cause)));
  }

  /** One step at a time; what changes meanwhile is said by the next. */
  private void hold() {
    if (closed) {
      return;
    }
    if (isHolding) {
      isChanged = true;
      return;
    }
    isHolding = true;
    isChanged = false;
    vertx.cancelTimer(timer);
    beat();
    lease.announce(); // again and again: Redis may have lost it
    held =
        lease
            .hold(source == null ? state(State.CONNECTING, "starting") : source.state())
            .onComplete(
                done -> {
                  isHolding = false;
                  long nextMs = times.leaseMs() / RENEWALS;
                  if (done.succeeded()) {
                    long othersForMs = done.result();
                    answered(othersForMs == 0);
                    nextMs = othersForMs == 0 ? nextMs : Math.min(nextMs, othersForMs + 1);
                  }
                  holdAfter(isChanged ? 0 : nextMs);
                });
  }

  private SourceState state(State state, String reason) {
    return new SourceState(exchange, state, Instant.now(), reason, 0);
  }

  private void holdAfter(long ms) {
    if (closed) {
      return;
    }
    if (ms == 0) {
      hold();
    } else {
      timer = vertx.setTimer(ms, id -> hold());
    }
  }

  private void answered(boolean isMine) {
    if (closed) {
      return;
    }
    if (isMine && source == null) {
      LOG.info("{}: this node runs its source", exchange);
      source =
          new Source(vertx, options, times, maxAheadMs, metrics, lease::isHeld, clock, this::hold);
      source.start();
      if (process.enabled()) {
        JsonObject params = new JsonObject().put("exchange", exchange);
        heartbeat =
            Heartbeat.begin(vertx, link, ProcessType.TICK, exchange, params, process.heartbeatMs());
        told = "";
        beat();
      }
    } else if (!isMine && source != null) {
      LOG.warn("{}: another node runs its source now", exchange);
      source.close();
      source = null;
      stopBeating();
    }
  }

  /** The registry of processes says how the source is. */
  private void beat() {
    if (heartbeat != null) {
      SourceState now = source.state();
      String message =
          now.reason().isEmpty() ? "" + now.state() : now.state() + ": " + now.reason();
      if (!message.equals(told)) {
        told = message;
        heartbeat.tell(status(now.state()), message);
      }
    }
  }

  private static ProcessStatus status(State state) {
    return switch (state) {
      case LIVE -> ProcessStatus.RUNNING;
      case CONNECTING -> ProcessStatus.STARTING;
      case MAINTENANCE, LIMITED, SILENT -> ProcessStatus.IDLE;
      case DOWN -> ProcessStatus.ERROR;
    };
  }

  private Future<Void> stopBeating() {
    Heartbeat stopping = heartbeat;
    heartbeat = null;
    return stopping == null ? Future.succeededFuture() : stopping.stop();
  }

  @Override
  public Future<?> stop() {
    closed = true;
    vertx.cancelTimer(timer);
    Future<?> stopped = held.otherwiseEmpty();
    if (source != null) {
      stopped = stopped.eventually(source::close);
    }
    if (lease != null) {
      SourceState last = state(State.DOWN, "the node that ran it has stopped");
      stopped = stopped.eventually(() -> lease.release(last)).otherwiseEmpty();
    }
    stopped = stopped.eventually(this::stopBeating);
    if (link != null) {
      stopped = stopped.eventually(link::close);
    }
    return stopped.onComplete(
        done -> {
          metrics.close();
          lag.close();
        });
  }
}
