package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.Token;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/** The candles of the chosen ticker. */
class PageCandlesIT extends LivePage {

  /** In the future, so that no clock ends a bar. */
  private static final Instant START = Instant.parse("2100-01-01T00:00:00Z");

  private static final String DRAWN = "data.map(({ value }) => value.join(' '))";

  private static Instant time(Timeframe timeframe, int number) {
    return START.plusSeconds((long) number * timeframe.seconds());
  }

  /** The bar of that number, of which only the close is told apart. */
  private Bar.Builder bar(Timeframe timeframe, int number, String close) {
    BigDecimal price = new BigDecimal("100.50");
    return Bar.builder(market.exchange(), "A", timeframe, time(timeframe, number))
        .prices(price, new BigDecimal("200.10"), new BigDecimal("50.25"), new BigDecimal(close))
        .isFinal(true);
  }

  private void bring(Timeframe timeframe, List<Bar> bars) {
    bring(node, market.exchange(), timeframe, bars);
  }

  private static void bring(CacheNode node, String exchange, Timeframe timeframe, List<Bar> bars) {
    CacheNode.get(OhlcvCache.proxy(node.vertx()).updateOhlcvBars("A", exchange, timeframe, bars));
  }

  /** Brings so many final ones, numbered from 0, each closing at 100 and its number. */
  private void bring(Timeframe timeframe, int count) {
    bring(
        timeframe,
        IntStream.range(0, count)
            .mapToObj(i -> bar(timeframe, i, String.valueOf(100 + i % 100)).build())
            .toList());
  }

  private void open(String symbol) {
    browser.run("location.hash = arguments[0]", market.exchange() + "/" + symbol);
    browser.awaitText("#detail-symbol", symbol);
  }

  private static String read(String time, String close) {
    return time + " UTC Open 100.50 High 200.10 Low 50.25 Close " + close;
  }

  private void awaitReading(String text) {
    browser.awaitText("#candles .reading", text);
  }

  private String label() {
    return (String) browser.run("return document.querySelector('#candles .plot').ariaLabel");
  }

  @SuppressWarnings("unchecked")
  private List<String> drawn() {
    return (List<String>) series("#candles", DRAWN);
  }

