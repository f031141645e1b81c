package io.fullon.cache.bus;

import io.fullon.cache.metrics.Meters;
import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.shareddata.Shareable;
import io.vertx.serviceproxy.ServiceException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives the calls of one service: finds the action, reads its parameters strictly, calls, and
 * answers. Whatever goes wrong becomes a {@link ServiceException} with a code of {@link Failure}.
 * Every call is timed in {@code fullon.cache.operations} (tags {@code domain}, {@code operation}),
 * and what failed is counted in {@code fullon.cache.operations.failed} (and {@code outcome}); a
 * slow one is logged, of each operation at most one a minute.
 *
 * <p>An answer given on the caller's thread needs the inside of Vert.x: no public future is
 * complete from the beginning and yet calls back in the caller's context.
 */
public final class Endpoint implements Shareable {

  /** A call that takes longer is logged as a warning, unless configured otherwise. */
  public static final long DEFAULT_SLOW_OPERATION_MS = 100;

  /** The longest that a call may wait, so that the answer precedes the bus's own timeout. */
  public static final long MAX_TIMEOUT_MS = 20_000;

  /** How long a call waits that may wait and does not say how long. */
  public static final long DEFAULT_TIMEOUT_MS = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);

  /** A busy machine makes many operations slow, and writing about each makes it busier. */
  private static final Repeats SLOW = new Repeats(System::nanoTime);

  /** What takes longer than the last one has failed, or waits by design. */
  private static final List<Duration> BOUNDS =
      List.of(
          Duration.ofNanos(10_000),
          Duration.ofNanos(100_000),
          Duration.ofMillis(1),
          Duration.ofMillis(5),
          Duration.ofMillis(20),
          Duration.ofMillis(100),
          Duration.ofMillis(500),
          Duration.ofSeconds(2));

  private static final long DAY_MS = 86_400_000;

  /** What a near call has come to, or null. */
  record Result(Object value) {}

  private final Vertx vertx;
  private final String address;
  private final String domain;
  private final long slowNanos;
  private final Map<String, Operation> operations = new TreeMap<>();
  private final Meters meters = new Meters();

  /** Calls without an answer yet; it may come on another event loop than the call. */
  private final Set<Message<Object>> unanswered = ConcurrentHashMap.newKeySet();

  private final DeliveryOptions localResult;
  private MessageConsumer<Object> consumer;

  /**
   * @param address the service's address; its last part names the domain in metrics
   * @param slowOperationMs from how many milliseconds on a call is logged
   */
  public Endpoint(Vertx vertx, String address, long slowOperationMs) {
    this.vertx = vertx;
    this.address = address;
    this.domain = address.substring(address.lastIndexOf('.') + 1);
    this.localResult = LocalCodec.register(vertx, Result.class);
    this.slowNanos = TimeUnit.MILLISECONDS.toNanos(slowOperationMs);
  }

  /**
   * Reads {@code log.slow_operation_ms} from the configuration: from how many milliseconds on a
   * call is logged.
   *
   * @throws InvalidValueException naming the key with a bad or unknown value
   */
  public static long slowOperationMs(Fields config) {
    Fields section = config.section("log");
    long slow = section.integer("slow_operation_ms", 1, DAY_MS, DEFAULT_SLOW_OPERATION_MS);
    section.refuseUnknown();
    return slow;
  }

  /**
   * How long a call may wait, in milliseconds: its {@code timeoutMs}, if it has one.
   *
   * @throws InvalidValueException when it is not from 0 to {@link #MAX_TIMEOUT_MS}
   */
  public static long timeoutMs(Fields call) {
    return call.integer("timeoutMs", 0, MAX_TIMEOUT_MS, DEFAULT_TIMEOUT_MS);
  }

  /**
   * Adds a method.
   *
   * @param action its name in the header {@code action}
   * @param call reads the parameters and calls; may throw {@link InvalidValueException}
   */
  public Endpoint on(String action, Function<Fields, Future<?>> call) {
    operations.put(action, new Operation(action, call));
    return this;
  }

  /** Like {@link #on}, for a method that may fail with {@link Failure#CONFLICT} too. */
  public Endpoint onConflicting(String action, Function<Fields, Future<?>> call) {
    operations.put(action, new Operation(action, call).fails(Failure.CONFLICT));
    return this;
  }

  /**
   * Like {@link #on}, for a method whose result goes on for long by design: never logged as slow.
   */
  public Endpoint onWaiting(String action, Function<Fields, Future<?>> call) {
    operations.put(action, new Operation(action, call).waiting());
    return this;
  }

  /**
   * Like {@link #on}, for a method that any thread may call and that answers at once: callers on
   * this node need not wait for this verticle's event loop.
   */
  public Endpoint onDirect(String action, Function<Fields, Future<?>> call) {
    operations.put(action, new Operation(action, call).direct());
    return this;
  }

  /** Begins to receive; completes when the whole cluster knows the address. */
  public Future<Void> open() {
    operations.values().forEach(Operation::open);
    Failure.registerCodec(vertx);
    consumer = vertx.eventBus().consumer(address, this::receive);
    LocalCodec.register(vertx, NearCall.class);
    Served.opened(vertx, address, this);
    return consumer.completion();
  }

  public Future<Void> close() {
    if (consumer == null) {
      return Future.succeededFuture();
    }
    Served.closed(vertx, address, this);
    MessageConsumer<Object> closing = consumer;
    consumer = null;
    meters.close();
    return closing.unregister();
  }

  /**
   * Closes it for a service that itself waits for others: their answers do not reach a verticle
   * that stops, so whoever has none yet is told that the outcome is unknown.
   */
  public Future<Void> abandon() {
    return close()
        .onComplete(
            closed -> {
              unanswered.forEach(
                  message ->
                      message.reply(
                          Failure.TIMEOUT.exception("The service stops: outcome unknown")));
              unanswered.clear();
            });
  }

  private void receive(Message<Object> message) {
    long start = System.nanoTime();
    NearCall near = message.body() instanceof NearCall call ? call : null;
    String action = near == null ? message.headers().get("action") : near.action();
    Operation operation = action == null ? null : operations.get(action);
    if (operation == null) {
      message.reply(Failure.INVALID_ARGUMENT.exception(unknown(action)));
      return;
    }
    unanswered.add(message);
    operation
        .run(message.body(), start)
        .onComplete(
            result -> {
              if (!unanswered.remove(message)) {
                return;
              }
              if (result.failed()) {
                message.reply(result.cause());
              } else if (near != null) {
                message.reply(new Result(result.result()), localResult);
              } else {
                message.reply(BusJson.toJson(result.result()));
              }
            });
  }

  /**
   * Calls on the caller's own thread, which else is like a call that was received.
   *
   * @return the answer; null, and nothing is done, when the method must be called on this
   *     verticle's event loop
   */
  Future<?> callDirectly(NearCall call) {
    Operation operation = operations.get(call.action());
    if (operation == null || !operation.direct) {
      return null;
    }
    Future<Object> result = operation.run(call, System.nanoTime());
    ContextInternal context = ((VertxInternal) vertx).getOrCreateContext();
    if (result.succeeded()) {
      return context.succeededFuture(result.result());
    }
    Promise<Object> answer = context.promise();
    result.onComplete(answer::handle);
    return answer.future();
  }

  private String unknown(String action) {
    String known = "; there are " + String.join(", ", operations.keySet());
    return action == null
        ? "action: header is missing" + known
        : "action: unknown, got " + InvalidValueException.show(action) + known;
  }

  private final class Operation {

    private final String name;
    private final Function<Fields, Future<?>> call;
    private final Set<Failure> possible =
        EnumSet.of(
            Failure.INVALID_ARGUMENT, Failure.INTERNAL, Failure.UNAVAILABLE, Failure.TIMEOUT);
    private final Map<Failure, LongAdder> failures = new ConcurrentHashMap<>();
    private Timer timer;
    private boolean waiting;
    private boolean direct;

    Operation(String name, Function<Fields, Future<?>> call) {
      this.name = name;
      this.call = call;
    }

    Operation fails(Failure failure) {
      possible.add(failure);
      return this;
    }

    /** It asks nobody else, so nothing is lost on the way. */
    Operation direct() {
      direct = true;
      possible.remove(Failure.TIMEOUT);
      return this;
    }

    Operation waiting() {
      waiting = true;
      return this;
    }

    void open() {
      timer =
          meters.timer(
              "fullon.cache.operations",
              "Calls of the services",
              BOUNDS,
              "domain",
              domain,
              "operation",
              name);
      possible.forEach(failure -> failures.put(failure, counter(failure)));
    }

    private LongAdder counter(Failure failure) {
      return meters.counter(
          "fullon.cache.operations.failed",
          "Calls of the services that failed, by how",
          "domain",
          domain,
          "operation",
          name,
          "outcome",
          failure.name());
    }

    private LongAdder undeclared(Failure failure) {
      LOG.warn("{}.{} fails with {}, which it does not declare", domain, name, failure);
      return counter(failure);
    }

    /**
     * Calls, and sees to it that it is timed.
     *
     * @return fails with nothing but a {@link ServiceException}
     */
    Future<Object> run(Object body, long start) {
      Future<Object> answer = call(body);
      if (answer.succeeded()) { // at once, as reads of what a node knows do
        timed(start);
        return answer;
      }
      return answer.transform(
          result -> {
            timed(start);
            if (result.succeeded()) {
              return Future.succeededFuture(result.result());
            }
            ServiceException failure = failure(result.cause());
            failures.computeIfAbsent(kind(failure), this::undeclared).increment();
            return Future.failedFuture(failure);
          });
    }

    @SuppressWarnings("unchecked") // whoever asks knows what it is
    private Future<Object> call(Object body) {
      try {
        return (Future<Object>) call.apply(Fields.of("", body));
      } catch (InvalidValueException e) {
        // Only here it is about the call: later it would be about what is stored.
        return Failure.INVALID_ARGUMENT.future(e.getMessage());
      } catch (RuntimeException e) {
        return Future.failedFuture(e);
      }
    }

    private ServiceException failure(Throwable cause) {
      if (cause instanceof ServiceException service) {
        return service;
      }
      LOG.error("{}.{} failed unexpectedly", domain, name, cause);
      return Failure.INTERNAL.exception(domain + "." + name + " failed: " + cause);
    }

    private void timed(long start) {
      long nanos = System.nanoTime() - start;
      timer.record(nanos, TimeUnit.NANOSECONDS);
      if (nanos > slowNanos && !waiting) {
        slow(nanos / 1_000_000);
      }
    }

    private void slow(long millis) {
      SLOW.add(domain + "." + name, millis)
          .ifPresent(
              leftOut ->
                  LOG.warn(
                      "Slow operation: {}.{} took {} ms{}{}",
                      domain,
                      name,
                      millis,
                      leftOut,
                      leftOut.count() == 0 ? "" : ", the longest " + leftOut.largest() + " ms"));
    }

    private static Failure kind(ServiceException failure) {
      for (Failure kind : Failure.values()) {
        if (kind.matches(failure)) {
          return kind;
        }
      }
      return Failure.INTERNAL;
    }
  }
}
