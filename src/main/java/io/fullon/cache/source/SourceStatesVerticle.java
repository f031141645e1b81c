package io.fullon.cache.source;

import io.fullon.cache.metrics.Meters;
import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.redis.Subscription;
import io.fullon.cache.source.SourceState.State;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@link SourceStates}: hears what the nodes say that run sources, and looks now and then
 * whether they still do. Every node has it, with sources or without.
 */
public final class SourceStatesVerticle extends VerticleBase implements Subscription.Listener {

  private static final Logger LOG = LoggerFactory.getLogger(SourceStatesVerticle.class);
  private static final Repeats SKIPPED = new Repeats(System::nanoTime);

  /** Looks so often while a lease lasts. */
  private static final int LOOKS = 2;

  private final Map<String, Meters> meters = new HashMap<>();
  private SourceKeys keys;
  private long leaseMs;
  private RedisLink link;
  private Subscription subscription;

  /** Of which nothing was there at the last look. */
  private Set<String> absent = Set.of();

  private long timer = -1;
  private boolean isLooking;

  @Override
  public Future<?> start() {
    Fields config = Fields.of("", config());
    RedisLinkOptions redis = RedisLinkOptions.from(config.section("redis"));
    leaseMs = SourceTimes.from(config.section("source")).leaseMs();
    keys = new SourceKeys(redis.prefix());
    return RedisLink.open(vertx, redis, "states of sources")
        .compose(
            opened -> {
              link = opened;
              return Subscription.open(vertx, link, List.of(keys.states()), this);
            })
        .compose(
            opened -> {
              subscription = opened;
              timer = vertx.setPeriodic(Math.max(1, leaseMs / LOOKS), id -> look());
              return look();
            })
        .recover(cause -> stop().transform(stopped -> Future.failedFuture(cause)));
  }

  @Override
  public Future<?> stop() {
    vertx.cancelTimer(timer);
    meters.values().forEach(Meters::close);
    Future<?> closed = subscription == null ? Future.succeededFuture() : subscription.close();
    return link == null ? closed : closed.eventually(link::close);
  }

  @Override
  public void message(String channel, String text) {
    learn(text);
  }

  @Override
  public void reachChanged() {
    look(); // what was said meanwhile is gone
  }

  /** What cannot be read now is read next time. */
  private Future<?> look() {
    if (isLooking || link == null) {
      return Future.succeededFuture();
    }
    isLooking = true;
    return link.read(Command.SMEMBERS, keys.exchanges())
        .compose(
            exchanges -> {
              List<Future<?>> all = new ArrayList<>();
              Set<String> present = new HashSet<>();
              for (Response exchange : exchanges) {
                all.add(look(exchange.toString(), present));
              }
              return Future.join(all).onSuccess(v -> forgetAllBut(present));
            })
        .onComplete(done -> isLooking = false)
        .otherwiseEmpty();
  }

  private Future<?> look(String exchange, Set<String> present) {
    Names.exchange("exchange", exchange);
    return SourceLease.read(link, keys, exchange)
        .onSuccess(
            known -> {
              if (known.state().isEmpty()) {
                return;
              }
              present.add(exchange);
              learn(known.state());
              // Time for another node to take over.
              if (known.endedAtMs() > 0 && known.endedForMs() >= leaseMs / LOOKS) {
                ended(exchange, known.endedAtMs());
              }
            });
  }

  /** The second time only: where Redis has lost its data, who runs a source says so again. */
  private void forgetAllBut(Set<String> present) {
    Set<String> gone = new HashSet<>();
    SourceStates.all(vertx).forEach(state -> gone.add(state.exchange()));
    gone.removeAll(present);
    gone.stream().filter(absent::contains).forEach(this::forget);
    absent = gone;
  }

  /** Whoever ran it has died, and nobody has taken over. */
  private void ended(String exchange, long endedAtMs) {
    SourceState last = SourceStates.of(vertx, exchange).orElseThrow();
    boolean isTold = last.state() == State.DOWN && last.version() >= endedAtMs;
    if (!isTold) {
      learn(
          new SourceState(
              exchange,
              State.DOWN,
              Instant.ofEpochMilli(endedAtMs),
              "no node runs it any more",
              Math.max(last.version(), endedAtMs) + 1));
    }
  }

  private void learn(String text) {
    try {
      learn(SourceState.decode(text));
    } catch (InvalidValueException e) {
      SKIPPED
          .add("state")
          .ifPresent(
              leftOut ->
                  LOG.warn("Skipped what is no state of a source: {}{}", e.getMessage(), leftOut));
    }
  }

  private void learn(SourceState state) {
    meters.computeIfAbsent(state.exchange(), this::measure);
    SourceStates.learn(vertx, state);
  }

  private void forget(String exchange) {
    SourceStates.forget(vertx, exchange);
    Meters gone = meters.remove(exchange);
    if (gone != null) {
      gone.close();
    }
  }

  /** One line for each state, of which one is 1. */
  private Meters measure(String exchange) {
    Meters its = new Meters();
    for (State state : State.values()) {
      its.least(
          "fullon.cache.source.state",
          null,
          "1 for the state that the source of the exchange is in, else 0",
          () ->
              SourceStates.of(vertx, exchange)
                  .map(known -> known.state() == state ? 1.0 : 0.0)
                  .orElse(Double.NaN),
          "exchange",
          exchange,
          "state",
          state.toString());
    }
    return its;
  }
}
