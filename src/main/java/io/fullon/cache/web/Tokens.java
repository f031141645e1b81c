package io.fullon.cache.web;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Decides on tokens. */
final class Tokens {

  private static final String BEARER = "Bearer ";

  private final Vertx vertx;
  private final WebAuthOptions options;
  private JWTAuth auth;

  private Tokens(Vertx vertx, WebAuthOptions options) {
    this.vertx = vertx;
    this.options = options;
  }

  /** Fails when the file of keys cannot be read. */
  static Future<Tokens> create(Vertx vertx, WebAuthOptions options) {
    Tokens tokens = new Tokens(vertx, options);
    return tokens.readKeys().map(tokens);
  }

  /** Takes the keys from the file, which may have changed; when that fails the old ones stay. */
  Future<Void> readKeys() {
    Future<List<JsonObject>> keys =
        options.keys() == null
            ? Future.succeededFuture(List.of())
            : vertx.fileSystem().readFile(options.keys()).map(this::parseKeys);
    return keys.map(
        known -> {
          auth = JWTAuth.create(vertx, authOptions(known));
          return null;
        });
  }

  private List<JsonObject> parseKeys(Buffer file) {
    JsonArray keys;
    try {
      keys = file.toJsonObject().getJsonArray("keys", new JsonArray());
    } catch (RuntimeException e) {
      throw new InvalidValueException("web.jwt_keys", "must be a JWK Set", options.keys());
    }
    List<JsonObject> usable = new ArrayList<>();
    for (Object key : keys) {
      if (key instanceof JsonObject jwk
          && "RSA".equals(jwk.getString("kty"))
          && !"enc".equals(jwk.getString("use"))) {
        usable.add(jwk.copy().put("alg", "RS256"));
      }
    }
    if (usable.isEmpty()) {
      throw new InvalidValueException("web.jwt_keys", "must have a key for RS256", options.keys());
    }
    return usable;
  }

  private JWTAuthOptions authOptions(List<JsonObject> keys) {
    JWTOptions checks = new JWTOptions();
    if (options.issuer() != null) {
      checks.setIssuer(options.issuer());
    }
    if (options.audience() != null) {
      checks.addAudience(options.audience());
    }
    JWTAuthOptions authOptions = new JWTAuthOptions().setJWTOptions(checks).setJwks(keys);
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
    Grant grant = Grant.of(Fields.of("token", claims(token)));
    if (!grant.until().isAfter(Instant.now())) {
      throw new InvalidValueException("token", "has run out");
    }
    return grant;
  }

  private JsonObject claims(String token) {
    // Decided at once: there is nobody to ask.
    Future<User> user;
    try {
      user = auth.authenticate(new TokenCredentials(token));
    } catch (RuntimeException e) { // whatever some strange token leads to
      throw new InvalidValueException("token", "is malformed");
    }
    if (!user.succeeded()) {
      throw new InvalidValueException("token", String.valueOf(user.cause().getMessage()));
    }
    return user.result().attributes().getJsonObject("accessToken");
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
