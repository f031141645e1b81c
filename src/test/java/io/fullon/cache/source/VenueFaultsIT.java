package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.source.SourceState.State;
import io.fullon.cache.source.venue.BybitLinear;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.tick.Tick;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every exchange has every fault, and its source says what it is, and is live again. */
class VenueFaultsIT {

  /** So many ticks are more than one a second, in the time that the tests make of a minute. */
  private static final int BUSY = 70;

  private static CacheNode node;

  @BeforeAll
  static void start() {
    node = CacheNode.start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  static Stream<FakeVenues.Maker> venues() {
    return FakeVenues.all();
  }

  private static void assertNothingWrong(FakeVenue venue) {
    assertThat(venue.violations()).isEmpty();
  }

  /** What is wanted is subscribed, nothing twice, and a price gets through. */
  private static void assertWell(FakeVenue venue, RunningSource source) {
    source.goLive();
    // One that is sent between two connections is nobody's.
    await()
        .atMost(Patience.LONG)
        .until(
            () -> {
              venue.tick(1, "777.70");
              return "777.70".equals(source.price(1));
            });
    assertNothingWrong(venue);
  }

  @ParameterizedTest
  @MethodSource("venues")
  void itsTicksAreStoredWithAllDigits(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();
      Instant time = Instant.now().truncatedTo(ChronoUnit.MILLIS);

      venue.tick(1, "63297.70", "63297.10", "63297.80", "1020.88391270", time);

      source.awaitPrice(1, "63297.70");
      Tick tick = awaitLast(source, venue.symbol(1), one -> one.bid() != null);
      assertThat(tick.bid()).hasToString("63297.10");
      assertThat(tick.ask()).hasToString("63297.80");
      assertThat(tick.last()).hasToString("63297.70");
      assertThat(tick.volume()).hasToString("1020.88391270");
      if (!maker.name().equals("binance")) { // it sends no time with bid and ask
        assertThat(tick.time()).isEqualTo(time);
      }
      assertThat(source.states()).startsWith(State.CONNECTING).endsWith(State.LIVE);
      assertNothingWrong(venue);
    }
  }

  private static Tick awaitLast(RunningSource source, String symbol, Predicate<Tick> condition) {
    await().atMost(Patience.LONG).until(() -> last(source, symbol).filter(condition).isPresent());
    return last(source, symbol).orElseThrow();
  }

  private static Optional<Tick> last(RunningSource source, String symbol) {
    return source.ticks().stream()
        .filter(tick -> tick.symbol().equals(symbol))
        .reduce((one, other) -> other);
  }

  @ParameterizedTest
  @MethodSource("venues")
  void itsInstrumentsAreSymbols(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = new RunningSource(node, venue, "*")) {
      source.awaitSubscribed(0, 1, 2);

      for (int i = 0; i < FakeVenue.SYMBOLS; i++) {
        String symbol = venue.symbol(i);
        await(symbol)
            .until(() -> CacheNode.get(node.symbols().getSymbol(symbol, venue.exchange())) != null);
        assertThat(CacheNode.get(node.symbols().getSymbol(symbol, venue.exchange())).tickSize())
            .as(symbol)
            .isPositive();
      }
      assertNothingWrong(venue);
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void aListThatCannotBeReadDoesNotKeepTicksFromRunning(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get()) {
      venue.listStatus = 500;
      int other = maker.name().equals("okx") ? 1 : 2;
      try (RunningSource source =
          new RunningSource(node, venue, venue.symbol(0), venue.symbol(other))) {
        source.awaitSubscribed(0, other);
        source.awaitLive();

        venue.listStatus = 200;

        await()
            .until(
                () ->
                    CacheNode.get(node.symbols().getSymbol(venue.symbol(0), venue.exchange()))
                        != null);
        assertNothingWrong(venue);
      }
    }
  }

