package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.tick.Tick;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The live page in a browser that holds it back for a while, as when a laptop sleeps. */
class PageAsleepIT extends LivePage {

  /** Longer than a pause that is no sleep. */
  private static final long ASLEEP_MS = 5_000;

  /** What the page promises, by the browser's own clock. */
  private static final double TOLD_WITHIN_MS = 2_000;

  private void freeze() throws InterruptedException {
    browser.cdp("Page.setWebLifecycleState", Map.of("state", "frozen"));
    Thread.sleep(ASLEEP_MS);
  }

  private void wake() {
    browser.cdp("Page.setWebLifecycleState", Map.of("state", "active"));
  }

  /** How long after waking it first showed that state and price. */
  private double msUntil(String shown) {
    return ((Number) browser.run("return firstSeen[arguments[0]]", shown)).doubleValue();
  }

  @Test
  @SuppressWarnings("unchecked")
  void afterASleepItIsLiveOnlyWithThePricesOfNow() throws InterruptedException {
    market.store("A", "1");
    browser.awaitText(row("A", "[data-field=price]"), "1");
    browser.run(
        """
        window.seen = [];
        window.firstSeen = {};
        const see = () => {
          const shown = `${document.body.dataset.state} ${
            document.querySelector('[data-field=price]').textContent}`;
          seen.push(shown);
          firstSeen[shown] ??= performance.now() - window.wokenAt;
        };
        addEventListener('resume', () => { window.wokenAt = performance.now(); }, true);
        new MutationObserver(see).observe(document.body,
          { subtree: true, childList: true, characterData: true, attributeFilter: ['data-state'] });
        """);

    freeze();
    market.store("A", "2");
    browser.run("seen.length = 0; firstSeen = {}");
    wake();

    browser.awaitText(row("A", "[data-field=price]"), "2");
    browser.awaitText("#state", "Live");
    List<String> seen = (List<String>) browser.run("return seen");
    assertThat(seen).contains("reconnecting 1").doesNotContain("live 1").endsWith("live 2");
    assertThat(msUntil("reconnecting 1")).isBetween(0.0, TOLD_WITHIN_MS);
    assertThat(msUntil("live 2")).isBetween(0.0, TOLD_WITHIN_MS);
    browser.console(); // Chromium may have told that it has ended the connection
  }

  @Test
  void whoComesBackSeesTheAgeOfNowAtOnce() {
    market.store(List.of(Tick.of(market.exchange(), "A", BigDecimal.ONE, Instant.now())));
    browser.awaitText("#count", "1");

    assertThat(
            browser.run(
                "const { now } = Date; Date.now = () => now() + 3_600_000;"
                    + "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));"
                    + "return document.querySelector('tbody .age').textContent"))
        .isEqualTo("60 min");
  }
}