  @Test
  void aNewPageShowsFiveHundredBarsBeforeTheFirstTickComes() {
    bring(Timeframe.M1, 500);

    open("A");

    awaitReading(read("2100-01-01 08:19", "199"));
    assertThat(browser.text("#detail-note")).isEqualTo("There is no such ticker yet.");
    assertThat(label())
        .isEqualTo(
            "500 candles of one minute, from 2100-01-01 00:00 to 2100-01-01 08:19 UTC, between"
                + " 50.25 and 200.10. Latest: "
                + read("2100-01-01 08:19", "199"));
    assertThat(valueOf("#candles")).startsWith("499/499 ");
    assertThat(drawn()).hasSizeBetween(50, 100).endsWith("100.5 199 50.25 200.1");
    assertThat(browser.run("return document.getElementById('line').offsetWidth")).isEqualTo(0L);
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void theTimeframeIsChosenAndRemembered() {
    bring(Timeframe.M1, 2);
    bring(Timeframe.H4, 2);
    bring(Timeframe.D1, 3);
    open("A");
    awaitReading(read("2100-01-01 00:01", "101"));
    browser.run("window.sent = []");

    browser.click("#timeframe [value='1d'] + span");

    awaitReading(read("2100-01-03", "102"));
    assertThat(label()).startsWith("3 candles of one day, from 2100-01-01 to 2100-01-03 UTC, ");
    assertThat(
            new JsonArray(sent())
                .stream()
                    .map(JsonObject.class::cast)
                    .map(each -> each.getString("op") + " " + each.getString("timeframe")))
        .containsExactlyInAnyOrder("subscribe 1d", "unsubscribe 1m");
    browser.press(Keys.ARROW_LEFT); // the radio button has the focus
    awaitReading(read("2100-01-01 04:00", "101"));
    reload();
    awaitReading(read("2100-01-01 04:00", "101"));
    assertThat(accessible()).contains("group: Timeframe", "radio: 4h");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void theRunningBarChangesAndAFinalOneOnlyByACorrection() {
    bring(Timeframe.M1, 3);
    bring(Timeframe.M1, List.of(bar(Timeframe.M1, 3, "150").isFinal(false).build()));
    open("A");
    awaitReading(read("2100-01-01 00:03", "150") + " (running)");
    assertThat(series("#candles", "data.map(({ itemStyle }) => Boolean(itemStyle))"))
        .isEqualTo(Arrays.asList(false, false, false, true));
    List<String> before = drawn();

    bring(Timeframe.M1, List.of(bar(Timeframe.M1, 3, "151.70").isFinal(false).build()));

    awaitReading(read("2100-01-01 00:03", "151.70") + " (running)");
    assertThat(drawn()).hasSize(4).startsWith(before.subList(0, 3).toArray(String[]::new));
    bring(Timeframe.M1, List.of(bar(Timeframe.M1, 3, "152").build()));
    bring(Timeframe.M1, List.of(bar(Timeframe.M1, 4, "153").isFinal(false).build()));
    awaitReading(read("2100-01-01 00:04", "153") + " (running)");
    bring(Timeframe.M1, List.of(bar(Timeframe.M1, 1, "77").build()));
    await()
        .untilAsserted(
            () ->
                assertThat(drawn())
                    .containsExactly(
                        before.get(0),
                        "100.5 77 50.25 200.1",
                        before.get(2),
                        "100.5 152 50.25 200.1",
                        "100.5 153 50.25 200.1"));
    browser.run("document.querySelector('#candles .plot').focus()");
    browser.press(Keys.HOME, Keys.ARROW_RIGHT);
    awaitReading(read("2100-01-01 00:01", "77") + " (corrected)");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void theVolumeIsShownBelowWhereThereIsSome() {
    bring(
        Timeframe.M1,
        List.of(
            bar(Timeframe.M1, 0, "101").volume(new BigDecimal("12345678901234567890.10")).build(),
            bar(Timeframe.M1, 1, "102").build()));
    bring(Timeframe.D1, 2);
    open("A");
    awaitReading(read("2100-01-01 00:01", "102"));

    assertThat(option("series[1].data")).isEqualTo(Arrays.asList(1.2345678901234567E19, "-"));
    assertThat((Long) option("grid[0].bottom")).isGreaterThan(40);
    browser.run("document.querySelector('#candles .plot').focus()");
    browser.press(Keys.HOME);
    awaitReading(read("2100-01-01 00:00", "101") + " Volume 12345678901234567890.10");
    browser.click("#timeframe [value='1d'] + span");
    awaitReading(read("2100-01-02", "101"));
    assertThat(option("series[1].data")).isEqualTo(Arrays.asList("-", "-"));
    assertThat((Long) option("grid[0].bottom")).isLessThan(40);
    assertThat(browser.console()).isEmpty();
  }

  /** An option of the chart of the candles. */
  private Object option(String name) {
    return browser.run(
        "return import('/echarts-5.3.1.js').then(echarts => echarts.getInstanceByDom("
            + "document.querySelector('#candles .plot')).getOption()."
            + name
            + ")");
  }

  @Test
  void allBarsAreReadByKeyboardAlsoThoseThatDoNotFit() {
    bring(Timeframe.M1, 500);
    open("A");
    awaitReading(read("2100-01-01 08:19", "199"));
    int fitting = drawn().size();
    browser.run("document.querySelector('#candles .plot').focus()");

    browser.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT);
    awaitReading(read("2100-01-01 08:18", "198"));
    assertThat(series("#candles", "markLine.data[0].label.formatter")).isEqualTo("198");
    assertThat(valueOf("#candles")).isEqualTo("498/499 " + read("2100-01-01 08:18", "198"));
    browser.press(Keys.HOME);
    awaitReading(read("2100-01-01 00:00", "100"));
    assertThat(valueOf("#candles")).startsWith("0/499 ");
    assertThat(drawn()).hasSize(fitting).startsWith("100.5 100 50.25 200.1");
    browser.press(Keys.PAGE_UP, Keys.ARROW_RIGHT);
    awaitReading(read("2100-01-01 00:11", "111"));
    bring(Timeframe.M1, List.of(bar(Timeframe.M1, 499, "55").build()));
    browser.press(Keys.END);
    browser.awaitTrue(
        "document.querySelector('#candles .reading').textContent.startsWith('2100-01-01 08:19')");
    assertThat(drawn()).hasSize(fitting);
    browser.press(Keys.TAB);
    browser.awaitTrue(
        "document.querySelector('#candles .reading').textContent.includes('Close 55')");
    assertThat(series("#candles", "markLine.data.length")).isEqualTo(0L);
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void olderBarsAreDrawnIntoViewAndStayThere() {
    bring(Timeframe.M1, 500);
    open("A");
    awaitReading(read("2100-01-01 08:19", "199"));

    drag(+100);

    String last = drawn().get(drawn().size() - 1);
    assertThat(last).isNotEqualTo("100.5 199 50.25 200.1");
    bring(Timeframe.M1, List.of(bar(Timeframe.M1, 500, "155").build()));
    awaitLatest(read("2100-01-01 08:20", "155"));
    assertThat(drawn()).endsWith(last);
    drag(-400);
    assertThat(drawn()).endsWith("100.5 155 50.25 200.1");
    assertThat(browser.console()).isEmpty();
  }

  private void awaitLatest(String text) {
    browser.awaitTrue(
        "document.querySelector('#candles .plot').ariaLabel.endsWith(arguments[0])", text);
  }

  /** Drags the chart of the candles so many pixels to the right, with the mouse. */
  private void drag(int by) {
    @SuppressWarnings("unchecked")
    Map<String, Number> at =
        (Map<String, Number>)
            browser.run(
                "const { left, top, width, height } = document.querySelector('#candles .plot')"
                    + ".getBoundingClientRect();"
                    + "return { x: left + width / 2, y: top + height / 2 }");
    double x = at.get("x").doubleValue();
    double y = at.get("y").doubleValue();
    mouse("mouseMoved", x, y, 0);
    mouse("mousePressed", x, y, 1);
    mouse("mouseMoved", x + by, y, 1);
    mouse("mouseReleased", x + by, y, 0);
    mouse("mouseMoved", 1, 1, 0);
    browser.run("document.activeElement.blur()");
  }

  private void mouse(String type, double x, double y, int buttons) {
    browser.cdp(
        "Input.dispatchMouseEvent",
        Map.of(
            "type", type, "x", x, "y", y, "button", "left", "buttons", buttons, "clickCount", 1));
  }

  @Test
  void afterAReconnectTheHistoryGoesOn() {
    bring(Timeframe.M1, 500);
    open("A");
    awaitReading(read("2100-01-01 08:19", "199"));
    String exchange = market.exchange();
    List<Bar> next = List.of(bar(Timeframe.M1, 500, "155").build());
    int port = node.port();
    market.close();
    node.close();
    browser.awaitText("#state", "Reconnecting");
    node = CacheNode.start(redis, new JsonObject().put("web", new JsonObject().put("port", port)));
    market = new Market(node);
    bring(node, exchange, Timeframe.M1, next);
    browser.awaitText("#state", "Live");

    awaitReading(read("2100-01-01 08:20", "155"));
    assertThat(label())
        .startsWith("500 candles of one minute, from 2100-01-01 00:01 to 2100-01-01 08:20 UTC");
  }

  @Test
  void aServerWithoutCandlesSaysSo() {
    try (CacheNode without = CacheNode.start("ohlcv", "enabled", false)) {
      browser.open(without.port(), "/#kraken/A");

      browser.awaitText("#candles .note", "This server keeps no candles.");

      assertThat(browser.run("return document.querySelector('#candles .plot').offsetWidth"))
          .isEqualTo(0L);
      assertThat(browser.console()).isEmpty();
      browser.open(node.port(), "/favicon.svg");
    }
  }

  @Test
  void whereThereAreNoneYetTheyAppearAsTheyComeIn() {
    open("A");
    browser.awaitText("#candles .note", "No candles yet. They appear here as they come in.");

    bring(Timeframe.M1, 1);

    awaitReading(read("2100-01-01 00:00", "100"));
    browser.awaitText("#candles .note", "");
    open("B");
    browser.awaitText("#candles .note", "No candles yet. They appear here as they come in.");
    browser.awaitText("#candles .reading", "");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void aNameThatNothingCanHaveHasNone() {
    browser.run("location.hash = '*/*'");

    browser.awaitText("#detail-symbol", "*");
    browser.awaitText("#candles .note", "There are no candles: candles: no *.");
    assertThat(browser.text("#state")).isEqualTo("Live");
  }

  @Test
  void aTokenThatAllowsPartShowsTheCandlesOfThatPart() {
    try (CacheNode secret = CacheNode.start("web", "jwt_secret", Token.SECRET)) {
      for (String exchange : List.of("a", "b")) {
        Bar bar =
            Bar.builder(exchange, "A", Timeframe.M1, START)
                .prices(BigDecimal.ONE, BigDecimal.ONE, BigDecimal.ONE, BigDecimal.ONE)
                .isFinal(true)
                .build();
        bring(secret, exchange, Timeframe.M1, List.of(bar));
      }
      JsonObject claims = Token.expiring(60).put("exchanges", new JsonArray().add("a"));
      browser.open(secret.port(), "/#a/A&token=" + Token.hs256(claims));
      awaitReading("2100-01-01 00:00 UTC Open 1 High 1 Low 1 Close 1");

      browser.run("location.hash = 'b/A'");

      browser.awaitText("#candles .note", "The token does not allow these candles.");
      browser.run("location.hash = 'a/A'");
      awaitReading("2100-01-01 00:00 UTC Open 1 High 1 Low 1 Close 1");
      assertThat(browser.text("#state")).isEqualTo("Live");
      assertThat(browser.console()).isEmpty();
      browser.open(node.port(), "/favicon.svg");
    }
  }

  @ParameterizedTest
  @CsvSource({"320, M1", "320, D1", "768, M15", "1440, M1", "1440, H4"})
  void theLabelsAreWholeAndApart(int width, Timeframe timeframe) {
    browser.setSize(width, 900);
    bring(timeframe, 500);
    open("A");
    browser.click("#timeframe [value='" + timeframe + "'] + span");
    awaitLatest(label(timeframe));

    assertThat(badLabels("#candles")).isEqualTo("");
    assertThat(fits("#detail")).isTrue();
    browser.run("document.querySelector('#candles .plot').focus()");
    browser.press(Keys.HOME);
    awaitCandle("2100-01-01");
    browser.run("document.querySelector('#candles .plot').blur()");
    assertThat(browser.console()).isEmpty();
  }

  private static String label(Timeframe timeframe) {
    String time = time(timeframe, 499).toString().replace('T', ' ');
    return read(time.substring(0, timeframe == Timeframe.D1 ? 10 : 16), "199");
  }
}
