package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Market;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.text.Normalizer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** The panel of the chosen ticker, and the rate. */
class PageDetailIT extends LivePage {

  private static final String PRICE = "#detail [data-field=price]";
  private static final String CLOSED = "document.getElementById('detail').hidden";

  private boolean isInRowOf(String symbol) {
    return Boolean.TRUE.equals(
        browser.run("return document.activeElement.textContent === arguments[0]", symbol));
  }

  // Choosing

  @Test
  void aRowThatIsClickedIsShownInFullToTheDigit() {
    market.store(
        List.of(
            Tick.builder(market.exchange(), "BTC/USD:PERP")
                .price(new BigDecimal("0.10000000000000000000000000000000000050"))
                .time(Instant.parse("2026-01-02T03:04:05.678901Z"))
                .bid(new BigDecimal("0.10000000000000000000000000000000000001"))
                .ask(new BigDecimal("0.10010000000000000000000000000000000009"))
                .last(new BigDecimal("9.9640"))
                .volume(new BigDecimal("12345678901234567890.10"))
                .build()));
    browser.awaitText("#count", "1");

    choose("BTC/USD:PERP");

    browser.awaitText(PRICE, "0.10000000000000000000000000000000000050");
    assertThat(browser.text("#detail-exchange")).isEqualTo(market.exchange());
    assertThat(field("bid")).isEqualTo("0.10000000000000000000000000000000000001");
    assertThat(field("ask")).isEqualTo("0.10010000000000000000000000000000000009");
    assertThat(field("spread")).isEqualTo("0.00010000000000000000000000000000000008");
    assertThat(field("basisPoints")).isEqualTo("9.995");
    assertThat(field("last")).isEqualTo("9.9640");
    assertThat(field("volume")).isEqualTo("12345678901234567890.10");
    assertThat(field("time")).isEqualTo("2026-01-02 03:04:05.678");
    assertThat(field("seq")).matches("\\d+");
    assertThat(field("conflated")).isEqualTo("0");
    awaitChart();
    assertThat(browser.console()).isEmpty();
  }

  private String field(String name) {
    return browser.text("#detail [data-field=" + name + "]");
  }

  @Test
  void whatATickerDoesNotHaveIsLeftOut() {
    market.store("A", "1");
    browser.awaitText("#count", "1");

    choose("A");

    assertThat(field("bid")).isEqualTo("–");
    assertThat(field("spread")).isEqualTo("–");
    assertThat(field("basisPoints")).isEqualTo("–");
  }

  @Test
  void theChosenTickerFollowsItsTicks() {
    market.store("A", "1");
    browser.awaitText("#count", "1");
    choose("A");

    market.store("A", "2.50");

    browser.awaitText(PRICE, "2.50");
    browser.awaitTrue("document.getElementById('detail').dataset.direction === 'up'");
    browser.awaitText("#line .reading", "00:00:02.000 UTC Price 2.50");
    awaitCandle("1970-01-01 00:00 UTC Open 1 High 2.50 Low 1 Close 2.50");
  }

  @Test
  void rowsAreChosenByKeyboardAndEscapeGoesBackToThem() {
    market.store("A", "1");
    market.store("B", "2");
    market.store("C", "3");
    browser.awaitText("#count", "3");
    browser.run("document.querySelector('[data-sort=age]').focus()");

    browser.press(Keys.TAB, Keys.ARROW_DOWN);
    assertThat(isInRowOf("B")).isTrue();
    browser.awaitTrue(CLOSED);
    browser.press(Keys.ENTER);
    browser.awaitText(PRICE, "2");
    browser.press(Keys.ARROW_DOWN);
    browser.awaitText(PRICE, "3");
    browser.press(Keys.HOME);
    browser.awaitText(PRICE, "1");
    browser.press(Keys.TAB);
    assertThat((String) browser.run("return document.activeElement.id")).isEqualTo("close");
    browser.press(Keys.ESCAPE);

    browser.awaitTrue(CLOSED);
    assertThat(isInRowOf("A")).isTrue();
    browser.press(Keys.TAB); // only one row is a stop of the Tab key
    assertThat(isInRowOf("B")).isFalse();
  }

