package io.fullon.cache.web;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import java.util.Map;

/**
 * Puts headers on every answer, so that no page of another server shows it, runs it or finds out
 * what it is. It sits in Netty's pipeline, because Vert.x refuses some requests by itself.
 */
@Sharable
final class Protection extends ChannelOutboundHandlerAdapter {

  static final Protection INSTANCE = new Protection();

  static final String CONTENT_SECURITY_POLICY = "Content-Security-Policy";
  static final String RESOURCE_POLICY = "Cross-Origin-Resource-Policy";

  private static final Map<String, String> HEADERS =
      Map.of(
          CONTENT_SECURITY_POLICY,
          "default-src 'none'; frame-ancestors 'none'",
          RESOURCE_POLICY,
          "same-origin",
          "Referrer-Policy",
          "no-referrer",
          "X-Content-Type-Options",
          "nosniff",
          "X-Frame-Options",
          "DENY");

  private Protection() {}

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // the promise tells
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse answer) {
      HEADERS.forEach((name, value) -> putIfAbsent(answer.headers(), name, value));
    }
    context.write(message, promise);
  }

  private static void putIfAbsent(HttpHeaders headers, String name, String value) {
    if (!headers.contains(name)) {
      headers.set(name, value);
    }
  }
}
