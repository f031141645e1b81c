package io.fullon.cache.web;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.net.PemKeyCertOptions;

/**
 * The certificate with which the gateway serves HTTPS and WSS; read again when the files change.
 *
 * @param cert a file in PEM with the certificate and those that it rests on, or null for plain HTTP
 * @param key a file in PEM with its key (PKCS#8), or null for plain HTTP
 */
public record WebTlsOptions(String cert, String key) {

  private static final int MAX_PATH = 1_000;

  static WebTlsOptions from(Fields section) {
    WebTlsOptions options =
        new WebTlsOptions(
            section.textOrNull("tls_cert", MAX_PATH), section.textOrNull("tls_key", MAX_PATH));
    if ((options.cert == null) != (options.key == null)) {
      throw new InvalidValueException(
          section.name(options.cert == null ? "tls_cert" : "tls_key"),
          "is needed too: certificate and key belong together");
    }
    return options;
  }

  /** Whether HTTPS is served. */
  public boolean isEnabled() {
    return cert != null;
  }

  PemKeyCertOptions certificate() {
    return new PemKeyCertOptions().addCertPath(cert).addKeyPath(key);
  }
}