  @Test
  void theFocusStaysOnItsRowWhileRowsMove() {
    market.store("A", "1");
    market.store("B", "2");
    browser.awaitText("#count", "2");
    choose("A");

    browser.run("document.querySelector('[data-sort=price]').click()");
    market.store("A", "3");

    browser.awaitText("tbody tr:last-child .symbol", "A");
    assertThat(isInRowOf("A")).isTrue();
  }

  @Test
  void theFragmentNamesTheTickerSoThatReloadingKeepsIt() {
    market.store("BTC/USD:PERP", "7");
    browser.awaitText("#count", "1");
    String fragment = "#" + market.exchange() + "/BTC/USD:PERP";

    choose("BTC/USD:PERP");
    browser.awaitTrue("location.hash === arguments[0]", fragment);
    browser.run("location.reload()");

    browser.awaitTrue("!window.loadedOnce");
    browser.awaitText(PRICE, "7");
    assertThat(browser.text("#detail-symbol")).isEqualTo("BTC/USD:PERP");
    browser.run("history.back()");
    browser.awaitTrue(CLOSED);
    browser.awaitTrue("location.hash === ''");
  }

  @ParameterizedTest
  @ValueSource(strings = {"币安人生/USDT", "🐕/USDT", "مصر/USD:USD", "E\u0301TH+100%&=#?/USD"})
  void aSymbolOfAnyScriptIsShownFoundAndNamedByTheFragment(String symbol) {
    market.store("BTC/USDT", "1");
    market.store(symbol, "2");
    browser.awaitText("#count", "2");
    assertThat(browser.text(row(symbol, ".symbol"))).isEqualTo(symbol);

    browser.press("/", Normalizer.normalize(symbol, Normalizer.Form.NFC).toLowerCase(Locale.ROOT));
    browser.awaitText("#count", "1 of 2");
    choose(symbol);
    browser.awaitTrue("location.hash.length > 1");
    browser.run("location.reload()");
    browser.awaitTrue("!window.loadedOnce");

    browser.awaitText("#detail-symbol", symbol);
    browser.awaitText(PRICE, "2");
    browser.run("location.hash = arguments[0]", market.exchange() + "/BTC/USDT");
    browser.awaitText("#detail-symbol", "BTC/USDT");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void aNameThatHasNoTickerYetIsWaitedFor() {
    browser.run("location.hash = arguments[0]", market.exchange() + "/A");
    browser.awaitText("#detail-note", "There is no such ticker yet.");

    market.store("A", "1");

    browser.awaitText(PRICE, "1");
    browser.awaitText("#detail-note", "");
  }

  @Test
  void theTokenOfTheFragmentGoesToTheServerAndIsNotShown() {
    browser.run("location.hash = arguments[0]", market.exchange() + "/A&token=s3cr3t.x-y_z");

    browser.awaitTrue("!window.loadedOnce");
    browser.awaitTrue(
        "window.sent.some(({ op, token }) => op === 'auth' && token === 's3cr3t.x-y_z')");
    assertThat((String) browser.run("return location.href + document.body.textContent"))
        .contains(market.exchange() + "/A")
        .doesNotContain("s3cr3t");
  }

  @Test
  void aChosenTickerThatIsDeletedKeepsItsLastFigures() {
    market.store("A", "1");
    market.store("B", "2");
    browser.awaitText("#count", "2");
    choose("A");

    market.delete("A");

    browser.awaitText("#detail-note", "This ticker was deleted. These are its last figures.");
    assertThat(field("price")).isEqualTo("1");
    assertThat(isInRowOf("B")).isTrue();
    market.store("A", "3");
    browser.awaitText(PRICE, "3");
    browser.awaitText("#detail-note", "");
    assertThat(browser.console()).isEmpty();
  }

  // Charts

  @Test
  void theChartsAreReadByKeyboardAndHaveATextAlternative() {
    market.store("A", "1.50");
    market.store("A", "1.20");
    market.store("A", "1.30");
    browser.awaitText(row("A", "[data-field=price]"), "1.30");
    choose("A");
    awaitChart();

    awaitCandle("1970-01-01 00:00 UTC Open 1.50 High 1.50 Low 1.20 Close 1.30");
    assertThat((String) browser.run("return document.querySelector('#candles .plot').ariaLabel"))
        .startsWith(
            "1 candle of one minute, 1970-01-01 00:00 UTC, between 1.20 and 1.50."
                + " Latest: 1970-01-01 00:00 UTC Open 1.50 High 1.50 Low 1.20 Close 1.30");
    browser.run("document.querySelector('#line .plot').focus()");
    browser.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT);
    browser.awaitText("#line .reading", "00:00:02.000 UTC Price 1.20");
    assertThat(valueOf("#line")).isEqualTo("1/2 00:00:02.000 UTC Price 1.20");
    market.store("A", "1.40"); // tells nothing to who reads
    await().until(() -> lineLength() == 4); // charts are drawn after the rows
    browser.press(Keys.HOME);
    assertThat(valueOf("#line")).isEqualTo("0/3 00:00:01.000 UTC Price 1.50");
    browser.press(Keys.PAGE_UP);
    assertThat(valueOf("#line")).isEqualTo("3/3 00:00:04.000 UTC Price 1.40");
    assertThat(accessible()).anyMatch(each -> each.startsWith("slider: Line of the last "));
    browser.press(Keys.TAB);
    browser.awaitText("#line .reading", "00:00:04.000 UTC Price 1.40");
    browser.click("#close");
    choose("A");
    awaitChart();
    assertThat(browser.console()).isEmpty();
  }

