package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the page and what it loads are sent. */
class PagePartsTest {

  private static final String ECHARTS = "/echarts-5.3.1.js";

  @AutoClose private static final CacheNode node = CacheNode.start();

  private static HttpResponse<byte[]> get(String path, String encoding)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + path))
            .header("Accept-Encoding", encoding)
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse(null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/page.js", ECHARTS})
  void comesZippedToThoseWhoTakeThat(String path) throws Exception {
    HttpResponse<byte[]> plain = get(path, "br, gzip;q=0");
    HttpResponse<byte[]> zipped = get(path, "br, gzip;q=0.5");

    assertThat(header(plain, "Content-Encoding")).isNull();
    assertThat(header(zipped, "Content-Encoding")).isEqualTo("gzip");
    assertThat(header(zipped, "Vary")).isEqualTo("Accept-Encoding");
    assertThat(zipped.body()).hasSizeLessThan(plain.body().length);
    try (GZIPInputStream unzipped = new GZIPInputStream(new ByteArrayInputStream(zipped.body()))) {
      assertThat(unzipped.readAllBytes()).isEqualTo(plain.body());
    }
  }

  @Test
  void theChartsAreKeptByTheBrowserUntilTheirVersionChanges() throws Exception {
    HttpResponse<byte[]> response = get(ECHARTS, "identity");

    assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    assertThat(header(response, "Content-Type")).isEqualTo("text/javascript; charset=utf-8");
    assertThat(header(response, "Cache-Control")).contains("immutable", "max-age=31536000");
    assertThat(new String(response.body(), StandardCharsets.UTF_8)).contains("Apache License");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          X-Frame-Options              | DENY
          X-Content-Type-Options       | nosniff
          Cross-Origin-Opener-Policy   | same-origin
          Cross-Origin-Resource-Policy | same-origin
          Referrer-Policy              | no-referrer
          Permissions-Policy           | camera=(), geolocation=(), microphone=(), payment=(), usb=()
          """)
  void nobodyElseGetsHoldOfThePage(String name, String value) throws Exception {
    assertThat(header(get("/", "identity"), name)).isEqualTo(value);
    assertThat(header(get(ECHARTS, "identity"), name)).isEqualTo(value);
  }
}
