package io.fullon.cache.redis;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;

/**
 * How a server that is reached by {@code rediss://} proves who it is, and we to it.
 *
 * @param ca a file in PEM with the certificates that are trusted; null for those that Java trusts
 * @param cert a file in PEM with our own certificate, or null for none
 * @param key a file in PEM with our certificate's key (PKCS#8), or null for none
 * @param verify whether the certificate is checked at all, the server's name in it included
 */
public record RedisTlsOptions(String ca, String cert, String key, boolean verify) {

  public static final boolean DEFAULT_VERIFY = true;

  private static final int MAX_PATH = 1_000;

  static RedisTlsOptions from(Fields section) {
    RedisTlsOptions options =
        new RedisTlsOptions(
            section.textOrNull("tls_ca", MAX_PATH),
            section.textOrNull("tls_cert", MAX_PATH),
            section.textOrNull("tls_key", MAX_PATH),
            section.flag("tls_verify", DEFAULT_VERIFY));
    if ((options.cert == null) != (options.key == null)) {
      throw new InvalidValueException(
          section.name(options.cert == null ? "tls_cert" : "tls_key"),
          "is needed too: certificate and key belong together");
    }
    return options;
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
    if (cert != null) {
      client.setKeyCertOptions(new PemKeyCertOptions().addCertPath(cert).addKeyPath(key));
    }
  }
}
