package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.Browser;
import io.fullon.cache.testing.FakeFeed;
import io.fullon.cache.testing.FakeFeed.Connection;
import io.fullon.cache.testing.Pages;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The browser's side of the feed, in a real browser, against a server that says what it is told.
 */
class TickerFeedIT {

  @AutoClose private static Browser browser;

  private FakeFeed server;

  @BeforeAll
  static void startBrowser() {
    browser = Browser.start();
  }

  /**
   * Puts all that the client reports into a log, and takes the chance out of its pauses. Stops the
   * clock by which it notices that it was asleep: a busy machine must not look so.
   */
  @BeforeEach
  void open() {
    server = new FakeFeed();
    browser.console(); // what an earlier test has left there
    browser.open(server.port(), "/");
    browser.run(
        "window.log = []; Math.random = () => 1; const start = Date.now(); Date.now = () => start;"
            + "window.sub = (name, exchange, symbols, intervalMs)"
            + " => feed.subscribe(exchange, symbols,  tick => log.push(`${name}"
            + " ${tick.symbol}=${tick.price}`),  { intervalMs, onRemoved: gone => log.push(`${name}"
            + " -${gone.symbol}`) });import('/ticker-feed.js').then(({ TickerFeed }) => { "
            + " window.TickerFeed = TickerFeed; });");
    browser.awaitTrue("window.TickerFeed");
  }

  @AfterEach
  void close() {
    server.close();
  }

  private Connection connect(String options) {
    browser.run(
        "window.feed = new TickerFeed(undefined, "
            + options
            + ");feed.addEventListener('state', ({ detail }) =>  log.push(detail.state +"
            + " (detail.retryInMs === undefined ? '' : ' ' +"
            + " detail.retryInMs)));feed.addEventListener('error', ({ detail }) =>  log.push('error"
            + " ' + detail.code + ' ' + (detail.symbol ?? '')));");
    return server.accept();
  }

  private static Connection welcome(Connection connection) {
    return welcome(connection, "{\"message_bytes\":65536,\"requests_per_second\":50}");
  }

  private static Connection welcome(Connection connection, String limits) {
    return connection.send(
        "{\"type\":\"welcome\",\"heartbeat_ms\":60000,\"feed\":\"live\",\"limits\":"
            + limits
            + "}");
  }

  private Connection connect() {
    return welcome(connect("{}"));
  }

  /** Reconnects after the connection was lost; gives the new one. */
  private Connection reconnect(Connection lost) {
    lost.close();
    return welcome(server.accept());
  }

  private static void subscribe(String name, String exchange, String symbols) {
    browser.run(
        "window." + name + " = sub('" + name + "', '" + exchange + "', " + symbols + ", 0)");
  }

  private static String tick(String symbol, String price, long seq) {
    return "{\"exchange\":\"e\",\"symbol\":\""
        + symbol
        + "\",\"price\":\""
        + price
        + "\",\"time\":"
        + seq
        + ",\"seq\":"
        + seq
        + "}";
  }

  private static String ticks(String type, JsonObject request, String... ticks) {
    String id = request == null ? "" : ",\"req_id\":" + request.getValue("req_id");
    return "{\"type\":\"" + type + "\"" + id + ",\"ticks\":[" + String.join(",", ticks) + "]}";
  }

  private static void accept(Connection connection, JsonObject request, String... known) {
    connection
        .send(
            "{\"type\":\"ack\",\"req_id\":"
                + request.getValue("req_id")
                + ",\"op\":\"subscribe\",\"interval_ms\":0,\"results\":[]}")
        .send(ticks("snapshot", request, known));
  }

  @SuppressWarnings("unchecked")
  private static List<String> log() {
    return (List<String>) browser.run("return log");
  }

  /** Waits until the client has reported exactly this since the last time. */
  private static void expect(String... lines) {
    await()
        .untilAsserted(
            () -> {
              if (log().size() < lines.length) {
                throw new AssertionError("Only " + log());
              }
            });
    assertThat(log()).containsExactly(lines);
    browser.run("log.length = 0");
  }

