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
import java.util.concurrent.TimeUnit;

/** Reads over HTTP what an exchange tells. */
final class Rest {

  /** The longest list that there is has some 20 MB. */
  private static final int MAX_BYTES = 64 << 20;

  /** Lists are read once an hour, histories one after the other. */
  private static final int KEEP_ALIVE_S = 5;

  private static final int OK = 200;
  static final int TOO_MANY_REQUESTS = 429;

  /** Binance: banned for a while, after too many 429. */
  static final int BANNED = 418;

  /** The exchange does not give it. */
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

  private final HttpClient client;
  private final String url;
  private final long timeoutMs;

  Rest(Vertx vertx, String url, long timeoutMs) {
    this.url = url;
    this.timeoutMs = timeoutMs;
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setDecompressionSupported(true)
                .setConnectTimeout((int) timeoutMs)
                .setKeepAliveTimeout(KEEP_ALIVE_S));
  }

  /** What is at the path; fails with {@link Refused} when the status is another than 200. */
  Future<Buffer> get(String path) {
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
