package io.fullon.cache.tick;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.RedisProxy;
import io.fullon.cache.testing.SharedRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A node, and between it and Redis somebody who counts, loses and holds back. */
class TickComparisonIT {

  private static final String EXCHANGE = "kraken";
  private static final String KEY = "tickers:" + EXCHANGE;
  private static final boolean LONG = Boolean.getBoolean("fullon.long");
  private static final long DAY_MS = 86_400_000;

  /** Hundreds of thousands of messages at once take longer than a few short ones. */
  private static final int HEARTBEAT_MS = LONG ? 2_000 : 200;

  @AutoClose private final SharedRedis redis = new SharedRedis();
  private final RedisProxy proxy = redis.proxy();
  private CacheNode node;

  /** What the node has told since it was started. */
  private final Queue<String> told = new ConcurrentLinkedQueue<>();

  @AfterEach
  void stop() {
    if (node != null) {
      node.close();
    }
  }

  private void start(long compareIntervalMs) {
    start(compareIntervalMs, DAY_MS);
  }

  private void start(long compareIntervalMs, long scanIntervalMs) {
    Vertx vertx = Vertx.vertx();
    vertx.eventBus().<String>localConsumer(TickCache.STATE, m -> told.add(m.body()));
    vertx
        .eventBus()
        .<Tick>localConsumer(
            TickCache.UPDATES, m -> told.add(m.body().symbol() + "=" + m.body().price()));
    vertx
        .eventBus()
        .<TickRemoval>localConsumer(
            TickCache.REMOVED, m -> m.body().symbols().forEach(symbol -> told.add("-" + symbol)));
    JsonObject config =
        new JsonObject()
            .put("web", new JsonObject().put("enabled", false))
            .put("ohlcv", new JsonObject().put("enabled", false))
            .put(
                "redis", new JsonObject().put("uri", proxy.uri()).put("heartbeat_ms", HEARTBEAT_MS))
            .put(
                "tick",
                new JsonObject()
                    .put("compare_interval_ms", compareIntervalMs)
                    .put("scan_interval_ms", scanIntervalMs));
    node = CacheNode.start(redis.server(), vertx, config);
  }

  private Future<Boolean> update(String symbol, int price) {
    return node.ticks()
        .updateTicker(
            EXCHANGE,
            Tick.of(EXCHANGE, symbol, BigDecimal.valueOf(price), Instant.ofEpochSecond(price)));
  }

  private BigDecimal price(String symbol) {
    return get(node.ticks().getPrice(symbol, EXCHANGE));
  }

  private static boolean isHeartbeat(List<String> command) {
    return command.get(0).equalsIgnoreCase("publish");
  }

  private static boolean mentions(List<String> command, String text) {
    return command.contains(text);
  }

  /** The next so many such commands have no effect, though they are answered. */
  private void lose(int count, Predicate<List<String>> which) {
    AtomicInteger left = new AtomicInteger(count);
    proxy.rewrite(
        command ->
            which.test(command) && left.getAndDecrement() > 0
                ? List.of("PUBLISH", "nobody", "")
                : command);
  }

  private void killSubscriptions() {
    node.redis(Command.CLIENT, "KILL", "TYPE", "pubsub");
  }

  // What is lost

  @Test
  void aLostMarkDoesNotStopTheComparison() {
    start(50);
    get(update("A", 1));
    for (int round = 0; round < 5; round++) {
      lose(1, TickComparisonIT::isHeartbeat);
      await("a mark to be lost").until(() -> isLost());
    }

    node.redis(Command.HDEL, KEY, "A");

    await().until(() -> price("A") == null);
  }

  private boolean isLost() {
    // Whoever was lost, the comparison's or a heartbeat's, later ones have arrived.
    long marks = proxy.commands().stream().filter(TickComparisonIT::isHeartbeat).count();
    await().until(() -> marksOf() > marks + 3);
    return true;
  }

  private long marksOf() {
    return proxy.commands().stream().filter(TickComparisonIT::isHeartbeat).count();
  }

  @Test
  void aMarkThatIsLostAfterAGapDoesNotLeaveTheNodeStale() {
    start(DAY_MS);
    get(update("A", 1));
    lose(1, TickComparisonIT::isHeartbeat);

    killSubscriptions();

    await().until(() -> told.contains(TickCache.STALE));
    await().until(() -> List.copyOf(told).lastIndexOf(TickCache.LIVE) > lastStale());
    assertThat(price("A")).isEqualTo("1");
  }

  private int lastStale() {
    return List.copyOf(told).lastIndexOf(TickCache.STALE);
  }

