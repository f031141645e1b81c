package io.fullon.cache.web;

import io.fullon.cache.metrics.Repeats;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all requests to a server have to pass before anything else looks at them. */
final class HttpGate implements Handler<HttpServerRequest> {

  private static final Pattern BAD_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  /** A target that names the host itself, which then counts (RFC 9112, section 3.2.2). */
  private static final Pattern ABSOLUTE =
      Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*).*", Pattern.DOTALL);

  /** An IPv6 address with an IPv4 address at its end, which Vert.x takes for no host. */
  private static final Pattern WITH_IPV4 =
      Pattern.compile("(\\[[^\\]]*:)(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})(].*)");

  private static final int MAX_BYTE = 255;

  /** How long what a client still sends is taken, so that it can read the answer. */
  private static final int LINGER_SECONDS = 1;

  private static final Logger LOG = LoggerFactory.getLogger(HttpGate.class);

  /** Anybody can cause any number of them. */
  private static final Repeats REFUSED = new Repeats(System::nanoTime);

  private final Hosts hosts;
  private final Handler<HttpServerRequest> next;

  HttpGate(Hosts hosts, Handler<HttpServerRequest> next) {
    this.hosts = hosts;
    this.next = next;
  }

  @Override
  public void handle(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (hasBody(request)) {
      closeAfterAnswer(request); // nothing reads it
    }
    if (!isHostTold(request)) {
      Answer.refuse(response, Answer.BAD_REQUEST, "Host: must be there once, and name a host");
    } else if (!hosts.allow(host(request))) {
      refuseHost(host(request));
      Answer.refuse(response, Answer.FORBIDDEN, "Host: is not in web.allowed_hosts");
    } else if (BAD_ESCAPE.matcher(request.uri()).find()) {
      Answer.refuse(response, Answer.BAD_REQUEST, "A % must begin an escape such as %20");
    } else {
      tellHost(request);
      pass(request);
    }
  }

  /** Whatever goes wrong costs one answer and one line. */
  private void pass(HttpServerRequest request) {
    try {
      next.handle(request);
    } catch (RuntimeException e) {
      LOG.error("{} failed: {}", request.path(), e.toString());
      if (!request.response().headWritten()) {
        Answer.refuse(request.response(), Answer.INTERNAL_ERROR, "Internal Server Error");
      }
    }
  }

  static boolean hasBody(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        || (length != null && !length.equals("0"));
  }

  /** A reset could take the answer from a client that still sends (RFC 9112, section 9.6). */
  private static void closeAfterAnswer(HttpServerRequest request) {
    HttpConnection connection = request.connection();
    HttpServerResponse response = request.response();
    Future<Void> received = request.isEnded() ? Future.succeededFuture() : request.end();
    response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    response.endHandler(
        answered ->
            received
                .timeout(LINGER_SECONDS, TimeUnit.SECONDS)
                .onComplete(done -> connection.close()));
  }

  /** RFC 9112, section 3.2: once, except in HTTP/1.0. It may be empty. */
  private static boolean isHostTold(HttpServerRequest request) {
    List<String> all = request.headers().getAll(HttpHeaders.HOST);
    return all.isEmpty()
        ? request.version() == HttpVersion.HTTP_1_0
        : all.size() == 1 && parse(all.get(0)) != null && parse(named(request)) != null;
  }

  /** Without the port; empty where there is none. */
  private static String host(HttpServerRequest request) {
    return parse(named(request)).host();
  }

  /** Nobody behind is to see another than was judged, or one that Vert.x does not understand. */
  private static void tellHost(HttpServerRequest request) {
    if (request.headers().contains(HttpHeaders.HOST)) {
      request.headers().set(HttpHeaders.HOST, parse(named(request)).toString());
    }
  }

  private static String named(HttpServerRequest request) {
    Matcher absolute = ABSOLUTE.matcher(request.uri());
    String host = request.getHeader(HttpHeaders.HOST);
    return absolute.matches() ? absolute.group(1) : host == null ? "" : host;
  }

  private static HostAndPort parse(String authority) {
    Matcher parts = WITH_IPV4.matcher(authority);
    return HostAndPort.parseAuthority(parts.matches() ? inHex(parts) : authority, -1);
  }

  /** RFC 4291, section 2.2: the same in the usual way; what is no address stays none. */
  private static String inHex(MatchResult parts) {
    StringBuilder authority = new StringBuilder(parts.group(1));
    for (int i = 2; i < 6; i += 2) {
      int high = Integer.parseInt(parts.group(i));
      int low = Integer.parseInt(parts.group(i + 1));
      if (high > MAX_BYTE || low > MAX_BYTE) {
        return parts.group();
      }
      authority.append(i == 2 ? "" : ":").append(Integer.toHexString(high << 8 | low));
    }
    return authority.append(parts.group(6)).toString();
  }

  private static void refuseHost(String host) {
    String shown = InvalidValueException.show(host);
    REFUSED
        .add(shown)
        .ifPresent(
            leftOut ->
                LOG.warn(
                    "Refused a request for the host {}, which web.allowed_hosts does not have{}",
                    shown,
                    leftOut));
  }
}
