package io.fullon.cache.bus;

import io.fullon.cache.value.JsonValue;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.LocalMap;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The typed client of a service, made of its interface: a method is an action, its parameters are
 * the call's. Every call goes near if this node has the service, else far. Near, what it carries
 * goes as it is, so that nothing is turned into JSON and back, which costs several times what most
 * calls do; far, it goes in JSON to one of the nodes that have the service. Results and failures
 * are the same.
 *
 * <p>So whoever calls on a node with the service reads what was written from there before. Every
 * call fails with a {@link io.vertx.serviceproxy.ServiceException} of a code of {@link Failure}
 * only, also when the bus fails.
 */
public final class TypedClient implements InvocationHandler {

  /**
   * How long a client waits for an answer, besides the time for which the call itself waits: longer
   * than a service takes with the default deadline of Redis, and together with the longest wait
   * less than the 30 s of the bus.
   */
  public static final long DEADLINE_MS = 9_000;

  private static final String TIMEOUT = "timeoutMs";

  /** For all near calls that do not wait themselves; nobody changes it. */
  private static final DeliveryOptions NEAR =
      nearly(new DeliveryOptions().setSendTimeout(DEADLINE_MS));

  private static final ClassValue<Map<String, Operation>> OPERATIONS =
      new ClassValue<>() {
        @Override
        protected Map<String, Operation> computeValue(Class<?> service) {
          return operations(service);
        }
      };

  private final Vertx vertx;
  private final String address;
  private final Map<String, Operation> operations;
  private final LocalMap<String, Served> served;

  private TypedClient(Class<?> service, String address, Vertx vertx) {
    this.vertx = vertx;
    this.address = address;
    this.operations = OPERATIONS.get(service);
    this.served = Served.of(vertx);
  }

  /**
   * Makes a client; it holds nothing that must be closed.
   *
   * @param service the interface; its methods give futures of what the event bus can carry. A
   *     default method of an operation's name stands for that with null for the arguments that it
   *     leaves out at the end; others do what they say
   * @param address where the service listens
   * @param vertx the node on whose bus it is called
   */
  public static <T> T of(Class<T> service, String address, Vertx vertx) {
    Failure.registerCodec(vertx);
    return service.cast(
        Proxy.newProxyInstance(
            service.getClassLoader(),
            new Class<?>[] {service},
            new TypedClient(service, address, vertx)));
  }

  private static Map<String, Operation> operations(Class<?> service) {
    Map<String, Operation> operations = new HashMap<>();
    for (Method method : service.getMethods()) {
      if (Modifier.isAbstract(method.getModifiers())
          && operations.put(method.getName(), Operation.of(method)) != null) {
        throw new IllegalArgumentException(method + ": there is another one of this name");
      }
    }
    for (Method method : service.getMethods()) {
      Operation operation = operations.get(method.getName());
      if (method.isDefault() && operation != null && !operation.beginsAs(method)) {
        throw new IllegalArgumentException(method + ": is not the beginning of " + operation);
      }
    }
    return operations;
  }

  /**
   * A method of the service.
   *
   * @param names those of its parameters
   * @param reader makes the result of what a far service has answered
   */
  private record Operation(String action, List<String> names, UnaryOperator<Object> reader) {

    static Operation of(Method method) {
      List<String> names = Arrays.stream(method.getParameters()).map(Operation::name).toList();
      ParameterizedType future = (ParameterizedType) method.getGenericReturnType();
      return new Operation(
          method.getName(), names, BusJson.reader(future.getActualTypeArguments()[0]));
    }

    private static String name(Parameter parameter) {
      if (!parameter.isNamePresent()) {
        throw new IllegalArgumentException(
            parameter.getDeclaringExecutable() + ": is compiled without -parameters");
      }
      return parameter.getName();
    }

    boolean beginsAs(Method method) {
      List<String> first = Arrays.stream(method.getParameters()).map(Operation::name).toList();
      return first.size() <= names.size() && names.subList(0, first.size()).equals(first);
    }

