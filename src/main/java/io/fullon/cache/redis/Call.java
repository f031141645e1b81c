package io.fullon.cache.redis;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.List;

/** What is sent to Redis: a command, or a script. */
final class Call {

  private final Request request;
  private final Script script;
  private final List<String> keys;
  private final List<String> arguments;

  private Call(Request request, Script script, List<String> keys, List<String> arguments) {
    this.request = request;
    this.script = script;
    this.keys = keys;
    this.arguments = arguments;
  }

  static Call of(Request request) {
    return new Call(request, null, null, null);
  }

  /** Runs the script, by its digest. */
  static Call of(Script script, List<String> keys, List<String> arguments) {
    return new Call(eval(Command.EVALSHA, script.sha(), keys, arguments), script, keys, arguments);
  }

  Request request() {
    return request;
  }

  /**
   * Whether it was not done because Redis does not have the script (any more), so that {@link
   * #withText} does it for the first time.
   */
  boolean isWithoutScript(Throwable cause) {
    return script != null && RedisFailures.isNoScript(cause);
  }

  /** The same with the script's text, which Redis has from then on. */
  Call withText() {
    return of(eval(Command.EVAL, script.text(), keys, arguments));
  }

  private static Request eval(
      Command command, String script, List<String> keys, List<String> arguments) {
    Request request = Request.cmd(command).arg(script).arg(keys.size());
    keys.forEach(request::arg);
    arguments.forEach(request::arg);
    return request;
  }
}
