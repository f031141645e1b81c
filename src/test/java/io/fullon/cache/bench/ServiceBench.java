package io.fullon.cache.bench;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.account.AccountCache;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.flow.FlowCache;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.value.Times;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The services, called through their typed clients over the event bus, beside Lettuce used
 * directly, on the same Redis in the same process, one after the other in each round.
 */
final class ServiceBench implements AutoCloseable {

  private static final int IN_FLIGHT = 512;
  private static final int BATCH = 100;

  /** So that what they hold together takes Redis well below a second. */
  private static final int BATCHES_IN_FLIGHT = 32;

  private static final int SYMBOLS = 100;
  private static final String EXCHANGE = "bench";
  private static final BigDecimal PRICE = new BigDecimal("64182.270");

  private final long millis;
  private final EmbeddedRedis redis;
  private final Vertx vertx;
  private final Executor caller;
  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;
  private final AtomicLong micros = new AtomicLong(1_700_000_000_000_000L);
  private final AtomicLong ids = new AtomicLong();

  private ServiceBench(long millis) throws IOException {
    this.millis = millis;
    this.redis = EmbeddedRedis.start();
    this.vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    JsonObject config =
        new JsonObject()
            .put("redis", new JsonObject().put("uri", redis.uri()).put("warn_durability", false))
            .put("web", new JsonObject().put("enabled", false));
    CacheNode.get(
        vertx.deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
    Context context = ((VertxInternal) vertx).createEventLoopContext();
    this.caller = task -> context.runOnContext(v -> task.run());
    this.client = RedisClient.create(redis.uri());
    this.connection = client.connect();
  }

  static void run(Report report, int rounds, long millis) throws IOException {
    try (ServiceBench bench = new ServiceBench(millis)) {
      for (int round = 0; round <= rounds; round++) {
        bench.round(round == 0 ? new Report() : report); // the first is for the compiler
      }
    }
  }

  private void round(Report to) throws IOException {
    writing(to);
    reading(to);
    ordersAndFills(to);
  }

  private static InFlight.Call ours(Supplier<Future<?>> call) {
    return (answered, failed) ->
        call.get()
            .onComplete(
                done -> {
                  if (done.succeeded()) {
                    answered.run();
                  } else {
                    failed.run();
                  }
                });
  }

  private static InFlight.Call lettuce(Supplier<CompletionStage<?>> call) {
    return (answered, failed) ->
        call.get()
            .whenComplete(
                (value, failure) -> {
                  if (failure == null) {
                    answered.run();
                  } else {
                    failed.run();
                  }
                });
  }

  /** The thread on which the connection's answers come. */
  private Executor lettuceCaller() {
    return task -> connection.async().ping().thenRun(task);
  }

  private void rate(Report to, String section, String subject, InFlight.Call call, boolean ours) {
    rate(to, section, subject, IN_FLIGHT, 1, call, ours);
  }

  private void rate(
      Report to,
      String section,
      String subject,
      int inFlight,
      int perCall,
      InFlight.Call call,
      boolean ours) {
    Executor first = ours ? caller : lettuceCaller();
    to.add(section, subject, "per s", perCall * InFlight.rate(first, inFlight, millis, () -> call));
  }

  private Tick tick() {
    long now = micros.incrementAndGet();
    BigDecimal price = price(now);
    return new Tick(
        "S" + now % SYMBOLS,
        EXCHANGE,
        price,
        Times.ofMicros(now),
        price,
        price,
        price,
        price,
        null);
  }

  /** Another for each tick, as in a market. */
  private static BigDecimal price(long now) {
    return BigDecimal.valueOf(64_000_000 + now * 7_919 % 1_000_003, 3);
  }

  private void writing(Report to) throws IOException {
    TickCache ticks = TickCache.proxy(vertx);
    RedisAsyncCommands<String, String> commands = connection.async();
    String script = connection.sync().scriptLoad(script("tick-update"));
    String[] keys = {
      "tickers:lettuce", "fullon:{tickers:lettuce}:seq", "fullon:{tickers:lettuce}:version"
    };
    rate(
        to,
        "write ticks",
        "Lettuce, EVALSHA",
        lettuce(
            () -> {
              long now = micros.incrementAndGet();
              return commands.evalsha(
                  script,
                  ScriptOutputType.MULTI,
                  keys,
                  "fullon:tick:lettuce:",
                  "60000000",
                  "S" + now % SYMBOLS,
                  Times.plain(Times.ofMicros(now)),
                  json(now));
            }),
        false);
    rate(
        to,
        "write ticks",
        "ours, updateTicker",
        ours(() -> ticks.updateTicker(EXCHANGE, tick())),
        true);
    rate(
        to,
        "write ticks",
        "ours, updateTickers of 100",
        BATCHES_IN_FLIGHT,
        BATCH,
        ours(
            () -> {
              List<Tick> batch = new ArrayList<>(BATCH);
              for (int i = 0; i < BATCH; i++) {
                batch.add(tick());
              }
              return ticks.updateTickers(batch);
            }),
        true);
  }

  private static String json(long now) {
    String price = price(now).toPlainString();
    return "{\"symbol\":\"S"
        + now % SYMBOLS
        + "\",\"exchange\":\"lettuce\",\"price\":"
        + price
        + ",\"volume\":"
        + price
        + ",\"bid\":"
        + price
        + ",\"ask\":"
        + price
        + ",\"last\":"
        + price
        + ",\"time\":"
        + Times.plain(Times.ofMicros(now));
  }

  private static String script(String name) throws IOException {
    try (InputStream script =
        ServiceBench.class.getResourceAsStream("/io/fullon/cache/lua/" + name + ".lua")) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void reading(Report to) {
    TickCache ticks = TickCache.proxy(vertx);
    RedisAsyncCommands<String, String> commands = connection.async();
    InFlight.Call hget = lettuce(() -> commands.hget("tickers:" + EXCHANGE, "S50"));
    InFlight.Call getTicker = ours(() -> ticks.getTicker("S50", EXCHANGE));
    InFlight.Call getPrice = ours(() -> ticks.getPrice("S50", EXCHANGE));
    rate(to, "read ticks", "Lettuce, HGET", hget, false);
    rate(to, "read ticks", "ours, getTicker", getTicker, true);
    rate(to, "read ticks", "ours, getPrice", getPrice, true);
    sequential(to, "Lettuce, HGET", hget, lettuceCaller());
    sequential(to, "ours, getTicker", getTicker, caller);
    InFlight.Call inJson =
        ours(
            () ->
                vertx
                    .eventBus()
                    .request(
                        TickCache.ADDRESS,
                        new JsonObject().put("symbol", "S50").put("exchange", EXCHANGE),
                        new DeliveryOptions().addHeader("action", "getTicker")));
    rate(to, "read ticks", "ours, getTicker as JSON on the bus", inJson, true);
    sequential(to, "ours, getTicker as JSON on the bus", inJson, caller);
  }

  private void sequential(Report to, String subject, InFlight.Call call, Executor first) {
    double[] times = InFlight.sequential(first, millis, () -> call);
    to.add("read one after the other", subject, "µs at the median", times[0]);
    to.add("read one after the other", subject, "µs at the 99th percentile", times[1]);
  }

  private void ordersAndFills(Report to) throws IOException {
    OrdersCache orders = OrdersCache.proxy(vertx);
    AccountCache accounts = AccountCache.proxy(vertx);
    RedisAsyncCommands<String, String> commands = connection.async();
    rate(
        to,
        "push and pop orders",
        "Lettuce, LPUSH and RPOP",
        lettuce(
            () ->
                commands
                    .lpush("bench:queue", "ORD_" + ids.incrementAndGet())
                    .thenCompose(pushed -> commands.rpop("bench:queue"))),
        false);
    rate(
        to,
        "push and pop orders",
        "ours, pushOpenOrder and popOpenOrder",
        ours(
            () ->
                orders
                    .pushOpenOrder("ORD_" + ids.incrementAndGet(), "bench")
                    .compose(pushed -> orders.popOpenOrder("bench", 0))),
        true);
    rate(
        to,
        "apply fills",
        "Lettuce, HGET and HSET",
        lettuce(
            () -> {
              String symbol = "S" + ids.incrementAndGet() % SYMBOLS;
              return commands
                  .hget("bench:positions", symbol)
                  .thenCompose(position -> commands.hset("bench:positions", symbol, json(0)));
            }),
        false);
    rate(to, "apply fills", "ours, applyFill", ours(() -> accounts.applyFill(1, fill())), true);
    FlowCache flow = FlowCache.proxy(vertx);
    rate(
        to,
        "report fills",
        "ours, reportFill, of a new order each",
        ours(
            () -> {
              Trade fill = fill();
              return flow.reportFill(EXCHANGE, "ORD_" + fill.tradeId(), 1, fill);
            }),
        true);
    rate(
        to,
        "settle orders",
        "ours, saveOrderData and settleOrder, of a new order each",
        ours(
            () -> {
              Trade fill = fill();
              String id = "SET_" + fill.tradeId();
              return orders
                  .saveOrderData(EXCHANGE, id, filled(fill))
                  .compose(order -> flow.settleOrder(EXCHANGE, id, 1));
            }),
        true);
  }

  /** What an order tells of which that is all. */
  private static JsonObject filled(Trade fill) {
    return new JsonObject()
        .put("symbol", fill.symbol())
        .put("side", fill.side().toString())
        .put("status", "filled")
        .put("final_volume", "1")
        .put("fill_price", fill.price().toPlainString());
  }

  private Trade fill() {
    long id = ids.incrementAndGet();
    return Trade.builder("T" + id, "S" + id % SYMBOLS, id / SYMBOLS % 2 == 0 ? Side.BUY : Side.SELL)
        .volume(BigDecimal.ONE)
        .price(PRICE)
        .build();
  }

  @Override
  public void close() {
    connection.close();
    client.shutdown();
    CacheNode.get(vertx.close());
    redis.close();
  }
}