  private int lineLength() {
    return ((List<?>) series("#line", "data")).size();
  }

  @Test
  void theChartsTakeTheColoursOfTheTheme() {
    market.store("A", "1");
    browser.awaitText("#count", "1");
    browser.setMedia("prefers-color-scheme", "light");
    choose("A");
    awaitChart();
    assertThat(series("#candles", "itemStyle.borderColor0")).isEqualTo("#b3261e");

    browser.setMedia("prefers-color-scheme", "dark");

    await().until(() -> "#ff8a80".equals(series("#candles", "itemStyle.borderColor0")));
    assertThat(series("#line", "lineStyle.color")).isEqualTo("#7db4ff");
    browser.setMedia("prefers-color-scheme", "");
  }

  @Test
  void stalePricesAreToldAndTheChartsDimmed() {
    market.store("A", "1");
    browser.awaitText("#count", "1");
    choose("A");
    awaitChart();
    assertThat(opacity()).isEqualTo("1");

    redis.close();

    browser.awaitText("#state", "Stale");
    browser.awaitTrue("!document.getElementById('banner').hidden");
    assertThat(opacity()).isEqualTo("0.5");
    assertThat(field("price")).isEqualTo("1");
    assertThat(browser.console()).isEmpty();
  }

  private String opacity() {
    return (String) browser.run("return getComputedStyle(document.querySelector('.plot')).opacity");
  }

  @Test
  void theLineHasAGapWhereTheConnectionWasLost() {
    market.store("A", "1");
    market.store("A", "2");
    browser.awaitText(row("A", "[data-field=price]"), "2");
    choose("A");
    Tick next = market.tick("A", "3");
    int port = node.port();
    market.close();
    node.close();
    browser.awaitText("#state", "Reconnecting");
    node = CacheNode.start(redis, new JsonObject().put("web", new JsonObject().put("port", port)));
    market = new Market(node);
    browser.awaitText("#state", "Live");

    CacheNode.get(node.ticks().updateTicker(next.exchange(), next));

    browser.awaitText("#line .reading", "00:00:03.000 UTC Price 3");
    assertThat(series("#line", "data.map(([, price]) => price)"))
        .isEqualTo(Arrays.asList(1L, 2L, null, 3L));
  }

