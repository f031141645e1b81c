package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Certificate;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.RawHttp;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A port of its own for health and metrics. */
class AdminPortTest {

  private static final List<String> PATHS = List.of("/metrics", "/health/live", "/health/ready");

  @AutoClose private static final EmbeddedRedis redis = CacheNode.newRedis();

  private static CacheNode start(Object... options) {
    return CacheNode.startWeb(redis, options);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void healthAndMetricsAreOnlyThere(int instances) {
    try (CacheNode node = start("admin_port", 0, "instances", instances)) {
      for (int i = 0; i < 2 * instances; i++) { // each event loop has its turn
        for (String path : PATHS) {
          assertThat(RawHttp.get(node.adminPort(), path).status()).as(path).isEqualTo(200);
          assertThat(RawHttp.request(node.adminPort(), "HEAD", path).status()).isEqualTo(200);
          assertThat(RawHttp.get(node.port(), path).status()).as(path).isEqualTo(404);
        }
        for (String path : List.of("/", "/page.js", "/api/tickers/a", "/feed")) {
          assertThat(RawHttp.get(node.adminPort(), path).status()).as(path).isEqualTo(404);
        }
        assertThat(RawHttp.get(node.port(), "/").status()).isEqualTo(200);
      }
      node.feed().close();
      assertThatThrownBy(() -> FeedClient.connect(node.vertx(), node.adminPort()).close())
          .hasMessageContaining("404");
    }
  }

  @Test
  void theSameHoldsThereAsEverywhere() {
    try (CacheNode node = start("admin_port", 0)) {
      RawHttp.Answer posted = RawHttp.request(node.adminPort(), "POST", "/metrics");
      assertThat(posted.status()).isEqualTo(405);
      assertThat(posted.header("X-Content-Type-Options")).isEqualTo("nosniff");
      for (String path : PATHS) {
        assertThat(RawHttp.get(node.adminPort(), path, "Host: evil.com").status()).isEqualTo(403);
      }
      assertThat(RawHttp.get(node.adminPort(), "/metrics?x=%zz").status()).isEqualTo(400);
    }
  }

  @Test
  void probesFromElsewhereMayUseAnyName() {
    for (String allowed : List.of("", "feed.example.com")) {
      try (CacheNode node =
          start("admin_port", 0, "admin_host", "0.0.0.0", "allowed_hosts", names(allowed))) {
        assertThat(RawHttp.get(node.adminPort(), "/health/ready", "Host: 10.1.2.3:80").status())
            .isEqualTo(200);
        assertThat(RawHttp.get(node.port(), "/", "Host: 10.1.2.3:80").status()).isEqualTo(403);
      }
    }
  }

  private static JsonArray names(String name) {
    return name.isEmpty() ? new JsonArray() : new JsonArray().add(name);
  }

  @Test
  void itIsPlainWhereTheOtherHasTls() {
    try (Certificate certificate = Certificate.create();
        CacheNode node =
            start(
                "admin_port",
                0,
                "tls_cert",
                certificate.file().toString(),
                "tls_key",
                certificate.key().toString())) {
      assertThat(RawHttp.get(node.adminPort(), "/health/live").status()).isEqualTo(200);
    }
  }

  @Test
  void aPortThatIsTakenStopsTheStart() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> start("admin_port", taken.getLocalPort()))
          .hasMessageContaining("web: cannot listen on 127.0.0.1:" + taken.getLocalPort());
    }
  }

  @Test
  void onePortCannotBeBoth() {
    assertThatThrownBy(() -> start("port", 8099, "admin_port", 8099))
        .hasMessageContaining("web.admin_port: must not be web.port too");
  }

  @Test
  void withoutItThereIsNone() {
    try (CacheNode node = start("enabled", true)) {
      assertThatThrownBy(node::adminPort).hasMessage("web.admin_port: is not set");
      PATHS.forEach(
          path -> assertThat(RawHttp.get(node.port(), path).status()).as(path).isEqualTo(200));
    }
  }
}
