package io.fullon.cache.web;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * The live page and its parts, served from memory: Vert.x would unpack them into a temporary
 * folder, which a killed process leaves behind.
 */
final class Page {

  /** The page talks to its own server only, whatever got into it. */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

  private static final Map<String, String> TYPES =
      Map.of(
          "index.html", "text/html; charset=utf-8",
          "page.css", "text/css; charset=utf-8",
          "page.js", "text/javascript; charset=utf-8",
          "ticker-feed.js", "text/javascript; charset=utf-8",
          "ticker-feed.d.ts", "text/plain; charset=utf-8",
          "favicon.svg", "image/svg+xml",
          "asyncapi.yaml", "application/yaml");

  private Page() {}

  static void addTo(Router router) {
    TYPES.forEach(
        (name, type) -> {
          Buffer content = load(name);
          router.get("/" + name).handler(context -> send(context, content, type));
        });
    router.get("/").handler(context -> context.reroute("/index.html"));
  }

  private static void send(RoutingContext context, Buffer content, String type) {
    context
        .response()
        .putHeader(HttpHeaders.CONTENT_TYPE, type)
        // Asked for again each time, and then small: a new version must not meet old parts.
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
        .putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer")
        .end(content);
  }

  private static Buffer load(String name) {
    try (InputStream file = Page.class.getResourceAsStream("/webroot/" + name)) {
      if (file == null) {
        throw new IllegalStateException("No /webroot/" + name + " on the class path");
      }
      return Buffer.buffer(file.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("Reading /webroot/" + name + " failed", e);
    }
  }
}