  /** The answer, and the end of the path at which it is given. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "kraken|{'error':['EAPI:Rate limit exceeded']}|",
        "kraken|{'error':[],'result':{}}|", // an exchange without instruments is none
        "bybit|{'retCode':10006,'retMsg':'Too many visits!','result':{}}|cursor=more",
        "okx|{'code':'50011','msg':'Too Many Requests','data':[]}|SPOT"
      })
  void aListThatIsAnErrorTakesNothingAway(String exchange, String answer, String at) {
    FakeVenues.Maker maker =
        FakeVenues.all().filter(one -> one.name().equals(exchange)).findFirst().orElseThrow();
    JsonObject times = new JsonObject().put("instruments_ms", 50);
    try (FakeVenue venue = maker.make().get();
        RunningSource source = new RunningSource(node, venue, times, "*")) {
      source.awaitSubscribed(0, 1, 2);
      venue.listAnswerAt = at == null ? "" : at;
      venue.listAnswer = answer.replace('\'', '"');
      int lists = venue.lists();
      await().atMost(Patience.LONG).until(() -> venue.lists() > lists + 6);

      assertThat(venue.subscribed()).isEqualTo(venue.topics(0, 1, 2));
      source.awaitLive();
      assertThat(source.state().reason()).isEmpty();
      assertThat(venue.accepted()).isEqualTo(venue.open());
      assertNothingWrong(venue);
    }
  }

  @Test
  void aListThatIsAnErrorFromTheStartDoesNotKeepTicksFromRunning() {
    try (FakeVenue venue = new FakeVenues.FakeKraken()) {
      venue.listAnswer = "{\"error\":[\"EGeneral:Temporary lockout\"]}";
      try (RunningSource source = RunningSource.ofTwo(node, venue)) {
        assertWell(venue, source);
      }
      try (RunningSource source = new RunningSource(node, venue, "*")) {
        source.awaitState(State.DOWN);
        assertThat(source.state().reason()).contains("Temporary lockout");

        venue.listAnswer = null;

        source.awaitSubscribed(0, 1, 2);
      }
    }
  }

  @Test
  void whereNoTickCanBeTakenThatIsSaid() {
    try (FakeVenue venue = new FakeVenues.FakeOkx();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();

      await()
          .atMost(Patience.LONG)
          .until(
              () -> {
                venue.tick(0, "1", "1", "1", "1", Instant.now().plusSeconds(3_600));
                return source.state().reason().contains("ahead of now");
              });

      venue.tick(0, "2");
      await().atMost(Patience.LONG).until(() -> source.state().reason().isEmpty());
      assertWell(venue, source);
    }
  }

  @Test
  void whereEverythingIsRefusedNoSymbolIsToBlame() {
    try (FakeVenue venue = new FakeVenues.FakeCoinbase()) {
      venue.refuse(0);
      venue.refuse(1);
      try (RunningSource source = RunningSource.ofTwo(node, venue)) {
        source.awaitState(State.DOWN);
        assertThat(source.state().reason())
            .contains("failure to subscribe")
            .doesNotContain(venue.symbol(0));

        venue.accept(0);
        venue.accept(1);

        assertWell(venue, source);
      }
    }
  }

  @Test
  void whileAllSymbolsAreRefusedItStaysDown() {
    try (FakeVenue venue = new FakeVenues.FakeOkx()) {
      venue.refuse(0);
      venue.refuse(1);
      try (RunningSource source = RunningSource.ofTwo(node, venue)) {
        await().atMost(Patience.LONG).until(() -> venue.accepted() >= 3);
        assertThat(source.states()).containsExactly(State.CONNECTING, State.DOWN);

        venue.accept(0);
        venue.accept(1);

        assertWell(venue, source);
      }
    }
  }

  @Test
  void whatOnlyTheListCanNameWaitsForIt() {
    String dated = "BTC/USDT:USDT-251226";
    try (FakeVenue venue = new FakeVenues.FakeBybit(new BybitLinear())) {
      venue.listStatus = 500;
      try (RunningSource source = new RunningSource(node, venue, dated)) {
        source.awaitState(State.DOWN);

        assertThat(source.state().reason()).contains(dated, "list").doesNotContain("does not have");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void aSymbolThatIsNotListedIsNamedAndTheOthersRun(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source =
            new RunningSource(node, venue, venue.symbol(0), "NEVER/LISTED", venue.symbol(1))) {
      source.goLive();

      assertThat(source.state().reason()).contains("NEVER/LISTED");
      assertWell(venue, source);
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void aSymbolThatIsRefusedIsNamedAndTheOthersRun(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get()) {
      venue.refuse(2);
      try (RunningSource source =
          new RunningSource(node, venue, venue.symbol(0), venue.symbol(2), venue.symbol(1))) {
        source.goLive();

        await()
            .atMost(Patience.LONG)
            .until(() -> source.state().reason().contains(venue.symbol(2)));
        assertWell(venue, source);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void aLateAnswerIsAwaited(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get()) {
      venue.answerDelayMs = 600; // longer than silence may last
      try (RunningSource source = RunningSource.ofTwo(node, venue)) {
        assertWell(venue, source);
        assertThat(venue.accepted()).isEqualTo(SourceOptionsTest.urls(venue));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void noAnswerIsSilence(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get()) {
      venue.deaf = true;
      try (RunningSource source = RunningSource.ofTwo(node, venue)) {
        source.awaitState(State.SILENT);
        await().atMost(Patience.LONG).until(() -> venue.accepted() > 4);
        assertThat(source.states()).containsExactly(State.CONNECTING, State.SILENT);

        venue.deaf = false;

        assertWell(venue, source);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void onlyAnswersAreNoSignOfLife(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get()) {
      venue.silent = true;
      try (RunningSource source = RunningSource.ofTwo(node, venue)) {
        source.awaitSubscribed(0, 1);
        if (venue.venue().liveness().heartbeats()) {
          source.awaitState(State.SILENT);
        }
        assertThat(source.states()).doesNotContain(State.LIVE);

        venue.silent = false;

        assertWell(venue, source);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void silenceInTheMiddleIsTold(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();
      for (int i = 0; i < BUSY; i++) {
        venue.tick(i % 2, String.valueOf(500 + i));
      }

      venue.silent = true;

      source.awaitState(State.SILENT);
      assertThat(source.state().reason()).contains("nothing comes");
      int accepted = venue.accepted();
      await().atMost(Patience.LONG).until(() -> venue.accepted() > accepted + 1);
      assertThat(
              source
                  .states()
                  .subList(source.states().lastIndexOf(State.LIVE), source.states().size()))
          .containsExactly(State.LIVE, State.SILENT);
      venue.silent = false;
      assertWell(venue, source);
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void quietSymbolsAreNoSilence(FakeVenues.Maker maker) {
    JsonObject times = new JsonObject().put("renew_ms", 300).put("silent_ms", 2_000);
    try (FakeVenue venue = maker.make().get();
        RunningSource source =
            new RunningSource(node, venue, times, venue.symbol(0), venue.symbol(1))) {
      source.goLive();
      int accepted = venue.accepted();
      int states = source.told().size();

      if (venue.venue().liveness().heartbeats()) {
        int frames = venue.sent();
        await().atMost(Patience.LONG).until(() -> venue.sent() > frames + 80);
      } else {
        await().atMost(Patience.LONG).until(() -> venue.accepted() > accepted + 5); // renewed
      }

      assertThat(source.told()).hasSize(states);
      assertThat(source.state().isLive()).isTrue();
      assertWell(venue, source);
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void aCutConnectionIsMadeAgain(FakeVenues.Maker maker) {
    JsonObject patient = new JsonObject().put("silent_ms", 60_000).put("stalled_ms", 60_000);
    try (FakeVenue venue = maker.make().get();
        RunningSource source =
            new RunningSource(node, venue, patient, venue.symbol(0), venue.symbol(1))) {
      source.goLive();

      for (int i = 0; i < 5; i++) {
        int told = source.told().size();
        venue.cut();
        await()
            .atMost(Patience.LONG)
            .until(
                () ->
                    source.told().stream()
                        .skip(told)
                        .anyMatch(
                            one ->
                                one.getString("state").equals("down")
                                    && one.getString("reason").contains("1006")));
        assertWell(venue, source);
      }
      assertThat(source.states()).doesNotContain(State.SILENT);
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void aCloseWithAReasonIsTold(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();
      int told = source.told().size();

      venue.close(1012, "restarting for the night");

      await().atMost(Patience.LONG).until(() -> source.told().size() > told);
      assertThat(source.told().get(told).getString("state")).isEqualTo("down");
      assertThat(source.told().get(told).getString("reason"))
          .contains("1012", "restarting for the night");
      assertWell(venue, source);
    }
  }

  static Stream<FakeVenues.Maker> thatAnnounceAnEnd() {
    return venues()
        .filter(maker -> Set.of("binance", "binance-usdm", "okx").contains(maker.name()));
  }

  @ParameterizedTest
  @MethodSource("thatAnnounceAnEnd")
  void anAnnouncedEndIsAnsweredByAnotherConnection(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();
      int accepted = venue.accepted();

      venue.send(venue.closing());

      await().atMost(Patience.LONG).until(() -> venue.accepted() > accepted);
      assertWell(venue, source);
      assertThat(source.states()).contains(State.MAINTENANCE).doesNotContain(State.DOWN);
    }
  }

  static Stream<FakeVenues.Maker> thatTellALimit() {
    return venues().filter(maker -> Set.of("kraken", "okx", "bitget").contains(maker.name()));
  }

  @ParameterizedTest
  @MethodSource("thatTellALimit")
  void tooManyMessagesAreALimit(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();

      venue.send(venue.tooMany());

      await().atMost(Patience.LONG).until(() -> source.states().contains(State.LIMITED));
      assertWell(venue, source);
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void aRefusalOfConnectionsIsALimitUntilItEnds(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();
      venue.refusing = 429;
      venue.retryAfter = "1";

      venue.cut();

      source.awaitState(State.LIMITED);
      assertThat(source.state().reason()).contains("429");
      venue.refusing = 0;
      assertWell(venue, source);
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void anExchangeThatIsNotThereIsDown(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get()) {
      venue.refusing = 503;
      try (RunningSource source = RunningSource.ofTwo(node, venue)) {
        source.awaitState(State.DOWN);
        await().atMost(Patience.LONG).until(() -> venue.attempts() > 5);
        assertThat(source.state().reason()).contains("503");
        assertThat(source.states()).containsExactly(State.CONNECTING, State.DOWN);

        venue.refusing = 0;

        assertWell(venue, source);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void garbageIsSkipped(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();
      int accepted = venue.accepted();

      for (String garbage :
          new String[] {
            "",
            "x",
            "{",
            "[[[[",
            "{}",
            "[]",
            "null",
            "{\"channel\":{}}",
            "{\"data\":7}",
            "{\"topic\":\"tickers.\",\"data\":[]}",
            "{\"event\":[]}",
            "{\"e\":\"24hrTicker\"}",
            "[".repeat(5_000),
            "{\"s\":1,\"b\":2,\"a\":3}"
          }) {
        venue.send(garbage);
      }
      venue.onEach(one -> one.socket.writeBinaryMessage(Buffer.buffer("x")));

      assertWell(venue, source);
      assertThat(venue.accepted()).isEqualTo(accepted);
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void aFrameThatIsTooLongCostsTheConnectionAndNoMore(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();
      int accepted = venue.accepted();

      venue.send("x".repeat(10_000_000));

      await().atMost(Patience.LONG).until(() -> venue.accepted() > accepted);
      assertWell(venue, source);
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void aNumberThatIsTooLongIsNone(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();
      Instant now = Instant.now();

      venue.tick(1, "12.50", "1".repeat(80), "12.60", "7", now);

      Tick tick = awaitLast(source, venue.symbol(1), one -> one.ask() != null);
      assertThat(tick.price()).hasToString("12.50");
      assertThat(tick.bid()).isNull();
      venue.tick(1, "1".repeat(80), "12.40", "12.60", "7", now);
      assertWell(venue, source);
    }
  }

  @ParameterizedTest
  @MethodSource("venues")
  void noTickIsEarlierThanTheOneBefore(FakeVenues.Maker maker) {
    try (FakeVenue venue = maker.make().get();
        RunningSource source = RunningSource.ofTwo(node, venue)) {
      source.goLive();
      Instant time = Instant.now().minusSeconds(5).truncatedTo(ChronoUnit.MILLIS);
      venue.tick(1, "1", "1", "1", "1", time);
      source.awaitPrice(1, "1");

      venue.tick(1, "2", "2", "2", "1", time.minusSeconds(3));

      source.awaitPrice(1, "2");
      Tick tick = awaitLast(source, venue.symbol(1), one -> one.price().intValue() == 2);
      assertThat(tick.time()).isAfterOrEqualTo(time);
      assertNothingWrong(venue);
    }
  }
}
