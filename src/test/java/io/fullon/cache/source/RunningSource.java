package io.fullon.cache.source;

import static io.fullon.cache.testing.CacheNode.get;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.source.SourceState.State;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.value.Fields;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** A source of a fake exchange on a node of the test, and what the node says of it. */
final class RunningSource implements AutoCloseable {

  /** A minute of an exchange is a second or two here. */
  static final JsonObject TIMES =
      new JsonObject()
          .put("silent_ms", 400)
          .put("stalled_ms", 600)
          .put("answer_ms", 1_000)
          .put("connect_timeout_ms", 2_000)
          .put("reconnect_min_ms", 20)
          .put("reconnect_max_ms", 100);

  private final CacheNode node;
  private final FakeVenue venue;
  private final String deployment;
  private final List<JsonObject> states = new CopyOnWriteArrayList<>();
  private final Queue<Tick> ticks = new ConcurrentLinkedQueue<>();
  private final List<MessageConsumer<?>> consumers = new ArrayList<>();

  RunningSource(CacheNode node, FakeVenue venue, JsonObject times, String... symbols) {
    this.node = node;
    this.venue = venue;
    get(node.ticks().deleteExchangeTickers(venue.exchange()));
    consumers.add(
        node.vertx()
            .eventBus()
            .<JsonObject>localConsumer(
                SourceStates.ADDRESS,
                message -> {
                  if (message.body().getString("exchange").equals(venue.exchange())) {
                    states.add(message.body());
                  }
                }));
    consumers.add(
        node.vertx()
            .eventBus()
            .<Tick>localConsumer(
                TickCache.UPDATES,
                message -> {
                  if (message.body().exchange().equals(venue.exchange())) {
                    ticks.add(message.body());
                  }
                }));
    JsonObject sources = new JsonObject().put(venue.exchange(), venue.config(symbols));
    SourceOptions options = SourceOptions.from(Fields.of("sources", sources)).get(0);
    if (venue.candles) {
      options = hasty(options);
      if (venue.histories().isEmpty()) {
        forgetCandles(symbols);
      }
    }
    JsonObject config =
        CacheNode.config(node.redis(), new JsonObject().put("source", TIMES.copy().mergeIn(times)));
    deployment =
        get(
            node.vertx()
                .deployVerticle(
                    new SourceVerticle(options, venue::nowMs),
                    new DeploymentOptions().setConfig(config)));
  }

  /** The same, which asks for bars as often as it likes. */
  private static SourceOptions hasty(SourceOptions options) {
    Venue venue =
        (Venue)
            Proxy.newProxyInstance(
                Venue.class.getClassLoader(),
                new Class<?>[] {Venue.class},
                (proxy, method, arguments) -> {
                  try {
                    Object result = method.invoke(options.venue(), arguments);
                    return result instanceof Venue.Candles candles
                        ? new Venue.Candles(
                            candles.url(),
                            candles.topicsPerConnection(),
                            candles.topicsPerRequest(),
                            candles.barsPerAnswer(),
                            new Venue.Rate(1_000, Duration.ofMillis(1)))
                        : result;
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return new SourceOptions(
        venue,
        options.symbols(),
        options.urls(),
        options.restUrl(),
        options.candles(),
        options.candlesUrl());
  }

  private void forgetCandles(String... symbols) {
    OhlcvCache ohlcv = OhlcvCache.proxy(node.vertx());
    for (String symbol : symbols) {
      for (Timeframe timeframe : Timeframe.values()) {
        get(ohlcv.deleteOhlcvBars(symbol, venue.exchange(), timeframe));
      }
    }
  }

  RunningSource(CacheNode node, FakeVenue venue, String... symbols) {
    this(node, venue, new JsonObject(), symbols);
  }

  /** One for the first two symbols of the fake. */
  static RunningSource ofTwo(CacheNode node, FakeVenue venue) {
    return new RunningSource(node, venue, venue.symbol(0), venue.symbol(1));
  }

  /** All states so far, in order, each once for as long as it lasted. */
  List<State> states() {
    List<State> all = new ArrayList<>();
    for (JsonObject told : states) {
      State state = State.valueOf(told.getString("state").toUpperCase(Locale.ROOT));
      if (all.isEmpty() || all.get(all.size() - 1) != state) {
        all.add(state);
      }
    }
    return all;
  }

  /** All that was told so far. */
  List<JsonObject> told() {
    return states;
  }

  Queue<Tick> ticks() {
    return ticks;
  }

  SourceState state() {
    return SourceStates.of(node.vertx(), venue.exchange()).orElse(null);
  }

  void awaitState(State expected) {
    await(venue.exchange() + " to be " + expected)
        .atMost(Patience.LONG)
        .until(() -> state() != null && state().state() == expected);
  }

  /** Waits until the two symbols are subscribed, then sends ticks until the source is live. */
  void goLive() {
    awaitSubscribed(0, 1);
    awaitLive();
  }

  void awaitSubscribed(int... symbols) {
    await(venue.exchange() + " to be asked for ticks")
        .atMost(Patience.LONG)
        .until(() -> venue.subscribed().equals(venue.topics(symbols)));
  }

  /** Sends ticks until the source is live. */
  void awaitLive() {
    int[] price = {1_000};
    await(venue.exchange() + " to be live")
        .atMost(Patience.LONG)
        .until(
            () -> {
              venue.tick(0, String.valueOf(++price[0]));
              List<State> all = states();
              return !all.isEmpty() && all.get(all.size() - 1) == State.LIVE;
            });
  }

  /** The stored price. */
  String price(int symbol) {
    Tick tick = get(node.ticks().getTicker(venue.symbol(symbol), venue.exchange()));
    return tick == null ? null : tick.price().toPlainString();
  }

  void awaitPrice(int symbol, String price) {
    await(venue.exchange() + " to have the price " + price)
        .atMost(Patience.LONG)
        .until(() -> price.equals(price(symbol)));
  }

  @Override
  public void close() {
    get(node.vertx().undeploy(deployment));
    consumers.forEach(consumer -> get(consumer.unregister()));
  }
}