  @Test
  void anErrorIsNotAnEmptyExchange() {
    start(50);
    get(node.ticks().updateTickers(List.of(tick("A", 1), tick("B", 1))));
    await().until(() -> told.contains("B=1"));

    for (String command : new String[] {"-hmget", "-hscan", "-hlen", "-evalsha"}) {
      node.redis(Command.ACL, "SETUSER", "default", command);
      awaitComparisons(12);
      node.redis(Command.ACL, "SETUSER", "default", "+@all");
      assertThat(told).as(command).doesNotContain("-A", "-B");
      assertThat(price("A")).as(command).isEqualTo("1");
    }

    proxy.rewrite(command -> mentions(command, KEY) ? List.of("UNKNOWN") : command);
    awaitComparisons(12);
    assertThat(told).doesNotContain("-A", "-B");
    proxy.rewrite(command -> command);

    node.redis(Command.HDEL, KEY, "A");
    await().until(() -> told.contains("-A"));
    assertThat(told).doesNotContain("-B");
  }

  private static Tick tick(String symbol, long second) {
    return Tick.of(EXCHANGE, symbol, BigDecimal.ONE, Instant.ofEpochSecond(second));
  }

  @Test
  void whatIsStoredInAGapIsPublishedAlsoWhenItsOwnAnswerComesLate() {
    start(DAY_MS);
    get(update("A", 1));
    await().until(() -> told.contains("A=1"));
    Predicate<List<String>> isUpdate = command -> mentions(command, "ticker_updates:kraken:");
    Predicate<List<String>> isRead = command -> mentions(command, "A") && !isUpdate.test(command);
    proxy.holdAnswers(command -> isUpdate.test(command) || isRead.test(command));

    killSubscriptions();
    Future<Boolean> stored = update("A", 2);
    await("the table to be compared").until(() -> proxy.isHolding(isRead));
    await("the tick to be stored").until(() -> proxy.isHolding(isUpdate));
    assertThat(told).doesNotContain("A=2");
    proxy.letGo(isUpdate);
    assertThat(get(stored)).isTrue();
    proxy.letGo();

    await().until(() -> told.contains("A=2"));
    await().until(() -> told.contains(TickCache.LIVE));
    assertThat(price("A")).isEqualTo("2");
  }

  private static String json(int price) {
    return "{\"price\":" + price + ",\"time\":" + price + "}";
  }

  /** Writes as another program does; gives how many nodes were told. */
  private int write(String exchange, String symbol, int price) {
    node.redis(Command.HSET, "tickers:" + exchange, symbol, json(price));
    String channel = "ticker_updates:" + exchange + ":" + symbol;
    return node.redis(Command.PUBLISH, channel, json(price)).toInteger();
  }

  private static boolean isAboutNews(List<String> command, String key) {
    return command.get(0).equalsIgnoreCase("evalsha")
        && command.get(2).equals("2")
        && command.contains(key);
  }

  @Test
  void oneThatWasMissedIsFoundThoughAnotherOneComesMeanwhile() {
    start(DAY_MS);
    get(update("A", 1));
    await().until(() -> told.contains("A=1"));
    proxy.holdAnswers(command -> isAboutNews(command, KEY));

    killSubscriptions();
    assertThat(write(EXCHANGE, "B", 1)).isZero();
    await().until(() -> proxy.isHolding(command -> true));
    await().until(() -> write(EXCHANGE, "C", 1) == 1);
    await().until(() -> told.contains("C=1"));
    proxy.letGo();

    await().until(() -> told.contains(TickCache.LIVE));
    assertThat(price("B")).isEqualTo("1");
  }

  @Test
  void anExchangeIsNotLiveBeforeItWasCompared() {
    start(DAY_MS);
    get(update("A", 1));
    AtomicInteger left = new AtomicInteger(1);
    proxy.rewrite(
        command ->
            isAboutNews(command, "tickers:other") && left.getAndDecrement() > 0
                ? List.of("EVAL", "return redis.error_reply('BUSY some script')", "0")
                : command);

    killSubscriptions();
    node.redis(Command.SADD, "fullon:exchanges", "other");
    assertThat(write("other", "B", 1)).isZero();

    await().until(() -> left.get() < 0);
    await().until(() -> get(node.ticks().getPrice("B", "other")) != null);
  }

  @Test
  void oneThatIsDeletedAndOneThatIsPublishedDoNotHideEachOther() {
    start(50);
    write(EXCHANGE, "A", 1);
    await().until(() -> told.contains("A=1"));
    awaitComparisons(11);
    String both = "redis.call('HDEL', KEYS[1], 'A') redis.call('HSET', KEYS[1], 'B', ARGV[1])";
    String tell = " redis.call('PUBLISH', 'ticker_updates:kraken:B', ARGV[1])";

    node.redis(Command.EVAL, both + tell, "1", KEY, json(1));

    awaitComparisons(3);
    assertThat(price("A")).isNull();
  }

