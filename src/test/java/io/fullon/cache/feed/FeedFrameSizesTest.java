package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** However much there is to be told, no frame is large: the model's clients look at each. */
class FeedFrameSizesTest {

  private static final String EXCHANGE = "one";
  private static final int TICKERS = 1_200;
  private static final int HOUR_MS = 3_600_000;

  @AutoClose private final FeedModel model = new FeedModel();
  private FeedModel.Client client;

  @BeforeEach
  void begin() {
    model.outage(List.of(), List.of());
    client = model.connect();
  }

  @AfterEach
  void settle() {
    model.settle();
  }

  private static List<TickerKey> tickers() {
    return IntStream.range(0, TICKERS).mapToObj(i -> new TickerKey(EXCHANGE, "S" + i)).toList();
  }

  private void update() {
    tickers().forEach(model::update);
  }

  private void follow(int intervalMs) {
    client.subscribe(EXCHANGE, FeedModel.ALL, intervalMs);
    model.pass(1_000);
  }

  @Test
  void tickersThatAreGone() {
    update();
    follow(0);

    model.remove(tickers());

    assertThat(client.frames("removed")).isEqualTo(3);
  }

  @Test
  void tickersThatWentWhileTheClientWasBehind() {
    update();
    follow(0);
    client.block(true);

    model.remove(tickers());

    assertThat(client.frames("removed")).isZero();
    client.block(false);
    assertThat(client.frames("removed")).isEqualTo(3);
  }

  /** Those that are back come after that. */
  @Test
  void tickersThatCameAndWentWhileTheClientWasBehind() {
    update();
    follow(0);
    client.block(true);
    for (int i = 0; i < 3; i++) {
      model.remove(tickers());
      update();
    }

    client.block(false);

    assertThat(client.frames("removed")).isEqualTo(3);
  }

  @Test
  void ticksOfALongIntervalThatEndsEarly() {
    follow(HOUR_MS);
    update();
    model.pass(1_000);
    update();

    follow(0);
  }

  @Test
  void ticksThatComeInTheSameTurnAsARequest() {
    follow(0);
    update();

    client.subscribe("another", FeedModel.ALL, 0);
  }

  @Test
  void ticksOfASnapshotThatStandForOthers() {
    model.beThin();
    follow(HOUR_MS);
    for (int i = 0; i < 20; i++) {
      update();
      model.pass(1);
    }

    follow(HOUR_MS);

    assertThat(client.frames("snapshot")).isGreaterThan(2);
  }
}
