package io.fullon.cache.tick;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.LogLines;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.impl.MessageConsumerImpl;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** An orderly stop is no outage. */
class TickStopTest {

  private static final String END = "end";

  private static List<String> told(CacheNode node) {
    List<String> told = new CopyOnWriteArrayList<>();
    node.vertx().eventBus().<String>localConsumer(TickCache.STATE, m -> told.add(m.body()));
    return told;
  }

  /** What was told before has arrived when this has. */
  private static void awaitEnd(CacheNode node, List<String> told) {
    node.vertx().eventBus().publish(TickCache.STATE, END, new DeliveryOptions().setLocalOnly(true));
    await().until(() -> told.contains(END));
  }

  @Test
  void undeployingDoesNotSayThatTheLinkIsGone() {
    try (CacheNode node = CacheNode.start(new JsonObject())) {
      List<String> told = told(node);

      node.undeploy();

      awaitEnd(node, told);
      assertThat(told).containsExactly(END);
    }
  }

  @Test
  void oneOfSeveralThatGoesDoesNotSayItEither() {
    try (CacheNode node =
        CacheNode.start(new JsonObject().put("tick", new JsonObject().put("instances", 2)))) {
      List<String> told = told(node);

      node.undeploy();

      awaitEnd(node, told);
      assertThat(told).containsExactly(END);
    }
  }

  @Test
  void noMessageIsLeftForAGatewayThatStopsToo() {
    try (LogLines log = LogLines.of(MessageConsumerImpl.class)) {
      for (int i = 0; i < 5; i++) {
        try (CacheNode node = CacheNode.start(new JsonObject())) {
          get(TickSnapshot.request(node.vertx()));
          node.undeploy();
        }
      }
      // Of all nodes in this process: other tests may run, and may leave messages of other kinds.
      assertThat(log.lines()).noneMatch(line -> line.endsWith("address: " + TickCache.STATE));
    }
  }
}
