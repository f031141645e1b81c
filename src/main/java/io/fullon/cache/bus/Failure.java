package io.fullon.cache.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
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
  /**
   * Redis is out of reach or refused, or no node has the service; nothing was sent, or nothing was
   * changed.
   */
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
   * What a typed client's caller gets instead of the bus's own failure.
   *
   * @param cause why there is no answer; a service's own failure stays as it is
   */
  static ServiceException ofBus(String address, String action, Throwable cause) {
    if (cause instanceof ServiceException service) {
      return service;
    }
    String call = address + ", " + action + ": ";
    ReplyFailure reply =
        cause instanceof ReplyException exception ? exception.failureType() : ReplyFailure.ERROR;
    return switch (reply) {
      case NO_HANDLERS -> UNAVAILABLE.exception(call + "no node has the service");
      case TIMEOUT -> TIMEOUT.exception(call + "no answer, outcome unknown: " + cause.getMessage());
      // Of somebody else who listens there, or of a codec: nothing that a service says.
      case RECIPIENT_FAILURE, ERROR -> INTERNAL.exception(call + "failed: " + cause);
    };
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
