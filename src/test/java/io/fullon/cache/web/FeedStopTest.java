package io.fullon.cache.web;

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
        assertThat(client.next("shutdown").getLong("reconnect_after_ms")).isBetween(700L, 1_400L);
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

      watcher.next("shutdown");

      assertThat(FeedClient.refusal(node.vertx(), node.port())).isEqualTo(503);
      assertThat(stopped.isComplete()).isFalse();
      CacheNode.get(stopped);
    }
  }
}
