package io.fullon.cache.web;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * Whether clients need a JSON Web Token (RFC 7519), and of whom. With neither a secret nor a file
 * of keys everyone may connect.
 *
 * @param secret the secret of tokens signed with HS256, or null
 * @param keys a file with the public keys of tokens signed with RS256, as a JWK Set (RFC 7517), or
 *     null; read again when it changes
 * @param issuer what the claim {@code iss} must be; null for anything
 * @param audience what the claim {@code aud} must contain; null for anything
 * @param leeway how far the clocks of issuer and gateway may be apart: times in tokens ({@code
 *     exp}, {@code nbf}, {@code iat}) hold that much longer (RFC 7519, section 4.1.4)
 * @param firstMessage whether a client that brings no token at the upgrade may send it as its first
 *     message, which is all that browsers can do
 * @param withinMs how long that may take
 */
public record WebAuthOptions(
    String secret,
    String keys,
    String issuer,
    String audience,
    Duration leeway,
    boolean firstMessage,
    long withinMs) {

  public static final long DEFAULT_LEEWAY_MS = 30_000;
  public static final boolean DEFAULT_FIRST_MESSAGE = true;
  public static final long DEFAULT_WITHIN_MS = 5_000;

  /** RFC 7518, section 3.2: a key for HS256 has at least 256 bits. */
  private static final int MIN_SECRET_BYTES = 32;

  private static final int MAX_TEXT = 1_000;

  static WebAuthOptions from(Fields section) {
    String secret = section.secretOrNull("jwt_secret", MAX_TEXT);
    if (secret != null && secret.getBytes(StandardCharsets.UTF_8).length < MIN_SECRET_BYTES) {
      throw new InvalidValueException(
          section.name("jwt_secret"), "must have at least " + MIN_SECRET_BYTES + " bytes");
    }
    String keys = section.textOrNull("jwt_keys", MAX_TEXT);
    if (keys != null && keys.isBlank()) {
      throw new InvalidValueException(section.name("jwt_keys"), "must be a file's name", keys);
    }
    WebAuthOptions options =
        new WebAuthOptions(
            secret,
            keys,
            section.textOrNull("jwt_issuer", MAX_TEXT),
            section.textOrNull("jwt_audience", MAX_TEXT),
            Duration.ofMillis(section.integer("jwt_leeway_ms", 0, 600_000, DEFAULT_LEEWAY_MS)),
            section.flag("auth_first_message", DEFAULT_FIRST_MESSAGE),
            section.integer("auth_within_ms", 100, 600_000, DEFAULT_WITHIN_MS));
    options.refuseChecksOfNothing(section);
    return options;
  }

  /** Who says what tokens must be like wants tokens: without a key none would be asked for. */
  private void refuseChecksOfNothing(Fields section) {
    for (String key : List.of("jwt_issuer", "jwt_audience")) {
      if (section.has(key) && !isRequired()) {
        throw new InvalidValueException(
            section.name(key), "needs jwt_secret or jwt_keys, without which no token is asked for");
      }
    }
  }

  /** Whether a token is needed. */
  public boolean isRequired() {
    return secret != null || keys != null;
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "WebAuthOptions[required=" + isRequired() + ", keys=" + keys + ']';
  }
}
