package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Callers;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.TickLog;
import io.fullon.cache.tick.Tick;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that subscribe in the middle of a burst. */
class FeedJoinTest {

  private static final long PACE_MS = 10;
  private static final int JOINERS = Boolean.getBoolean("fullon.long") ? 300 : 24;
  private static final int WRITERS = 3;
  private static final Object[] SYMBOLS = IntStream.range(0, 8).mapToObj(i -> "S" + i).toArray();

  private volatile boolean enough;

  /** Stores ticks of equal time, so that each is stored, whoever is first; and new tickers too. */
  private Future<?> write(CacheNode node, String exchange, int writer) {
    AtomicInteger rounds = new AtomicInteger();
    return Callers.until(
        () -> enough,
        () -> {
          int round = rounds.incrementAndGet();
          return node.ticks()
              .updateTickers(
                  Stream.concat(Stream.of(SYMBOLS), Stream.of("NEW" + round % 50 + "-" + writer))
                      .map(symbol -> tick(exchange, (String) symbol, round))
                      .toList())
              // All clients keep all that they get, for as long as the slowest takes to join.
              .compose(stored -> node.vertx().timer(PACE_MS, TimeUnit.MILLISECONDS));
        });
  }

  private static Tick tick(String exchange, String symbol, int price) {
    return Tick.of(exchange, symbol, BigDecimal.valueOf(price), Instant.EPOCH);
  }

  /** A client, what it was sent, and of which symbols it must get all. */
  private record Joiner(FeedClient client, TickLog log, String exchange, List<?> symbols) {

    Joiner(CacheNode node, String exchange, Object... symbols) {
      this(node.feed(), new TickLog(), exchange, List.of(symbols));
      client.next("welcome");
    }

    void subscribe(String onExchange, Object... onSymbols) {
      client.request("subscribe", onExchange, onSymbols);
      JsonObject frame;
      do {
        frame = client.next();
        log.add(frame);
      } while (!frame.getString("type").equals("snapshot") || frame.getBoolean("more", false));
    }

    boolean follows(String ticker) {
      String[] names = ticker.split(" ", 2);
      return (exchange.equals("*") || exchange.equals(names[0]))
          && (symbols.contains("*") || symbols.contains(names[1]));
    }

    void expectAll(Map<String, Long> numbers) {
      Map<String, Long> mine = new HashMap<>(numbers);
      mine.keySet().removeIf(ticker -> !follows(ticker));
      log.readUntil(client, mine);
      client.expectNothingElse();
      assertThat(log.skipped()).isZero();
      client.close();
    }
  }

  private static Joiner join(CacheNode node, int number, Market one, Market other) {
    Joiner joiner;
    switch (number % 4) {
      case 0 -> {
        joiner = new Joiner(node, "*", "*");
        joiner.subscribe("*", "*");
      }
      case 1 -> {
        joiner = new Joiner(node, one.exchange(), "*");
        joiner.subscribe(one.exchange(), "*");
      }
      case 2 -> {
        joiner = new Joiner(node, other.exchange(), SYMBOLS);
        joiner.subscribe(other.exchange(), SYMBOLS);
      }
      default -> {
        // Step by step, each snapshot fitting what was sent before.
        joiner = new Joiner(node, "*", "*");
        joiner.subscribe(one.exchange(), "S0", "S1");
        joiner.subscribe("*", "S1", "S2");
        joiner.subscribe(other.exchange(), "*");
        joiner.subscribe("*", "*");
      }
    }
    return joiner;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theSnapshotIsFollowedByEveryLaterTickExactlyOnce(int instances) {
    JsonObject several = new JsonObject().put("instances", instances);
    JsonObject config = new JsonObject().put("web", several).put("tick", several.copy());
    try (CacheNode node = CacheNode.start(config);
        Market one = new Market(node);
        Market other = new Market(node)) {
      for (Market market : List.of(one, other)) {
        market.store(Stream.of(SYMBOLS).map(s -> tick(market.exchange(), (String) s, 0)).toList());
      }
      List<Future<?>> writing = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writing.add(write(node, one.exchange(), i));
        writing.add(write(node, other.exchange(), i));
      }

      List<Joiner> joiners = new ArrayList<>();
      for (int i = 0; i < JOINERS; i++) {
        joiners.add(join(node, i, one, other));
      }
      enough = true;
      get(Future.join(writing));

      Map<String, Long> numbers = new HashMap<>(one.settle());
      numbers.putAll(other.settle());
      joiners.forEach(joiner -> joiner.expectAll(numbers));
    }
  }
}