  @Test
  void aPriceHoldsUntilTheNextOne() {
    market.store("A", "1");
    browser.awaitText("#count", "1");
    choose("A");
    awaitChart();

    assertThat(series("#line", "step")).isEqualTo("end");
  }

  @Test
  void theTitleOfTheTicksSaysFromWhenOnTheyAreShown() {
    market.store("A", "1");
    market.store("A", "2");
    browser.awaitText(row("A", "[data-field=price]"), "2");
    choose("A");

    browser.awaitText("#line h3", "Ticks since 00:00:01 UTC");
    market.store(
        List.of(
            Tick.of(
                market.exchange(), "A", new BigDecimal("3"), Instant.parse("1970-01-01T00:05:00Z")),
            Tick.of(
                market.exchange(),
                "A",
                new BigDecimal("4"),
                Instant.parse("1970-01-01T00:05:02.5Z"))));
    browser.awaitText("#line h3", "Ticks since 00:05:00 UTC");
  }

  @Test
  void whereThereIsNoTickThereIsNoCandle() {
    market.store("A", "1");
    browser.awaitText("#count", "1");
    choose("A");
    awaitChart();
    assertThat(series("#candles", "data.length")).isEqualTo(1L);

    market.store(
        List.of(
            Tick.of(
                market.exchange(),
                "A",
                new BigDecimal("2"),
                Instant.parse("1970-01-01T00:03:00Z"))));

    awaitCandle("1970-01-01 00:03 UTC Open 2 High 2 Low 2 Close 2");
    assertThat(series("#candles", "data.length")).isEqualTo(2L);
  }

  @ParameterizedTest
  @ValueSource(ints = {320, 360, 768, 1440})
  void theLabelsOfTheChartsAreWholeAndApart(int width) {
    browser.setSize(width, 900);
    market.store("A", "0.124849");
    browser.awaitText("#count", "1");
    choose("A");
    awaitChart();
    for (String[] tick :
        new String[][] {
          {"00:00:01", "100000.5"}, {"00:00:09", "0.124851"}, {"00:01:30", "7.12"},
          {"00:04:59", "12"}, {"01:59:59", "0.124849"}, {"01:59:59.5", "0.124862"}
        }) {
      Instant time = Instant.parse("1970-01-01T" + tick[0] + "Z");
      market.store(List.of(Tick.of(market.exchange(), "A", new BigDecimal(tick[1]), time)));
      browser.awaitText(PRICE, tick[1]);
      browser.awaitTrue(
          "document.querySelector('#line .plot').ariaLabel.endsWith('Price ' + arguments[0])",
          tick[1]);

      assertThat(badLabels("#line")).as(tick[0]).isEqualTo("");
      assertThat(badLabels("#candles")).as(tick[0]).isEqualTo("");
    }
    assertThat(labels("#line")).contains("0.124850");
    assertThat(browser.console()).isEmpty();
  }

  // The rate

