package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Certificate;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.testing.SharedRedis;
import io.fullon.cache.testing.StuckClient;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one who speaks HTTP may hold, and for how long. */
class HttpLimitsIT {

  private static final int REQUEST_MS = 500;

  @AutoClose private static final SharedRedis redis = new SharedRedis();
  private static final CacheNode node = redis.node("web", "http_request_timeout_ms", REQUEST_MS);

  private static CacheNode start(Object... options) {
    return CacheNode.startWeb(redis.server(), options);
  }

  private static int live(int port) {
    return RawHttp.get(port, "/health/live").status();
  }

  // Time

  @ParameterizedTest
  @ValueSource(
      strings = {
        "G",
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n",
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\nGET "
      })
  void aRequestThatTakesTooLongIsCutHoweverManyBytesOfItCome(String start) {
    try (RawHttp http = new RawHttp(node.port())) {
      http.send(start);
      // Each is sign enough of life for an idle timeout.
      await("the end")
          .pollInterval(Duration.ofMillis(20))
          .until(
              () -> {
                try {
                  http.send("1");
                  return false;
                } catch (UncheckedIOException e) {
                  return true;
                }
              });
    }
  }

  @Test
  void aConnectionToTheFeedIsLeftAlone() {
    try (CacheNode strict =
            start(
                "http_request_timeout_ms",
                1_000,
                "http_idle_timeout_ms",
                1_000,
                "heartbeat_ms",
                1_100);
        StuckClient client = new StuckClient(strict.port())) {
      client.readUntil("heartbeat").readUntil("heartbeat");

      client.send("{\"op\":\"ping\"}");

      client.readUntil("pong");
    }
  }

  @Test
  void whoTakesAnswersTooSlowlyIsCutThoughHeTakesSome() {
    try (CacheNode strict = start("http_idle_timeout_ms", 2_000, "max_http_connections", 1);
        RawHttp slow = new RawHttp(strict.port())) {
      // More than the system holds for him.
      slow.send(RawHttp.head("GET /ticker-feed.js HTTP/1.1").repeat(2_000));

      await("his place")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(50))
          .ignoreExceptions()
          .until(
              () -> {
                slow.take(100_000);
                return live(strict.port()) == 200;
              });
    }
  }

  @Test
  void aConnectionThatNeverBeginsItsTlsIsCut() {
    try (Certificate certificate = Certificate.create();
        CacheNode tls =
            start(
                "http_request_timeout_ms",
                REQUEST_MS,
                "tls_cert",
                certificate.file().toString(),
                "tls_key",
                certificate.key().toString());
        RawHttp silent = new RawHttp(tls.port())) {
      long begin = System.nanoTime();

      assertThat(silent.untilEnd()).isEmpty();

      // Without a limit of ours it is 10 s.
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(8));
    }
  }

  // Bodies, which nothing reads

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nabc",
        "PUT /api/tickers/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n",
        "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
      })
  void theConnectionOfOneWhoSendsABodyEndsAfterTheAnswer(String request) {
    try (CacheNode patient = start("http_request_timeout_ms", 60_000);
        RawHttp http = new RawHttp(patient.port())) {
      RawHttp.Answer answer = http.send(request).answer("GET");

      assertThat(answer.header("Connection")).isEqualToIgnoringCase("close");
      assertThat(http.untilEnd()).isEmpty();
    }
  }

  @Test
  void whatComesBehindABodyIsNoRequest() {
    try (RawHttp http = new RawHttp(node.port())) {
      http.send(
          "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na"
              + RawHttp.head("GET /health/live HTTP/1.1"));

      assertThat(http.answer("POST").status()).isEqualTo(405);
      assertThat(http.untilEnd()).isEmpty();
    }
  }

  @Test
  void anEmptyBodyIsNone() {
    try (RawHttp http = new RawHttp(node.port())) {
      for (int i = 0; i < 3; i++) {
        http.send(RawHttp.head("POST / HTTP/1.1", "Content-Length: 0"));
        assertThat(http.answer("POST").status()).isEqualTo(405);
      }
    }
  }

  // Number

  @Test
  void moreConnectionsThanThereMayBeAreClosedAtOnce() {
    try (CacheNode small = start("max_http_connections", 3)) {
      List<RawHttp> open = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        RawHttp http = new RawHttp(small.port()).send(RawHttp.head("GET /health/live HTTP/1.1"));
        assertThat(http.answer("GET").status()).isEqualTo(200);
        open.add(http);
      }

      for (int i = 0; i < 3; i++) {
        try (RawHttp refused = new RawHttp(small.port())) {
          assertThat(refused.untilEnd()).isEmpty();
        }
      }

      open.remove(0).close();
      await("a place").ignoreExceptions().until(() -> live(small.port()) == 200);
      open.forEach(RawHttp::close);
    }
  }

  @Test
  void idleConnectionsTakeNoPlaceOfTheFeed() {
    try (CacheNode small = start("max_connections", 3, "max_http_connections", 2);
        RawHttp idle = new RawHttp(small.port())) {
      idle.send(RawHttp.head("GET /health/live HTTP/1.1"));
      assertThat(idle.answer("GET").status()).isEqualTo(200);
      List<AutoCloseable> clients = new ArrayList<>();
      for (int i = 0; i < 3; i++) { // by way of the one place that is left
        clients.add(small.feed());
      }

      try (RawHttp last = new RawHttp(small.port());
          RawHttp refused = new RawHttp(small.port())) {
        last.send(RawHttp.head("GET /health/live HTTP/1.1"));
        assertThat(last.answer("GET").status()).isEqualTo(200);
        assertThat(refused.untilEnd()).isEmpty();
      }
      assertThat(clients).hasSize(3);
    }
  }

  @Test
  void connectionsToTheFeedCountUntilTheyAreOver() {
    try (CacheNode small = start("max_connections", 5, "max_http_connections", 1)) {
      for (int round = 0; round < 3; round++) {
        List<StuckClient> clients = new ArrayList<>();
        await("places for all")
            .ignoreExceptions()
            .until(() -> clients.add(new StuckClient(small.port())) && clients.size() == 5);
        assertThat(live(small.port())).isEqualTo(200); // whose place is free again soon
        await("a place")
            .ignoreExceptions()
            .until(() -> FeedClient.refusal(small.vertx(), small.port()) == 503);
        clients.forEach(StuckClient::vanish);
      }
      await("a place").ignoreExceptions().until(() -> live(small.port()) == 200);
    }
  }
}
