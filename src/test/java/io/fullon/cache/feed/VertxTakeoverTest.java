package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Loop;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whether Vert.x is inside what the feed expects is known before the first client comes. */
class VertxTakeoverTest {

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    CacheNode.get(vertx.close());
  }

  private void check(HttpServerOptions options) {
    CacheNode.get(
        new Loop(vertx).call(() -> VertxTakeover.check(vertx, options, made -> {}, taken -> {})));
  }

  @Test
  void thisVersionIs() {
    check(new HttpServerOptions().setIdleTimeout(60));
  }

  @Test
  void whatIsMissingIsNamed() {
    HttpServerOptions withoutIdleTimeout = new HttpServerOptions();

    assertThatThrownBy(() -> check(withoutIdleTimeout))
        .hasMessage(
            "web: this version of Vert.x does not let its connections be taken over: "
                + "the handler of its idle timeout is not where it was");
  }
}
