package io.fullon.cache.bus;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SlowOperationsTest {

  private static final String ADDRESS = "fullon.snail";

  @Test
  void eachSlowOperationIsSaidOnceInAMinute() {
    Logger logger = (Logger) LoggerFactory.getLogger(Endpoint.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.setLevel(Level.WARN);
    logger.addAppender(log);
    Vertx vertx = Vertx.vertx();
    try {
      get(
          new Endpoint(vertx, ADDRESS, 1)
              .on("creep", call -> vertx.timer(20).mapEmpty())
              .on("crawl", call -> vertx.timer(20).mapEmpty())
              .onWaiting("rest", call -> vertx.timer(20).mapEmpty())
              .open());
      for (String action : List.of("creep", "crawl", "creep", "rest", "creep")) {
        get(
            vertx
                .eventBus()
                .request(
                    ADDRESS, new JsonObject(), new DeliveryOptions().addHeader("action", action)));
      }
    } finally {
      logger.detachAppender(log);
      logger.setLevel(null);
      get(vertx.close());
    }

    List<String> said =
        List.copyOf(log.list).stream()
            .map(ILoggingEvent::getFormattedMessage)
            .filter(line -> line.contains(" snail."))
            .toList();
    assertThat(said).hasSize(2);
    assertThat(said.get(0)).matches("Slow operation: snail\\.creep took \\d+ ms");
    assertThat(said.get(1)).matches("Slow operation: snail\\.crawl took \\d+ ms");
  }
}
