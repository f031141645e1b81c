package io.fullon.cache.web;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks signatures (RFC 7515) of one algorithm.
 *
 * @param algorithm as tokens name it
 * @param id the key's name, or null
 * @param key a secret or a public key
 */
record SigningKey(String algorithm, String id, Key key) {

  static final String HS256 = "HS256";
  static final String RS256 = "RS256";

  /** What Java calls HS256 (RFC 7518, section 3.2). */
  private static final String HMAC = "HmacSHA256";

  /** What Java calls RS256 (RFC 7518, section 3.3). */
  private static final String RSA = "SHA256withRSA";

  static SigningKey hs256(String secret) {
    return new SigningKey(
        HS256, null, new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), HMAC));
  }

  static SigningKey rs256(String id, PublicKey key) {
    return new SigningKey(RS256, id, key);
  }

  boolean verifies(byte[] signature, byte[] text) {
    try {
      return key instanceof PublicKey signer
          ? isSignedBy(signer, signature, text)
          : MessageDigest.isEqual(mac(text), signature); // in the same time, however much is equal
    } catch (GeneralSecurityException e) {
      return false; // it is not even one
    }
  }

  private static boolean isSignedBy(PublicKey signer, byte[] signature, byte[] text)
      throws GeneralSecurityException {
    Signature check = Signature.getInstance(RSA);
    check.initVerify(signer);
    check.update(text);
    return check.verify(signature);
  }

  private byte[] mac(byte[] text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance(HMAC);
    mac.init(key);
    return mac.doFinal(text);
  }
}
