package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.Browser;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FakeFeed;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.PrefixProxy;
import io.fullon.cache.testing.Token;
import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** Pages that a browser does not get from the gateway itself. */
class PagesElsewhereIT {

  private static final String NEEDS_TOKEN =
      "This page needs a token: enter it here, or put #token=… at the end of its address.";

  @AutoClose private static Browser browser;

  @BeforeAll
  static void startBrowser() {
    browser = Browser.start();
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
  void aPageOfAnOriginThatTheServerDoesNotKnowIsToldSo() {
    try (PrefixProxy proxy = new PrefixProxy("/market/");
        CacheNode node = start(new JsonObject())) {
      proxy.setTarget(node.port());

      browser.open(proxy.port(), "/market/");
      browser.awaitText("#state", "Refused");
      assertThat(browser.text("#banner"))
          .contains(
              "This server answers, but takes no connection from pages of http://127.0.0.1:"
                  + proxy.port());
      assertThat(browser.text("#announcement")).isEqualTo(browser.text("#banner"));
      browser.open(proxy.port(), "/market/favicon.svg");
    }
  }

  @Test
  void aPageOfAHostThatTheServerDoesNotKnowIsToldSo() {
    String refusing = "window.fetch = async () => new Response('', { status: 403 })";
    Object script =
        browser
            .cdp("Page.addScriptToEvaluateOnNewDocument", Map.of("source", refusing))
            .get("identifier");
    try (PrefixProxy proxy = new PrefixProxy("/market/");
        CacheNode node = start(new JsonObject())) {
      proxy.setTarget(node.port());

      browser.open(proxy.port(), "/market/");

      browser.awaitText(
          "#banner", "This server does not let pages of http://127.0.0.1:" + proxy.port() + " in.");
      browser.open(proxy.port(), "/market/favicon.svg");
    } finally {
      browser.cdp("Page.removeScriptToEvaluateOnNewDocument", Map.of("identifier", script));
    }
  }

  @Test
  void anOutageIsNoRefusal() {
    try (CacheNode node = start(new JsonObject())) {
      browser.open(node.port(), "/");
      browser.awaitText("#state", "Live");
      node.undeploy();

      browser.awaitText("#state", "Reconnecting");
      browser.run(
          "const { fetch } = window;"
              + " window.fetch = (...of) => { window.asked = true; return fetch(...of); }");
      browser.awaitTrue("window.asked");
      browser.awaitTrue(
          "document.getElementById('banner').textContent.startsWith('The connection is lost.')");
      assertThat(browser.text("#state")).isEqualTo("Reconnecting");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPageWithoutATokenAsksForIt(boolean firstMessage) {
    try (CacheNode node =
        start(
            new JsonObject()
                .put("jwt_secret", Token.SECRET)
                .put("auth_first_message", firstMessage))) {
      browser.console();
      browser.open(node.port(), "/");

      browser.awaitText("#banner", NEEDS_TOKEN);
      browser.awaitText("#state", "Refused");
      assertThat(browser.text("#announcement")).isEqualTo(NEEDS_TOKEN);
      browser.awaitTrue("document.getElementById('empty').offsetHeight === 0");
      browser.click("[name=interval][value='1000'] + span"); // does nothing, also no harm
      if (firstMessage) { // else Chromium itself tells of every connection that is refused
        assertThat(browser.console()).isEmpty();
      }
      browser.run("window.loadedOnce = true");
      browser.click("#token");
      browser.press("bad/token", Keys.ENTER);
      browser.awaitTrue("!window.loadedOnce");
      browser.awaitTrue(
          "document.getElementById('banner').textContent"
              + ".startsWith('The server does not accept the token: token: ')");

      browser.run("window.loadedOnce = true");
      browser.click("#token");
      browser.press(Token.hs256(Token.expiring(60)), Keys.ENTER);
      browser.awaitTrue("!window.loadedOnce");
      if (firstMessage) {
        browser.awaitText("#state", "Live");
        browser.awaitTrue("document.getElementById('access').hidden");
        browser.awaitTrue("document.getElementById('banner').hidden");
      } else { // a page has no other way to bring it
        browser.awaitTrue(
            "document.getElementById('banner').textContent.startsWith('This server answers, but')");
      }
      browser.open(node.port(), "/favicon.svg");
    }
  }

  /** Of three tickers of two exchanges, a:X, a:🐕 and b:X, those that a token allows. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                          | a X,a 🐕,b X
          {"exchanges":["a"]}                         | a X,a 🐕
          {"exchanges":["a","b","a b"]}             | a X,a 🐕,b X
          {"symbols":["🐕","none"]}                   | a 🐕
          {"exchanges":["b","c"],"symbols":["X","🐕"]} | b X
          {"exchanges":["*","c"],"symbols":["X"]}     | a X,b X
          """)
  void aTokenThatAllowsPartShowsThatPart(String limits, String shown) {
    try (CacheNode node = start(new JsonObject().put("jwt_secret", Token.SECRET))) {
      for (String[] name : new String[][] {{"a", "X"}, {"a", "🐕"}, {"b", "X"}}) {
        Tick tick = Tick.of(name[0], name[1], BigDecimal.ONE, Instant.now());
        CacheNode.get(node.ticks().updateTicker(name[0], tick));
      }
      JsonObject claims = Token.expiring(60).mergeIn(new JsonObject(limits));
      browser.open(node.port(), "/favicon.svg"); // the same page with another fragment is the same
      browser.open(node.port(), "/#token=" + Token.hs256(claims));

      browser.awaitText("#state", "Live");
      browser.awaitTrue(
          "[...document.querySelectorAll('#rows tr')].map(tr => tr.dataset.key).join() ==="
              + " arguments[0]",
          shown);
      browser.click("[name=interval][value='1000'] + span");
      CacheNode.get(
          node.ticks().updateTicker("a", Tick.of("a", "X", BigDecimal.TEN, Instant.now())));
      assertThat(browser.text("#state")).isEqualTo("Live");
      browser.open(node.port(), "/favicon.svg");
    }
  }

  @Test
  void aTokenThatAllowsNothingIsToldOf() {
    try (CacheNode node = start(new JsonObject().put("jwt_secret", Token.SECRET))) {
      JsonObject claims = Token.expiring(60).put("exchanges", new JsonArray());

      browser.open(node.port(), "/#token=" + Token.hs256(claims));

      browser.awaitText("#banner", "The token allows no ticker.");
      browser.awaitText("#state", "Refused");
      browser.open(node.port(), "/favicon.svg");
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
