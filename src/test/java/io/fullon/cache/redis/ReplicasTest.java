package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.account.AccountCache;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.RedisProxy;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.trades.TradesCache;
import io.fullon.cache.value.Fields;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Writes that are acknowledged when replicas have them. */
class ReplicasTest {

  private static final long DEADLINE_MS = 600;
  private static final long LONG_MS = 60_000;

  @AutoClose private final SharedRedis shared = new SharedRedis();
  private final EmbeddedRedis redis = shared.server();
  private final Vertx vertx = shared.vertx();
  private final Loop loop = new Loop(vertx);
  private final List<String> reasons = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() {
    get(
        vertx
            .eventBus()
            .<JsonObject>localConsumer(
                RedisLink.STATE,
                message -> {
                  if (message.body().getString("state").equals("down")) {
                    reasons.add(message.body().getString("reason"));
                  }
                })
            .completion());
  }

  private JsonObject options() {
    return new JsonObject()
        .put("uri", redis.uri())
        .put("connect_timeout_ms", 20_000)
        .put("command_timeout_ms", DEADLINE_MS)
        .put("wait_replicas", 1);
  }

  private RedisLink open() {
    RedisLinkOptions options = RedisLinkOptions.from(Fields.of("redis", options()));
    return get(loop.call(() -> RedisLink.open(vertx, options, "test")));
  }

  private Future<Response> set(RedisLink link, int number) {
    return loop.call(() -> link.write(Command.SET, "key" + number, number));
  }

  private Future<Response> value(RedisLink link, int number) {
    return loop.call(() -> link.read(Command.GET, "key" + number));
  }

  private long calls(RedisLink link, String command) {
    String statistics =
        get(loop.call(() -> link.ask(Request.cmd(Command.INFO).arg("commandstats")))).toString();
    return statistics
        .lines()
        .filter(line -> line.startsWith("cmdstat_" + command + ":"))
        .map(line -> line.replaceAll("cmdstat_[a-z]+:calls=(\\d+),.*", "$1"))
        .mapToLong(Long::parseLong)
        .sum();
  }

