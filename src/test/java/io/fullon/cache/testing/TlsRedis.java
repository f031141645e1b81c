package io.fullon.cache.testing;

import io.fullon.cache.app.EmbeddedRedis;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** A Redis server that speaks nothing but TLS, with a certificate of its own. */
public final class TlsRedis implements AutoCloseable {

  private static final String HOST = "127.0.0.1";
  private static final String STORE_PASSWORD = "changeit";
  private static final String ALIAS = "redis";
  private static final String STORE = "keys.p12";
  private static final String CERTIFICATE = "cert.pem";
  private static final String KEY = "key.pem";

  private final EmbeddedRedis redis;
  private final Path folder;
  private final String credentials;

  private TlsRedis(EmbeddedRedis redis, Path folder, String credentials) {
    this.redis = redis;
    this.folder = folder;
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
    Path folder = newCertificate();
    String certificate = folder.resolve(CERTIFICATE).toString();
    try {
      EmbeddedRedis redis =
          RedisServers.launch(
              0,
              Map.of(
                  "tls-cert-file",
                  certificate,
                  "tls-key-file",
                  folder.resolve(KEY).toString(),
                  "tls-ca-cert-file",
                  certificate,
                  "tls-auth-clients",
                  "no"));
      TlsRedis tls = new TlsRedis(redis, folder, credentials);
      tls.speakTlsOnly(users);
      return tls;
    } catch (RuntimeException | Error e) {
      delete(folder);
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

  /** A self-signed one for this machine, by the JDK's own tool; gives the folder. */
  private static Path newCertificate() {
    try {
      Path folder = Files.createTempDirectory("fullon-tls-");
      Path store = folder.resolve(STORE);
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-keyalg",
                  "EC",
                  "-alias",
                  ALIAS,
                  "-dname",
                  "CN=localhost",
                  "-ext",
                  "san=dns:localhost,ip:" + HOST,
                  "-keystore",
                  store.toString(),
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  STORE_PASSWORD)
              .redirectErrorStream(true)
              .start();
      String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (keytool.waitFor() != 0) {
        throw new AssertionError("keytool: " + output);
      }
      KeyStore keys = KeyStore.getInstance(store.toFile(), STORE_PASSWORD.toCharArray());
      writePem(folder.resolve(CERTIFICATE), "CERTIFICATE", keys.getCertificate(ALIAS).getEncoded());
      writePem(
          folder.resolve(KEY),
          "PRIVATE KEY",
          keys.getKey(ALIAS, STORE_PASSWORD.toCharArray()).getEncoded());
      return folder;
    } catch (IOException | GeneralSecurityException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void writePem(Path file, String type, byte[] content) throws IOException {
    Files.writeString(
        file,
        "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n"
            .formatted(type, Base64.getMimeEncoder().encodeToString(content)));
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
    return folder.resolve(CERTIFICATE);
  }

  @Override
  public void close() {
    redis.close();
    delete(folder);
  }

  private static void delete(Path folder) {
    try {
      for (String file : List.of(STORE, CERTIFICATE, KEY)) {
        Files.deleteIfExists(folder.resolve(file));
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
