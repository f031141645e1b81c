package io.fullon.cache.web;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.process.ProcessCache;
import io.fullon.cache.process.ProcessStatus;
import io.fullon.cache.process.ProcessType;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** The panel of processes on the page. */
class PageProcessesIT extends LivePage {

  private String register(ProcessType type, String component, JsonObject params) {
    return get(
        ProcessCache.proxy(node.vertx())
            .registerProcess(type, component, params, "as it should", ProcessStatus.RUNNING));
  }

  private void registerAll() {
    JsonObject market = new JsonObject().put("exchange", "kraken").put("symbol", "BTC/USD");
    register(ProcessType.BOT, "a bot", market);
    register(ProcessType.BOT, "crashed", new JsonObject().put("heartbeat_ms", 1));
    register(ProcessType.TICK, "kraken", new JsonObject().put("exchange", "kraken"));
    register(ProcessType.CRAWLER, "a crawler", new JsonObject());
  }

  private void openPanel() {
    browser.run("document.querySelector('#processes summary').focus()");
    browser.press(Keys.ENTER);
    browser.awaitTrue("document.querySelector('#processes').open");
  }

  private static String cell(int row, int column) {
    return "#processes tbody tr:nth-child(" + row + ") > :nth-child(" + column + ")";
  }

  @Test
  void showsNodesSourcesAndBotsWithStateAndAge() {
    registerAll();

    openPanel();

    browser.awaitText("#processes-note", "Node: 1, Source: 1, Bot: 2, crawler: 1 – 1 stale");
    browser.awaitText(cell(1, 1), "Node");
    assertThat(browser.text(cell(1, 2))).startsWith("fullon-cache:");
    assertThat(browser.text(cell(2, 2))).isEqualTo("kraken");
    assertThat(browser.text(cell(3, 2))).isEqualTo("crashed");
    assertThat(browser.text(cell(3, 3))).isEqualTo("stale (running)");
    assertThat(browser.text(cell(4, 2))).isEqualTo("a bot");
    assertThat(browser.text(cell(4, 3))).isEqualTo("running");
    assertThat(browser.text(cell(4, 4))).isEqualTo("kraken BTC/USD");
    assertThat(browser.text(cell(4, 5))).matches("\\d+ s");
    assertThat(browser.text(cell(4, 6))).isEqualTo("as it should");
    assertThat(browser.text(cell(5, 1))).isEqualTo("crawler");
    browser.awaitTrue(
        "document.querySelector('" + cell(4, 5) + "').textContent !== '0 s'"); // it grows
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void tellsAScreenReaderWhatItShows() {
    registerAll();
    openPanel();
    browser.awaitText(cell(1, 1), "Node");

    assertThat(accessible())
        .contains(
            "DisclosureTriangle: Processes",
            "region: Table of processes",
            "columnheader: State",
            "rowheader: a bot",
            "cell: stale (running)");
    assertThat(described()).contains("State: Stale: it has not said for too long that it is alive");
  }

  @Test
  void isOpenAgainWhenThePageIsReloaded() {
    openPanel();
    browser.awaitText(cell(1, 1), "Node");

    reload();

    browser.awaitText(cell(1, 1), "Node");
    browser.click("#processes summary");
    browser.awaitTrue("!document.querySelector('#processes').open");
    browser.run("window.loadedOnce = true");
    reload();
    assertThat(browser.run("return document.querySelector('#processes').open")).isEqualTo(false);
  }

  @ParameterizedTest
  @ValueSource(ints = {320, 768, 1440})
  void fitsTheWindow(int width) {
    register(ProcessType.BOT, "X".repeat(128), new JsonObject());
    openPanel();
    browser.awaitText(cell(1, 1), "Node");

    browser.setSize(width, 400);

    browser.awaitTrue("innerWidth === arguments[0]", width);
    assertThat(fits("html")).isTrue();
  }

  @Test
  void textFromOthersIsText() {
    register(ProcessType.BOT, "<b id='x'>bold</b>", new JsonObject().put("exchange", "<i>"));
    openPanel();

    browser.awaitText(cell(2, 2), "<b id='x'>bold</b>");
    assertThat(browser.run("return document.getElementById('x')")).isNull();
  }

  @Test
  void saysWhyItShowsNothingNew() {
    openPanel();
    browser.awaitText(cell(1, 1), "Node");
    browser.run(
        "window.fetch = async () => new Response('{\"message\":\"no Redis\"}', {status: 503})");
    browser.click("#processes summary");
    browser.click("#processes summary");

    browser.awaitText("#processes-note", "The processes cannot be read: no Redis");
    assertThat(browser.text(cell(1, 1))).isEqualTo("Node");
  }
}