  @Test
  void theRateIsAskedForAndRememberedAndLosesNoRow() {
    market.store("A", "1");
    market.store("B", "2");
    browser.awaitText("#count", "2");
    browser.run("window.sent = []");
    browser.click("[name=interval][value='1000'] + span");

    browser.awaitTrue("window.sent.length === 1");
    assertThat(sent()).contains("\"op\":\"subscribe\"", "\"interval_ms\":1000");
    market.store("B", "3");
    browser.awaitText(row("B", "[data-field=price]"), "3");
    assertThat(browser.text("#count")).isEqualTo("2");
    assertThat(browser.run("return document.querySelectorAll('#rows tr').length")).isEqualTo(2L);
    assertThat(browser.run("return document.querySelectorAll('#rows tr')[0].row.history.length"))
        .isEqualTo(1L);

    browser.run("location.reload()");
    browser.awaitTrue("!window.loadedOnce");
    browser.awaitTrue("window.sent.length === 1");
    assertThat(sent()).contains("\"interval_ms\":1000");
    browser.awaitTrue("document.querySelector('[name=interval]:checked').value === '1000'");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void conflatedTicksAreCounted() {
    market.store("A", "1");
    browser.awaitText("#count", "1");
    choose("A");
    browser.run("window.sent = []");
    browser.click("[name=interval][value='1000'] + span");
    browser.awaitTrue("window.sent.length === 1");

    for (int price = 2; price <= 50; price++) {
      market.store("A", String.valueOf(price));
    }

    browser.awaitText(row("A", "[data-field=price]"), "50");
    browser.awaitTrue(
        "Number(document.querySelector('#detail [data-field=conflated]').textContent) > 0");
    assertThat(browser.console()).isEmpty();
  }

  // For everyone

  @ParameterizedTest
  @ValueSource(ints = {320, 360, 768, 1279, 1280, 1440})
  void thePanelFitsTheWindow(int width) {
    market.store("X".repeat(64), "1".repeat(60));
    browser.awaitText("#count", "1");
    browser.setSize(width, 800);
    browser.awaitTrue("innerWidth === arguments[0]", width);
    choose("X".repeat(64));
    awaitChart();

    assertThat(fits("html")).isTrue();
    assertThat(fits("#detail")).isTrue();
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void theListKeepsItsColumnsBesideThePanelWhereThereIsRoom() {
    market.store(
        List.of(
            Tick.builder(market.exchange(), "BTC/USD:PERP")
                .price(new BigDecimal("64182.27"))
                .time(Instant.now())
                .bid(new BigDecimal("64182.27"))
                .ask(new BigDecimal("64182.28"))
                .volume(new BigDecimal("12345.6789"))
                .build()));
    browser.awaitText("#count", "1");

    choose("BTC/USD:PERP");

    for (String part : List.of("price", "bid", "ask", "spread", "volume")) {
      String cell = row("BTC/USD:PERP", "." + part);
      browser.awaitTrue("document.querySelector(arguments[0]).offsetWidth > 0", cell);
      assertThat(fits(cell)).as(part).isTrue();
    }
    assertThat(fits("html")).isTrue();
  }

  @Test
  void theSameIsCalledTheSameAndExplained() {
    market.store("A", "1");
    browser.awaitText("#count", "1");
    choose("A");

    assertThat(browser.text("#detail div:has(> [data-field=volume]) dt"))
        .isEqualTo(browser.text("thead .volume"));
    assertThat(described())
        .contains(
            "Ticks/s: Ticks that this page gets",
            "Basis points: The spread in 1/10,000 of the middle between bid and ask",
            "By the last tick: How many left out ticks the last one replaces");
    assertThat(
            browser.run(
                "return [...document.querySelectorAll('dt')].filter(dt => !dt.title)"
                    + ".map(dt => dt.textContent).join()"))
        .isEqualTo("Price,Bid,Ask,Last,Time, UTC");
  }

  @Test
  void theTitleOfTheTabBeginsWithThePrice() {
    market.store("BTC/USDT", "1.50");
    browser.awaitText("#count", "1");
    String title = (String) browser.run("return document.title");

    choose("BTC/USDT");
    browser.awaitTrue("document.title.startsWith('1.50 BTC/USDT')");
    market.store("BTC/USDT", "1.60");
    browser.awaitTrue("document.title.startsWith('1.60 BTC/USDT')");
    redis.close();
    browser.awaitTrue("document.title.startsWith('Stale: 1.60 BTC/USDT')");
    browser.click("#close");
    browser.awaitTrue("document.title === arguments[0]", title);
  }
}
