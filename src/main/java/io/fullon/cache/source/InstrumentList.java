package io.fullon.cache.source;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Reads over HTTP what an exchange has. */
final class InstrumentList {

  /** The longest that there is has some 20 MB. */
  private static final int MAX_BYTES = 64 << 20;

  /** So many pieces a list may come in. */
  private static final int MAX_PIECES = 100;

  private static final int OK = 200;
  static final int TOO_MANY_REQUESTS = 429;

  /** Binance: banned for a while, after too many 429. */
  static final int BANNED = 418;

  /** The exchange gives no list. */
  static final class Refused extends VertxException {

    private final int status;
    private final long retryAfterMs;

    Refused(int status, long retryAfterMs) {
      super("HTTP " + status, true);
      this.status = status;
      this.retryAfterMs = retryAfterMs;
    }

    /** Because of too many requests. */
    boolean isLimit() {
      return status == TOO_MANY_REQUESTS || status == BANNED;
    }

    /** For how long it is not to be asked; 0 where it does not say. */
    long retryAfterMs() {
      return retryAfterMs;
    }
  }

  private final Vertx vertx;
  private final HttpClient client;
  private final Venue venue;
  private final String url;
  private final long timeoutMs;

  InstrumentList(Vertx vertx, Venue venue, String url, long timeoutMs) {
    this.vertx = vertx;
    this.venue = venue;
    this.url = url;
    this.timeoutMs = timeoutMs;
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setDecompressionSupported(true)
                .setConnectTimeout((int) timeoutMs)
                .setKeepAlive(false)); // an hour passes until the next
  }

  /** All instruments of all lists; fails when one cannot be read. */
  Future<List<Instrument>> read() {
    List<Instrument> all = new ArrayList<>();
    Future<?> read = Future.succeededFuture();
    for (String path : venue.lists()) {
      read = read.compose(v -> read(path, all, 1));
    }
    return read.map(all);
  }

  private Future<?> read(String path, List<Instrument> all, int piece) {
    return get(path)
        // A list may be long, and an event loop has other things to do.
        .compose(body -> vertx.executeBlocking(() -> parse(path, body), false))
        .compose(
            parsed -> {
              all.addAll(parsed.instruments);
              return parsed.next == null || piece == MAX_PIECES
                  ? Future.succeededFuture()
                  : read(parsed.next, all, piece + 1);
            });
  }

  private record Parsed(List<Instrument> instruments, String next) {}

  private Parsed parse(String path, Buffer body) {
    Message list = Message.parse(body.toString());
    List<Instrument> instruments =
        venue.instruments(list).stream().filter(Objects::nonNull).toList();
    return new Parsed(instruments, venue.next(path, list));
  }

  private Future<Buffer> get(String path) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setAbsoluteURI(url + path)
            .setConnectTimeout(timeoutMs)
            .setIdleTimeout(timeoutMs);
    return client
        .request(options)
        .compose(request -> request.send().compose(this::body))
        .timeout(3 * timeoutMs, TimeUnit.MILLISECONDS); // however slowly it drips
  }

  private Future<Buffer> body(HttpClientResponse response) {
    if (response.statusCode() != OK) {
      response.exceptionHandler(reset -> {}); // it is ours
      response.request().reset();
      return Future.failedFuture(
          new Refused(
              response.statusCode(),
              RetryAfter.ms(response.getHeader(HttpHeaders.RETRY_AFTER), Instant.now())));
    }
    Promise<Buffer> whole = Promise.promise();
    Buffer body = Buffer.buffer();
    response.handler(
        part -> {
          body.appendBuffer(part);
          if (body.length() > MAX_BYTES) {
            response.request().reset();
            whole.tryFail("it has more than " + MAX_BYTES + " bytes");
          }
        });
    response.exceptionHandler(whole::tryFail);
    response.endHandler(v -> whole.tryComplete(body));
    return whole.future();
  }

  void close() {
    client.close();
  }
}
