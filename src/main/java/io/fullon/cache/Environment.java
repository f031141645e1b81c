package io.fullon.cache;

import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.redis.RedisUri;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Variable;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Configuration from environment variables: {@code FULLON_CACHE_SECTION_KEY} for every key of the
 * tree, such as {@code FULLON_CACHE_WEB_PORT}; {@code REDIS_URL} for {@code redis.uri}; {@code
 * REDIS_HOST}, {@code REDIS_PORT}, {@code REDIS_DB}, {@code REDIS_PASSWORD} for its parts.
 *
 * <p>The environment belongs to others too: a variable that names no key is told once, and what
 * Kubernetes sets for a Service that happens to have such a name is not looked at.
 */
final class Environment {

  private static final Logger LOG = LoggerFactory.getLogger(Environment.class);

  private static final String PREFIX = "FULLON_CACHE_";
  private static final String URL = "REDIS_URL";
  private static final String HOST = "REDIS_HOST";
  private static final String PORT = "REDIS_PORT";
  private static final String DB = "REDIS_DB";
  private static final String PASSWORD = "REDIS_PASSWORD";
  private static final List<String> PARTS = List.of(HOST, PORT, DB, PASSWORD);

  /** Of these "nothing" is no way to say that nothing is wanted: then nothing would be checked. */
  private static final Set<String> NEVER_BLANK =
      Set.of(PREFIX + "WEB_JWT_SECRET", PREFIX + "WEB_JWT_KEYS");

  /** What the process has been told of already. */
  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

  private final Map<String, String> variables;

  /**
   * @param variables usually {@link System#getenv()}
   */
  Environment(Map<String, String> variables) {
    this.variables = new TreeMap<>(variables);
    this.variables
        .entrySet()
        .removeIf(
            variable -> // one set to nothing is as good as not set
            variable.getValue().isBlank() && !NEVER_BLANK.contains(variable.getKey()));
    forgetServiceLinks();
  }

  /**
   * Kubernetes gives every container, for each Service, NAME_PORT with an address in it and some
   * more variables that begin with the Service's name ("Discovering services" in its manual).
   */
  private void forgetServiceLinks() {
    List<String> links =
        variables.entrySet().stream()
            .filter(variable -> variable.getKey().endsWith("_PORT"))
            .filter(variable -> variable.getValue().matches("(tcp|udp|sctp)://.*"))
            .map(Map.Entry::getKey)
            .toList();
    for (String link : links) {
      String service = link.substring(0, link.length() - "PORT".length());
      variables
          .keySet()
          .removeIf(
              name ->
                  name.equals(link)
                      || name.startsWith(link + "_")
                      || name.startsWith(service + "SERVICE_"));
    }
  }

  /**
   * The configuration with what the environment says in the place of what was there.
   *
   * @param later what comes after it: a Redis that this names is not looked for here
   * @throws InvalidValueException naming the variable that does not fit; others are found when
   *     their key is read, unless something replaces them before
   */
  JsonObject over(JsonObject earlier, JsonObject later) {
    JsonObject layer = keys();
    if (Configuration.replacesRedis(later)) {
      Configuration.forgetRedis(layer, later);
    } else if (Configuration.has(layer, "redis", "uri")) {
      // As a whole it wins over its parts.
    } else if (variables.containsKey(URL)) {
      put(layer, "redis", "uri", new Variable(URL, variables.get(URL)));
    } else if (variables.containsKey(HOST)) {
      put(layer, "redis", "uri", parts(section(new JsonObject())));
    } else if (PARTS.stream().anyMatch(variables::containsKey)) {
      JsonObject base = Configuration.merge(earlier, layer);
      put(base, "redis", "uri", parts(section(base)));
      return base;
    }
    return Configuration.merge(earlier, layer);
  }

  /** What is said of keys, the others being told. */
  private JsonObject keys() {
    JsonObject layer = new JsonObject();
    Set<String> known = CacheOptions.keys();
    Set<String> unknown = new TreeSet<>();
    variables.forEach(
        (name, value) -> {
          if (name.startsWith(PREFIX)) {
            String key = name.substring(PREFIX.length()).toLowerCase(Locale.ROOT);
            int end = key.indexOf('_');
            if (end > 0 && known.contains(key.replaceFirst("_", "."))) {
              put(layer, key.substring(0, end), key.substring(end + 1), new Variable(name, value));
            } else if (TOLD.add(name)) {
              unknown.add(name);
            }
          }
        });
    if (!unknown.isEmpty()) {
      LOG.warn("Environment variables that name no key of the configuration: {}", unknown);
    }
    return layer;
  }

  private static void put(JsonObject config, String section, String key, Object value) {
    if (!config.containsKey(section)) {
      config.put(section, new JsonObject());
    }
    config.getJsonObject(section).put(key, value);
  }

  private static Fields section(JsonObject config) {
    return Fields.of("", config).section("redis");
  }

  /** The address with its parts replaced; what is wrong with it later is said of them all. */
  private Variable parts(Fields redis) {
    RedisUri uri = RedisLinkOptions.uri(redis);
    if (variables.containsKey(HOST)) {
      uri = uri.withHost(host());
    }
    if (variables.containsKey(PORT)) {
      uri = uri.withPort(number(PORT, 1, 65_535));
    }
    if (variables.containsKey(DB)) {
      uri = uri.withDatabase(number(DB, 0, 99_999));
    }
    if (variables.containsKey(PASSWORD)) {
      uri = uri.withPassword(variables.get(PASSWORD));
    }
    String names = PARTS.stream().filter(variables::containsKey).collect(Collectors.joining(", "));
    return new Variable(names, uri.text());
  }

  private String host() {
    String host = variables.get(HOST).replaceAll("^\\[|]$", "");
    if (!RedisUri.isHost(host)) {
      // Not shown: it may be user:password@host.
      throw new InvalidValueException(HOST, "must be a host's name or address");
    }
    return host;
  }

  private int number(String name, int min, int max) {
    String value = variables.get(name);
    int number = value.matches("[0-9]{1,5}") ? Integer.parseInt(value) : -1;
    if (number < min || number > max) {
      throw new InvalidValueException(name, "must be an integer from " + min + " to " + max, value);
    }
    return number;
  }
}
