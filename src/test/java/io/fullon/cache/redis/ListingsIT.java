package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.account.AccountCache;
import io.fullon.cache.bot.BotCache;
import io.fullon.cache.orders.OrdersCache;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.tick.TickRemoval;
import io.fullon.cache.value.Fields;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Listings of a Cluster, whose slots move meanwhile. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ListingsIT {

  private static final int ENTRIES = 3_000;
  private static final int MOVES = 6;

  private ClusterServers servers;
  private Vertx vertx;

  @BeforeAll
  void start() {
    servers = ClusterServers.start();
    vertx = Vertx.vertx();
    JsonObject config =
        new JsonObject()
            .put(
                "redis",
                new JsonObject()
                    .put("uri", "redis://" + servers.nodes().get(0))
                    .put("cluster", true)
                    .put("connect_timeout_ms", 10_000)
                    .put("command_timeout_ms", 10_000))
            .put("tick", new JsonObject().put("compare_interval_ms", 20))
            .put("web", new JsonObject().put("enabled", false));
    get(vertx.deployVerticle(new FullonCacheVerticle(), new DeploymentOptions().setConfig(config)));
  }

  @AfterAll
  void stop() {
    get(vertx.close());
    servers.close();
  }

  private static void fill(IntFunction<Future<?>> entry) {
    get(Future.all(IntStream.range(0, ENTRIES).mapToObj(entry).toList()));
  }

  /** Lists again and again while the key's slot moves; each listing must have all entries. */
  private void isCompleteWhileTheSlotMoves(String key, Supplier<Future<Integer>> listing) {
    int slot = servers.slotOf(key);
    int from = servers.masterOf(slot);
    int other = servers.masterOf((slot + 16_384 / 2) % 16_384);
    CompletableFuture<Void> moves =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < MOVES; i++) {
                servers.moveSlot(slot, i % 2 == 0 ? from : other, i % 2 == 0 ? other : from);
              }
            });
    int listings = 0;
    while (!moves.isDone()) {
      assertThat(get(listing.get())).as("listing %s", listings++).isEqualTo(ENTRIES);
    }
    moves.join();
    assertThat(get(listing.get())).isEqualTo(ENTRIES);
  }

  @Test
  void symbolsAreAllThere() {
    SymbolCache symbols = SymbolCache.proxy(vertx);
    get(
        symbols.putSymbols(
            IntStream.range(0, ENTRIES)
                .mapToObj(i -> Symbol.builder("kraken", "S" + i).build())
                .toList()));

    isCompleteWhileTheSlotMoves(
        "symbols_list:kraken", () -> symbols.getSymbols("kraken").map(List::size));
  }

  @Test
  void ordersAreAllThere() {
    OrdersCache orders = OrdersCache.proxy(vertx);
    fill(i -> orders.saveOrderData("1", String.valueOf(i), new JsonObject().put("symbol", "A")));

    isCompleteWhileTheSlotMoves(
        "fullon:{orders:1}:open", () -> orders.getOpenOrders("1").map(List::size));
    isCompleteWhileTheSlotMoves("fullon:{orders:1}:ids", () -> pages(orders, new JsonObject()));
  }

  /** How many orders are on this page and those behind it. */
  private static Future<Integer> pages(OrdersCache orders, JsonObject filter) {
    return orders
        .getOrders("1", filter)
        .compose(
            page ->
                page.isEmpty()
                    ? Future.succeededFuture(0)
                    : pages(
                            orders,
                            new JsonObject().put("after", page.get(page.size() - 1).exOrderId()))
                        .map(more -> page.size() + more));
  }

  @Test
  void botsAreAllThere() {
    BotCache bots = BotCache.proxy(vertx);
    fill(i -> bots.updateBot(String.valueOf(i), new JsonObject().put("n", i)));

    isCompleteWhileTheSlotMoves("fullon:bots", () -> bots.getBots().map(JsonObject::size));
  }

  @Test
  void blocksAreAllThere() {
    BotCache bots = BotCache.proxy(vertx);
    fill(i -> bots.blockExchange("kraken", "S" + i, "bot"));

    isCompleteWhileTheSlotMoves(
        "fullon:{orders:kraken}:blocks", () -> bots.getBlocks().map(List::size));
  }

  @Test
  void accountsAreAllThere() {
    AccountCache accounts = AccountCache.proxy(vertx);
    fill(
        i ->
            accounts.upsertUserAccount(
                i, new JsonObject().put("USD", new JsonObject().put("free", "1"))));

    isCompleteWhileTheSlotMoves(
        "fullon:accounts", () -> accounts.getAllAccounts().map(JsonObject::size));
  }

  /** The node compares its table all the time. */
  @Test
  void noTickerIsTakenForDeleted() {
    TickCache ticks = TickCache.proxy(vertx);
    List<Tick> all =
        IntStream.range(0, ENTRIES)
            .mapToObj(i -> Tick.of("kraken", "S" + i, BigDecimal.ONE, Instant.ofEpochSecond(1)))
            .toList();
    get(ticks.updateTickers(all));
    List<TickRemoval> removed = new CopyOnWriteArrayList<>();
    MessageConsumer<TickRemoval> consumer =
        vertx.eventBus().localConsumer(TickCache.REMOVED, message -> removed.add(message.body()));

    isCompleteWhileTheSlotMoves(
        "tickers:kraken",
        () ->
            ticks
                .updateTicker("kraken", all.get(0))
                .compose(stored -> ticks.getAllTickers("kraken"))
                .map(List::size));

    get(consumer.unregister());
    assertThat(removed).isEmpty();
  }

  /** What comes behind a redirection stays behind it. */
  @Test
  void aListKeepsItsOrderWhileItsSlotMoves() {
    String key = "fullon:{moves}:list";
    int slot = servers.slotOf(key);
    int from = servers.masterOf(slot);
    int other = servers.masterOf((slot + 16_384 / 2) % 16_384);
    Loop loop = new Loop(vertx);
    RedisLinkOptions options =
        RedisLinkOptions.from(
            Fields.of(
                "redis",
                new JsonObject()
                    .put("uri", "redis://" + servers.nodes().get(0))
                    .put("cluster", true)
                    .put("command_timeout_ms", 10_000)));
    RedisLink link = get(loop.call(() -> RedisLink.open(vertx, options, "order")));
    AtomicBoolean moving = new AtomicBoolean(true);
    Promise<Integer> pushed = Promise.promise();
    loop.call(() -> push(link, key, 0, moving, pushed));
    for (int i = 0; i < 5 * MOVES; i++) {
      servers.moveSlot(slot, i % 2 == 0 ? from : other, i % 2 == 0 ? other : from);
      // Nobody can know of a slot that comes back before its leaving has been told.
      get(loop.call(() -> link.write(Command.RPUSH, "{moves}:last", "x")));
    }
    moving.set(false);
    int numbers = get(pushed.future());

    List<String> list = new ArrayList<>();
    get(loop.call(() -> link.read(Command.LRANGE, key, 0, -1)))
        .forEach(number -> list.add(number.toString()));
    assertThat(list).isEqualTo(IntStream.range(0, numbers).mapToObj(String::valueOf).toList());
    get(loop.call(link::close));
  }

  /** Ten in each millisecond, without waiting for answers. */
  private Future<Void> push(
      RedisLink link, String key, int number, AtomicBoolean moving, Promise<Integer> pushed) {
    Future<?> last = Future.succeededFuture();
    for (int i = number; i < number + 10; i++) {
      last = link.write(Command.RPUSH, key, i);
    }
    last.onFailure(pushed::tryFail);
    if (moving.get()) {
      vertx.setTimer(1, timer -> push(link, key, number + 10, moving, pushed));
    } else {
      last.onSuccess(v -> pushed.tryComplete(number + 10));
    }
    return Future.succeededFuture();
  }
}
