package io.fullon.cache.web;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.core.buffer.Buffer;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The keys of a JWK Set (RFC 7517) that check signatures of RS256. */
final class SigningKeys {

  private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);

  private static final int MAX_TEXT = 10_000;

  /** RFC 7518, section 3.3: a key for RS256 has at least 2048 bits. */
  private static final int MIN_BITS = 2_048;

  private SigningKeys() {}

  /**
   * Reads the file's content. A key that cannot be used is left out, which is logged; one for other
   * purposes than signatures is none of ours.
   *
   * @param file the file's name for messages
   * @return the keys; a certificate beside one, which may have run out, is not looked at
   * @throws InvalidValueException when it is no JWK Set, or no key in it can be used; the message
   *     names the keys
   */
  static List<SigningKey> read(String file, Buffer content) {
    List<SigningKey> usable = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    List<?> keys = keys(file, content);
    for (int i = 0; i < keys.size(); i++) {
      String name = "keys[" + i + "]";
      try {
        Fields key = Fields.of(name, keys.get(i));
        if (key.has("kid")) {
          name += " (kid " + InvalidValueException.show(key.raw("kid")) + ")";
        }
        if (!"enc".equals(key.raw("use"))) {
          usable.add(read(key));
        }
      } catch (InvalidValueException e) {
        // The path of its fields begins with the key's place already.
        problems.add(name + ": " + e.getMessage().replaceFirst("^keys\\[\\d+][.:] ?", ""));
      }
    }
    if (usable.isEmpty()) {
      throw new InvalidValueException(
          "web.jwt_keys",
          "must have a key for RS256, and "
              + file
              + " has none"
              + (problems.isEmpty() ? "" : ": " + String.join("; ", problems)));
    }
    problems.forEach(
        problem -> LOG.warn("web.jwt_keys: {} has a key that is left out: {}", file, problem));
    return usable;
  }

  private static List<?> keys(String file, Buffer content) {
    try {
      return Json.parse("", content.toString(StandardCharsets.UTF_8)).list("keys");
    } catch (InvalidValueException e) {
      // Without what the file has: it may have been another, with secrets.
      throw new InvalidValueException(
          "web.jwt_keys", "must be a JWK Set, as in {\"keys\":[…]}, which " + file + " is not");
    }
  }

  private static SigningKey read(Fields key) {
    mustBe(key, "kty", "RSA");
    if (key.has("use")) {
      mustBe(key, "use", "sig");
    }
    if (key.has("alg")) {
      mustBe(key, "alg", SigningKey.RS256);
    }
    if (key.has("key_ops") && !key.list("key_ops").contains("verify")) {
      throw new InvalidValueException(key.name("key_ops"), "must have \"verify\"");
    }
    BigInteger modulus = number(key, "n");
    if (modulus.bitLength() < MIN_BITS) {
      throw new InvalidValueException(
          key.name("n"),
          "must have at least " + MIN_BITS + " bits, and has " + modulus.bitLength());
    }
    String id = key.has("kid") ? key.text("kid", MAX_TEXT) : null;
    try {
      return SigningKey.rs256(
          id,
          KeyFactory.getInstance("RSA")
              .generatePublic(new RSAPublicKeySpec(modulus, number(key, "e"))));
    } catch (GeneralSecurityException e) {
      throw new InvalidValueException(key.name("e"), "makes no RSA key: " + e.getMessage());
    }
  }

  private static void mustBe(Fields key, String field, String value) {
    if (!value.equals(key.raw(field))) {
      throw new InvalidValueException(key.name(field), "must be \"" + value + '"', key.raw(field));
    }
  }

  /** RFC 7518, section 2: the bytes of a number, the highest first, in base64url. */
  private static BigInteger number(Fields key, String field) {
    String text = key.text(field, MAX_TEXT);
    try {
      // Java's decoder takes padding, which RFC 7515 (section 2) leaves away.
      if (!text.isEmpty() && !text.contains("=")) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(text));
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new InvalidValueException(
        key.name(field), "must be a number in base64url without padding", text);
  }
}
