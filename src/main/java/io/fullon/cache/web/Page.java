package io.fullon.cache.web;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * The live page and its parts, served from memory: Vert.x would unpack them into a temporary
 * folder, which a killed process leaves behind.
 */
final class Page {

  /** A folder of our own: {@code /webroot} is the application's. */
  private static final String FOLDER = "/io/fullon/cache/webroot/";

  private static final String JAVASCRIPT = "text/javascript; charset=utf-8";

  /** The parts in the folder, each with its type. */
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("index.html", "text/html; charset=utf-8"),
          Map.entry("page.css", "text/css; charset=utf-8"),
          Map.entry("page.js", JAVASCRIPT),
          Map.entry("detail.js", JAVASCRIPT),
          Map.entry("charts.js", JAVASCRIPT),
          Map.entry("candles.js", JAVASCRIPT),
          Map.entry("decimal.js", JAVASCRIPT),
          Map.entry("memory.js", JAVASCRIPT),
          Map.entry("tick.js", JAVASCRIPT),
          Map.entry("ticker-feed.js", JAVASCRIPT),
          Map.entry("ticker-feed.d.ts", "text/plain; charset=utf-8"),
          Map.entry("asyncapi.yaml", "application/yaml"),
          Map.entry("favicon.svg", "image/svg+xml"));

  /** As in the POM; charts.js loads it by this version too. */
  private static final String ECHARTS_VERSION = "5.3.1";

  private static final Map<String, String> HEADERS =
      Map.of(
          // The page talks to its own server only, whatever got into it.
          "Content-Security-Policy",
              "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
          "X-Content-Type-Options", "nosniff",
          "X-Frame-Options", "DENY",
          "Cross-Origin-Opener-Policy", "same-origin",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
          "Referrer-Policy", "no-referrer",
          "Vary", "Accept-Encoding");

  /** Asked for again each time, and then small: a new version must not meet old parts. */
  private static final String ALWAYS_NEW = "no-cache";

  /** For what has its version in its name. */
  private static final String FOR_EVER = "public, max-age=31536000, immutable";

  /** Loaded once, however many gateways there are. */
  private static final List<Part> PARTS = parts();

  private record Part(String path, String type, String caching, Buffer plain, Buffer zipped) {

    static Part load(String path, String type, String caching, String resource) {
      try (InputStream file = Page.class.getResourceAsStream(resource)) {
        if (file == null) {
          throw new IllegalStateException("No " + resource + " on the class path");
        }
        byte[] content = file.readAllBytes();
        return new Part(path, type, caching, Buffer.buffer(content), zip(content));
      } catch (IOException e) {
        throw new UncheckedIOException("Reading " + resource + " failed", e);
      }
    }

    private static Buffer zip(byte[] content) throws IOException {
      ByteArrayOutputStream zipped = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
        gzip.write(content);
      }
      return Buffer.buffer(zipped.toByteArray());
    }

    void send(RoutingContext context) {
      HttpServerResponse response = context.response();
      HEADERS.forEach(response::putHeader);
      response
          .putHeader(HttpHeaders.CONTENT_TYPE, type)
          .putHeader(HttpHeaders.CACHE_CONTROL, caching);
      boolean takesZipped =
          context.parsedHeaders().acceptEncoding().stream()
              .anyMatch(encoding -> encoding.value().equals("gzip") && encoding.weight() > 0);
      if (takesZipped) {
        response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip").end(zipped);
      } else {
        response.end(plain);
      }
    }
  }

  private Page() {}

  private static List<Part> parts() {
    Part echarts =
        Part.load(
            "/echarts-" + ECHARTS_VERSION + ".js",
            JAVASCRIPT,
            FOR_EVER,
            "/META-INF/resources/webjars/echarts/" + ECHARTS_VERSION + "/dist/echarts.esm.min.js");
    List<Part> parts = new ArrayList<>(List.of(echarts));
    TYPES.forEach(
        (name, type) -> parts.add(Part.load("/" + name, type, ALWAYS_NEW, FOLDER + name)));
    return List.copyOf(parts);
  }

  static void addTo(Router router) {
    for (Part part : PARTS) {
      router.get(part.path()).handler(part::send);
    }
    router.get("/").handler(context -> context.reroute("/index.html"));
  }
}
