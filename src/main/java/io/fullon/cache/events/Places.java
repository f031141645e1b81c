package io.fullon.cache.events;

import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.Set;

/** Finds places by their keys. */
public final class Places {

  private Places() {}

  /** Those of which there is a key that begins and ends so, with the place in between. */
  public static Future<Set<String>> of(RedisLink link, String begin, String end) {
    Set<String> places = new HashSet<>();
    String pattern = begin.replaceAll("[*?\\[\\]\\\\]", "\\\\$0") + "*" + end;
    return Scans.keys(
            link,
            pattern,
            key ->
                places.add(Names.ofKey(key.substring(begin.length(), key.length() - end.length()))))
        .map(places);
  }
}
