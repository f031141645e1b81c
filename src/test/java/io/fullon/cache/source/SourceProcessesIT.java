package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.source.FakeVenues.FakeCoinbase;
import io.fullon.cache.source.FakeVenues.FakeKraken;
import io.fullon.cache.testing.AppProcess;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.testing.RawHttp;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application with sources: processes that are started, and one that is killed. */
class SourceProcessesIT {

  @TempDir Path folder;

  /** Where the exchanges are; which symbols, the command line says. */
  private String config(FakeVenue... venues) throws IOException {
    JsonObject sources = new JsonObject();
    for (FakeVenue venue : venues) {
      sources.put(venue.exchange(), venue.config("NOT/THIS"));
    }
    JsonObject config =
        new JsonObject()
            .put("sources", sources)
            .put("source", new JsonObject().put("lease_ms", 3_000));
    return Files.writeString(folder.resolve("config.json"), config.encode()).toString();
  }

  private static String states(int port) {
    return new JsonArray(RawHttp.get(port, "/api/sources").text())
        .stream()
            .map(JsonObject.class::cast)
            .map(source -> source.getString("exchange") + " " + source.getString("state"))
            .collect(Collectors.joining(", "));
  }

  @Test
  void twoExchangesAreBroughtByOptions() throws IOException {
    try (FakeVenue kraken = new FakeKraken();
        FakeVenue coinbase = new FakeCoinbase();
        AppProcess app =
            AppProcess.jar(folder)
                .run(
                    "--port",
                    "0",
                    "--config",
                    config(kraken, coinbase),
                    "--source",
                    "kraken:BTC/USD",
                    "--source",
                    "coinbase:BTC/USD,ETH/USD")
                .awaitReady()) {
      await("both to be live")
          .atMost(Patience.LONG)
          .until(() -> states(app.port()).equals("coinbase live, kraken live"));
      assertThat(kraken.subscribed()).containsExactly("BTC/USD");
      assertThat(coinbase.subscribed()).containsExactly("BTC-USD", "ETH-USD");

      kraken.tick(0, "63297.70");

      await()
          .atMost(Patience.LONG)
          .until(
              () ->
                  RawHttp.get(app.port(), "/api/tickers/kraken")
                      .text()
                      .contains("\"price\":\"63297.70\""));
      assertThat(RawHttp.get(app.port(), "/api/tickers/sim-alpha").text()).isEqualTo("[]");
    }
  }

  @Test
  void whenTheOneThatRunsItIsKilledAnotherTakesOver() throws IOException {
    try (EmbeddedRedis redis = CacheNode.newRedis();
        FakeVenue venue = new FakeKraken()) {
      String config = config(venue);
      String[] options = {
        "--port", "0", "--redis", redis.uri(), "--config", config, "--source", "kraken:BTC/USD"
      };
      try (AppProcess first = AppProcess.jar(folder).run(options).awaitReady()) {
        await().atMost(Patience.LONG).until(() -> states(first.port()).equals("kraken live"));
        try (AppProcess second = AppProcess.jar(folder).run(options).awaitReady()) {
          assertThat(venue.accepted()).isEqualTo(1);

          first.signal("KILL");

          await().atMost(Patience.LONG).until(() -> venue.accepted() == 2);
          await().atMost(Patience.LONG).until(() -> states(second.port()).equals("kraken live"));
          assertThat(venue.open()).isEqualTo(1);
          assertThat(venue.violations()).isEmpty();
        }
      }
    }
  }
}
