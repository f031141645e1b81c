package io.fullon.cache.app;

import io.fullon.cache.CacheOptions;
import io.fullon.cache.Configuration;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Variable;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A configuration with the defaults of all keys that it does not have, as people may see it: what
 * is secret is hidden. Without that, it is a file that means the same.
 */
final class ConfigurationInForce {

  /** A copy of {@code config/application.json}, which has every key with its default. */
  private static final String DEFAULTS = "application.json";

  private static final String HIDDEN = "***";

  private static final Pattern SECRET = Pattern.compile("secret|password");

  private final JsonObject config;

  private ConfigurationInForce(JsonObject config) {
    this.config = config;
  }

  /**
   * @param config one that {@link CacheOptions#from} takes
   */
  static JsonObject of(JsonObject config) {
    return of(defaults(), config);
  }

  /**
   * @param defaults all keys with their defaults
   */
  static JsonObject of(JsonObject defaults, JsonObject config) {
    JsonObject all = new ConfigurationInForce(config).over(defaults, config, "");
    if (!Configuration.namesRedis(config)) {
      all.getJsonObject("redis").putNull("uri"); // one of its own
    }
    return all;
  }

  private static JsonObject defaults() {
    try (InputStream file = ConfigurationInForce.class.getResourceAsStream(DEFAULTS)) {
      if (file == null) {
        throw new IllegalStateException(DEFAULTS + " is in the application's jar only");
      }
      return new JsonObject(new String(file.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + DEFAULTS + " failed", e);
    }
  }

  /** The defaults of one level with what is given there in their place. */
  private JsonObject over(JsonObject defaults, JsonObject given, String section) {
    JsonObject all = defaults.copy();
    for (Map.Entry<String, Object> entry : given) {
      String key = entry.getKey();
      Object absent = defaults.getValue(key);
      if (entry.getValue() instanceof JsonObject below) {
        all.put(key, over(absent instanceof JsonObject keys ? keys : new JsonObject(), below, key));
      } else if (entry.getValue() instanceof Variable variable) {
        all.put(key, shown(key, read(section, key, variable, absent)));
      } else if (entry.getValue() != null) {
        all.put(key, shown(key, entry.getValue()));
      }
    }
    return all;
  }

  private Object read(String section, String key, Variable variable, Object absent) {
    if (absent instanceof JsonArray) {
      return new JsonArray(Stream.of(variable.text().split(",")).map(String::strip).toList());
    }
    if (absent instanceof JsonObject) {
      return new JsonObject(variable.text());
    }
    // No text is taken for a number or a truth value, and neither of them for a text.
    JsonObject trial = config.copy();
    trial.getJsonObject(section).put(key, variable.text());
    try {
      CacheOptions.from(trial);
      return variable.text();
    } catch (InvalidValueException e) {
      return variable.value();
    }
  }

  private static Object shown(String key, Object value) {
    if (!(value instanceof String text)) {
      return value;
    }
    return SECRET.matcher(key).find() ? HIDDEN : InvalidValueException.withoutPassword(text);
  }
}
