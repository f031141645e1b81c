package io.fullon.cache.redis;

import io.fullon.cache.tls.CertificateAndKey;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * How a server that is reached by {@code rediss://} proves who it is, and we to it.
 *
 * @param ca a file in PEM with the certificates that are trusted; null for those that Java trusts
 * @param own our own certificate and its key, or null for none
 * @param verify whether the certificate is checked at all, the server's name in it included
 */
public record RedisTlsOptions(String ca, CertificateAndKey own, boolean verify) {

  public static final boolean DEFAULT_VERIFY = true;

  private static final int MAX_PATH = 1_000;

  static RedisTlsOptions from(Fields section) {
    RedisTlsOptions options =
        new RedisTlsOptions(
            section.textOrNull("tls_ca", MAX_PATH),
            CertificateAndKey.from(section),
            section.flag("tls_verify", DEFAULT_VERIFY));
    if (options.ca != null && !options.verify) {
      throw new InvalidValueException(
          section.name("tls_ca"),
          "is not looked at where " + section.name("tls_verify") + " is false");
    }
    return options;
  }

  /** Whether it says anything about TLS. */
  boolean isGiven() {
    return ca != null || own != null;
  }

  /**
   * Looks whether the files are what they should be, which time does not heal.
   *
   * @return fails, naming the key, when they are not
   */
  Future<Void> check(Vertx vertx) {
    Future<Void> trusted =
        ca == null ? Future.succeededFuture() : vertx.executeBlocking(() -> checkTrusted(vertx));
    return trusted.compose(v -> own == null ? Future.succeededFuture() : own.check(vertx));
  }

  private Void checkTrusted(Vertx vertx) {
    int certificates = 0;
    try {
      for (TrustManager manager : trust().getTrustManagerFactory(vertx).getTrustManagers()) {
        certificates += ((X509TrustManager) manager).getAcceptedIssuers().length;
      }
    } catch (Exception e) {
      throw new InvalidValueException("redis.tls_ca", "cannot be read: " + Reasons.of(e));
    }
    if (certificates == 0) {
      throw new InvalidValueException("redis.tls_ca", ca + " has no certificate in PEM");
    }
    return null;
  }

  private PemTrustOptions trust() {
    return new PemTrustOptions().addCertPath(ca);
  }

  /** Makes connections encrypted. */
  void applyTo(NetClientOptions client) {
    client
        .setSsl(true)
        .setTrustAll(!verify)
        .setHostnameVerificationAlgorithm(verify ? "HTTPS" : "");
    if (ca != null) {
      client.setTrustOptions(trust());
    }
    if (own != null) {
      client.setKeyCertOptions(own.options());
    }
  }
}
