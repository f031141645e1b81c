package io.fullon.cache.tls;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.util.List;
import java.util.concurrent.Callable;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509KeyManager;

/**
 * The files with which one side of a connection proves who it is.
 *
 * @param section the section of the configuration that names them, for messages
 * @param cert a file in PEM with the certificate and those that it rests on
 * @param key a file in PEM with the certificate's key (PKCS#8)
 */
public record CertificateAndKey(String section, String cert, String key) {

  private static final int MAX_PATH = 1_000;

  /** The kinds of keys by which Java asks for a certificate. */
  private static final List<String> KEY_TYPES = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS", "DSA");

  /**
   * Reads {@code tls_cert} and {@code tls_key}.
   *
   * @return null when there is neither
   * @throws InvalidValueException when there is one without the other
   */
  public static CertificateAndKey from(Fields section) {
    String cert = section.textOrNull("tls_cert", MAX_PATH);
    String key = section.textOrNull("tls_key", MAX_PATH);
    if ((cert == null) != (key == null)) {
      throw new InvalidValueException(
          section.name(cert == null ? "tls_cert" : "tls_key"),
          "is needed too: it belongs to " + section.name(cert == null ? "tls_key" : "tls_cert"));
    }
    return cert == null ? null : new CertificateAndKey(section.name(""), cert, key);
  }

  public PemKeyCertOptions options() {
    return new PemKeyCertOptions().addCertPath(cert).addKeyPath(key);
  }

  /**
   * Looks whether the key is the certificate's, which neither Vert.x nor Java does: each handshake
   * would fail instead.
   *
   * @return fails with an {@link InvalidValueException}, naming key and file, when it is not, or
   *     when one cannot be read
   */
  public Future<Void> check(Vertx vertx) {
    return vertx.executeBlocking(
        () -> {
          read("tls_cert", cert, () -> vertx.fileSystem().readFileBlocking(cert));
          read("tls_key", key, () -> vertx.fileSystem().readFileBlocking(key));
          read(
              "tls_cert",
              cert,
              () -> new PemTrustOptions().addCertPath(cert).getTrustManagerFactory(vertx));
          KeyManagerFactory keys =
              read("tls_key", key, () -> options().getKeyManagerFactory(vertx));
          if (!fits(keys.getKeyManagers())) {
            throw new InvalidValueException(
                section + "tls_key", key + " is not the key of the certificate " + cert);
          }
          return null;
        });
  }

  private <T> T read(String option, String file, Callable<T> reading) {
    try {
      return reading.call();
    } catch (Exception e) { // of many kinds, down to a NullPointerException
      throw new InvalidValueException(
          section + option, "cannot read the file " + file + ": " + Reasons.of(e));
    }
  }

  private static boolean fits(KeyManager[] managers) throws GeneralSecurityException {
    for (KeyManager manager : managers) {
      if (manager instanceof X509KeyManager keys) {
        for (String type : KEY_TYPES) {
          String[] aliases = keys.getServerAliases(type, null);
          if (aliases != null) {
            String alias = aliases[0];
            return fits(
                keys.getPrivateKey(alias), keys.getCertificateChain(alias)[0].getPublicKey());
          }
        }
      }
    }
    return false;
  }

  /** What one signs the other must find right. */
  private static boolean fits(PrivateKey key, PublicKey certified) throws GeneralSecurityException {
    String algorithm =
        switch (certified.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "DSA" -> "SHA256withDSA";
          default -> certified.getAlgorithm();
        };
    byte[] text = new byte[32];
    new SecureRandom().nextBytes(text);
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(text);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(text);
      return signature.verify(signed);
    } catch (java.security.InvalidKeyException | java.security.SignatureException e) {
      return false; // a key of another kind
    }
  }
}