    Object[] complete(Object[] arguments) {
      if (arguments == null) {
        return new Object[names.size()];
      }
      return arguments.length == names.size() ? arguments : Arrays.copyOf(arguments, names.size());
    }

    DeliveryOptions options(Object[] values) {
      int timeout = names.indexOf(TIMEOUT);
      return new DeliveryOptions()
          .setSendTimeout(timeout < 0 ? DEADLINE_MS : deadlineMs((Number) values[timeout]));
    }

    boolean hasTimeout() {
      return names.contains(TIMEOUT);
    }

    JsonObject json(Object[] values) {
      JsonObject json = new JsonObject();
      for (int i = 0; i < values.length; i++) {
        json.put(names.get(i), BusJson.toJson(values[i]));
      }
      return json;
    }
  }

  /**
   * How long a client waits for the answer of a call that itself waits.
   *
   * @param timeoutMs the call's; one that is out of range is refused by the service
   */
  static long deadlineMs(Number timeoutMs) {
    long wait = timeoutMs == null ? Endpoint.DEFAULT_TIMEOUT_MS : timeoutMs.longValue();
    return Math.max(0, Math.min(wait, Endpoint.MAX_TIMEOUT_MS)) + DEADLINE_MS;
  }

  @Override
  public Object invoke(Object client, Method method, Object[] arguments) throws Throwable {
    Operation operation = operations.get(method.getName());
    if (operation == null) {
      return method.isDefault()
          ? InvocationHandler.invokeDefault(client, method, arguments)
          : ofObject(client, method.getName(), arguments);
    }
    try {
      return call(operation, operation.complete(arguments));
    } catch (RuntimeException e) {
      return Future.failedFuture(failure(operation, e));
    }
  }

  private Object ofObject(Object client, String method, Object[] arguments) {
    return switch (method) {
      case "equals" -> client == arguments[0];
      case "hashCode" -> System.identityHashCode(client);
      default -> "client of " + address;
    };
  }

  private Future<?> call(Operation operation, Object[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = nobodyElses(values[i]);
    }
    Served near = served.get(address);
    return near == null ? far(operation, values) : near(near.first(), operation, values);
  }

  /** The value, or a copy of one that its owner may change before it is read. */
  private static Object nobodyElses(Object value) {
    if (value instanceof JsonObject json) {
      return json.copy();
    }
    if (value instanceof List<?> list) {
      return Collections.unmodifiableList(new ArrayList<>(list));
    }
    return value instanceof JsonValue ? value : BusJson.toJson(value);
  }

  private Future<?> near(Endpoint service, Operation operation, Object[] values) {
    NearCall call = new NearCall(operation.action, operation.names, values);
    Future<?> direct = service.callDirectly(call);
    if (direct != null) {
      return direct;
    }
    DeliveryOptions options = operation.hasTimeout() ? nearly(operation.options(values)) : NEAR;
    return vertx
        .eventBus()
        .<Endpoint.Result>request(address, call, options)
        .transform(
            answer -> {
              if (answer.succeeded()) {
                return Future.succeededFuture(answer.result().body().value());
              }
              // It stopped just now, and has not got the call; another node may have the service.
              return hadNoHandlers(answer)
                  ? far(operation, values)
                  : Future.failedFuture(failure(operation, answer.cause()));
            });
  }

  private static DeliveryOptions nearly(DeliveryOptions options) {
    return options.setLocalOnly(true).setCodecName(NearCall.class.getName());
  }

  private static boolean hadNoHandlers(AsyncResult<? extends Message<?>> answer) {
    return answer.cause() instanceof ReplyException reply
        && reply.failureType() == ReplyFailure.NO_HANDLERS;
  }

  private Future<Object> far(Operation operation, Object[] values) {
    return vertx
        .eventBus()
        .request(
            address,
            operation.json(values),
            operation.options(values).addHeader("action", operation.action))
        .map(answer -> operation.reader.apply(answer.body()))
        .recover(cause -> Future.failedFuture(failure(operation, cause)));
  }

  private Throwable failure(Operation operation, Throwable cause) {
    return Failure.ofBus(address, operation.action, cause);
  }
}
