package io.fullon.cache.process;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Scrape;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** How many processes there are. */
@Isolated("the metric is the least of what all nodes of the JVM see, each in its own Redis")
class ProcessMetricsTest {

  @AutoClose private final CacheNode node = CacheNode.start("process", "heartbeat_ms", 50);

  @Test
  void processesAreCountedByTypeAndStatus() {
    ProcessCache processes = ProcessCache.proxy(node.vertx());
    for (String bot : List.of("a", "b")) {
      get(processes.registerProcess(ProcessType.BOT, bot, null, null, ProcessStatus.IDLE));
    }

    await().until(() -> count("fullon_cache_processes", "bot", "status", "idle") == 2);
    await().until(() -> count("fullon_cache_processes", "tick", "status", "running") == 1);
    assertThat(count("fullon_cache_processes", "bot", "status", "error")).isZero();
    assertThat(count("fullon_cache_processes_stale", "bot")).isZero();
    get(
        processes.registerProcess(
            ProcessType.ORDER, "c", new JsonObject().put("heartbeat_ms", 1), null, null));
    await().until(() -> count("fullon_cache_processes_stale", "order") == 1);
  }

  private double count(String name, String type, String... labels) {
    String[] all = new String[labels.length + 2];
    all[0] = "type";
    all[1] = type;
    System.arraycopy(labels, 0, all, 2, labels.length);
    return Scrape.of(node).value(name, all);
  }
}
