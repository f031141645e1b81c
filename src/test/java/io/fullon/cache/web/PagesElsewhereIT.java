package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.Browser;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FakeFeed;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.PrefixProxy;
import io.fullon.cache.testing.Token;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pages that a browser does not get from the gateway itself. */
class PagesElsewhereIT {

  private static Browser browser;

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

  private static CacheNode start(JsonObject web) {
    return CacheNode.start(new JsonObject().put("web", web));
  }

  @Test
  void theLivePageWorksBelowAPathOfAProxy() {
    try (PrefixProxy proxy = new PrefixProxy("/market/");
        CacheNode node =
            start(new JsonObject().put("public_origin", "http://127.0.0.1:" + proxy.port()));
        Market market = new Market(node)) {
      proxy.setTarget(node.port());
      browser.console();

      browser.open(proxy.port(), "/market/");
      browser.awaitText("#state", "Live");
      market.store("BTC/USD", "9.9640");
      String row = "[data-key=\"" + market.exchange() + " BTC/USD\"] ";
      browser.awaitText(row + "[data-field=price]", "9.9640");
      market.store("BTC/USD", "9.9650");
      browser.awaitText(row + "[data-field=price]", "9.9650");
      browser.click(row + ".symbol button");
      browser.awaitTrue("document.querySelector('#candles svg, #candles canvas')"); // the charts

      assertThat(browser.console()).isEmpty();
      browser.open(proxy.port(), "/market/favicon.svg"); // so that it does not notice the end
    }
  }

  @Test
  void aPageOfAnAllowedOriginUsesModuleAndTickersOfTheGateway() {
    try (FakeFeed pages = new FakeFeed();
        CacheNode node =
            start(
                new JsonObject()
                    .put("allowed_origins", "http://127.0.0.1:" + pages.port())
                    .put("jwt_secret", Token.SECRET))) {
      String token = Token.hs256(Token.expiring(60));
      pages.serve("<!DOCTYPE html><title>page</title>");
      browser.console();
      browser.open(pages.port(), "/page.html");

      browser.run(
          """
          const [server, token] = arguments;
          const headers = { Authorization: `Bearer ${token}` };
          import(`${server}/ticker-feed.js`).then(({ TickerFeed }) => {
            const feed = new TickerFeed(undefined, { token });
            feed.addEventListener('state', ({ detail }) => { window.state = detail.state; });
          });
          fetch(`${server}/api/tickers/none`, { headers }).then(async answer => {
            window.tickers = JSON.stringify(await answer.json());
          });
          """,
          "http://127.0.0.1:" + node.port(),
          token);

      browser.awaitTrue("window.state === 'live'");
      browser.awaitTrue("window.tickers === '[]'");
      assertThat(browser.console()).isEmpty();
      browser.open(pages.port(), "/other.html");
    }
  }

  @Test
  void aPageOfAnotherOriginGetsNeither() {
    try (FakeFeed pages = new FakeFeed();
        CacheNode node = start(new JsonObject().put("allowed_origins", "http://127.0.0.1:1"))) {
      pages.serve("<!DOCTYPE html><title>page</title>");
      browser.open(pages.port(), "/page.html");

      browser.run(
          """
          const [server] = arguments;
          import(`${server}/ticker-feed.js`).catch(() => { window.noModule = true; });
          fetch(`${server}/api/tickers/none`).catch(() => { window.noTickers = true; });
          """,
          "http://127.0.0.1:" + node.port());

      browser.awaitTrue("window.noModule && window.noTickers");
    }
  }
}
