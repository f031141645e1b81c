package io.fullon.cache.web;

import io.fullon.cache.feed.Grant;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Decides on tokens: signed JSON Web Tokens (RFC 7519) in the compact form. Not by Vert.x' {@code
 * JWTAuth}, which checks nothing where it has no key, and reads claims before it knows who signed
 * them.
 */
final class Tokens {

  private static final String BEARER = "Bearer ";

  /** Header, claims and signature, each there and in base64url (RFC 7515, section 7.1). */
  private static final Pattern COMPACT =
      Pattern.compile("([A-Za-z0-9_-]+)\\.([A-Za-z0-9_-]+)\\.[A-Za-z0-9_-]+");

  private final Vertx vertx;
  private final WebAuthOptions options;
  private final Set<String> algorithms = new TreeSet<>();
  private List<SigningKey> keys = List.of();

  private Tokens(Vertx vertx, WebAuthOptions options) {
    this.vertx = vertx;
    this.options = options;
    if (options.secret() != null) {
      algorithms.add(SigningKey.HS256);
    }
    if (options.keys() != null) {
      algorithms.add(SigningKey.RS256);
    }
  }

  /** Fails when the file of keys cannot be read or has none that can be used. */
  static Future<Tokens> create(Vertx vertx, WebAuthOptions options) {
    Tokens tokens = new Tokens(vertx, options);
    return tokens.readKeys().map(tokens);
  }

  /** Takes the keys from the file, which may have changed; when that fails the old ones stay. */
  Future<Void> readKeys() {
    Future<List<SigningKey>> usable =
        options.keys() == null
            ? Future.succeededFuture(List.of())
            : vertx
                .fileSystem()
                .readFile(options.keys())
                .recover(this::cannotReadKeys)
                .map(content -> SigningKeys.read(options.keys(), content));
    return usable.map(
        publicKeys -> {
          keys = withSecret(publicKeys);
          return null;
        });
  }

  private Future<Buffer> cannotReadKeys(Throwable cause) {
    return Future.failedFuture(
        new InvalidValueException(
            "web.jwt_keys", "cannot read the file " + options.keys() + ": " + Reasons.of(cause)));
  }

  private List<SigningKey> withSecret(List<SigningKey> publicKeys) {
    List<SigningKey> all = new ArrayList<>(publicKeys);
    if (options.secret() != null) {
      all.add(SigningKey.hs256(options.secret()));
    }
    return all;
  }

  /**
   * What the token's bearer may see.
   *
   * @throws InvalidValueException saying why the token does not hold
   */
  Grant verify(String token) {
    var parts = COMPACT.matcher(token);
    if (!parts.matches()) {
      throw new InvalidValueException("token", "must be a signed JSON Web Token");
    }
    Fields header = decode(parts.group(1));
    checkHeader(header);
    checkSignature(header, token);
    Fields claims = decode(parts.group(2));
    checkClaims(claims);
    return Grant.of(claims, options.leeway());
  }

  private static Fields decode(String part) {
    byte[] json;
    try {
      json = Base64.getUrlDecoder().decode(part);
    } catch (IllegalArgumentException e) {
      throw new InvalidValueException("token", "must have header and claims in JSON");
    }
    return Json.parse("token", new String(json, StandardCharsets.UTF_8));
  }

  /** Before the library sees it: an unsigned token never gets that far. */
  private void checkHeader(Fields header) {
    if (!(header.raw("alg") instanceof String algorithm) || !algorithms.contains(algorithm)) {
      throw new InvalidValueException(
          header.name("alg"), "must be " + String.join(" or ", algorithms), header.raw("alg"));
    }
    // RFC 7515, section 4.1.11: what must be understood and is not refuses the token.
    if (header.keys().contains("crit")) {
      throw new InvalidValueException(header.name("crit"), "no extension is known here");
    }
  }

  /** Claims are not even read before: who has not signed them learns nothing of them. */
  private void checkSignature(Fields header, String token) {
    int end = token.lastIndexOf('.');
    byte[] text = token.substring(0, end).getBytes(StandardCharsets.US_ASCII);
    if (keys.stream()
        .noneMatch(key -> isFor(key, header) && holds(key, token.substring(end + 1), text))) {
      throw new InvalidValueException("token", "is not signed with a key that is known here");
    }
  }

  /** RFC 7515, section 4.1.4: a key that has a name is meant by no other. */
  private static boolean isFor(SigningKey key, Fields header) {
    return key.algorithm().equals(header.raw("alg"))
        && (key.id() == null || !header.has("kid") || key.id().equals(header.raw("kid")));
  }

  private static boolean holds(SigningKey key, String signature, byte[] text) {
    try {
      return key.verifies(Base64.getUrlDecoder().decode(signature), text);
    } catch (IllegalArgumentException e) {
      return false; // it is not even one
    }
  }

  private void checkClaims(Fields claims) {
    Instant now = Instant.now();
    Duration leeway = options.leeway();
    if (!claims.time("exp").plus(leeway).isAfter(now)) {
      throw new InvalidValueException("token", "has run out");
    }
    if (claims.has("nbf") && claims.time("nbf").minus(leeway).isAfter(now)) {
      throw new InvalidValueException("token", "does not hold yet (nbf)");
    }
    if (claims.has("iat") && claims.time("iat").minus(leeway).isAfter(now)) {
      throw new InvalidValueException("token", "was issued in the future (iat): is a clock wrong?");
    }
    if (options.issuer() != null && !options.issuer().equals(claims.raw("iss"))) {
      throw new InvalidValueException("token", "is of another issuer (iss)");
    }
    if (options.audience() != null && !isFor(options.audience(), claims)) {
      throw new InvalidValueException("token", "is for another audience (aud)");
    }
  }

  /** RFC 7519, section 4.1.3: one audience or a list of them. */
  private static boolean isFor(String audience, Fields claims) {
    return claims.raw("aud") instanceof String one
        ? one.equals(audience)
        : claims.has("aud") && claims.list("aud").contains(audience);
  }

  /** The same for the value of the header {@code Authorization}. */
  Grant verifyHeader(String authorization) {
    // The scheme's case does not matter (RFC 9110, section 11.1).
    if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      throw new InvalidValueException("Authorization", "must be Bearer and a token");
    }
    return verify(authorization.substring(BEARER.length()).strip());
  }
}