  @Test
  void subscribesAndGivesEveryTickOnce() {
    Connection connection = connect();
    subscribe("one", "e", "['A','B']");
    JsonObject request = connection.next();
    assertThat(request.encode())
        .isEqualTo(
            "{\"op\":\"subscribe\",\"req_id\":1,\"exchange\":\"e\",\"symbols\":[\"A\",\"B\"],"
                + "\"interval_ms\":0}");

    accept(connection, request, tick("A", "1.0", 5));
    connection.send(ticks("update", null, tick("B", "2", 7), tick("A", "3", 6)));

    expect("live", "one A=1.0", "one B=2", "one A=3");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void afterALossItGoesOnWithoutRepeatingAndTellsWhatIsGone() {
    Connection first = connect();
    subscribe("one", "*", "'*'");
    accept(first, first.next(), tick("A", "1", 1), tick("B", "1", 1), tick("C", "1", 1));
    expect("live", "one A=1", "one B=1", "one C=1");

    Connection second = reconnect(first);
    JsonObject again = second.next();
    assertThat(again.getJsonArray("symbols")).isEqualTo(new JsonArray().add("*"));
    accept(second, again, tick("A", "1", 1), tick("B", "2", 2));
    second.send(ticks("update", null, tick("A", "3", 2)));

    expect("reconnecting 250", "reconnecting", "one B=2", "one -C", "live", "one A=3");
  }

  @Test
  void pricesOfBeforeALossAreNotLiveUntilAllIsToldThatIsNew() {
    Connection first = connect();
    subscribe("one", "e", "'A'");
    subscribe("two", "f", "'*'");
    accept(first, first.next(), tick("A", "1", 1));
    accept(first, first.next());
    expect("live", "one A=1");

    Connection second = reconnect(first);
    JsonObject one = second.next();
    JsonObject two = second.next();
    accept(second, one, tick("A", "2", 2));
    second.send("{\"type\":\"heartbeat\",\"time\":1,\"feed\":\"live\"}");
    expect("reconnecting 250", "reconnecting", "one A=2");
    accept(second, two);

    expect("live");
  }

  @Test
  void afterALossItAsksOfOneExchangeOnlyForWhatIsNew() {
    Connection first = connect();
    subscribe("one", "e", "'*'");
    accept(first, first.next(), tick("A", "1", 1), tick("B", "1", 1), tick("C", "1", 1));
    expect("live", "one A=1", "one B=1", "one C=1");

    Connection second = reconnect(first);
    JsonObject again = second.next();
    assertThat(again.getJsonObject("since"))
        .isEqualTo(new JsonObject().put("A", 1).put("B", 1).put("C", 1));
    accept(second, again, tick("B", "2", 2));
    second.send("{\"type\":\"removed\",\"symbols\":[{\"exchange\":\"e\",\"symbol\":\"C\"}]}");
    second.send(ticks("update", null, tick("A", "3", 2)));

    expect("reconnecting 250", "reconnecting", "one B=2", "live", "one -C", "one A=3");
  }

  @Test
  void doesNotGoBackToWhatAServerThatLagsBehindSays() {
    Connection first = connect();
    subscribe("one", "e", "'A'");
    accept(first, first.next(), tick("A", "5", 5));

    Connection second = reconnect(first);
    accept(second, second.next(), tick("A", "4", 4));
    second.send(ticks("update", null, tick("A", "5", 5), tick("A", "6", 6)));

    expect("live", "one A=5", "reconnecting 250", "reconnecting", "live", "one A=6");
  }

  @Test
  void waitsLongerAfterEachAttemptThatFails() {
    Connection connection = connect();
    server.refuse(true);
    connection.close();

    await().until(() -> log().contains("reconnecting 2000"));
    assertThat(log())
        .startsWith(
            "live",
            "reconnecting 250",
            "reconnecting",
            "reconnecting 500",
            "reconnecting",
            "reconnecting 1000",
            "reconnecting",
            "reconnecting 2000");
    server.refuse(false);
    welcome(server.accept());
    await().until(() -> log().contains("live") && log().lastIndexOf("live") > 0);
  }

  @Test
  void comesBackWhenTheServerThatStopsSaysSo() {
    Connection connection = connect();
    connection.send("{\"type\":\"shutdown\",\"reconnect_after_ms\":300}");
    reconnect(connection);

    expect("live", "reconnecting 300", "reconnecting", "live");
  }

  /** Makes time pass when the test says so: {@code pass(ms)} runs the timers that repeat. */
  private static void stopTime() {
    browser.run(
        """
        window.now = 1e12;
        window.repeating = new Map();
        Date.now = () => now;
        window.setInterval = (step, ms) => {
          const id = {};
          repeating.set(id, { step, ms, at: now + ms });
          return id;
        };
        const { clearInterval } = window;
        window.clearInterval = id => repeating.delete(id) || clearInterval(id);
        window.pass = ms => {
          for (const end = now + ms; now < end; now += 50) {
            for (const timer of [...repeating.values()].filter(({ at }) => at <= now)) {
              timer.at = now + timer.ms;
              timer.step();
            }
          }
        };
        """);
  }

  private Connection connect(int heartbeatMs) {
    return connect("{}", heartbeatMs);
  }

  private Connection connect(String options, int heartbeatMs) {
    return connect(options)
        .send(
            "{\"type\":\"welcome\",\"heartbeat_ms\":"
                + heartbeatMs
                + ",\"feed\":\"live\",\"limits\":{\"requests_per_second\":50}}");
  }

  @Test
  void givesUpAConnectionOnWhichNothingComesForTenSeconds() {
    stopTime();
    connect(1_000);
    expect("live");

    browser.run("pass(9_900)");
    assertThat(log()).isEmpty();
    browser.run("pass(1_200)");

    expect("reconnecting 250");
  }

  @Test
  void waitsForThreeHeartbeatsWhereTheyAreSlow() {
    stopTime();
    connect(60_000);
    expect("live");

    browser.run("pass(179_000)");
    assertThat(log()).isEmpty();
    browser.run("pass(2_000)");

    expect("reconnecting 250");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "",
        "null",
        "[]x",
        "{\"type\":\"update\"}",
        "{\"type\":\"ack\",\"results\":5}"
      })
  void aFrameThatCannotBeUnderstoodEndsTheConnection(String frame) {
    Connection connection = connect();
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));

    connection.send(frame);
    Connection next = welcome(server.accept());
    accept(next, next.next(), tick("A", "2", 2));

    expect(
        "live",
        "one A=1",
        "error MALFORMED_MESSAGE ",
        "reconnecting 250",
        "reconnecting",
        "one A=2",
        "live");
    await().until(connection::isClosed);
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void nothingWakesUpWithNothingToSend() {
    stopTime();
    Connection connection = connect();
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));
    expect("live", "one A=1");

    assertThat(browser.run("return repeating.size")).as("timers that repeat").isEqualTo(1L);
  }

  @Test
  void makesAnEventOfATickOnlyForThoseWhoListen() {
    Connection connection = connect();
    browser.run(
        "const { dispatchEvent } = feed;"
            + "feed.dispatchEvent = event => {"
            + "  if (event.type === 'tick') log.push('event ' + event.detail.price);"
            + "  return dispatchEvent.call(feed, event);"
            + "};");
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));
    expect("live", "one A=1");

    browser.run("feed.addEventListener('tick', ({ detail }) => log.push('heard ' + detail.price))");
    connection.send(ticks("update", null, tick("A", "2", 2)));

    expect("one A=2", "event 2", "heard 2");
  }

  @Test
  void whoComesAndGoesWhileTicksComeIsCalledForNoOther() {
    Connection connection = connect();
    subscribe("one", "e", "'A'");
    subscribe("all", "*", "'*'");
    JsonObject exact = connection.next();
    JsonObject all = connection.next();
    accept(connection, exact, tick("A", "1", 1));
    accept(connection, all, tick("A", "1", 1), tick("B", "1", 1));
    expect("live", "one A=1", "all A=1", "all B=1");

    subscribe("b", "*", "'B'");
    accept(connection, connection.next(), tick("B", "1", 1));
    connection.send(ticks("update", null, tick("A", "2", 2), tick("B", "2", 2)));
    expect("b B=1", "one A=2", "all A=2", "b B=2", "all B=2");
    browser.run("all.close()");
    connection.send(ticks("update", null, tick("A", "3", 3), tick("B", "3", 3)));
    expect("one A=3", "b B=3");
  }

  // After a sleep

  /** Short enough to be no more than a pause of a server whose heartbeats are slow. */
  private static final int ASLEEP_MS = 4_000;

  private static final int SLOW_HEARTBEAT_MS = 60_000;

  private static void sleep() {
    browser.run("const { now } = Date; Date.now = () => now() + arguments[0]", ASLEEP_MS);
  }

  /** Waits until the client has asked for a sign of life. */
  private static JsonObject ping(Connection connection) {
    JsonObject request = connection.next();
    assertThat(request.getString("op")).isEqualTo("ping");
    return request;
  }

  private static void pong(Connection connection, JsonObject ping) {
    connection.send("{\"type\":\"pong\",\"req_id\":" + ping.getValue("req_id") + "}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"visibilitychange", "pageshow", "resume", "online"})
  void afterASleepPricesAreNotLiveUntilTheServerHasAnswered(String event) {
    Connection connection = connect(SLOW_HEARTBEAT_MS);
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));
    expect("live", "one A=1");

    sleep();
    browser.run(
        "document.dispatchEvent(new Event(arguments[0], { bubbles: true }));"
            + "log.push(feed.state);",
        event);
    JsonObject ping = ping(connection);
    connection.send(ticks("update", null, tick("A", "2", 2))); // and what waited meanwhile
    connection.send("{\"type\":\"heartbeat\",\"time\":1,\"feed\":\"live\"}");
    expect("reconnecting", "reconnecting", "one A=2");
    pong(connection, ping);

    expect("live");
  }

  @Test
  void whatArrivesBeforeTheSleepIsNoticedIsNotLiveEither() {
    Connection connection = connect(SLOW_HEARTBEAT_MS);
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));
    expect("live", "one A=1");
    browser.run("for (let i = 0; i < 1000; i++) clearInterval(i)");
    sleep();

    connection.send(ticks("update", null, tick("A", "2", 2)));
    ping(connection);

    expect("reconnecting", "one A=2");
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, SLOW_HEARTBEAT_MS})
  void aSleepIsAlsoNoticedWhereNothingTellsOfIt(int heartbeatMs) {
    Connection connection = connect(heartbeatMs);
    expect("live");

    sleep();
    pong(connection, ping(connection));

    expect("reconnecting", "live");
  }

  @Test
  void aConnectionThatDidNotOutliveTheSleepIsGivenUpSoon() {
    stopTime();
    Connection connection = connect(SLOW_HEARTBEAT_MS);
    expect("live");

    browser.run("now += arguments[0]; dispatchEvent(new Event('pageshow'));", ASLEEP_MS);
    ping(connection);
    browser.run("pass(2_000)");

    expect("reconnecting", "reconnecting 250");
    server.accept();
  }

  @Test
  void afterASleepItDoesNotWaitToTryAgain() {
    Connection connection = connect();
    connection.close(4029, "lasting excess over a limit");
    expect("live", "reconnecting 10000");

    browser.run("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
    welcome(server.accept());

    expect("reconnecting", "live");
  }

  @Test
  void aServerWithoutItsSourceIsNotLiveAfterASleepEither() {
    Connection connection = connect(SLOW_HEARTBEAT_MS);
    expect("live");

    sleep();
    browser.run("dispatchEvent(new Event('pageshow'))");
    JsonObject ping = ping(connection);
    connection.send("{\"type\":\"feed\",\"state\":\"stale\"}");
    pong(connection, ping);

    expect("reconnecting", "stale");
  }

  // In a tab out of sight

  /** Lets timers run once a minute: {@code minute()} makes one pass, {@code Held} one a message. */
  private static void holdTimersBack() {
    stopTime();
    browser.run(
        """
        const run = () => { for (const { step } of [...repeating.values()]) step(); };
        window.minute = () => { now += 60_000; run(); };
        window.Held = class extends WebSocket {
          constructor(url) {
            super(url);
            this.addEventListener('message', () => { if ((now += 1_000) % 60_000 === 0) run(); });
          }
        };
        """);
  }

  @Test
  void whereTimersAreHeldBackALiveConnectionStaysLive() {
    holdTimersBack();
    Connection connection = connect("{ WebSocket: Held }", 1_000);
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));

    for (int second = 0; second < 240; second++) {
      connection.send("{\"type\":\"heartbeat\",\"time\":1,\"feed\":\"live\"}");
    }
    connection.send(ticks("update", null, tick("A", "2", 2)));

    expect("live", "one A=1", "one A=2");
  }

  @Test
  void whereTimersAreHeldBackAConnectionThatAnswersIsKept() {
    holdTimersBack();
    Connection connection = connect(SLOW_HEARTBEAT_MS);
    expect("live");

    for (int minute = 0; minute < 5; minute++) {
      browser.run("minute()");
      pong(connection, ping(connection));
      expect("reconnecting", "live");
    }
  }

  @Test
  void whereTimersAreHeldBackAConnectionThatIsSilentIsGivenUpToo() {
    holdTimersBack();
    connect(1_000);
    expect("live");

    browser.run("for (let i = 0; i < 5; i++) minute()");

    assertThat(log()).contains("reconnecting 250");
    server.accept();
  }

  @Test
  void aTabThatIsShownAgainIsLiveOnlyWithThePricesOfNow() {
    holdTimersBack();
    Connection connection = connect(SLOW_HEARTBEAT_MS);
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));
    expect("live", "one A=1");
    browser.run("minute()");
    pong(connection, ping(connection));
    expect("reconnecting", "live");

    browser.run(
        "now += 59_000; document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));"
            + "log.push(feed.state)");
    JsonObject ping = ping(connection);
    connection.send(ticks("update", null, tick("A", "2", 2)));
    pong(connection, ping);

    expect("reconnecting", "reconnecting", "one A=2", "live");
  }

  @Test
  void tellsWhetherTheServerHasItsSource() {
    Connection connection = connect("{}");
    connection.send("{\"type\":\"welcome\",\"heartbeat_ms\":60000,\"feed\":\"stale\"}");
    connection.send("{\"type\":\"heartbeat\",\"time\":1,\"feed\":\"stale\"}");
    connection.send("{\"type\":\"feed\",\"state\":\"live\"}");
    connection.send("{\"type\":\"heartbeat\",\"time\":2,\"feed\":\"live\"}");
    connection.send("{\"type\":\"feed\",\"state\":\"stale\"}");

    expect("stale", "live", "stale");
  }

  @Test
  void takesOverWhatChangedWhileTheServerWasStale() {
    Connection connection = connect();
    subscribe("one", "e", "'*'");
    accept(connection, connection.next(), tick("A", "1", 1), tick("B", "1", 1));
    connection.send("{\"type\":\"feed\",\"state\":\"stale\"}");
    connection.send("{\"type\":\"feed\",\"state\":\"live\"}");
    connection.send(
        "{\"type\":\"removed\",\"symbols\":[{\"exchange\":\"e\",\"symbol\":\"A\"},"
            + "{\"exchange\":\"e\",\"symbol\":\"B\"}]}");
    connection.send(ticks("snapshot", null, tick("B", "0.5", 0)));

    expect("live", "one A=1", "one B=1", "stale", "live", "one -A", "one -B", "one B=0.5");
  }

  @Test
  void severalWhoFollowTheSameShareOneSubscription() {
    Connection connection = connect();
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));
    expect("live", "one A=1");

    subscribe("two", "e", "['A']");
    expect("two A=1");
    connection.send(ticks("update", null, tick("A", "2", 2)));
    expect("one A=2", "two A=2");
    browser.run("one.close()");
    connection.send(ticks("update", null, tick("A", "3", 3)));
    expect("two A=3");
    browser.run("two.close()");

    // The next request: there was none in between.
    assertThat(connection.next().encode())
        .isEqualTo("{\"op\":\"unsubscribe\",\"req_id\":2,\"exchange\":\"e\",\"symbols\":[\"A\"]}");
  }

  @Test
  void whoSubscribesTwiceToTheSameIsCalledOnce() {
    Connection connection = connect();
    subscribe("one", "e", "['A','*','A']");
    JsonObject request = connection.next();
    assertThat(request.getJsonArray("symbols")).hasSize(2);
    accept(connection, request, tick("A", "1", 1));
    connection.send(ticks("update", null, tick("A", "2", 2)));

    expect("live", "one A=1", "one A=2");
  }

  @Test
  void asksForTheSmallestIntervalThatIsWanted() {
    Connection connection = connect();
    browser.run("window.slow = sub('slow', 'e', 'A', 1000)");
    assertThat(connection.next().getInteger("interval_ms")).isEqualTo(1000);
    browser.run("window.fast = sub('fast', 'e', 'A', 100)");
    assertThat(connection.next().getInteger("interval_ms")).isEqualTo(100);
    browser.run("fast.close()");
    assertThat(connection.next().getInteger("interval_ms")).isEqualTo(1000);
  }

  @Test
  void aCallbackThatFailsDoesNotKeepOthersFromTheirs() {
    Connection connection = connect();
    browser.run("feed.subscribe('e', 'A', () => { throw new Error('on purpose'); })");
    subscribe("two", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));
    connection.send(ticks("update", null, tick("A", "2", 2)));

    expect("live", "two A=1", "two A=2");
    assertThat(browser.console()).allMatch(line -> line.contains("on purpose")).hasSize(2);
  }

  @Test
  void asksAgainWhenItAskedTooOften() {
    Connection connection = connect();
    subscribe("one", "e", "'A'");
    JsonObject request = connection.next();
    connection.send(
        "{\"type\":\"error\",\"req_id\":"
            + request.getValue("req_id")
            + ",\"code\":\"RATE_LIMITED\",\"message\":\"slow down\"}");

    JsonObject again = connection.next();
    assertThat(again.getJsonArray("symbols")).isEqualTo(request.getJsonArray("symbols"));
    expect("live", "error RATE_LIMITED ");
  }

  @Test
  void reportsTheSymbolsThatAreRefused() {
    Connection connection = connect();
    subscribe("one", "e", "['A','B\\\\B']");
    JsonObject request = connection.next();
    connection.send(
        "{\"type\":\"ack\",\"req_id\":1,\"op\":\"subscribe\",\"interval_ms\":0,\"results\":["
            + "{\"exchange\":\"e\",\"symbol\":\"A\",\"ok\":true},{\"exchange\":\"e\","
            + "\"symbol\":\"B\\\\B\",\"ok\":false,\"code\":\"INVALID_SYMBOL\",\"message\":\"no\"}]}");
    connection.send(ticks("snapshot", request, tick("A", "1", 1)));

    expect("live", "error INVALID_SYMBOL B\\B", "one A=1");
  }

  @Test
  void asksForManySymbolsInMessagesThatAreNotTooLong() {
    Connection connection = welcome(connect("{}"), "{\"message_bytes\":1024}");
    browser.run("sub('one', 'e', Array.from({ length: 100 }, (_, i) => 'SYMBOL\\\\' + i), 0)");

    Set<Object> asked = new LinkedHashSet<>();
    while (asked.size() < 100) {
      JsonObject request = connection.next();
      assertThat(request.encode().length()).isLessThan(512);
      request.getJsonArray("symbols").forEach(symbol -> assertThat(asked.add(symbol)).isTrue());
    }
  }

  @Test
  void noMessageIsTooLongForItsLimitInBytesWhateverTheScript() {
    String limits = "{\"message_bytes\":1024}";
    Connection connection = welcome(connect("{}"), limits);
    String all = "Array.from({ length: 26 }, (_, i) => '币'.repeat(20) + '🐕' + i)";
    browser.run("sub('one', 'e', " + all + ", 0); sub('all', 'e', '*', 0)");
    List<String> known = new ArrayList<>();
    for (int i = 0; i < 26; i++) {
      known.add(tick("币".repeat(20) + "🐕" + i, "1", i + 1));
    }
    JsonObject request;
    do {
      request = next(connection);
      boolean isAll = request.getJsonArray("symbols").contains("*");
      accept(connection, request, isAll ? known.toArray(String[]::new) : new String[0]);
    } while (!request.getJsonArray("symbols").contains("*"));
    await().until(() -> log().stream().filter(line -> line.startsWith("all ")).count() == 26);

    connection.close();
    Connection again = welcome(server.accept(), limits);

    boolean sends = false;
    do {
      request = next(again);
      sends |= request.containsKey("since");
    } while (!request.getJsonArray("symbols").contains("*"));
    assertThat(sends).as("what the client has").isTrue();
  }

  private static JsonObject next(Connection connection) {
    JsonObject request = connection.next();
    assertThat(request.encode().getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(1_024);
    return request;
  }

  @Test
  void takesSymbolsOf64CharactersOutsideOfTheBasicPlane() {
    Connection connection = connect();

    subscribe("one", "e", "'🐕'.repeat(64)");

    assertThat(connection.next().getJsonArray("symbols").getString(0)).isEqualTo("🐕".repeat(64));
    assertThat(
            browser.run("try { sub('two', 'e', '🐕'.repeat(65), 0) } catch (e) { return e.name }"))
        .isEqualTo("TypeError");
  }

  @Test
  void changesTheIntervalOfASubscriptionWithoutLosingOrRepeatingATick() {
    Connection connection = connect();
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));

    browser.run("one.setInterval(500)");
    JsonObject changed = connection.next();
    assertThat(changed.getString("op")).isEqualTo("subscribe");
    assertThat(changed.getInteger("interval_ms")).isEqualTo(500);
    connection.send(ticks("update", null, tick("A", "2", 2)));
    accept(connection, changed, tick("A", "2", 2));
    connection.send(ticks("update", null, tick("A", "3", 3)));

    expect("live", "one A=1", "one A=2", "one A=3");
  }

  @Test
  void refusesArgumentsThatNoServerTakes() {
    connect();
    for (String arguments :
        List.of(
            "'e', 'A', () => {}, { intervalMs: -1 }",
            "'e', 'A', () => {}, { intervalMs: 0.5 }",
            "'e', 'A', () => {}, { intervalMs: 3600001 }",
            "undefined, 'A', () => {}",
            "'', 'A', () => {}",
            "'e x', 'A', () => {}",
            "['e'], 'A', () => {}",
            "'e', undefined, () => {}",
            "'e', '', () => {}",
            "'e', ['A', ''], () => {}",
            "'e', 'A B', () => {}",
            "'e', 'A\\u3000B', () => {}",
            "'e', [['A']], () => {}",
            "'e', new Set(['A']), () => {}",
            "'e', { length: 1 }, () => {}",
            "'e', 'A'",
            "'e', 'A', null",
            "'e', 'A', {}",
            "'e', 'A', () => {}, { onRemoved: 'x' }",
            "'e', 'A', () => {}, { intervalMs: '5' }",
            "'e', ['A', 5], () => {}",
            "'e', 'A'.repeat(65), () => {}")) {
      assertThat(
              browser.run(
                  "try { feed.subscribe("
                      + arguments
                      + "); return 'none'; } catch (e) { return e.name }"))
          .as(arguments)
          .isIn("RangeError", "TypeError");
    }
    assertThat(browser.run("return feed.get('e', [['A']]).catch(e => e.name)"))
        .isEqualTo("TypeError");
  }

  @Test
  void whatOneSubscriptionTakesOverFromAnotherIsCoveredWithoutAGap() {
    Connection connection = connect();
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));

    browser.run("one.close(); window.two = sub('two', 'e', '*', 0)");

    JsonObject subscription = connection.next();
    assertThat(subscription.getString("op")).isEqualTo("subscribe");
    assertThat(connection.next().getString("op")).isEqualTo("unsubscribe");
    accept(connection, subscription, tick("A", "2", 2));
    expect("live", "one A=1", "two A=1", "two A=2");
  }

  // Limits

  /** Makes the seconds of the client's pacing pass when the test says so. */
  private static void stopSeconds() {
    browser.run(
        "const start = setTimeout;"
            + "window.setTimeout = (step, ms) => {"
            + "  if (ms !== 1000) return start(step, ms);"
            + "  window.second = step;"
            + "};");
  }

  private static void logRequests() {
    browser.run(
        "const send = WebSocket.prototype.send;"
            + "WebSocket.prototype.send = function (text) {"
            + "  log.push('sent ' + JSON.parse(text).op);"
            + "  send.call(this, text);"
            + "};");
  }

  @Test
  void asksNoMoreOftenThanTheServerAllows() {
    stopSeconds();
    logRequests();
    Connection connection = welcome(connect("{}"), "{\"requests_per_second\":5}");
    browser.run("for (const e of ['a', 'b', 'c', 'd', 'f']) sub(e, e, 'A', 0)");
    assertThat(connection.next().getString("exchange")).isEqualTo("a");
    assertThat(connection.next().getString("exchange")).isEqualTo("b");
    expect("live", "sent subscribe", "sent subscribe");

    browser.run("second()");
    assertThat(connection.next().getString("exchange")).isEqualTo("c");
    assertThat(connection.next().getString("exchange")).isEqualTo("d");
    browser.run("second()");
    assertThat(connection.next().getString("exchange")).isEqualTo("f");
    expect("sent subscribe", "sent subscribe", "sent subscribe");
  }

  @Test
  void whoSubscribesAgainBeforeTheEndCouldBeToldGetsWhatIsNew() {
    stopSeconds();
    Connection connection = welcome(connect("{}"), "{\"requests_per_second\":1}");
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));
    expect("live", "one A=1");
    browser.run("one.close()");
    connection.send(ticks("update", null, tick("A", "2", 2)));
    connection.send("{\"type\":\"feed\",\"state\":\"stale\"}"); // and when that is there,
    expect("stale"); // so is the tick

    subscribe("two", "e", "'A'");
    browser.run("second()");
    accept(connection, connection.next(), tick("A", "2", 2));

    expect("two A=2");
  }

  @Test
  void anEndThatCouldNotBeToldYetIsToldAlsoWhenItAsksAnew() {
    stopSeconds();
    Connection connection = connect("{}");
    connection.send(
        "{\"type\":\"welcome\",\"heartbeat_ms\":60000,\"feed\":\"stale\","
            + "\"limits\":{\"requests_per_second\":1}}");
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));
    expect("stale", "one A=1");
    browser.run("one.close()");
    connection.send("{\"type\":\"feed\",\"state\":\"live\"}");
    expect("live");

    browser.run("second()");

    JsonObject end = connection.next();
    assertThat(end.getString("op")).isEqualTo("unsubscribe");
    assertThat(end.getJsonArray("symbols")).isEqualTo(new JsonArray().add("A"));
  }

  @Test
  void anEndThatWasToldIsNotToldAgainWhenItAsksAnew() {
    Connection connection = connect("{}");
    connection.send("{\"type\":\"welcome\",\"heartbeat_ms\":60000,\"feed\":\"stale\"}");
    subscribe("one", "e", "['A']");
    subscribe("two", "e", "['B']");
    accept(connection, connection.next(), tick("A", "1", 1));
    accept(connection, connection.next(), tick("B", "1", 1));
    browser.run("one.close()");
    assertThat(connection.next().getString("op")).isEqualTo("unsubscribe");
    connection.send("{\"type\":\"feed\",\"state\":\"live\"}");

    JsonObject again = connection.next();
    assertThat(again.getString("op")).isEqualTo("subscribe");
    assertThat(again.getJsonArray("symbols")).isEqualTo(new JsonArray().add("B"));
    accept(connection, again, tick("B", "1", 1));
    subscribe("three", "e", "['C']");
    assertThat(connection.next().getString("op")).isEqualTo("subscribe");
  }

  @Test
  void whatDidNotFitIsAskedForAgainWhenThereIsRoom() {
    Connection connection = connect();
    subscribe("one", "e", "['A','B']");
    JsonObject both = connection.next();
    accept(connection, both);
    subscribe("two", "e", "['C','D','E']");
    JsonObject refused = connection.next();
    connection
        .send(
            ack(
                refused,
                tooMany("C"),
                tooMany("D"),
                "{\"exchange\":\"e\",\"symbol\":\"E\",\"ok\":false,\"code\":\"INVALID_SYMBOL\"}"))
        .send(ticks("snapshot", refused));
    browser.run("window.three = sub('three', 'e', 'F', 0)");
    JsonObject third = connection.next();
    connection.send(ack(third, tooMany("F"))).send(ticks("snapshot", third));
    expect(
        "live",
        "error TOO_MANY_SUBSCRIPTIONS C",
        "error TOO_MANY_SUBSCRIPTIONS D",
        "error INVALID_SYMBOL E",
        "error TOO_MANY_SUBSCRIPTIONS F");

    browser.run("one.close(); three.close()");
    JsonObject end = connection.next();
    assertThat(end.getString("op")).isEqualTo("unsubscribe");
    connection.send(
        ack(
            end,
            "{\"exchange\":\"e\",\"symbol\":\"A\",\"ok\":true}",
            "{\"exchange\":\"e\",\"symbol\":\"B\",\"ok\":false,\"code\":\"NOT_SUBSCRIBED\"}"));

    // As many as there is room for, and none that is not wanted any more.
    JsonObject again = connection.next();
    assertThat(again.getString("op")).isEqualTo("subscribe");
    assertThat(again.getJsonArray("symbols")).isEqualTo(new JsonArray().add("C"));
    accept(connection, again, tick("C", "1", 1));
    await().until(() -> log().contains("two C=1"));
  }

  private static String tooMany(String symbol) {
    return "{\"exchange\":\"e\",\"symbol\":\""
        + symbol
        + "\",\"ok\":false,\"code\":\"TOO_MANY_SUBSCRIPTIONS\",\"message\":\"no\"}";
  }

  @Test
  void aRequestThatWentTooFarInPartIsNotTakenBack() {
    Connection first = connect();
    subscribe("one", "e", "['A','B','C']");
    accept(first, first.next(), tick("A", "1", 1), tick("B", "1", 1), tick("C", "1", 1));
    expect("live", "one A=1", "one B=1", "one C=1");

    Connection second = reconnect(first);
    JsonObject request = second.next();
    second.send(
        ack(
            request,
            "{\"exchange\":\"e\",\"symbol\":\"C\",\"ok\":false,"
                + "\"code\":\"TOO_MANY_SUBSCRIPTIONS\",\"message\":\"no\"}"));
    second.send(error(request, "TOO_MANY_SUBSCRIPTIONS"));
    second.send(ticks("snapshot", request, tick("A", "2", 2)));

    expect(
        "reconnecting 250",
        "reconnecting",
        "error TOO_MANY_SUBSCRIPTIONS C",
        "one -C",
        "error TOO_MANY_SUBSCRIPTIONS ",
        "one A=2",
        "live");
  }

  @Test
  void comesBackAfterTheLongestPauseWhenItAskedTooMuch() {
    connect().close(4029, "lasting excess over a limit");

    expect("live", "reconnecting 10000");
  }

  @Test
  void comesBackLaterAndLaterWhenItDoesNotKeepUp() {
    browser.run("let now = 0; performance.now = () => now += 60_000;"); // each lasts long
    Connection connection = connect();
    connection.close(4008, "nothing read");
    connection = welcome(server.accept());
    connection.close(4008, "nothing read");
    connection = welcome(server.accept());
    connection.close();
    welcome(server.accept());

    expect(
        "live",
        "reconnecting 250",
        "reconnecting",
        "live",
        "reconnecting 500",
        "reconnecting",
        "live",
        "reconnecting 250",
        "reconnecting",
        "live");
  }

  private static String unnumbered(String price, long time) {
    return "{\"exchange\":\"e\",\"symbol\":\"A\",\"price\":\""
        + price
        + "\",\"time\":"
        + time
        + "}";
  }

  @Test
  void takesOverATickerThatWasMadeAnewWithAnEarlierTime() {
    Connection first = connect();
    subscribe("one", "e", "'A'");
    accept(first, first.next(), tick("A", "5", 5));

    Connection second = reconnect(first);
    accept(second, second.next(), unnumbered("3", 3));
    second.send(ticks("update", null, unnumbered("4", 4)));
    expect("live", "one A=5", "reconnecting 250", "reconnecting", "one A=3", "live", "one A=4");
    Connection third = reconnect(second);
    accept(third, third.next(), unnumbered("4", 4));
    third.send(ticks("update", null, unnumbered("6", 6)));

    expect("reconnecting 500", "reconnecting", "live", "one A=6");
  }

  @Test
  void doesNotGoBackToWhatAServerWithoutItsSourceSays() {
    Connection first = connect();
    subscribe("one", "e", "'A'");
    accept(first, first.next(), unnumbered("5", 5));
    expect("live", "one A=5");
    first.close();

    Connection second = server.accept();
    second.send("{\"type\":\"welcome\",\"heartbeat_ms\":60000,\"feed\":\"stale\"}");
    accept(second, second.next(), unnumbered("3", 3));
    second.send("{\"type\":\"feed\",\"state\":\"live\"}");
    accept(second, second.next(), unnumbered("4", 4));

    expect("reconnecting 250", "reconnecting", "stale", "live", "one A=4");
  }

  @Test
  void whatItSaysToHaveFitsItsHalfOfAMessageHoweverItIsWritten() {
    Connection connection = welcome(connect("{}"), "{\"message_bytes\":1024}");
    subscribe("all", "e", "'*'");
    String[] known = new String[26];
    for (int i = 0; i < known.length; i++) {
      known[i] = tick("\\\\".repeat(60) + (char) ('A' + i), "1", i + 1);
    }
    accept(connection, connection.next(), known);
    await().until(() -> log().size() == 27);

    connection.close();
    JsonObject since =
        welcome(server.accept(), "{\"message_bytes\":1024}").next().getJsonObject("since");

    assertThat(since.size()).isPositive();
    assertThat(since.encode().length()).isLessThanOrEqualTo(512);
  }

  // Without its source

  @Test
  void takesNothingForGoneThatAServerWithoutItsSourceDoesNotKnow() {
    Connection first = connect();
    subscribe("one", "e", "'*'");
    accept(first, first.next(), tick("A", "1", 1), tick("B", "1", 1));
    expect("live", "one A=1", "one B=1");
    first.close();

    Connection second = server.accept();
    second.send("{\"type\":\"welcome\",\"heartbeat_ms\":60000,\"feed\":\"stale\"}");
    accept(second, second.next());
    second.send("{\"type\":\"feed\",\"state\":\"live\"}");
    accept(second, second.next());
    second.send("{\"type\":\"removed\",\"symbols\":[{\"exchange\":\"e\",\"symbol\":\"B\"}]}");

    expect("reconnecting 250", "reconnecting", "stale", "live", "one -B");
  }

  // What is there now

  private static void get(String symbols) {
    browser.run(
        "feed.get('e', "
            + symbols
            + ").then("
            + "  ticks => log.push('got ' + ticks.map(tick => tick.symbol + '=' + tick.price)),"
            + "  e => log.push('failed ' + e.code + ' ' + e.message))");
  }

  @Test
  void givesWhatIsThereNow() {
    Connection connection = connect();
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));
    get("['A','B','C']");
    JsonObject request = connection.next();
    assertThat(request.encode())
        .isEqualTo(
            "{\"op\":\"get\",\"req_id\":2,\"exchange\":\"e\",\"symbols\":[\"A\",\"B\",\"C\"]}");
    connection.send(ticks("ticks", request, tick("A", "1", 1), tick("B", "2", 2)));

    expect("live", "one A=1", "got A=1,B=2");
  }

  @Test
  void asksAgainForWhatIsThereWhenTheConnectionWasLost() {
    Connection first = connect();
    get("'A'");
    first.next();
    Connection second = reconnect(first);
    second.send(ticks("ticks", second.next(), tick("A", "2", 2)));

    expect("live", "reconnecting 250", "reconnecting", "live", "got A=2");
  }

  @Test
  void tellsWhyItDoesNotGiveWhatIsThere() {
    Connection connection = connect();
    get("'A'");
    connection.send(error(connection.next(), "INVALID_SYMBOL"));
    get("'B'");
    connection.next();
    browser.run("feed.close()");

    expect("live", "failed INVALID_SYMBOL no", "closed", "failed undefined the feed is closed");
  }

  // Tokens

  private static String ack(JsonObject request, String... results) {
    return "{\"type\":\"ack\",\"req_id\":"
        + request.getValue("req_id")
        + ",\"op\":\""
        + request.getString("op")
        + "\",\"results\":["
        + String.join(",", results)
        + "]}";
  }

  private static String error(JsonObject request, String code) {
    return "{\"type\":\"error\",\"req_id\":"
        + request.getValue("req_id")
        + ",\"code\":\""
        + code
        + "\",\"message\":\"no\"}";
  }

  /** Gives the token that the client sends; the server takes it. */
  private static String takeToken(Connection connection) {
    JsonObject auth = connection.next();
    assertThat(auth.getString("op")).isEqualTo("auth");
    connection.send(ack(auth));
    return auth.getString("token");
  }

  @Test
  void saysNothingElseBeforeItsTokenIsTaken() {
    logRequests();
    Connection connection = welcome(connect("{ token: 'secret' }"));
    subscribe("one", "e", "'A'");
    connection.send("{\"type\":\"error\",\"code\":\"MARK\"}");
    expect("sent auth", "error MARK ");

    assertThat(takeToken(connection)).isEqualTo("secret");

    assertThat(connection.next().getString("op")).isEqualTo("subscribe");
    expect("live", "sent subscribe");
  }

  @Test
  void mayBeWelcomedAfterItsTokenIsTaken() {
    Connection connection = connect("{ token: 'secret' }");
    subscribe("one", "e", "'A'");
    takeToken(connection);
    welcome(connection);

    assertThat(connection.next().getString("op")).isEqualTo("subscribe");
  }

  @Test
  void takesAFreshTokenForEachConnection() {
    browser.run("window.tokens = 0");
    Connection first = welcome(connect("{ token: async () => 'token ' + ++tokens }"));
    assertThat(takeToken(first)).isEqualTo("token 1");
    expect("live");
    first.close(4401, "the token has run out");

    Connection second = welcome(server.accept());
    assertThat(takeToken(second)).isEqualTo("token 2");
    expect("error UNAUTHORIZED ", "reconnecting 250", "reconnecting", "live");
  }

  /** Makes a token that has 100 s left, and later ones for ever; long pauses are none. */
  private Connection connectWithTokenThatRunsOut() {
    browser.run(
        "window.tokens = 0; Date.now = () => 1e12;const start = setTimeout;window.setTimeout ="
            + " (step, ms) => {  if (ms > 20_000) log.push('pause ' + ms);  return start(step, ms >"
            + " 20_000 ? 0 : ms);};window.token = () => {  if (++tokens > 1) return 'token ' +"
            + " tokens;  const claims = btoa(JSON.stringify({ sub: '\u00ff\u00fe?>~', exp: 1e9 +"
            + " 100 }));  const plain = claims.replaceAll('+', '-').replaceAll('/',"
            + " '_').replaceAll('=', '');  return 'head.' + plain + '.signature';};");
    Connection connection = welcome(connect("{ token }"));
    subscribe("one", "e", "'A'");
    assertThat(takeToken(connection)).startsWith("head.");
    return connection;
  }

  @Test
  void renewsItsTokenBeforeItRunsOut() {
    Connection connection = connectWithTokenThatRunsOut();
    JsonObject subscription = null;
    JsonObject renewal = null;
    for (JsonObject request : List.of(connection.next(), connection.next())) {
      if (request.getString("op").equals("auth")) {
        renewal = request;
      } else {
        subscription = request;
      }
    }
    assertThat(renewal.getString("token")).isEqualTo("token 2");
    connection.send(ack(renewal));
    accept(connection, subscription, tick("A", "1", 1));

    await().until(() -> log().contains("one A=1"));
    assertThat(log()).containsExactlyInAnyOrder("pause 75000", "live", "one A=1");
  }

  @Test
  void asksAgainForWhatANewTokenMayAllow() {
    Connection connection = connectWithTokenThatRunsOut();
    JsonObject first = connection.next();
    JsonObject second = connection.next();
    boolean renewalFirst = first.getString("op").equals("auth");
    JsonObject renewal = renewalFirst ? first : second;
    JsonObject subscription = renewalFirst ? second : first;
    connection.send(
        ack(
            subscription,
            "{\"exchange\":\"e\",\"symbol\":\"A\",\"ok\":false,\"code\":\"UNAUTHORIZED\"}"));
    connection.send(ticks("snapshot", subscription));

    connection.send(ack(renewal));

    JsonObject again = connection.next();
    assertThat(again.getString("op")).isEqualTo("subscribe");
    assertThat(again.getJsonArray("symbols")).isEqualTo(new JsonArray().add("A"));
    accept(connection, again, tick("A", "1", 1));
    await().until(() -> log().contains("one A=1"));
  }

  @Test
  void asksAnewWhatANewTokenDoesNotAllow() {
    Connection connection = welcome(connect("{ token: 'secret' }"));
    subscribe("one", "e", "'A'");
    takeToken(connection);
    accept(connection, connection.next(), tick("A", "1", 1));
    connection.send("{\"type\":\"error\",\"req_id\":0,\"code\":\"UNAUTHORIZED\"}");

    JsonObject again = connection.next();
    connection.send(
        ack(again, "{\"exchange\":\"e\",\"symbol\":\"A\",\"ok\":false,\"code\":\"UNAUTHORIZED\"}"));
    connection.send(ticks("snapshot", again));

    expect("live", "one A=1", "error UNAUTHORIZED ", "error UNAUTHORIZED A", "one -A");
  }

  @Test
  void triesATokenThatWasRefusedAgainOnlyAfterTheLongestPause() {
    Connection connection = welcome(connect("{ token: 'secret' }"));
    connection.send(error(connection.next(), "UNAUTHORIZED"));

    expect("error UNAUTHORIZED ", "reconnecting 10000");
  }

  @Test
  void tellsThatTheServerWantsAToken() {
    connect().close(4401, "no token");

    expect("live", "error UNAUTHORIZED ", "reconnecting 10000");
  }

  @Test
  void triesAnotherTokenSoon() {
    Connection connection = welcome(connect("{ token: () => 'secret' }"));
    connection.send(error(connection.next(), "UNAUTHORIZED"));

    welcome(server.accept());
    expect("error UNAUTHORIZED ", "reconnecting 250", "reconnecting");
  }

  @Test
  void tellsWhenThereIsNoToken() {
    connect("{ token: () => Promise.reject(new Error('on purpose')) }");
    server.accept();

    await().until(() -> log().size() >= 3);
    assertThat(log()).startsWith("error UNAUTHORIZED ", "reconnecting 250", "reconnecting");
  }

  @Test
  void staysClosedWhenThatIsTheAnswerToAnError() {
    Connection connection = welcome(connect("{ token: 'secret' }"));
    browser.run("feed.addEventListener('error', () => feed.close())");
    connection.send(error(connection.next(), "UNAUTHORIZED"));

    expect("error UNAUTHORIZED ", "closed");
    browser.run("dispatchEvent(new Event('online'))");
    assertThat(browser.run("return feed.state")).isEqualTo("closed");
  }

  // The documentation

  @Test
  void theDocumentedTokenIsSent() throws Exception {
    server.serve("secret");
    browser.run(
        "const url = 'ws://127.0.0.1:"
            + server.port()
            + "/feed';"
            + Pages.blocks(Pages.page("feed"), "js").get(0));

    assertThat(takeToken(server.accept())).isEqualTo("secret");
  }

  @Test
  void theReadmesPageShowsThePrice() throws Exception {
    String page = Pages.blocks(Pages.README, "html").get(0);
    assertThat(page.lines()).hasSizeLessThanOrEqualTo(10);
    String address = "http://127.0.0.1:8080/";
    assertThat(page).contains(address);
    server.serve(page.replace(address, "http://127.0.0.1:" + server.port() + "/"));
    browser.open(server.port(), "/page.html");

    Connection connection = welcome(server.accept());
    JsonObject request = connection.next();
    String tick = tick("BTC/USDT", "64182.270", 1).replace("\"e\"", "\"sim-alpha\"");
    accept(connection, request, tick);

    browser.awaitText("h1", "64182.270");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void isClosedForGood() {
    Connection connection = connect();
    subscribe("one", "e", "'A'");
    accept(connection, connection.next(), tick("A", "1", 1));
    expect("live", "one A=1");

    browser.run("feed.close()");

    await().until(connection::isClosed);
    expect("closed");
    assertThat(
            browser.run(
                "try { feed.subscribe('e', 'A', () => {}); } catch (e) { return e.message }"))
        .isEqualTo("the feed is closed");
    browser.run("dispatchEvent(new Event('online'))");
    assertThat(browser.run("return feed.state")).isEqualTo("closed");
  }
}
