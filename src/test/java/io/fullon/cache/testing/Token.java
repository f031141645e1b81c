package io.fullon.cache.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** JSON Web Tokens, made by hand after RFC 7515, good and bad ones. */
public final class Token {

  public static final String SECRET = "a secret that is long enough for HS256";

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private Token() {}

  /** Claims that run out after that many seconds, which may be negative. */
  public static JsonObject expiring(long seconds) {
    return new JsonObject().put("exp", Instant.now().getEpochSecond() + seconds);
  }

  /** Signed with {@link #SECRET}. */
  public static String hs256(JsonObject claims) {
    return hs256(claims, SECRET.getBytes(StandardCharsets.UTF_8));
  }

  public static String hs256(JsonObject claims, byte[] secret) {
    return hs256(new JsonObject(), claims.encode(), secret);
  }

  /** Signed with {@link #SECRET}, whatever the claims are. */
  public static String hs256(String claims) {
    return hs256(new JsonObject(), claims, SECRET.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Signed with {@link #SECRET}.
   *
   * @param header what its header has besides
   */
  public static String hs256(JsonObject header, JsonObject claims) {
    return hs256(header, claims.encode(), SECRET.getBytes(StandardCharsets.UTF_8));
  }

  private static String hs256(JsonObject header, String claims, byte[] secret) {
    try {
      JsonObject whole = new JsonObject().put("alg", "HS256").put("typ", "JWT").mergeIn(header);
      String text = encode(whole.encode()) + "." + encode(claims);
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return text + "." + BASE64.encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  public static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2_048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  public static String rs256(JsonObject claims, String keyId, KeyPair keys) {
    try {
      String text = unsigned("RS256", keyId, claims);
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(keys.getPrivate());
      signature.update(text.getBytes(StandardCharsets.UTF_8));
      return text + "." + BASE64.encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Header and claims of a token, without the signature and the dot before it. */
  public static String unsigned(String algorithm, String keyId, JsonObject claims) {
    JsonObject header = new JsonObject().put("alg", algorithm).put("typ", "JWT");
    if (keyId != null) {
      header.put("kid", keyId);
    }
    return encode(header.encode()) + "." + encode(claims.encode());
  }

  private static String encode(String text) {
    return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A JWK Set (RFC 7517) with the public key. */
  public static String keySet(String keyId, KeyPair keys) {
    RSAPublicKey key = (RSAPublicKey) keys.getPublic();
    return new JsonObject()
        .put(
            "keys",
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("kty", "RSA")
                        .put("kid", keyId)
                        .put("use", "sig")
                        .put("n", unsigned(key.getModulus()))
                        .put("e", unsigned(key.getPublicExponent()))))
        .encode();
  }

  private static String unsigned(BigInteger number) {
    byte[] bytes = number.toByteArray();
    int sign = bytes[0] == 0 ? 1 : 0;
    return BASE64.encodeToString(java.util.Arrays.copyOfRange(bytes, sign, bytes.length));
  }
}
