package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.StuckClient;
import io.fullon.cache.testing.TickLog;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that stops reading for a while. */
class SlowClientIT {

  private static final String[] SYMBOLS =
      IntStream.range(0, 20).mapToObj(i -> "S" + i).toArray(String[]::new);

  /** With {@link #FAT} prices more than all buffers on the way hold. */
  private static final int ROUNDS = 1_200;

  private static final int ROUNDS_A_CALL = 50;

  private static final BigDecimal FAT = new BigDecimal("1".repeat(60));

  @AutoClose private final CacheNode node = CacheNode.start();
  private Market market;
  private FeedClient slow;
  private int round;

  @BeforeEach
  void connect() {
    market = new Market(node);
    slow = FeedClient.connectSmall(node.vertx(), node.port());
    slow.next("welcome");
  }

  @AfterEach
  void disconnect() {
    slow.close();
    market.close();
  }

  private Tick fat(String symbol) {
    Instant time = Instant.ofEpochSecond(1_000_000 + round);
    BigDecimal price = BigDecimal.valueOf(round);
    return new Tick(symbol, market.exchange(), price, time, FAT, FAT, FAT, FAT, null);
  }

  private void store(String... symbols) {
    store(1, symbols);
  }

  private void store(int rounds, String... symbols) {
    List<Tick> ticks = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      round++;
      Stream.of(symbols).map(this::fat).forEach(ticks::add);
    }
    get(node.ticks().updateTickers(ticks));
  }

  /** Stores more than the connection holds; gives the numbers of the last ticks. */
  private Map<String, Long> flood() {
    for (int i = 0; i < ROUNDS / ROUNDS_A_CALL; i++) {
      store(ROUNDS_A_CALL, SYMBOLS);
    }
    return market.settle();
  }

  private static String request(String op, String exchange) {
    return new JsonObject().put("op", op).put("exchange", exchange).put("symbols", "*").encode();
  }

  /** Subscribes to everything, does not read any more, and falls behind. */
  private TickLog fallBehind() {
    TickLog log = new TickLog();
    slow.subscribe(market.exchange(), "*");
    slow.socket().pause();
    flood();
    return log;
  }

  @Test
  void getsTheLatestOfEachSymbolWithTheCountOfThoseItStandsFor() {
    TickLog log = fallBehind();
    int all = ROUNDS * SYMBOLS.length;

    slow.socket().resume();

    log.readUntil(slow, market.settle());
    assertThat(log.sent() + log.skipped()).isEqualTo(all);
    assertThat(log.skipped()).isGreaterThan(all / 4);
    slow.expectNothingElse();
    store(SYMBOLS);
    log.readUntil(slow, market.settle());
    assertThat(log.sent() + log.skipped()).isEqualTo(all + SYMBOLS.length);
  }

  @Test
  void doesNotHoldUpOthersWhoFollowTheSame() {
    fallBehind();

    assertThat(market.watched().sent()).isEqualTo(ROUNDS * SYMBOLS.length);
    assertThat(market.watched().skipped()).isZero();
  }

  @Test
  void whoClosesWithoutReadingDoesNotKeepOthersFromTheirs() {
    store(IntStream.range(0, 1_000).mapToObj(i -> "T" + i).toArray(String[]::new));
    market.settle();
    int before = market.watched().sent();
    List<StuckClient> stuck = new ArrayList<>();
    // Several, since others may be served before one of them.
    for (int i = 0; i < 4; i++) {
      StuckClient client = new StuckClient(node.port());
      stuck.add(client);
      client.send(request("subscribe", market.exchange()));
      for (int j = 0; j < 15; j++) {
        client.send(request("get", "*"));
      }
      client.sendClose(); // which the server cannot answer: nobody reads
    }

    flood();
    stuck.forEach(StuckClient::close);

    assertThat(market.watched().sent()).isEqualTo(before + ROUNDS * SYMBOLS.length);
  }

  @Test
  void hearsOfARemovalBeforeTheTickThatCameAfterIt() {
    fallBehind();
    market.delete("S0");
    market.delete("S1");
    store("S0");
    Map<String, Long> last = market.settle();

    slow.socket().resume();

    List<String> news = new ArrayList<>();
    TickLog log = new TickLog();
    while (!news.contains("S0=" + round)) {
      JsonObject frame = slow.next();
      log.add(frame);
      for (Object symbol : frame.getJsonArray("symbols", new JsonArray())) {
        news.add("-" + ((JsonObject) symbol).getString("symbol"));
      }
      for (Object tick : frame.getJsonArray("ticks", new JsonArray())) {
        news.add(
            ((JsonObject) tick).getString("symbol") + "=" + ((JsonObject) tick).getString("price"));
      }
    }
    log.readUntil(slow, last);
    assertThat(news.subList(news.indexOf("-S0"), news.size()))
        .startsWith("-S0", "-S1")
        .doesNotContain("S1=" + (round - 1));
  }

  // Requests of a client that does not read the answers

  @Test
  void whatWaitsComesBeforeTheSnapshotOfAnotherSubscription() {
    TickLog log = fallBehind();

    slow.request("subscribe", market.exchange(), "S0", "S1");
    store(SYMBOLS);
    Map<String, Long> last = market.settle();
    slow.socket().resume();

    log.readUntil(slow, last);
    slow.expectNothingElse();
    assertThat(log.sent() + log.skipped()).isEqualTo((ROUNDS + 1) * SYMBOLS.length);
  }

  @Test
  void nothingComesOfWhatWasUnsubscribedMeanwhile() {
    fallBehind();

    slow.request("unsubscribe", market.exchange(), "*");
    flood();
    slow.socket().resume();

    while (!slow.next().getString("type").equals("ack")) {
      // The ticks from before.
    }
    slow.expectNothingElse();
  }

  @Test
  void isNotListenedToUntilItReads() {
    store(SYMBOLS);
    market.settle();
    String request = request("get", market.exchange());
    slow.socket().pause();
    AtomicInteger asked = new AtomicInteger();

    await("the server to stop reading")
        .until(
            () -> {
              for (int i = 0; i < 100 && !slow.socket().writeQueueFull(); i++) {
                slow.socket().writeTextMessage(request);
                asked.incrementAndGet();
              }
              return slow.socket().writeQueueFull();
            });
    slow.socket().resume();

    for (int i = 0; i < asked.get(); i++) {
      assertThat(slow.next("ticks").getJsonArray("ticks")).hasSize(SYMBOLS.length);
    }
    slow.expectNothingElse();
  }

  @Test
  void doesNotHoldUpAnOrderlyStop() {
    fallBehind();

    node.undeploy();
  }
}
