package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the feed does for many at once, and for one who has much: in pieces, and once for all. */
class FeedCostsTest {

  private static final int TICKERS = 10_000;
  private static final int CLIENTS = 1_000;

  /** Writes that one frame of a snapshot is made of. */
  private static final int PARTS = 3;

  private static final int DELETED = 500;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @AutoClose private final FeedModel model = new FeedModel();
  private int deleted;

  @BeforeEach
  void begin() {
    model.outage(List.of(), List.of());
    tickers().forEach(model::update);
  }

  private static List<TickerKey> tickers() {
    return IntStream.range(0, TICKERS).mapToObj(i -> new TickerKey("one", "S" + i)).toList();
  }

  private static long allocatedBy(Runnable step) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    step.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private void connect(int clients) {
    for (int i = 0; i < clients; i++) {
      FeedModel.Client client = model.connect();
      client.ignore();
      client.subscribe("*", FeedModel.ALL, 0);
    }
    model.pass(1_000);
    model.clients.forEach(FeedModel.Client::ignore);
  }

  private void endOutage() {
    model.outage(tickers(), List.of());
    model.run(Integer.MAX_VALUE);
  }

  /** How much more each of many clients costs than one alone does. */
  private long bytesPerClient(Runnable step) {
    connect(1);
    step.run();
    long ofOne = allocatedBy(step);
    connect(CLIENTS);
    return (allocatedBy(step) - ofOne) / CLIENTS;
  }

  @Test
  void theEndOfAnOutageIsToldInPieces() {
    connect(CLIENTS);

    model.outage(tickers(), List.of());

    assertThat(model.clients).allMatch(client -> client.parts() == 0); // not in that step
    int steps = model.steps();
    model.run(Integer.MAX_VALUE);
    int pieces = model.clients.get(0).parts() / PARTS;
    assertThat(pieces).isGreaterThan(10);
    assertThat(model.clients).allMatch(client -> client.parts() == PARTS * pieces);
    assertThat(model.steps() - steps)
        .as("a step for each piece and client")
        .isGreaterThanOrEqualTo(pieces * CLIENTS);
  }

  @Test
  void whatConcernsAllIsToldEachInAStepOfItsOwn() {
    connect(CLIENTS);
    model.clients.forEach(
        client -> {
          client.outbox().state(false);
          client.outbox().source("one", "{\"type\":\"source\"}");
          client.read();
        });
    assertThat(model.clients).allMatch(client -> client.parts() == 0);
    int steps = model.steps();

    model.run(Integer.MAX_VALUE);

    assertThat(model.clients).allMatch(client -> client.parts() == 2);
    assertThat(model.steps() - steps).isGreaterThanOrEqualTo(CLIENTS);
  }

  @Test
  void whatWaitsForItsTurnCostsNobodyATick() {
    connect(1);
    FeedModel.Client client = model.clients.get(0);
    client.outbox().source("one", "{\"type\":\"source\"}");

    for (int i = 0; i < 2; i++) {
      model.update(new TickerKey("one", "S1"));
      model.fanout.flush();
    }
    model.run(Integer.MAX_VALUE);

    assertThat(client.parts()).as("the source, and each tick in a frame").isEqualTo(3);
  }

  @Test
  void theEndOfAnOutageIsMadeOnceForAll() {
    // Garbage of the frames; ten bytes a ticker would be more.
    assertThat(bytesPerClient(this::endOutage)).isLessThan(100_000);
  }

  @Test
  void whoIsBehindKeepsAPlaceAndNoTicks() {
    assertThat(
            bytesPerClient(
                () -> {
                  model.clients.forEach(client -> client.block(true));
                  endOutage();
                }))
        .isLessThan(5_000);
  }

  @Test
  void aSnapshotOfEverythingIsEncodedOnceForAll() {
    connect(1);

    assertThat(allocatedBy(() -> connect(CLIENTS)) / CLIENTS).isLessThan(60_000);
  }

  /** The frame's buffer and its way through Netty are most of it. */
  @Test
  void aTickLeavesLittleGarbageForEachWhoFollowsIt() {
    for (int i = 0; i < CLIENTS; i++) {
      FeedModel.Client client = model.connect();
      client.ignore();
      client.subscribe("one", List.of("S0", "S" + (i + 1)), 0); // each has a group of its own
    }
    TickerKey ofAll = new TickerKey("one", "S0");
    TickerKey ofNobody = new TickerKey("one", "S" + (TICKERS - 1));
    long garbage = Long.MAX_VALUE;
    for (int i = 0; i < 200; i++) {
      long others = allocatedBy(() -> updateAndSend(ofNobody));
      garbage = Math.min(garbage, allocatedBy(() -> updateAndSend(ofAll)) - others);
      model.clients.forEach(FeedModel.Client::read);
    }

    assertThat(garbage / CLIENTS).isLessThan(400);
  }

  @Test
  void aDeletionIsMadeOnceForAll() {
    // A frame of one's own would be forty bytes for each ticker.
    assertThat(bytesPerClient(this::deleteSome)).isLessThan(500);
  }

  private void deleteSome() {
    model.remove(tickers().subList(deleted, deleted + DELETED));
    deleted += DELETED;
  }

  @Test
  void theLongerTheIntervalTheLessGarbageThereIs() {
    long ofEach = garbageOfUpdates(0);
    long ofTenth = garbageOfUpdates(100);
    long ofOne = garbageOfUpdates(1_000);

    assertThat(ofTenth).isLessThan(ofEach / 2);
    assertThat(ofOne).isLessThan(ofTenth / 2);
  }

  /** In bytes for each client, of a hundred within a second. */
  private static long garbageOfUpdates(int intervalMs) {
    try (FeedModel model = new FeedModel()) {
      model.outage(List.of(), List.of());
      for (int i = 0; i < CLIENTS; i++) {
        FeedModel.Client client = model.connect();
        client.ignore();
        client.subscribe("one", List.of("S0", "S" + (i + 1)), intervalMs);
      }
      long others = allocatedBy(() -> updateForASecond(model, new TickerKey("none", "S0")));
      updateForASecond(model, new TickerKey("one", "S0"));
      return (allocatedBy(() -> updateForASecond(model, new TickerKey("one", "S0"))) - others)
          / CLIENTS;
    }
  }

  private static void updateForASecond(FeedModel model, TickerKey key) {
    for (int i = 0; i < 100; i++) {
      model.update(key);
      model.pass(10);
    }
  }

  private void updateAndSend(TickerKey key) {
    model.update(key);
    model.fanout.flush();
  }

  @Test
  void aRequestForOneSymbolCostsTheSameHoweverManyThereAre() {
    FeedModel.Client few = model.connect();
    few.ignore();
    FeedModel.Client many = model.connect();
    many.ignore();
    for (int from = 0; from < TICKERS; from += 1_000) {
      many.subscribe(
          "one", IntStream.range(from, from + 1_000).mapToObj(i -> "S" + i).toList(), 50);
    }
    few.subscribe("one", List.of("A"), 50);
    for (int i = 0; i < 100; i++) {
      costOfOne(few);
      costOfOne(many);
    }

    assertThat(costOfOne(many)).isLessThan(2 * costOfOne(few) + 10_000);
  }

  private long costOfOne(FeedModel.Client client) {
    return allocatedBy(
        () -> {
          client.request("one", "X", 100);
          client.request("one", "X", null);
        });
  }
}
