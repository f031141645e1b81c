package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.RawHttp;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What becomes of a fault while something is served. */
class ResourcesTest {

  @Test
  void aFaultIsOneLineInTheLogAndTellsTheClientNothing() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    List<Logger> loggers =
        List.of(
            (Logger) LoggerFactory.getLogger(Resources.class),
            (Logger) LoggerFactory.getLogger("io.vertx.ext.web"));
    loggers.forEach(logger -> logger.setLevel(Level.INFO));
    loggers.forEach(logger -> logger.addAppender(log));
    Vertx vertx = Vertx.vertx();
    try {
      Resources resources =
          new Resources(vertx)
              .add(
                  "/fault",
                  context -> {
                    throw new IllegalStateException("secret");
                  });
      HttpServer server =
          CacheNode.get(vertx.createHttpServer().requestHandler(resources).listen(0, "127.0.0.1"));

      RawHttp.Answer answer = RawHttp.get(server.actualPort(), "/fault");

      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.text()).isEqualTo("{\"message\":\"Internal Server Error\"}");
      List<ILoggingEvent> told =
          log.list.stream()
              .filter(event -> event.getFormattedMessage().contains("secret"))
              .toList();
      assertThat(told).hasSize(1);
      assertThat(told.get(0).getThrowableProxy()).isNull();
    } finally {
      CacheNode.get(vertx.close());
      loggers.forEach(logger -> logger.detachAppender(log));
      loggers.forEach(logger -> logger.setLevel(null));
    }
  }
}
