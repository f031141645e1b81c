package io.fullon.cache;

import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Variable;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * Puts the configuration together from its sources, and is the one place that decides whose Redis
 * it is.
 *
 * <p>Which Redis is named as a whole: a source that gives {@code redis.uri} or {@code redis.nodes}
 * replaces whatever earlier ones say of {@code uri}, {@code nodes}, {@code master} and {@code
 * cluster}, so that no two deployments get mixed.
 */
public final class Configuration {

  private static final String REDIS = "redis";

  /** Its keys are sections too. */
  private static final String SOURCES = "sources";

  /** What says together which Redis it is. */
  private static final List<String> NAMES = List.of("uri", "nodes", "master", "cluster");

  private Configuration() {}

  /**
   * @param file the first source; null for none
   * @param environment variables, which prevail over the file
   * @param last what prevails over both: the deployment's configuration, or the command line
   * @return the tree that {@link CacheOptions#from} checks; may hold {@link Variable}s
   * @throws InvalidValueException naming a variable that does not fit and is not replaced by what
   *     comes last
   */
  public static JsonObject of(JsonObject file, Map<String, String> environment, JsonObject last) {
    return merge(new Environment(environment).over(file, last), last);
  }

  /** Whether it says where Redis is, in whatever way. */
  public static boolean namesRedis(JsonObject config) {
    return NAMES.stream().anyMatch(key -> has(config, REDIS, key));
  }

  static boolean replacesRedis(JsonObject config) {
    return has(config, REDIS, "uri") || has(config, REDIS, "nodes");
  }

  /** Whether the key is there; a flag that is false is as good as not. */
  static boolean has(JsonObject config, String section, String key) {
    if (!(config.getValue(section) instanceof JsonObject keys)) {
      return false;
    }
    Object value = keys.getValue(key);
    return value instanceof Variable variable
        ? !variable.text().equals("false")
        : value != null && !Boolean.FALSE.equals(value);
  }

  /**
   * @param later what names another one
   */
  static void forgetRedis(JsonObject config, JsonObject later) {
    if (config.getValue(REDIS) instanceof JsonObject keys) {
      NAMES.forEach(keys::remove);
      if (!has(later, REDIS, "master")) {
        keys.remove("sentinel_password"); // of no use without Sentinels
      }
    }
  }

  /** A copy of the first with what the second has; what is null there is not there. */
  static JsonObject merge(JsonObject earlier, JsonObject later) {
    JsonObject merged = earlier.copy();
    if (replacesRedis(later)) {
      forgetRedis(merged, later);
    }
    mergeInto(merged, later, true);
    return merged;
  }

  /**
   * @param areSections whether objects belong here: what is none is to be told and not replaced
   */
  private static void mergeInto(JsonObject merged, JsonObject later, boolean areSections) {
    for (Map.Entry<String, Object> entry : later) {
      String key = entry.getKey();
      Object present = merged.getValue(key);
      if (!(entry.getValue() instanceof JsonObject section)) {
        merged.put(key, entry.getValue() == null ? present : entry.getValue());
      } else if (present instanceof JsonObject under) {
        mergeInto(under, section, areSections && key.equals(SOURCES));
      } else if (present == null || !areSections) {
        merged.put(key, section.copy());
      }
    }
  }
}
