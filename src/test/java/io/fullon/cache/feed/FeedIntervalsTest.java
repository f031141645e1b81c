package io.fullon.cache.feed;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.TickLog;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** At most one tick per symbol in the time that a client wishes. */
class FeedIntervalsTest {

  /** Longer than any test. */
  private static final int HOUR = 3_600_000;

  @AutoClose private final CacheNode node = CacheNode.start();
  private Market market;
  private FeedClient client;

  @BeforeEach
  void connect() {
    market = new Market(node);
    client = node.feed();
    client.next("welcome");
  }

  @AfterEach
  void disconnect() {
    client.close();
    market.close();
  }

  private void ask(int intervalMs, String exchange, String... symbols) {
    client.send(
        new JsonObject()
            .put("op", "subscribe")
            .put("exchange", exchange)
            .put("symbols", new JsonArray(List.of(symbols)))
            .put("interval_ms", intervalMs));
  }

  private void subscribe(int intervalMs, String exchange, String... symbols) {
    ask(intervalMs, exchange, symbols);
    assertThat(client.next("ack").getInteger("interval_ms")).isEqualTo(intervalMs);
    client.snapshot();
  }

  /** The ticks of the next frame, such as {@code A=2~1}: A's price is 2, and 1 was skipped. */
  private String next(String type) {
    return client.next(type).getJsonArray("ticks").stream()
        .map(JsonObject.class::cast)
        .map(
            tick ->
                tick.getString("symbol")
                    + "="
                    + tick.getString("price")
                    + (tick.containsKey("conflated") ? "~" + tick.getInteger("conflated") : ""))
        .collect(Collectors.joining(" "));
  }

  private String subscriptions() {
    return client.send("{\"op\":\"subscriptions\"}").next("subscriptions").encode();
  }

  @Test
  void aTickComesAtMostOnceInAnIntervalAndStandsForThoseSkipped() {
    int intervalMs = 50;
    int ticks = 400;
    market.store("A", "1");
    long start = System.nanoTime();
    subscribe(intervalMs, market.exchange(), "*");

    TickLog log = new TickLog();
    for (int i = 0; i < ticks; i++) {
      get(node.ticks().updateTicker(market.exchange(), market.tick("A", "2." + i)));
    }
    log.readUntil(client, market.settle());

    assertThat(log.sent() + log.skipped()).isEqualTo(ticks);
    assertThat((log.sent() + 1L) * intervalMs * 1_000_000)
        .as("at most one in an interval, the first with the snapshot")
        .isLessThanOrEqualTo(System.nanoTime() - start + intervalMs * 1_000_000L);
  }

  @Test
  void theFirstTickOfASymbolComesAtOnce() {
    subscribe(HOUR, market.exchange(), "*");

    market.store("A", "1");
    market.store("A", "2");
    market.store("B", "1");

    assertThat(next("update")).isEqualTo("A=1");
    assertThat(next("update")).isEqualTo("B=1");
    client.expectNothingElse();
  }

  @Test
  void subscribingAgainChangesTheIntervalAtOnce() {
    market.store("A", "1");
    subscribe(HOUR, market.exchange(), "A");
    market.store("A", "2");
    market.store("A", "3");
    client.expectNothingElse();

    ask(0, market.exchange(), "A");

    assertThat(next("update")).isEqualTo("A=3~1");
    assertThat(client.next("ack").getInteger("interval_ms")).isZero();
    assertThat(next("snapshot")).isEqualTo("A=3");
    market.store("A", "4");
    market.store("A", "5");
    assertThat(next("update")).isEqualTo("A=4");
    assertThat(next("update")).isEqualTo("A=5");
    assertThat(subscriptions()).contains("\"interval_ms\":0");
    subscribe(HOUR, market.exchange(), "A");
    market.store("A", "6");
    client.expectNothingElse();
    assertThat(subscriptions()).contains("\"interval_ms\":3600000");
  }

  @Test
  void whatSeveralSubscriptionsMatchComesOnceAtTheSmallestInterval() {
    market.store("A", "1");
    market.store("B", "1");
    subscribe(HOUR, market.exchange(), "*");
    subscribe(HOUR, "*", "A");
    subscribe(0, market.exchange(), "A");
    subscribe(HOUR, "*", "*");

    market.store("A", "2");
    market.store("B", "2");
    market.store("A", "3");

    assertThat(next("update")).isEqualTo("A=2");
    assertThat(next("update")).isEqualTo("A=3");
    client.expectNothingElse();
  }

  @Test
  void withoutTheSmallestTheNextSmallestIsInForce() {
    market.store("A", "1");
    subscribe(HOUR, market.exchange(), "*");
    subscribe(0, market.exchange(), "A");
    client.request("unsubscribe", market.exchange(), "A").next("ack");

    market.store("A", "2");
    market.store("A", "3");

    assertThat(next("update")).isEqualTo("A=2");
    client.expectNothingElse();
  }

  @Test
  void whatWasHeldForAnotherIntervalDoesNotComeAfterSomethingNewer() {
    market.store("A", "1");
    subscribe(HOUR - 1, "*", "*");
    subscribe(HOUR, market.exchange(), "A");
    market.store("A", "2");

    client.request("unsubscribe", "*", "*");

    assertThat(next("update")).isEqualTo("A=2");
    client.next("ack");
    market.store("A", "3");
    client.expectNothingElse();
  }

  @Test
  void nothingComesOfWhatWasHeldWhenItIsUnsubscribed() {
    market.store("A", "1");
    subscribe(HOUR, market.exchange(), "A");
    market.store("A", "2");

    client.request("unsubscribe", market.exchange(), "A").next("ack");

    client.expectNothingElse();
    subscribe(HOUR, market.exchange(), "A");
    market.store("A", "3");
    client.expectNothingElse();
  }

  @Test
  void whatIsDeletedIsToldAtOnceAndStartsAnew() {
    market.store("A", "1");
    subscribe(HOUR, market.exchange(), "A");
    market.store("A", "2");
    market.delete("A");
    market.store("A", "3");

    client.next("removed");
    assertThat(next("update")).isEqualTo("A=3");
    client.expectNothingElse();
  }

  @Test
  void ofManySymbolsEachIsHeldByItself() {
    String[] symbols = IntStream.range(0, 50).mapToObj(i -> "S" + i).toArray(String[]::new);
    subscribe(100, market.exchange(), "*");
    TickLog log = new TickLog();

    for (int round = 0; round < 40; round++) {
      for (int i = round % 3; i < symbols.length; i += 1 + round % 3) {
        get(node.ticks().updateTicker(market.exchange(), market.tick(symbols[i], "1." + round)));
      }
    }

    log.readUntil(client, market.settle());
    assertThat(log.skipped()).isPositive();
  }

  @Test
  void anotherClientsIntervalMakesNoDifference() {
    subscribe(HOUR, market.exchange(), "*");

    for (int i = 0; i < 100; i++) {
      market.store("A", "1." + i);
    }

    assertThat(market.watched().sent()).isEqualTo(100);
    assertThat(market.watched().skipped()).isZero();
  }
}