  @Test
  void somethingElseUnderTheVersionsNameDeletesNothing() {
    start(50);
    get(update("A", 1));
    await().until(() -> told.contains("A=1"));
    String version = "fullon:{tickers:kraken}:version";
    node.redis(Command.DEL, version);
    node.redis(Command.RPUSH, version, "x");

    awaitComparisons(11);

    assertThat(told).doesNotContain("-A");
    assertThat(get(update("A", 2))).isTrue();
  }

  @Test
  void anUpdateDoesNotOvertakeTheDeletionBeforeIt() {
    start(DAY_MS);
    for (int i = 0; i < 50; i++) {
      String symbol = "S" + i;
      get(update(symbol, 1_000));

      Future<Boolean> deleted = node.ticks().deleteTicker(symbol, EXCHANGE);
      Future<Boolean> updated = update(symbol, 500);

      assertThat(get(deleted)).isTrue();
      assertThat(get(updated)).isTrue();
      assertThat(price(symbol)).isEqualTo("500");
    }
  }

  @Test
  void whereTheExchangeCannotBeAnnouncedItsTicksAreStoredAndDeleted() {
    start(50);
    proxy.rewrite(
        command -> command.get(0).equalsIgnoreCase("sadd") ? List.of("UNKNOWN") : command);

    assertThat(get(update("A", 1))).isTrue();
    assertThat(get(node.ticks().deleteTicker("A", EXCHANGE))).isTrue();

    proxy.rewrite(command -> command);
    assertThat(get(update("A", 1))).isTrue();
    await().until(() -> keys().contains("fullon:exchanges"));
  }

  // Where Redis has lost its data

  private static final String NUMBERS = "fullon:{tickers:kraken}:seq";

  /** As many ticks in less time than milliseconds do. */
  private void numberAheadOfTheClock(String... symbols) {
    for (String symbol : symbols) {
      node.redis(Command.HSET, NUMBERS, symbol, "9000000000000");
      get(update(symbol, 5));
      await().until(() -> told.contains(symbol + "=5"));
    }
  }

  @Test
  void whatIsStoredAfterRedisHasLostItsDataIsReadAndPublishedThoughItsNumberIsSmaller() {
    start(DAY_MS);
    numberAheadOfTheClock("A", "B", "C");

    node.redis(Command.FLUSHALL);

    assertThat(get(update("A", 2))).isTrue();
    assertThat(price("A")).isEqualTo("2");
    assertThat(get(node.ticks().deleteTicker("C", EXCHANGE))).isFalse();
    assertThat(price("C")).isNull();
    await().until(() -> told.contains("A=2") && told.contains("-C"));
    await("what else was lost").until(() -> told.contains("-B"));
    assertThat(get(node.ticks().deleteTicker("A", EXCHANGE))).isTrue();
    assertThat(price("A")).isNull();
    assertThat(told).doesNotContain(TickCache.STALE);
  }

  @Test
  void whatOthersStoreAfterRedisHasLostItsDataIsPublishedInItsOrder() {
    start(DAY_MS);
    CacheNode other = redis.node("tick", "compare_interval_ms", DAY_MS);
    numberAheadOfTheClock("A", "B");

    node.redis(Command.FLUSHALL);
    for (int price = 1; price < 5; price++) {
      Tick tick = Tick.of(EXCHANGE, "A", BigDecimal.valueOf(price), Instant.ofEpochSecond(price));
      assertThat(get(other.ticks().updateTicker(EXCHANGE, tick))).isTrue();
    }

    await().until(() -> told.contains("A=4") && told.contains("-B"));
    assertThat(told)
        .filteredOn(news -> news.contains("A"))
        .containsExactly("A=5", "-A", "A=1", "A=2", "A=3", "A=4");
    assertThat(price("A")).isEqualTo("4");
  }

  @Test
  void anAnswerFromBeforeTheLossDoesNotHideWhatWasStoredAfterIt() {
    start(DAY_MS);
    CacheNode other = redis.node("tick", "compare_interval_ms", DAY_MS);
    numberAheadOfTheClock("A");
    Predicate<List<String>> isUpdate = command -> mentions(command, "ticker_updates:kraken:");
    proxy.holdAnswers(isUpdate);
    Future<Boolean> before = update("A", 6);
    await().until(() -> proxy.isHolding(isUpdate) && told.contains("A=6"));

    node.redis(Command.FLUSHALL);
    Tick after = Tick.of(EXCHANGE, "A", BigDecimal.ONE, Instant.ofEpochSecond(1));
    assertThat(get(other.ticks().updateTicker(EXCHANGE, after))).isTrue();
    await().until(() -> told.contains("A=1"));
    proxy.letGo();

    assertThat(get(before)).isTrue();
    await().until(() -> price("A").intValue() == 1);
  }

  // What it costs

  private void awaitComparisons(int count) {
    long before = comparisons();
    await().until(() -> comparisons() >= before + count);
  }

