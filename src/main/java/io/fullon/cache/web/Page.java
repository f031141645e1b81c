package io.fullon.cache.web;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The live page and its parts, served from memory: Vert.x would unpack them into a temporary
 * folder, which a killed process leaves behind.
 */
final class Page {

  /** A folder of our own: {@code /webroot} is the application's. */
  private static final String FOLDER = "/io/fullon/cache/webroot/";

  private static final String JAVASCRIPT = "text/javascript; charset=utf-8";
  private static final String SVG = "image/svg+xml";

  /** The parts in the folder, each with its type. */
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("index.html", "text/html; charset=utf-8"),
          Map.entry("page.css", "text/css; charset=utf-8"),
          Map.entry("page.js", JAVASCRIPT),
          Map.entry("rows.js", JAVASCRIPT),
          Map.entry("processes.js", JAVASCRIPT),
          Map.entry("token.js", JAVASCRIPT),
          Map.entry("detail.js", JAVASCRIPT),
          Map.entry("charts.js", JAVASCRIPT),
          Map.entry("candles.js", JAVASCRIPT),
          Map.entry("decimal.js", JAVASCRIPT),
          Map.entry("memory.js", JAVASCRIPT),
          Map.entry("tick.js", JAVASCRIPT),
          Map.entry("ticker-feed.js", JAVASCRIPT),
          Map.entry("ticker-feed.d.ts", "text/plain; charset=utf-8"),
          Map.entry("asyncapi.yaml", "application/yaml"),
          Map.entry("favicon.svg", SVG));

  /** As in the POM; charts.js loads it by this version too. */
  private static final String ECHARTS_VERSION = "5.3.1";

  private static final Map<String, String> HEADERS =
      Map.of(
          // The page talks to its own server only, whatever got into it.
          Protection.CONTENT_SECURITY_POLICY,
          "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
          "Cross-Origin-Opener-Policy",
          "same-origin",
          "Permissions-Policy",
          "camera=(), geolocation=(), microphone=(), payment=(), usb=()");

  /** Asked for again each time, and then small: a new version must not meet old parts. */
  private static final String ALWAYS_NEW = "no-cache";

  /** For what has its version in its name. */
  private static final String FOR_EVER = "public, max-age=31536000, immutable";

  /** Loaded once, however many gateways there are. */
  private static final List<Part> PARTS = parts();

  private record Part(String path, String type, String caching, Content content) {

    static Part load(String path, String type, String caching, String resource) {
      try (InputStream file = Page.class.getResourceAsStream(resource)) {
        if (file == null) {
          throw new IllegalStateException("No " + resource + " on the class path");
        }
        return new Part(path, type, caching, Content.of(file.readAllBytes()));
      } catch (IOException e) {
        throw new UncheckedIOException("Reading " + resource + " failed", e);
      }
    }

    static Part load(String path, String name) {
      return load(path, TYPES.get(name), ALWAYS_NEW, FOLDER + name);
    }

    void send(RoutingContext context) {
      HttpServerResponse response = context.response();
      HEADERS.forEach(response::putHeader);
      response.putHeader(HttpHeaders.CACHE_CONTROL, caching);
      content.send(context, type);
    }
  }

  private Page() {}

  private static List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    TYPES.keySet().forEach(name -> parts.add(Part.load("/" + name, name)));
    parts.add(Part.load("/", "index.html"));
    parts.add(Part.load("/favicon.ico", "favicon.svg")); // what browsers ask for on their own
    parts.add(
        Part.load(
            "/echarts-" + ECHARTS_VERSION + ".js",
            JAVASCRIPT,
            FOR_EVER,
            FOLDER + "echarts/echarts.esm.min.js"));
    return List.copyOf(parts);
  }

  static void addTo(Resources resources) {
    PARTS.forEach(part -> resources.add(part.path(), part::send));
  }
}
