package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Market;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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

  // For everyone

  @Test
  void flashesChangesOnlyForThoseWhoDoNotMindMotion() {
    market.store("A", "1");
    browser.awaitText("#count", "1");
    String flashes =
        "(() => { const cell = document.querySelector(arguments[0]);"
            + " cell.parentElement.dataset.direction = 'up'; cell.classList.add('flash');"
            + " const color = getComputedStyle(cell).backgroundColor;"
            + " cell.classList.remove('flash'); return color !== 'rgba(0, 0, 0, 0)'; })()";

    browser.setMedia("prefers-reduced-motion", "reduce");
    assertThat(browser.run("return " + flashes, row("A", ".price"))).isEqualTo(false);
    browser.setMedia("prefers-reduced-motion", "no-preference");
    assertThat(browser.run("return " + flashes, row("A", ".price"))).isEqualTo(true);
    browser.setMedia("prefers-reduced-motion", "");
  }

  /** What a screen reader gets: the role and the name of everything. */
  @SuppressWarnings("unchecked")
  private List<String> accessible() {
    List<Map<String, Object>> nodes =
        (List<Map<String, Object>>)
            browser.cdp("Accessibility.getFullAXTree", Map.of()).get("nodes");
    return nodes.stream()
        .filter(node -> Boolean.FALSE.equals(node.get("ignored")))
        .map(node -> value(node.get("role")) + ": " + value(node.get("name")))
        .collect(Collectors.toList());
  }

  private static Object value(Object property) {
    return property instanceof Map<?, ?> map ? map.get("value") : "";
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
            "table: Latest ticker of each exchange and symbol. The column buttons sort.",
            "columnheader: Price",
            "button: Price",
            "rowheader: A",
            "image: up");
    assertThat(browser.text("#announcement")).isEqualTo("Live");
  }

  @ParameterizedTest
  @ValueSource(ints = {320, 360, 704, 752, 753, 768, 960, 961, 1152, 1153, 1440})
  void fitsTheWindow(int width) {
    market.store("X".repeat(64), "1".repeat(60));
    market.store("BTC/USD:PERP", "64182.27000000");
    browser.awaitText("#count", "2");
    browser.setSize(width, 800);

    browser.awaitTrue("innerWidth === arguments[0]", width);
    assertThat((Long) browser.run("return document.documentElement.scrollWidth"))
        .isLessThanOrEqualTo(width);
  }
}
