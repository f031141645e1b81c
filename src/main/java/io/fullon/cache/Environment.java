package io.fullon.cache;

import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Configuration from environment variables: {@code FULLON_CACHE_SECTION_KEY} for every key of the
 * tree, such as {@code FULLON_CACHE_WEB_PORT}, and {@code REDIS_HOST}, {@code REDIS_PORT}, {@code
 * REDIS_DB}, {@code REDIS_PASSWORD} for the parts of {@code redis.uri}.
 */
public final class Environment {

  private static final String PREFIX = "FULLON_CACHE_";
  private static final String URI_KEY = PREFIX + "REDIS_URI";
  private static final Set<String> PARTS =
      Set.of("REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD");

  /** The keys whose values are texts even when they look like something else. */
  private static final Set<String> TEXTS =
      Set.of(
          "uri",
          "prefix",
          "host",
          "admin_host",
          "allowed_hosts",
          "public_origin",
          "nodes",
          "master",
          "sentinel_password",
          "tls_ca",
          "tls_cert",
          "tls_key",
          "allowed_origins",
          "jwt_secret",
          "jwt_keys",
          "jwt_issuer",
          "jwt_audience");

  private final Map<String, String> variables;

  /**
   * @param variables usually {@link System#getenv()}
   */
  public Environment(Map<String, String> variables) {
    this.variables = new TreeMap<>(variables);
    // A variable that is set to nothing is as good as not set.
    this.variables.values().removeIf(String::isBlank);
  }

  /** Whether it says where Redis is. */
  public boolean namesRedis() {
    return variables.containsKey(URI_KEY) || PARTS.stream().anyMatch(variables::containsKey);
  }

  /**
   * The configuration with what the environment says in the place of what was there.
   *
   * @throws InvalidValueException naming the variable that does not fit
   */
  public JsonObject over(JsonObject config) {
    JsonObject result = config.copy();
    if (PARTS.stream().anyMatch(variables::containsKey)) {
      JsonObject redis = section(result, "redis");
      redis.put("uri", uri(redis));
    }
    variables.forEach(
        (name, value) -> {
          if (name.startsWith(PREFIX)) {
            put(result, name, value);
          }
        });
    return result;
  }

  private static void put(JsonObject config, String name, String value) {
    String[] path = name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).split("_", 2);
    if (path.length < 2) {
      throw new InvalidValueException(name, "must name a section and a key, as in " + URI_KEY);
    }
    section(config, path[0]).put(path[1], TEXTS.contains(path[1]) ? value : scalar(value));
  }

  private static Object scalar(String value) {
    if (value.matches("-?[0-9]{1,18}")) {
      return Long.valueOf(value);
    }
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> value;
    };
  }

  private static JsonObject section(JsonObject config, String name) {
    // A file may have something else there, which must be told and not replaced.
    Fields.of("", config).section(name);
    if (config.getValue(name) == null) {
      config.put(name, new JsonObject());
    }
    return config.getJsonObject(name);
  }

  private String uri(JsonObject redis) {
    Object present = redis.getValue("uri");
    URI base =
        URI.create(
            RedisLinkOptions.from(Fields.of("redis", new JsonObject().put("uri", present))).uri());
    int port = number("REDIS_PORT", 1, base.getPort() < 0 ? 6379 : base.getPort(), 65_535);
    String path = base.getPath() == null ? "" : base.getPath().replace("/", "");
    int database = number("REDIS_DB", 0, path.isEmpty() ? 0 : Integer.parseInt(path), 99_999);
    String user = user(base.getRawUserInfo());
    return base.getScheme()
        + "://"
        + (user == null ? "" : user + "@")
        + host(base.getHost())
        + ":"
        + port
        + "/"
        + database;
  }

  private String host(String present) {
    String host = variables.get("REDIS_HOST");
    if (host == null) {
      return present;
    }
    String inUri = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    try {
      if (inUri.equals(new URI("redis://" + inUri + ":1/0").getHost())) {
        return inUri;
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw new InvalidValueException("REDIS_HOST", "must be a host's name or address", host);
  }

  /** The user of the URI stays, if it has one. */
  private String user(String present) {
    String password = variables.get("REDIS_PASSWORD");
    if (password == null) {
      return present;
    }
    String name = present == null ? "" : present.replaceFirst(":.*", "");
    return name + ":" + URLEncoder.encode(password, StandardCharsets.UTF_8);
  }

  private int number(String name, int min, int absent, int max) {
    String value = variables.get(name);
    if (value == null) {
      return absent;
    }
    int number = value.matches("[0-9]{1,5}") ? Integer.parseInt(value) : -1;
    if (number < min || number > max) {
      throw new InvalidValueException(name, "must be an integer from " + min + " to " + max, value);
    }
    return number;
  }
}
