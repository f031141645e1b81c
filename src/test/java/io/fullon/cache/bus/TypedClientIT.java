package io.fullon.cache.bus;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fullon.cache.account.AccountCache;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.Cluster;
import io.fullon.cache.testing.OwnVertx;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.trades.TradesCache;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of services that the test makes up. */
class TypedClientIT {

  private static final String ADDRESS = "test.service";
  private static final long SLOW_MS = 60_000;

  @AutoClose private final OwnVertx own = new OwnVertx();
  private final Vertx vertx = own.vertx();

  /** A service with something of everything. */
  public interface Service {
    Future<BigDecimal> price(String symbol, Instant time);

    Future<Integer> wait(String name, long timeoutMs);

    Future<String> keep(JsonObject json, List<String> names);

    default Future<String> keep(JsonObject json) {
      return keep(json, null);
    }
  }

  private Service client() {
    return TypedClient.of(Service.class, ADDRESS, vertx);
  }

  private void answer(Object answer) {
    vertx.eventBus().consumer(ADDRESS, message -> message.reply(answer));
  }

  static Stream<Arguments> services() {
    return Stream.of(
        Arguments.of(SymbolCache.class, SymbolCache.ADDRESS),
        Arguments.of(TickCache.class, TickCache.ADDRESS),
        Arguments.of(OrdersCache.class, OrdersCache.ADDRESS),
        Arguments.of(TradesCache.class, TradesCache.ADDRESS),
        Arguments.of(AccountCache.class, AccountCache.ADDRESS),
        Arguments.of(BotCache.class, BotCache.ADDRESS),
        Arguments.of(FlowCache.class, FlowCache.ADDRESS));
  }

  @ParameterizedTest
  @MethodSource("services")
  <T> void everyServiceCanBeCalled(Class<T> service, String address) {
    T client = TypedClient.of(service, address, vertx);

    assertThat(client).hasToString("client of " + address).isEqualTo(client);
    assertThat(client).isNotEqualTo(TypedClient.of(service, address, vertx));
    assertThat(client).hasSameHashCodeAs(client);
  }

  public interface Unreadable {
    Future<Map<String, String>> names();
  }

  public interface Ambiguous {
    Future<String> name(String id);

    Future<String> name(String id, String other);
  }

  public interface Misleading {
    Future<String> name(String id, String other);

    default Future<String> name(String other) {
      return name("A", other);
    }
  }

  @Test
  void aShorterCallHasNullForTheRest() {
    answerWith(message -> message.body().encode());

    assertThat(get(client().keep(new JsonObject().put("a", 1))))
        .isEqualTo("{\"json\":{\"a\":1},\"names\":null}");
  }

  private void answerWith(Function<Message<JsonObject>, Object> answer) {
    vertx.eventBus().<JsonObject>consumer(ADDRESS, message -> message.reply(answer.apply(message)));
  }