  /** Each begins with the exchanges. */
  private long comparisons() {
    return proxy.commands().stream()
        .filter(command -> command.get(0).equalsIgnoreCase("smembers"))
        .count();
  }

  @Test
  void withoutNewsAnExchangeCostsOneCommandWhateverElseThereIs() {
    start(50);
    get(update("A", 1));
    node.redis(Command.DEBUG, "POPULATE", LONG ? "3000000" : "50000", "foreign");
    awaitComparisons(2);
    int begin = proxy.commands().size();

    awaitComparisons(40);

    Map<String, Long> counted =
        proxy.commands().stream()
            .skip(begin)
            .map(command -> command.get(0).toLowerCase(Locale.ROOT))
            .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
    long compared = counted.get("smembers");
    // A thorough one after nine others asks for the ticker by name, and scans.
    assertThat(counted.get("evalsha")).isBetween(compared, compared + 2 * (compared / 10 + 1));
    assertThat(counted).doesNotContainKeys("scan", "hscan");
  }

  @Test
  void whatAnotherProgramChangesWithoutTellingIsNoticedWithinTenComparisons() {
    start(50);
    get(update("A", 1));
    awaitComparisons(2);

    node.redis(Command.HSET, KEY, "A", "{\"price\":7,\"time\":5}");

    awaitComparisons(11);
    assertThat(price("A")).isEqualTo("7");
  }

  @Test
  void anExchangeWhoseMessagesWereMissedIsFoundByItsName() {
    start(50);

    node.redis(Command.HSET, "tickers:new", "A", "{\"price\":7,\"time\":5}");
    node.redis(Command.SADD, "fullon:exchanges", "new");

    await().until(() -> get(node.ticks().getPrice("A", "new")) != null);
    get(update("A", 1));
    assertThat(node.redis(Command.SMEMBERS, "fullon:exchanges").toString()).contains(EXCHANGE);
  }

  @Test
  void noStepGrowsWithTheNumberOfTickers() {
    int count = LONG ? 200_000 : 5_000;
    start(200);
    List<Tick> all = IntStream.range(0, count).mapToObj(i -> tick("S" + i, 1)).toList();
    assertThat(get(node.ticks().updateTickers(all))).isEqualTo(count);
    awaitComparisons(12);
    killSubscriptions();
    await().until(() -> told.contains(TickCache.LIVE));
    // It still hears of what happens besides.
    get(update("LIVE", 3));
    await().until(() -> told.contains("LIVE=3"));

    assertThat(get(node.ticks().deleteExchangeTickers(EXCHANGE))).isEqualTo(count + 1);

    assertThat(node.redis(Command.EXISTS, KEY).toInteger()).isZero();
    assertThat(get(node.ticks().getAllTickers(EXCHANGE))).isEmpty();
    // 500 tickers, each with its time and its JSON, and what comes before them.
    assertThat(proxy.commands()).allMatch(command -> command.size() < 3 * 500 + 20);
    assertThat(told).filteredOn(TickCache.STALE::equals).hasSize(1);
  }

  // What remains of what was deleted

  @Test
  void nothingRemainsOfADeletedTickerAndItsNumberDoesNotGoBack() {
    start(50, 100);
    get(update("A", 1));
    get(update("B", 1));
    long before = get(node.ticks().getTicker("A", EXCHANGE)).seq();
    node.redis(Command.SET, "ticker_time:kraken:A", "5");

    get(node.ticks().deleteTicker("A", EXCHANGE));

    assertThat(node.redis(Command.EXISTS, "ticker_time:kraken:A").toInteger()).isZero();
    String numbers = "fullon:{tickers:kraken}:seq";
    await().until(() -> node.redis(Command.HEXISTS, numbers, "A").toInteger() == 0);
    assertThat(node.redis(Command.HEXISTS, numbers, "B").toInteger()).isEqualTo(1);
    get(update("A", 1));
    assertThat(get(node.ticks().getTicker("A", EXCHANGE)).seq()).isGreaterThan(before);
  }

  @Test
  void nothingRemainsOfAnExchangeWithoutTickers() {
    start(50, 100);
    get(node.ticks().updateTickers(List.of(tick("A", 1), tick("B", 1))));
    node.redis(Command.MSET, "ticker_time:kraken:A", "5", "ticker_time:kraken:B", "5");

    assertThat(get(node.ticks().deleteExchangeTickers(EXCHANGE))).isEqualTo(2);

    await().until(() -> keys().isEmpty());
    get(update("A", 1));
    assertThat(price("A")).isEqualTo("1");
    await("it to be known again").until(() -> keys().contains("fullon:exchanges"));
  }

  private List<String> keys() {
    return node.keys().stream().filter(key -> !key.endsWith(":tidied")).toList();
  }
}
