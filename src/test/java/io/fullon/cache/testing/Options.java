package io.fullon.cache.testing;

import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.value.Fields;
import io.vertx.core.json.JsonObject;

/** Configuration for tests, written as keys and values in turn. */
public final class Options {

  /** Patient, because a machine that runs several tests at once may be slow. */
  private static final long CONNECT_TIMEOUT_MS = 20_000;

  private Options() {}

  public static JsonObject of(Object... options) {
    JsonObject all = new JsonObject();
    for (int i = 0; i < options.length; i += 2) {
      all.put((String) options[i], options[i + 1]);
    }
    return all;
  }

  /** A whole configuration with these options in that section. */
  public static JsonObject section(String name, Object... options) {
    return new JsonObject().put(name, of(options));
  }

  /** Of a link to the server with that URI. */
  public static RedisLinkOptions link(String uri, Object... options) {
    return link(uri, of(options));
  }

  /** The same for options that are JSON already. */
  public static RedisLinkOptions link(String uri, JsonObject options) {
    JsonObject section = of("uri", uri, "connect_timeout_ms", CONNECT_TIMEOUT_MS);
    return RedisLinkOptions.from(Fields.of("redis", section.mergeIn(options)));
  }
}
