package io.fullon.cache.process;

import io.fullon.cache.redis.RedisLink;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that says again and again that it is alive: registered at the beginning, stopped at the
 * end, and registered again where it has been forgotten meanwhile. What fails is tried again with
 * the next beat; nobody waits for it.
 *
 * <pre>{@code
 * Heartbeat heartbeat =
 *     Heartbeat.begin(vertx, ProcessType.BOT, "arbitrage_bot_1", new JsonObject());
 * …
 * heartbeat.stop();
 * }</pre>
 */
public final class Heartbeat {

  /** How often it beats, unless told otherwise, in milliseconds. */
  public static final long DEFAULT_MS = ProcessOptions.DEFAULT_HEARTBEAT_MS;

  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

  private final Vertx vertx;
  private final ProcessCache processes;
  private final ProcessType type;
  private final String component;
  private final JsonObject params;
  private final long everyMs;
  private final Context context;

  /** Changed on the context only. */
  private volatile String id;

  // On the context

  private ProcessStatus status = ProcessStatus.RUNNING;
  private String message;

  /** Whether that was told; else nothing is but that it is alive. */
  private boolean isTold;

  private Future<?> beating = Future.succeededFuture();
  private boolean isChanged;
  private long timer = -1;
  private Promise<Void> stopped;

  private Heartbeat(
      Vertx vertx,
      ProcessCache processes,
      ProcessType type,
      String component,
      JsonObject params,
      long everyMs,
      String formerId) {
    this.vertx = vertx;
    this.processes = processes;
    this.type = type;
    this.component = component;
    this.params = params.copy().put(ProcessCache.HEARTBEAT_MS, everyMs);
    this.everyMs = everyMs;
    this.id = formerId;
    this.context = vertx.getOrCreateContext();
    this.message = ProcessText.registered(component);
  }

  /**
   * Begins to beat, every {@link #DEFAULT_MS}.
   *
   * @param vertx the node on whose bus the service is called
   * @param component what it is the process of: 1 to 128 printable characters
   * @param params what else to tell
   */
  public static Heartbeat begin(
      Vertx vertx, ProcessType type, String component, JsonObject params) {
    return begin(vertx, ProcessCache.proxy(vertx), type, component, params, DEFAULT_MS);
  }

  /**
   * The same for a process that may have been stopped and goes on, so that one which begins often
   * leaves no more than one behind.
   *
   * @param formerId the process that goes on, if it is still kept; null for a new one
   */
  public static Heartbeat resume(
      Vertx vertx, ProcessType type, String component, JsonObject params, String formerId) {
    ProcessCache processes = ProcessCache.proxy(vertx);
    return begin(new Heartbeat(vertx, processes, type, component, params, DEFAULT_MS, formerId));
  }

  /** The same over a link, for what is still there when the service has stopped. */
  public static Heartbeat begin(
      Vertx vertx,
      RedisLink link,
      ProcessType type,
      String component,
      JsonObject params,
      long everyMs) {
    ProcessCache processes = new RedisProcessCache(link, new LongAdder());
    return begin(vertx, processes, type, component, params, everyMs);
  }

  static Heartbeat begin(
      Vertx vertx,
      ProcessCache processes,
      ProcessType type,
      String component,
      JsonObject params,
      long everyMs) {
    return begin(new Heartbeat(vertx, processes, type, component, params, everyMs, null));
  }

  private static Heartbeat begin(Heartbeat heartbeat) {
    heartbeat.context.runOnContext(
        v -> {
          heartbeat.timer =
              heartbeat.vertx.setPeriodic(heartbeat.everyMs, timer -> heartbeat.beat());
          heartbeat.beat();
        });
    return heartbeat;
  }

  /** The process' id; null while it is not registered, as far as is known. */
  public String id() {
    return id;
  }

  /**
   * Says from now on that it is so, and at once.
   *
   * @param newMessage null or empty for the same as before
   */
  public void tell(ProcessStatus newStatus, String newMessage) {
    context.runOnContext(
        v -> {
          status = newStatus;
          message = newMessage == null || newMessage.isEmpty() ? message : newMessage;
          isTold = false;
          isChanged = true;
          beat();
        });
  }

  /** One at a time; what changes meanwhile is said by the next. */
  private void beat() {
    if (stopped != null || !beating.isComplete()) {
      return;
    }
    isChanged = false;
    beating =
        (id == null ? register() : update())
            .onFailure(
                cause -> LOG.debug("{} {} could not beat: {}", type, component, cause.getMessage()))
            .onComplete(
                done -> {
                  if (isChanged) {
                    context.runOnContext(v -> beat());
                  }
                });
  }

  private Future<?> update() {
    return (isTold ? beatAlone() : updateAll())
        .compose(
            isThere -> {
              if (isThere) {
                return Future.succeededFuture();
              }
              id = null;
              return register();
            });
  }

  /** Leaves what others say of it, unless they have stopped it. */
  private Future<Boolean> beatAlone() {
    return processes
        .updateProcess(id, null, null, null, null)
        .compose(isThere -> isThere ? Future.succeededFuture(true) : updateAll());
  }

  private Future<Boolean> updateAll() {
    return processes
        .updateProcess(id, status, message, null, null)
        .onSuccess(isThere -> isTold = !isChanged);
  }

  /** Where the answer is lost it is registered twice, and the first one is forgotten in time. */
  private Future<?> register() {
    return processes
        .registerProcess(type, component, params, message, status)
        .onSuccess(
            registered -> {
              id = registered;
              isTold = !isChanged;
            });
  }

  /**
   * Stops it, once.
   *
   * @return completes when that is told, or cannot be
   */
  public Future<Void> stop() {
    Promise<Void> told = Promise.promise();
    context.runOnContext(
        v -> {
          if (stopped == null) {
            stopped = Promise.promise();
            vertx.cancelTimer(timer);
            beating
                .otherwiseEmpty()
                .compose(
                    beaten -> id == null ? Future.succeededFuture() : processes.stopProcess(id))
                .<Void>mapEmpty()
                .otherwiseEmpty()
                .onComplete(stopped);
          }
          stopped.future().onComplete(told);
        });
    return told.future();
  }
}
