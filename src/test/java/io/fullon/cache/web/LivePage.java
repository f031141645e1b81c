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

  /** Of each class one of its own: classes run at the same time. */
  Browser browser;

  EmbeddedRedis redis;
  CacheNode node;
  Market market;

  @BeforeAll
  void startBrowser() {
    browser = Browser.start();
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
}
