package io.fullon.cache.feed;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.compression.ZlibCodecFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtensionHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateServerExtensionHandshaker;

/**
 * Offers to compress the messages of a connection (RFC 7692), as Vert.x would, but an extension
 * that cannot be read is declined. It answers the handshake in Netty's pipeline, as what Vert.x has
 * for it does. What the client compresses {@link FeedSocket} inflates.
 */
public final class Deflate extends WebSocketServerExtensionHandler {

  private static final int LEVEL = 6;
  private static final int NO_LIMIT = 0;

  public Deflate() {
    super(
        new PerMessageDeflateServerExtensionHandshaker(
            LEVEL,
            ZlibCodecFactory.isSupportingWindowSizeAndMemLevel(),
            PerMessageDeflateServerExtensionHandshaker.MAX_WINDOW_SIZE,
            true, // saves memory here as well as there
            false,
            NO_LIMIT));
  }

  @Override
  protected void onHttpRequestChannelRead(ChannelHandlerContext context, HttpRequest request)
      throws Exception {
    try {
      super.onHttpRequestChannelRead(context, request);
    } catch (RuntimeException e) { // from parsing; what comes later does not throw to here
      request.headers().remove(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS);
      super.onHttpRequestChannelRead(context, request);
    }
  }
}
