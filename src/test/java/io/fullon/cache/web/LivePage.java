package io.fullon.cache.web;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.Browser;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Market;
import io.vertx.core.json.JsonObject;
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
}