  @Test
  void whatTheBusCannotCarryIsToldAtOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TypedClient.of(Unreadable.class, ADDRESS, vertx))
        .withMessageContaining("Map");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TypedClient.of(Ambiguous.class, ADDRESS, vertx))
        .withMessageContaining("name");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TypedClient.of(Misleading.class, ADDRESS, vertx))
        .withMessageContaining("is not the beginning of");
  }

  // The deadline

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1, 20_000, 20_001, Long.MAX_VALUE})
  void theDeadlineOfACallThatWaitsIsBehindItsTimeoutAndBeforeTheBusGivesUp(long timeoutMs) {
    long wait = Math.max(0, Math.min(timeoutMs, Endpoint.MAX_TIMEOUT_MS));

    assertThat(TypedClient.deadlineMs(timeoutMs))
        .isGreaterThan(wait)
        .isLessThan(DeliveryOptions.DEFAULT_TIMEOUT);
  }

  @Test
  void theDeadlineOfOtherCallsIsBeforeTheBusGivesUp() {
    assertThat(TypedClient.DEADLINE_MS).isLessThan(DeliveryOptions.DEFAULT_TIMEOUT);
    assertThat(TypedClient.deadlineMs(null))
        .isEqualTo(Endpoint.DEFAULT_TIMEOUT_MS + TypedClient.DEADLINE_MS);
  }

  @Test
  void whoGetsNoAnswerIsToldThatTheOutcomeIsUnknown() {
    vertx.eventBus().consumer(ADDRESS, message -> {});

    ServiceException failure = (ServiceException) failure(client().price("A", Instant.EPOCH));

    assertThat(failure.failureCode()).isEqualTo(504);
    assertThat(failure.getDebugInfo()).isEqualTo(new JsonObject().put("code", "TIMEOUT"));
    assertThat(failure)
        .hasMessageStartingWith("test.service, price: no answer, outcome unknown: ")
        .hasMessageContaining(TypedClient.DEADLINE_MS + "(ms)");
  }

  // Failures

  @Test
  void noNodeHasTheService() {
    assertThat(failure(client().wait("A", 0)))
        .matches(Failure.UNAVAILABLE::matches)
        .hasMessage("test.service, wait: no node has the service");
  }

  @ParameterizedTest
  @EnumSource(ReplyFailure.class)
  void everyFailureOfTheBusIsOneOfAService(ReplyFailure failure) {
    answer(new ReplyException(failure, 7, "somebody else's"));
    Failure expected =
        switch (failure) {
          case TIMEOUT -> Failure.TIMEOUT;
          case NO_HANDLERS -> Failure.UNAVAILABLE;
          case ERROR, RECIPIENT_FAILURE -> Failure.INTERNAL;
        };

    assertThat(failure(client().wait("A", 0)))
        .isInstanceOfSatisfying(
            ServiceException.class,
            e ->
                assertThat(e.getDebugInfo())
                    .isEqualTo(new JsonObject().put("code", expected.name())))
        .matches(expected::matches);
  }

  @Test
  void aServicesOwnFailureStaysAsItIs() {
    answer(Failure.CONFLICT.exception("taken"));

    assertThat(failure(client().wait("A", 0)))
        .matches(Failure.CONFLICT::matches)
        .hasMessage("taken");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "1e"})
  void anAnswerThatIsNoneIsAFaultOnOurSide(String answer) {
    answer(answer);

    assertThat(failure(client().wait("A", 0))).matches(Failure.INTERNAL::matches);
    assertThat(failure(client().price("A", null))).matches(Failure.INTERNAL::matches);
  }

  // Near

  private Endpoint serve(Vertx node, String answer) {
    Endpoint endpoint =
        new Endpoint(node, ADDRESS, SLOW_MS)
            .on(
                "keep",
                call ->
                    Future.succeededFuture(
                        answer + call.json("json").encode() + call.list("names")));
    get(endpoint.open());
    return endpoint;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatACallCarriesMayBeChangedAfterIt(boolean near) {
    if (near) {
      serve(vertx, "");
    } else {
      vertx
          .eventBus()
          .<JsonObject>consumer(
              ADDRESS,
              message ->
                  message.reply(
                      message.body().getJsonObject("json").encode()
                          + message.body().getJsonArray("names").getList()));
    }
    JsonObject json = new JsonObject().put("a", new JsonObject().put("b", 1));
    List<String> names = new ArrayList<>(List.of("x"));

    Future<String> kept = client().keep(json, names);
    json.getJsonObject("a").put("b", 2);
    names.add("y");

    assertThat(get(kept)).isEqualTo("{\"a\":{\"b\":1}}[x]");
  }

  @Test
  void aCallThatReachesNobodyNearGoesFar() {
    try (Cluster cluster = new Cluster(Cluster.Kind.INFINISPAN)) {
      Vertx stopping = cluster.join();
      Vertx other = cluster.join();
      serve(other, "other");
      // Just as it is when a service has stopped to listen, and the client does not know yet.
      Endpoint gone = serve(stopping, "gone");
      get(gone.close());
      Served.opened(stopping, ADDRESS, gone);

      assertThat(
              get(
                  TypedClient.of(Service.class, ADDRESS, stopping)
                      .keep(new JsonObject(), List.of())))
          .isEqualTo("other{}[]");
    }
  }

  @Test
  void aClientPrefersItsOwnNode() {
    try (Cluster cluster = new Cluster(Cluster.Kind.INFINISPAN)) {
      Vertx one = cluster.join();
      Vertx other = cluster.join();
      serve(other, "other");
      Endpoint own = serve(one, "own");
      Service client = TypedClient.of(Service.class, ADDRESS, one);

      for (int i = 0; i < 10; i++) {
        assertThat(get(client.keep(new JsonObject(), List.of()))).isEqualTo("own{}[]");
      }
      get(own.close());
      assertThat(get(client.keep(new JsonObject(), List.of()))).isEqualTo("other{}[]");
    }
  }
}
