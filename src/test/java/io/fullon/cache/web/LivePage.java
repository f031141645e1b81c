package io.fullon.cache.web;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.Browser;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Market;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** The live page in a real browser, with nothing in it yet. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LivePage {

  /** Records what pages send. */
  private static final String RECORDING =
      """
      window.sent = [];
      const send = WebSocket.prototype.send;
      WebSocket.prototype.send = function (data) {
        window.sent.push(JSON.parse(data));
        send.call(this, data);
      };
      """;

  /** Of each class one of its own: classes run at the same time. */
  Browser browser;

  EmbeddedRedis redis;
  CacheNode node;
  Market market;

  @BeforeAll
  void startBrowser() {
    browser = Browser.start();
    browser.cdp("Page.addScriptToEvaluateOnNewDocument", Map.of("source", RECORDING));
  }

  @AfterAll
  void stopBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void open() {
    redis = CacheNode.newRedis();
    node = CacheNode.start(redis, new JsonObject());
    market = new Market(node);
    browser.setSize(1440, 900);
    browser.console(); // what an earlier test has left there
    browser.open(node.port(), "/");
    browser.awaitText("#state", "Live");
    browser.run("window.loadedOnce = true");
  }

  @AfterEach
  void close() {
    browser.open(node.port(), "/favicon.svg"); // so that the page does not notice the end
    market.close();
    node.close();
    redis.close();
  }

  /** The selector of the row of a ticker, and of something in it. */
  String row(String symbol, String inIt) {
    return "[data-key=\"" + market.exchange() + " " + symbol + "\"] " + inIt;
  }

  void reload() {
    browser.run("location.reload()");
    browser.awaitTrue("!window.loadedOnce");
    browser.awaitText("#state", "Live");
  }

  /** What a screen reader gets: of everything that it tells. */
  @SuppressWarnings("unchecked")
  private Stream<Map<String, Object>> accessibleNodes() {
    List<Map<String, Object>> nodes =
        (List<Map<String, Object>>)
            browser.cdp("Accessibility.getFullAXTree", Map.of()).get("nodes");
    return nodes.stream().filter(node -> Boolean.FALSE.equals(node.get("ignored")));
  }

  /** The role and the name of everything that a screen reader tells. */
  List<String> accessible() {
    return accessibleNodes()
        .map(node -> value(node.get("role")) + ": " + value(node.get("name")))
        .toList();
  }

  /** Each name, with the description that a screen reader can tell besides. */
  List<String> described() {
    return accessibleNodes()
        .filter(node -> !"".equals(value(node.get("description"))))
        .map(node -> value(node.get("name")) + ": " + value(node.get("description")))
        .toList();
  }

  private static Object value(Object property) {
    return property instanceof Map<?, ?> map ? map.get("value") : "";
  }

  /** Whether nothing is wider than the window, whose scroll bar takes room. */
  boolean fits(String element) {
    return Boolean.TRUE.equals(
        browser.run(
            "const element = document.querySelector(arguments[0]);"
                + " return element.scrollWidth <= element.clientWidth",
            element));
  }

  /** In JavaScript, the promise of an option of the series in that figure. */
  Object series(String figure, String option) {
    return browser.run(
        "return import('/echarts-5.3.1.js').then(echarts => echarts.getInstanceByDom("
            + "document.querySelector(arguments[0] + ' .plot')).getOption().series[0]."
            + option
            + ")",
        figure);
  }

  void awaitChart() {
    browser.awaitTrue("document.querySelectorAll('#detail canvas').length === 2");
    browser.awaitTrue(
        "document.querySelector('#candles .plot').ariaLabel.includes('Latest')"
            + " && document.querySelector('#line .plot').ariaLabel.includes('Latest')");
  }

  /** Waits until the candle that is read, the latest if none is, begins with that text. */
  void awaitCandle(String text) {
    browser.awaitTrue(
        "document.querySelector('#candles .reading').textContent.startsWith(arguments[0])", text);
  }

  void choose(String symbol) {
    browser.click(row(symbol, ".age"));
    browser.awaitText("#detail-symbol", symbol);
  }

  String sent() {
    return (String) browser.run("return JSON.stringify(window.sent)");
  }

  /** The place of what a screen reader reads of a chart, and the text. */
  String valueOf(String figure) {
    return (String)
        browser.run(
            "const { ariaValueNow, ariaValueMax, ariaValueText } ="
                + " document.querySelector(arguments[0] + ' .plot');"
                + "return `${ariaValueNow}/${ariaValueMax} ${ariaValueText}`",
            figure);
  }

  /** In JavaScript, the promise of the labels of a chart, each with text and box. */
  private static final String LABELS =
      """
      import('/echarts-5.3.1.js').then(echarts => {
        const plot = document.querySelector(arguments[0] + ' .plot');
        const labels = echarts.getInstanceByDom(plot).getZr().storage.getDisplayList(true)
          .filter(({ type, style }) => type === 'tspan' && style.text).map(shape => {
            const box = shape.getBoundingRect().clone();
            box.applyTransform(shape.getComputedTransform());
            return { text: shape.style.text, left: box.x, top: box.y,
              right: box.x + box.width, bottom: box.y + box.height };
          });
      """;

  String labels(String figure) {
    return (String)
        browser.run("return " + LABELS + " return labels.map(l => l.text).join(' ') })", figure);
  }

  /** The labels that are cut at an edge, that run into another, or have fewer digits. */
  String badLabels(String figure) {
    return (String)
        browser.run(
            "return "
                + LABELS
                + """
                  const isBad = (a, i) => a.left < 1 || a.right > plot.offsetWidth - 1
                    || a.top < 1 || a.bottom > plot.offsetHeight - 1
                    || labels.some((b, j) => i !== j && a.left < b.right + 4 && b.left < a.right + 4
                      && a.top < b.bottom && b.top < a.bottom);
                  const levels =
                    labels.filter(({ text }) => !/^\\d\\d[:-]\\d\\d(:\\d\\d)?$/.test(text));
                  const fractions = new Set(levels.map(({ text }) => text.split('.')[1]?.length));
                  const bad = labels.filter(isBad);
                  if (fractions.size !== 1 || levels.length < 2) bad.push(...levels);
                  if (new Set(levels.map(({ text }) => text)).size < levels.length) bad.push(...levels);
                  return bad.map(({ text, left, right }) => `${text} ${left}-${right}`).join();
                })
                """,
            figure);
  }
}
