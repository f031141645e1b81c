package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.Browser;
import io.fullon.cache.testing.FakeFeed;
import io.fullon.cache.testing.FakeFeed.Connection;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The browser's side of the feed, in a real browser, against a server that says what it is told.
 */
class TickerFeedIT {

  private static Browser browser;

  private FakeFeed server;

  @BeforeAll
  static void startBrowser() {
    browser = Browser.start();
  }

  @AfterAll
  static void stopBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  /** Puts all that the client reports into a log, and takes the chance out of its pauses. */
  @BeforeEach
  void open() {
    server = new FakeFeed();
    browser.console(); // what an earlier test has left there
    browser.open(server.port(), "/");
    browser.run(
        "window.log = []; Math.random = () => 1;"
            + "window.sub = (name, exchange, symbols, intervalMs) => feed.subscribe(exchange, symbols,"
            + "  tick => log.push(`${name} ${tick.symbol}=${tick.price}`),"
            + "  { intervalMs, onRemoved: gone => log.push(`${name} -${gone.symbol}`) });"
            + "import('/ticker-feed.js').then(({ TickerFeed }) => {"
            + "  window.TickerFeed = TickerFeed; });");
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
            + ");"
            + "feed.addEventListener('state', ({ detail }) =>"
            + "  log.push(detail.state + (detail.retryInMs === undefined ? '' : ' ' + detail.retryInMs)));"
            + "feed.addEventListener('error', ({ detail }) =>"
            + "  log.push('error ' + detail.code + ' ' + (detail.symbol ?? '')));");
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

    expect("reconnecting 250", "reconnecting", "live", "one B=2", "one -C", "one A=3");
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

  @Test
  void givesUpAConnectionOnWhichNothingComes() {
    connect("{}").send("{\"type\":\"welcome\",\"heartbeat_ms\":50,\"feed\":\"live\"}");
    welcome(server.accept());

    expect("live", "reconnecting 250", "reconnecting", "live");
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
    subscribe("one", "e", "['A','B B']");
    JsonObject request = connection.next();
    connection.send(
        "{\"type\":\"ack\",\"req_id\":1,\"op\":\"subscribe\",\"interval_ms\":0,\"results\":["
            + "{\"exchange\":\"e\",\"symbol\":\"A\",\"ok\":true},{\"exchange\":\"e\","
            + "\"symbol\":\"B B\",\"ok\":false,\"code\":\"INVALID_SYMBOL\",\"message\":\"no\"}]}");
    connection.send(ticks("snapshot", request, tick("A", "1", 1)));

    expect("live", "error INVALID_SYMBOL B B", "one A=1");
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
