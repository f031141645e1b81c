package io.fullon.cache.process;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bot.BotCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.fullon.cache.testing.Options;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A process that is killed is stale, and then gone, with nobody doing anything. */
class CrashedProcessIT {

  private static final long BEAT_MS = 200;

  @Test
  void whatWasKilledIsStaleThenForgottenAndItsBlockEndsWithItsLease() {
    try (CacheNode node =
        CacheNode.start("process", "heartbeat_ms", BEAT_MS, "forget_after_ms", 12_000)) {
      ProcessCache processes = ProcessCache.proxy(node.vertx());
      JsonObject config =
          CacheNode.config(
              node.redis(),
              Options.section("process", "heartbeat_ms", BEAT_MS)
                  .put("web", Options.of("enabled", false)));
      try (ChildJvm child = ChildJvm.start(CrashedProcess.class, config.encode())) {
        child.expect(CrashedProcess.RUNNING);
        await().until(() -> active(processes).size() == 3);
        assertThat(active(processes))
            .allSatisfy(process -> assertThat(process.getBoolean("_heartbeat_stale")).isFalse());

        child.kill();
      }

      await()
          .until(
              () ->
                  active(processes).stream()
                          .filter(process -> process.getBoolean("_heartbeat_stale"))
                          .count()
                      == 1);
      assertThat(get(BotCache.proxy(node.vertx()).getBlocks()))
          .hasSizeLessThanOrEqualTo(1); // as long as its lease
      await().until(() -> get(BotCache.proxy(node.vertx()).getBlocks()).isEmpty());
      // The bot beats every 10 s, so that it is the last to be missed.
      await().until(() -> active(processes).size() == 1);
      assertThat(get(processes.getComponentStatus("crashing bot"))).isNull();
      assertThat(get(processes.getSystemHealth()).getBoolean("healthy")).isTrue();
    }
  }

  private static List<JsonObject> active(ProcessCache processes) {
    return get(processes.getActiveProcesses());
  }
}
