package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.StuckClient;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** How the feed ends. */
class FeedStopTest {

  private static final int GOING_AWAY = 1001;

  /** The parts of a node stop side by side: that ticks are not live any more may be told first. */
  private static JsonObject shutdown(FeedClient client) {
    JsonObject frame = client.next();
    if (frame.getString("type").equals("feed")) {
      assertThat(frame.getString("state")).isEqualTo("stale");
      return client.next("shutdown");
    }
    assertThat(frame.getString("type")).isEqualTo("shutdown");
    return frame;
  }

  @Test
  void everyoneIsToldWhenToComeBackBeforeAnOrderlyStop() {
    JsonObject config =
        new JsonObject().put("web", new JsonObject().put("reconnect_after_ms", 700));
    try (CacheNode node = CacheNode.start(config);
        FeedClient idle = node.feed();
        FeedClient busy = node.feed()) {
      idle.next("welcome");
      busy.next("welcome");
      busy.subscribe("*", "*");

      node.undeploy();

      for (FeedClient client : new FeedClient[] {idle, busy}) {
        assertThat(shutdown(client).getLong("reconnect_after_ms")).isBetween(700L, 1_400L);
        assertThat(client.closeCode()).isEqualTo(GOING_AWAY);
      }
    }
  }

  @Test
  void newcomersAreRefusedWhileTheOthersSayGoodbye() {
    try (CacheNode node = CacheNode.start();
        FeedClient watcher = node.feed();
        StuckClient stuck = new StuckClient(node.port())) {
      stuck.send("{\"op\":\"subscribe\",\"exchange\":\"*\",\"symbols\":\"*\"}");
      watcher.next("welcome");
      Future<Void> stopped =
          node.startUndeploying(); // which waits for the one that does not answer

      shutdown(watcher);

      assertThat(FeedClient.refusal(node.vertx(), node.port())).isEqualTo(503);
      assertThat(stopped.isComplete()).isFalse();
      CacheNode.get(stopped);
    }
  }
}
