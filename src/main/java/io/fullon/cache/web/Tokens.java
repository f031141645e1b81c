package io.fullon.cache.web;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Decides on tokens: signed JSON Web Tokens (RFC 7519) in the compact form. The library checks the
 * signature and nothing else.
 */
final class Tokens {

  private static final String BEARER = "Bearer ";

  /** Header, claims and signature, each there and in base64url (RFC 7515, section 7.1). */
  private static final Pattern COMPACT =
      Pattern.compile("([A-Za-z0-9_-]+)\\.([A-Za-z0-9_-]+)\\.[A-Za-z0-9_-]+");

  private final Vertx vertx;
  private final WebAuthOptions options;
  private final Set<String> algorithms = new TreeSet<>();
  private JWTAuth signatures;

  private Tokens(Vertx vertx, WebAuthOptions options) {
    this.vertx = vertx;
    this.options = options;
    if (options.secret() != null) {
      algorithms.add("HS256");
    }
    if (options.keys() != null) {
      algorithms.add("RS256");
    }
  }

  /** Fails when the file of keys cannot be read or has none that can be used. */
  static Future<Tokens> create(Vertx vertx, WebAuthOptions options) {
    Tokens tokens = new Tokens(vertx, options);
    return tokens.readKeys().map(tokens);
  }

  /** Takes the keys from the file, which may have changed; when that fails the old ones stay. */
  Future<Void> readKeys() {
    Future<List<JsonObject>> keys =
        options.keys() == null
            ? Future.succeededFuture(List.of())
            : vertx
                .fileSystem()
                .readFile(options.keys())
                .map(content -> SigningKeys.read(options.keys(), content));
    return keys.map(
        usable -> {
          signatures = JWTAuth.create(vertx, authOptions(usable));
          return null;
        });
  }

  private JWTAuthOptions authOptions(List<JsonObject> keys) {
    JWTAuthOptions authOptions =
        new JWTAuthOptions()
            // Claims are checked here, with fractions and leeway.
            .setJWTOptions(new JWTOptions().setIgnoreExpiration(true))
            .setJwks(keys);
    if (options.secret() != null) {
      authOptions.addPubSecKey(
          new PubSecKeyOptions().setAlgorithm("HS256").setBuffer(options.secret()));
    }
    return authOptions;
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
    checkHeader(decode(parts.group(1)));
    checkSignature(token);
    Fields claims = decode(parts.group(2));
    checkClaims(claims);
    return Grant.of(claims, options.leeway());
  }

  private static Fields decode(String part) {
    try {
      byte[] json = Base64.getUrlDecoder().decode(part);
      return Json.parse("token", new String(json, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new InvalidValueException("token", "must have header and claims in JSON");
    }
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

  private void checkSignature(String token) {
    // Decided at once: there is nobody to ask.
    Future<User> user;
    try {
      user = signatures.authenticate(new TokenCredentials(token));
    } catch (RuntimeException e) { // whatever some strange token leads to
      throw new InvalidValueException("token", "is malformed");
    }
    if (!user.succeeded()) {
      throw new InvalidValueException("token", "is not signed with a key that is known here");
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
