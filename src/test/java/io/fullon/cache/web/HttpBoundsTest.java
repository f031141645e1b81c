package io.fullon.cache.web;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.feed.VertxTakeover;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.OwnVertx;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether Vert.x is inside what the bounds expect is known before the first client comes. */
class HttpBoundsTest {

  private static final long MS = 60_000;

  @AutoClose private final OwnVertx own = new OwnVertx();

  private Future<Void> check(Handler<HttpConnection> prepare) {
    HttpServerOptions options =
        new HttpServerOptions()
            .setIdleTimeout(60)
            .setPerMessageWebSocketCompressionSupported(false);
    return new Loop(own.vertx())
        .call(() -> VertxTakeover.check(own.vertx(), options, prepare, HttpBounds::release));
  }

  private static ChannelPipeline pipeline(HttpConnection connection) {
    return HttpBounds.channel(connection).pipeline();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void thisVersionIs(boolean deflate) {
    get(check(new HttpBounds(null, MS, MS, deflate)::prepare));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDecoderThatIsNotThereIsNamed(boolean deflate) {
    HttpBounds bounds = new HttpBounds(null, MS, MS, deflate);

    Throwable failure =
        failure(
            check(
                connection -> {
                  pipeline(connection).remove(HttpRequestDecoder.class);
                  bounds.prepare(connection);
                }));

    assertThat(failure)
        .hasMessage(
            "web: this version of Vert.x does not let its connections be taken over: "
                + "the decoder of requests is not where it was");
  }
}
