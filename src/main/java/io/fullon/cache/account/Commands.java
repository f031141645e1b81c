package io.fullon.cache.account;

import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Redis commands on keys of one account, which are run in one step. */
final class Commands {

  /** Where in an answer what the first command gave is. */
  static final int FIRST = 3;

  private static final Script STEP = Script.load("account-step");

  private final List<String> keys = new ArrayList<>();
  private final List<String> arguments = new ArrayList<>();

  /**
   * @param revision the key of the account's revision
   * @param expected what it must be; empty to read only
   */
  Commands(String revision, String expected) {
    keys.add(revision);
    arguments.add(expected);
  }

  /**
   * @return where in an answer what it gave is
   */
  int add(String command, String key, Collection<String> more) {
    keys.add(key);
    arguments.add(command);
    arguments.add(String.valueOf(more.size()));
    arguments.addAll(more);
    return FIRST + keys.size() - 2;
  }

  int add(String command, String key, String... more) {
    return add(command, key, List.of(more));
  }

  /** Sets texts, which stay for so long. */
  void set(Map<String, String> texts, long lifetimeMs) {
    keys.addAll(texts.keySet());
    arguments.add("TEXTS");
    arguments.add(String.valueOf(1 + texts.size()));
    arguments.add(String.valueOf(lifetimeMs));
    arguments.addAll(texts.values());
  }

  /** Publishes a message after the commands; the last to be added. */
  void publish(String channel, String message) {
    arguments.add(channel);
    arguments.add(message);
  }

  boolean isEmpty() {
    return keys.size() == 1;
  }

  Future<Response> read(RedisLink link) {
    return link.read(STEP, keys, arguments);
  }

  /** Whether nobody was faster. */
  Future<Boolean> change(RedisLink link) {
    return link.run(STEP, keys, arguments).map(done -> done.toInteger() == 1);
  }
}
