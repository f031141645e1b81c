package io.fullon.cache.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import io.vertx.serviceproxy.ServiceExceptionMessageCodec;

/**
 * The ways in which a service fails. Callers get a {@link ServiceException} with the {@link
 * #code()} and, in its debug info, {@code {"code": NAME}}.
 */
public enum Failure {
  /** The call itself is wrong; the message names the field. Nothing was done. */
  INVALID_ARGUMENT(400),
  /** The call does not fit the state of things. Nothing was done. */
  CONFLICT(409),
  /** A fault on our side. */
  INTERNAL(500),
  /** Redis is out of reach or refused; nothing was sent, or nothing was changed. */
  UNAVAILABLE(503),
  /** Sent, but no answer came in time: the outcome of a write is unknown. */
  TIMEOUT(504);

  private final int code;

  Failure(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  public ServiceException exception(String message) {
    // A subclass would lose its debug info on a clustered bus.
    return new ServiceException(code, message, new JsonObject().put("code", name()));
  }

  public <T> Future<T> future(String message) {
    return Future.failedFuture(exception(message));
  }

  /** Whether the throwable is a service's failure of this kind. */
  public boolean matches(Throwable failure) {
    return failure instanceof ServiceException service && service.failureCode() == code;
  }

  /**
   * Lets the failures of services arrive on this node's event bus. Services and typed clients do it
   * by themselves; a node of a cluster that has neither must do it once.
   */
  public static void registerCodec(Vertx vertx) {
    try {
      vertx
          .eventBus()
          .registerDefaultCodec(ServiceException.class, new ServiceExceptionMessageCodec());
    } catch (IllegalStateException alreadyThere) {
      // One codec per class and bus: another service or client was first.
    }
  }
}
