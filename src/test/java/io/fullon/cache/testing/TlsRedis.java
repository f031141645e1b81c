package io.fullon.cache.testing;

import io.fullon.cache.app.EmbeddedRedis;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Redis server that speaks nothing but TLS, with a certificate of its own. */
public final class TlsRedis implements AutoCloseable {

  private static final String HOST = "127.0.0.1";
  private final EmbeddedRedis redis;
  private final Certificate certificate;
  private final String credentials;

  private TlsRedis(EmbeddedRedis redis, Certificate certificate, String credentials) {
    this.redis = redis;
    this.certificate = certificate;
    this.credentials = credentials;
  }

  /** Anybody who trusts its certificate may use it. */
  public static TlsRedis start() {
    return start(List.of(), "");
  }

  /** Only that user may use it, and everything of it. */
  public static TlsRedis start(String user, String password) {
    return start(
        List.of(
            RedisServers.request(
                Command.ACL, "SETUSER", user, "on", ">" + password, "~*", "&*", "+@all"),
            RedisServers.request(Command.ACL, "SETUSER", "default", "off")),
        encode(user) + ":" + encode(password) + "@");
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static TlsRedis start(List<Request> users, String credentials) {
    Certificate certificate = Certificate.create();
    try {
      EmbeddedRedis redis =
          RedisServers.launch(
              0,
              Map.of(
                  "tls-cert-file",
                  certificate.file().toString(),
                  "tls-key-file",
                  certificate.key().toString(),
                  "tls-ca-cert-file",
                  certificate.file().toString(),
                  "tls-auth-clients",
                  "no"));
      TlsRedis tls = new TlsRedis(redis, certificate, credentials);
      tls.speakTlsOnly(users);
      return tls;
    } catch (RuntimeException | Error e) {
      certificate.close();
      throw e;
    }
  }

  /** The port on which it was ready, in plain, becomes the one for TLS. */
  private void speakTlsOnly(List<Request> users) {
    List<Request> requests = new ArrayList<>();
    requests.add(RedisServers.request(Command.CONFIG, "SET", "port", 0));
    requests.add(RedisServers.request(Command.CONFIG, "SET", "tls-port", redis.port()));
    requests.addAll(users);
    Vertx vertx = Vertx.vertx();
    try {
      CacheNode.get(Redis.createClient(vertx, redis.uri()).batch(requests));
    } catch (RuntimeException | Error e) {
      redis.close();
      throw e;
    } finally {
      CacheNode.get(vertx.close());
    }
  }

  public int port() {
    return redis.port();
  }

  /** Its process, which can be killed or frozen. */
  public EmbeddedRedis server() {
    return redis;
  }

  /** With the user and the password, if it needs them. */
  public String uri() {
    return "rediss://" + credentials + HOST + ":" + port();
  }

  /** The certificate to trust, a PEM file; it is for {@code localhost} and 127.0.0.1. */
  public Path certificate() {
    return certificate.file();
  }

  @Override
  public void close() {
    redis.close();
    certificate.close();
  }
}