  @Test
  void aReplicaThatIsAwayCostsWritesTheirAnswerAndNothingElse() {
    RedisLink link = open();
    for (int round = 0; round < 3; round++) {
      List<Future<Response>> writes = new ArrayList<>();
      List<Future<Response>> reads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        writes.add(set(link, i));
        reads.add(value(link, i));
      }
      reads.forEach(CacheNode::get);
      assertThat(writes).noneMatch(Future::isComplete);
      // One that comes while the others wait.
      writes.add(vertx.timer(DEADLINE_MS / 6, TimeUnit.MILLISECONDS).compose(v -> set(link, 3)));
      writes.forEach(
          write ->
              assertThat(failure(write))
                  .matches(Failure.TIMEOUT::matches)
                  .hasMessageStartingWith("Only 0 of 1 replicas"));
    }
    assertThat(get(value(link, 3))).hasToString("3");
    assertThat(reasons).isEmpty();
  }

  @Test
  void oneWaitIsForAllWritesBeforeIt() {
    RedisLink link = open();
    Future<?> all =
        loop.call(
            () -> {
              List<Future<?>> writes = new ArrayList<>();
              for (int i = 0; i < 500; i++) {
                writes.add(link.write(Command.SET, "key" + i, i));
              }
              return Future.join(writes).otherwiseEmpty();
            });
    get(all);

    assertThat(calls(link, "set")).isEqualTo(500);
    assertThat(calls(link, "wait")).isBetween(1L, 20L);
  }

  @Test
  void nothingWaitsBehindAWriteThatWasNotDone() {
    RedisLink link = open();
    assertThat(failure(set(link, 1))).matches(Failure.TIMEOUT::matches);
    assertThat(calls(link, "wait")).isOne();

    assertThat(failure(loop.call(() -> link.write(Command.HSET, "key1", "a", "b"))))
        .matches(Failure.INTERNAL::matches);

    assertThat(calls(link, "wait")).isOne();
  }

  @Test
  void aWriteThatTheReplicaHasSucceedsAndIsReadAtOnce() throws IOException {
    Map<String, String> settings = Map.of("replicaof", "127.0.0.1 " + redis.port());
    RedisLink link = open();
    try (EmbeddedRedis replica = EmbeddedRedis.start(0, null, settings)) {
      await("the replica " + replica.port())
          .until(() -> get(set(link, 0).transform(r -> Future.succeededFuture(r.succeeded()))));
      for (int i = 1; i < 200; i++) {
        get(set(link, i));
        assertThat(get(value(link, i))).hasToString(String.valueOf(i));
      }
    }
    await("it to be gone")
        .until(() -> get(set(link, 0).transform(r -> Future.succeededFuture(r.failed()))));
    assertThat(get(value(link, 0))).hasToString("0");
  }

  /** There are two connections: one is lost while the other one is not there yet. */
  @Test
  void theOneThatWasThereComesBackByItselfWhileTheOtherIsOpenedAgain() {
    Queue<String> told = new ConcurrentLinkedQueue<>();
    get(
        vertx
            .eventBus()
            .<JsonObject>localConsumer(
                RedisLink.STATE, message -> told.add(message.body().getString("state")))
            .completion());
    AtomicInteger connections = new AtomicInteger();
    Redis observer = Redis.createClient(vertx, redis.uri());
    try (RedisProxy proxy = new RedisProxy(redis.port())) {
      proxy.holdAnswers(
          command -> command.get(0).equalsIgnoreCase("ping") && connections.incrementAndGet() == 2);
      JsonObject section =
          options()
              .put("uri", proxy.uri())
              .put("reconnect_min_ms", LONG_MS)
              .put("reconnect_max_ms", LONG_MS);
      RedisLinkOptions options = RedisLinkOptions.from(Fields.of("redis", section));
      ServerLink link =
          get(
              loop.call(
                  () ->
                      Future.succeededFuture(
                          new ServerLink(
                              vertx,
                              options,
                              "test",
                              () -> Future.succeededFuture(options.uri()),
                              () -> {}))));
      Future<Void> first = loop.call(() -> link.open(true));
      await("one to be there").until(() -> told.contains("up"));
      get(client(observer, "KILL", "TYPE", "normal"));
      failure(first);
      await("the other to be lost").until(() -> told.contains("down"));
      proxy.letGo();

      Future<Void> second = loop.call(() -> link.open(true));
      loop.call(
          () -> {
            link.reconnectNow();
            return Future.succeededFuture();
          });
      await("both").until(link::isUp);
      get(second.otherwiseEmpty());
      get(loop.call(link::close));

      await("one connection, the observer's")
          .until(() -> get(client(observer, "LIST")).toString().lines().count() == 1);
    }
  }

  /** On one event loop it has one connection. */
  private Future<Response> client(Redis observer, String... arguments) {
    Request request = Request.cmd(Command.CLIENT);
    List.of(arguments).forEach(request::arg);
    return loop.call(() -> observer.send(request));
  }

  private void store(Command command, String... arguments) {
    Redis client = Redis.createClient(vertx, redis.uri());
    Request request = Request.cmd(command);
    List.of(arguments).forEach(request::arg);
    get(client.send(request).eventually(client::close));
  }

  /** Whatever only reads waits for nobody, in no service. */
  @Test
  void everyReadingMethodAnswersWhileTheReplicaIsAway() {
    JsonObject config =
        CacheNode.config(redis, new JsonObject())
            .put("redis", options())
            .put("web", new JsonObject().put("enabled", false));
    get(vertx.deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
    OrdersCache orders = OrdersCache.proxy(vertx);
    BotCache bots = BotCache.proxy(vertx);
    AccountCache accounts = AccountCache.proxy(vertx);
    TradesCache trades = TradesCache.proxy(vertx);
    SymbolCache symbols = SymbolCache.proxy(vertx);
    List<Future<?>> writes =
        List.of(
            orders.pushOpenOrder("1", "queue"),
            orders.saveOrderData("1", "2", new JsonObject().put("symbol", "A")),
            bots.blockExchange("kraken", "A", "bot"));
    writes.forEach(write -> assertThat(failure(write)).matches(Failure.TIMEOUT::matches));
    // What would be there after several steps, the first of which fails here.
    store(Command.SADD, "fullon:bot_exchanges", "kraken");
    store(Command.HSET, "fullon:{orders:kraken}:blocks", "A", "1 0 0 bot");

    assertThat(get(orders.getQueueLength("queue"))).isOne();
    assertThat(get(orders.getOrders("1"))).hasSize(1);
    assertThat(get(orders.getOrderStatus("1", "2"))).isNotNull();
    assertThat(get(bots.isBlocked("kraken", "A"))).isEqualTo("bot");
    assertThat(get(bots.isOpeningPosition("kraken", "A"))).isFalse();
    assertThat(get(bots.checkBlock("kraken", "A", 1))).isTrue();
    assertThat(get(bots.getBlocks())).hasSize(1);
    assertThat(get(bots.getMarks())).isEmpty();
    assertThat(get(bots.getBots())).isEmpty();
    assertThat(get(accounts.getAllAccounts())).isEmpty();
    assertThat(get(accounts.getPositions(1))).isEmpty();
    assertThat(get(symbols.getSymbols("kraken"))).isEmpty();
    assertThat(get(symbols.getSymbol("A", "kraken"))).isNull();
    assertThat(get(trades.getTradesList("A", "kraken", 10))).isEmpty();
    assertThat(reasons).isEmpty();
  }
}
