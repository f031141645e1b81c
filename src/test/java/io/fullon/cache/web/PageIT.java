package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Market;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** The table of the live page, and the state of its connection. */
class PageIT extends LivePage {

  private String focused() {
    return (String)
        browser.run("return document.activeElement.id || document.activeElement.localName");
  }

  @Test
  void showsEveryDigitOfATickThatIsStored() {
    market.store("BTC/USD:PERP", "9.9640");

    browser.awaitText(row("BTC/USD:PERP", "[data-field=price]"), "9.9640");
    assertThat(browser.text(row("BTC/USD:PERP", ".symbol"))).isEqualTo("BTC/USD:PERP");
    assertThat(browser.text(row("BTC/USD:PERP", ".exchange"))).isEqualTo(market.exchange());
    assertThat(browser.text("#count")).isEqualTo("1");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void showsWhichWayThePriceWent() {
    market.store("A", "0.10000000000000000000000000000000000001");
    browser.awaitText(row("A", "[data-field=price]"), "0.10000000000000000000000000000000000001");
    assertThat(browser.text(row("A", ".arrow"))).isEmpty();

    market.store("A", "0.10000000000000000000000000000000000002");
    browser.awaitText(row("A", ".arrow"), "▲");
    market.store("A", "0.10000000000000000000000000000000000000");
    browser.awaitText(row("A", ".arrow"), "▼");
    market.store("A", "0.1");

    browser.awaitText(row("A", "[data-field=price]"), "0.1");
    assertThat(browser.text(row("A", ".arrow"))).isEqualTo("▼");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void aRemovedTickerDisappears() {
    market.store("A", "1");
    market.store("B", "1");
    browser.awaitText("#count", "2");

    market.delete("A");

    browser.awaitText("#count", "1");
    assertThat(browser.text(row("A", ".symbol"))).isNull();
    market.delete("B");
    browser.awaitTrue("!document.getElementById('empty').hidden");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void isFilteredByKeyboard() {
    market.store("BTC/USDT", "1");
    market.store("ETH/USDT", "1");
    browser.awaitText("#count", "2");

    browser.press("/");
    assertThat(focused()).isEqualTo("filter");
    browser.press("usdt ETH");
    browser.awaitText("#count", "1 of 2");
    browser.awaitTrue("document.querySelector(arguments[0]).hidden", row("BTC/USDT", "").trim());
    browser.press("x");
    browser.awaitText("#count", "0 of 2");
    browser.press(Keys.ESCAPE);

    browser.awaitText("#count", "2");
    browser.awaitTrue("document.getElementById('filter').value === ''");
  }

  @Test
  void isSortedByKeyboardWithAVisibleFocus() {
    market.store("A", "10");
    market.store("B", "9");
    browser.awaitText("#count", "2");
    browser.run("document.getElementById('filter').focus()");

    browser.press(Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER); // exchange, symbol, price

    browser.awaitText("tbody tr:first-child .symbol", "B");
    browser.awaitTrue("document.querySelector('th.price').ariaSort === 'ascending'");
    assertThat((String) browser.run("return getComputedStyle(document.activeElement).outlineStyle"))
        .isEqualTo("solid");
    browser.press(Keys.SPACE);
    browser.awaitText("tbody tr:first-child .symbol", "A");
    browser.awaitTrue("document.querySelector('th.price').ariaSort === 'descending'");
  }

  @Test
  void goesOnByItselfAfterTheServerWasRestarted() {
    market.store("A", "1");
    String price = row("A", "[data-field=price]");
    String arrow = row("A", ".arrow");
    browser.awaitText(price, "1");
    Tick next = market.tick("A", "2.50");
    int port = node.port();
    market.close();
    node.undeploy();
    browser.awaitText("#state", "Reconnecting");
    browser.awaitTrue("!document.getElementById('banner').hidden");
    node.close();

    node = CacheNode.start(redis, new JsonObject().put("web", new JsonObject().put("port", port)));
    market = new Market(node);
    browser.awaitText("#state", "Live");
    CacheNode.get(node.ticks().updateTicker(next.exchange(), next));

    browser.awaitText(price, "2.50");
    browser.awaitText(arrow, "▲");
    browser.awaitTrue("document.getElementById('banner').hidden");
    browser.awaitTrue("window.loadedOnce");
  }

  @Test
  void saysThatPricesAreStaleWhileRedisIsAway() throws IOException {
    market.store("A", "1");
    browser.awaitText("#count", "1");
    redis.close();

    browser.awaitText("#state", "Stale");
    browser.awaitTrue("document.getElementById('banner').textContent.includes('last known')");
    browser.awaitTrue("document.getElementById('announcement').textContent.includes('last known')");
    redis = EmbeddedRedis.start(redis.port(), null, Map.of());

    browser.awaitText("#state", "Live");
    browser.awaitText("#count", "0");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void whoComesWhileRedisIsAwaySeesTheLastKnownPricesAtOnce() throws IOException {
    market.store("A", "1");
    market.store("B", "2.50");
    browser.awaitText("#count", "2");
    redis.close();
    browser.awaitText("#state", "Stale");

    browser.run("location.reload()"); // nothing is updated any more
    browser.awaitTrue("!window.loadedOnce");

    browser.awaitText("#state", "Stale");
    browser.awaitText(row("A", "[data-field=price]"), "1");
    browser.awaitText(row("B", "[data-field=price]"), "2.50");
    assertThat(browser.text("#state")).isEqualTo("Stale");
    assertThat(browser.console()).isEmpty();
    redis = EmbeddedRedis.start(redis.port(), null, Map.of());
  }

  // For everyone

  @Test
  void flashesChangesOnlyForThoseWhoDoNotMindMotion() {
    market.store("A", "1");
    browser.awaitText("#count", "1");
    String flashes =
        "(() => { const cell = document.querySelector(arguments[0]);"
            + " cell.closest('tr').dataset.direction = 'up'; cell.classList.add('flash');"
            + " const color = getComputedStyle(cell).backgroundColor;"
            + " cell.classList.remove('flash'); return color !== 'rgba(0, 0, 0, 0)'; })()";

    browser.setMedia("prefers-reduced-motion", "reduce");
    assertThat(browser.run("return " + flashes, row("A", "[data-field=price]"))).isEqualTo(false);
    browser.setMedia("prefers-reduced-motion", "no-preference");
    assertThat(browser.run("return " + flashes, row("A", "[data-field=price]"))).isEqualTo(true);
    browser.setMedia("prefers-reduced-motion", "");
  }

  @Test
  void tellsAScreenReaderWhatItShows() {
    market.store("A", "1");
    market.store("A", "2");
    browser.awaitText(row("A", ".arrow"), "▲");

    assertThat(accessible())
        .contains(
            "heading: Live tickers",
            "search: ",
            "searchbox: Filter",
            "status: ",
            "grid: Latest ticker of each exchange and symbol. The column buttons sort; arrow keys"
                + " lead from cell to cell.",
            "columnheader: Price",
            "button: Price",
            "rowheader: A",
            "image: up");
    assertThat(browser.text("#announcement")).isEqualTo("Live");
  }

  @Test
  void tellsAScreenReaderNoPictureWithoutAName() {
    market.store("A", "1");
    browser.awaitText("#count", "1");

    assertThat(accessible()).noneMatch(each -> each.equals("image: "));
  }

  @Test
  void everyCellIsReachedByKeyboard() {
    market.store("A", "1");
    market.store("B", "2");
    browser.awaitText("#count", "2");
    browser.awaitText("tbody tr:first-child .symbol", "A");

    browser.press(Keys.ARROW_DOWN, Keys.ARROW_RIGHT);
    assertThat(focusedCell()).isEqualTo("price 1");
    browser.press(Keys.ARROW_DOWN);
    assertThat(focusedCell()).isEqualTo("price 2");
    browser.press(Keys.ARROW_RIGHT); // over the picture
    assertThat(focusedCell()).isEqualTo("bid");
    browser.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_LEFT);
    assertThat(focusedCell()).isEqualTo("exchange " + market.exchange());
    browser.press(Keys.ARROW_LEFT);
    assertThat(focusedCell()).isEqualTo("exchange " + market.exchange());
    assertThat(browser.run("return getComputedStyle(document.activeElement).outlineStyle"))
        .isEqualTo("dashed");
    browser.press(Keys.ENTER);
    browser.awaitText("#detail-symbol", "B");
    assertThat(browser.run("return document.querySelectorAll('#rows [tabindex=\"0\"]').length"))
        .as("places where the Tab key stops")
        .isEqualTo(1L);
  }

  private String focusedCell() {
    return ((String)
            browser.run(
                "const cell = document.activeElement.closest('td, th');"
                    + "return cell.classList[0] + ' ' + cell.textContent.trim()"))
        .trim();
  }

  @Test
  void theShortcutIsOneKeyAloneAndCanBeTurnedOff() {
    browser.cdp(
        "Input.dispatchKeyEvent",
        Map.of("type", "keyDown", "key", "/", "text", "/", "modifiers", 2));
    assertThat(focused()).isEqualTo("body");
    assertThat(accessible()).contains("button: Shortcut /");
    browser.click("#shortcut");
    browser.run("document.activeElement.blur()");
    browser.press("/");
    assertThat(focused()).isEqualTo("body");

    reload();
    browser.press("/");
    assertThat(focused()).isEqualTo("body");
    assertThat(browser.run("return document.getElementById('filter').ariaKeyShortcuts")).isNull();
    browser.click("#shortcut");
    browser.press("/");
    assertThat(focused()).isEqualTo("filter");
  }

  @ParameterizedTest
  @ValueSource(ints = {320, 360, 704, 752, 753, 768, 960, 961, 1152, 1153, 1440})
  void fitsTheWindow(int width) {
    market.store("X".repeat(64), "1".repeat(60));
    market.store("BTC/USD:PERP", "64182.27000000");
    browser.awaitText("#count", "2");
    browser.setSize(width, 100); // so low that there is a scroll bar

    browser.awaitTrue("innerWidth === arguments[0]", width);
    browser.awaitTrue("document.documentElement.clientWidth < innerWidth");
    assertThat(fits("html")).isTrue();
  }

  @Test
  void theFlashIsAsWideAsTheDigits() {
    market.store("A", "0.00000001");
    market.store("B", "1");
    browser.awaitText("#count", "2");
    browser.run(
        """
        new MutationObserver(changes => {
          const flashing = changes.map(({ target }) => target)
            .find(({ classList }) => classList.contains('flash'));
          if (!flashing) return;
          const digits = document.createRange();
          digits.selectNodeContents(flashing);
          window.flash = flashing.offsetWidth - digits.getBoundingClientRect().width;
        }).observe(document.getElementById('rows'), { subtree: true, attributeFilter: ['class'] });
        """);

    market.store("B", "2");

    browser.awaitTrue("Math.abs(window.flash) < 1");
  }

  @ParameterizedTest
  @CsvSource({"light", "dark"})
  void aTickThatIsOldIsMarkedAlsoForThoseWhoDoNotSeeIt(String theme) {
    browser.setMedia("prefers-color-scheme", theme);
    market.store(List.of(aged("NEW", 0), aged("LATE", 30), aged("OLD", 540)));
    browser.awaitText("#count", "3");

    browser.awaitText(row("NEW", "[data-field=age]") + ":not(:empty)", text("NEW"));
    assertThat(browser.text(row("OLD", ".age"))).isEqualTo("9 min");
    assertThat(accessible())
        .anyMatch(name -> name.matches("gridcell: late: 3\\d s"))
        .contains("gridcell: old: 9 min");
    assertThat(List.of(look("NEW", "::before"), look("LATE", "::before"), look("OLD", "::before")))
        .doesNotHaveDuplicates();
    assertThat(List.of(look("NEW", ""), look("LATE", ""), look("OLD", ""))).doesNotHaveDuplicates();
    browser.setMedia("prefers-color-scheme", "");
  }

  private Tick aged(String symbol, long seconds) {
    return Tick.of(market.exchange(), symbol, BigDecimal.ONE, Instant.now().minusSeconds(seconds));
  }

  private String text(String symbol) {
    return browser.text(row(symbol, "[data-field=age]"));
  }

  /** The mark before the age, or the colours of age and price. */
  private Object look(String symbol, String pseudo) {
    return browser.run(
        """
        const [row, pseudo] = arguments;
        const styleOf = part => getComputedStyle(document.querySelector(row + part), pseudo);
        return pseudo ? styleOf('.age').content : styleOf('.age').color + styleOf('.price').color
          + styleOf('.price').fontWeight;
        """,
        row(symbol, ""),
        pseudo);
  }

  @Test
  void theSpreadIsAlsoInBasisPoints() {
    market.store(
        List.of(
            Tick.builder(market.exchange(), "A")
                .price(BigDecimal.ONE)
                .time(Instant.now())
                .bid(new BigDecimal("9999"))
                .ask(new BigDecimal("10001"))
                .build()));

    browser.awaitText(row("A", "[data-field=basisPoints]"), "2.000");
    assertThat(
            browser.run(
                "return document.querySelector(arguments[0]).offsetWidth > 0",
                row("A", ".basis-points")))
        .isEqualTo(true);
  }

  @ParameterizedTest
  @CsvSource({"320, 640", "360, 740", "768, 600", "1440, 400"})
  void whatTellsTheStateStaysAboveTheHeadsOfTheColumns(int width, int height) {
    browser.setSize(width, height);
    market.store(IntStream.range(0, 60).mapToObj(i -> market.tick("S" + i, "1")).toList());
    browser.awaitText("#count", "60");

    browser.run("scrollTo(0, 1000)");

    browser.awaitTrue(
        """
        (() => {
          const box = part => document.querySelector(part).getBoundingClientRect();
          const parts = ['#state', '#interval', '#filter'].map(box);
          const heads = box('thead');
          return scrollY > 900 && Math.abs(heads.top - box('#bar').bottom) < 1
            && parts.every(({ top, bottom }) => top >= 0 && bottom <= heads.top)
            && heads.bottom < innerHeight / 2
            && parts.every(({ left, top }) => document.elementFromPoint(left + 1, top + 3)
              .closest('#bar'));
        })()
        """);
  }

  @Test
  void theArrowKeysLeadToTheFirstRowFromWhereTheyMeanNothingElse() {
    market.store("C", "1");
    market.store("B", "1");
    market.store("A", "1");
    browser.awaitText("#count", "3");
    browser.awaitText("tbody tr:first-child .symbol", "A");

    browser.press(Keys.ARROW_DOWN);
    browser.awaitTrue("document.activeElement.textContent === 'A'");
    browser.press(Keys.ARROW_DOWN);
    browser.awaitTrue("document.activeElement.textContent === 'B'");
    browser.press("/", "c", Keys.ARROW_LEFT);
    browser.awaitText("#count", "1 of 3");
    assertThat(focused()).isEqualTo("filter");
    browser.press(Keys.ARROW_DOWN);
    browser.awaitTrue("document.activeElement.textContent === 'C'");
  }

  @Test
  void filterAndOrderAreKeptWhenThePageIsReloaded() {
    market.store("AB", "10");
    market.store("AC", "9");
    market.store("B", "8");
    browser.awaitText("#count", "3");
    browser.press("/", "b");
    browser.click("[data-sort=price]");
    browser.click("[data-sort=price]");
    browser.awaitText("tbody tr:first-child .symbol", "AB");

    reload();

    browser.awaitText("#count", "2 of 3");
    browser.awaitTrue("document.querySelector('th.price').ariaSort === 'descending'");
    browser.awaitTrue("document.querySelectorAll('[aria-sort]').length === 1");
    browser.awaitText("tbody tr:not([hidden]) .symbol", "AB");
    assertThat(browser.run("return document.getElementById('filter').value")).isEqualTo("b");
    browser.click("#filter");
    browser.press(Keys.ESCAPE);
    browser.awaitText("#count", "3");
    reload();
    browser.awaitText("#count", "3");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void whatAHeadMeansIsExplained() {
    assertThat(described())
        .contains(
            "Spread: Ask less bid",
            "Spread, bp: Basis points: the spread in 1/10,000 of the middle between bid and ask",
            "Volume: Traded in 24 hours, as the exchange tells it",
            "Age: Since the time of the tick; marked from 10 s and from 60 s on");
  }
}
