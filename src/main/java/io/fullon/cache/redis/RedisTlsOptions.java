package io.fullon.cache.redis;

import io.fullon.cache.tls.CertificateAndKey;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;

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
          section.name("tls_ca"), "is not looked at where tls_verify is false");
    }
    return options;
  }

  /** Whether it says anything about TLS. */
  boolean isGiven() {
    return ca != null || own != null;
  }

  /** Makes connections encrypted. */
  void applyTo(NetClientOptions client) {
    client
        .setSsl(true)
        .setTrustAll(!verify)
        .setHostnameVerificationAlgorithm(verify ? "HTTPS" : "");
    if (ca != null) {
      client.setTrustOptions(new PemTrustOptions().addCertPath(ca));
    }
    if (own != null) {
      client.setKeyCertOptions(own.options());
    }
  }
}
