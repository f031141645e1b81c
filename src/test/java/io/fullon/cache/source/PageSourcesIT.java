package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.source.FakeVenues.FakeCoinbase;
import io.fullon.cache.source.FakeVenues.FakeKraken;
import io.fullon.cache.testing.Browser;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** The page with two exchanges, one of which falls silent. */
class PageSourcesIT {

  private static final String KRAKEN = "[data-key=\"kraken BTC/USD\"]";

  @Test
  void eachExchangeHasAMarkThatSaysWhyItIsNotLive() {
    try (FakeVenue kraken = new FakeKraken();
        FakeVenue coinbase = new FakeCoinbase();
        CacheNode node =
            CacheNode.start(
                new JsonObject()
                    .put("source", RunningSource.TIMES)
                    .put(
                        "sources",
                        new JsonObject()
                            .put("kraken", kraken.config("BTC/USD"))
                            .put("coinbase", coinbase.config("BTC/USD"))));
        Browser browser = Browser.start()) {
      browser.open(node.port(), "/");
      browser.awaitText("#state", "Live");
      browser.awaitText("#sources li:nth-child(1)", "coinbase: live");
      browser.awaitText("#sources li:nth-child(2)", "kraken: live");
      kraken.tick(0, "63297.70");
      browser.awaitText(KRAKEN + " [data-field=price]", "63297.70");

      kraken.silent = true;

      browser.awaitTrue(
          "document.querySelector('#sources li:nth-child(2)').textContent"
              + ".match(/^kraken: silent for \\d+ s – connected, and nothing comes/)");
      browser.awaitTrue("document.querySelector('" + KRAKEN + "').dataset.source === 'silent'");
      assertThat(browser.run("return document.querySelector('#state-text').textContent"))
          .isEqualTo("Live"); // the link to the server, which others come over
      assertThat(browser.run("return document.querySelector('#announcement').textContent"))
          .asString()
          .startsWith("kraken: silent");
      kraken.silent = false;
      browser.awaitText("#sources li:nth-child(2)", "kraken: live");
      browser.open(node.port(), "/favicon.svg");
    }
  }
}
