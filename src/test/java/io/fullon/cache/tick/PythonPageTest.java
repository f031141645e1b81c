package io.fullon.cache.tick;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Pages;
import io.fullon.cache.testing.Program;
import io.fullon.cache.testing.Python;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Python of the page for Python programs does what the page says. */
class PythonPageTest {

  private static final Path PAGE = Pages.page("python");

  @TempDir Path folder;

  @Test
  void aTickThatPythonWritesIsThereAtOnceAndIsReadAgain() throws IOException {
    String python = Python.withRedis();
    String code = String.join("\n", Pages.blocks(PAGE, "python"));
    String address = "redis://localhost:6379";
    assertThat(code).contains(address);

    try (CacheNode node = CacheNode.start()) {
      Path script =
          Files.writeString(folder.resolve("tick.py"), code.replace(address, node.redis().uri()));
      String output = Program.run(List.of(python, script.toString()));

      await().until(() -> get(node.ticks().getTicker("BTC/USDT", "binance")) != null);
      Tick tick = get(node.ticks().getTicker("BTC/USDT", "binance"));
      assertThat(tick.price()).isEqualTo(new BigDecimal("64182.27"));
      assertThat(tick.bid()).isEqualTo(new BigDecimal("64182.0"));
      assertThat(tick.seq()).isNull();
      assertThat(Duration.between(tick.time(), Instant.now())).isLessThan(Duration.ofMinutes(10));
      assertThat(output).startsWith("64182.27 ");
    }
  }

  @Test
  void whatIsWrittenOlderShowsAtTheNextComparison() {
    Instant now = Instant.now();
    Tick newer = Tick.of("binance", "BTC/USDT", BigDecimal.TEN, now);
    String older =
        Tick.of("binance", "BTC/USDT", BigDecimal.ONE, now.minusSeconds(100)).toJson().encode();

    try (CacheNode node =
        CacheNode.start(
            new JsonObject().put("tick", new JsonObject().put("compare_interval_ms", 200)))) {
      get(node.ticks().updateTicker("binance", newer));
      node.redis(Command.HSET, "tickers:binance", "BTC/USDT", older);

      await()
          .until(
              () ->
                  get(node.ticks().getPrice("BTC/USDT", "binance")).compareTo(BigDecimal.ONE) == 0);
    }
  }
}
