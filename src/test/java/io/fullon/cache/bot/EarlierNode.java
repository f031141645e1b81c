package io.fullon.cache.bot;

import static io.fullon.cache.testing.CacheNode.get;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;

/** A node of the version whose blocks were in one place for all exchanges. */
final class EarlierNode {

  static final List<String> KEYS =
      List.of("fullon:{bot}:blocks", "fullon:{bot}:marks", "fullon:{bot}:token");

  private static final String SCRIPT = read();

  private final Function<Request, Future<Response>> redis;

  /**
   * @param redis sends a command to the server that has its keys
   */
  EarlierNode(Function<Request, Future<Response>> redis) {
    this.redis = redis;
  }

  private static String read() {
    try (InputStream script = EarlierNode.class.getResourceAsStream("/bot/earlier-bot-block.lua")) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Future<Response> run(
      String operation, String exchange, String symbol, String bot, Object... more) {
    Request eval = Request.cmd(Command.EVAL).arg(SCRIPT).arg(KEYS.size());
    KEYS.forEach(eval::arg);
    eval.arg(operation).arg(exchange + ":" + symbol).arg(bot);
    for (Object argument : more) {
      eval.arg(argument.toString());
    }
    return redis.apply(eval);
  }

  boolean block(String exchange, String symbol, String bot) {
    return get(run("block", exchange, symbol, bot)).toInteger() == 1;
  }

  /** Gives the token. */
  long acquire(String exchange, String symbol, String bot, long ttlMs) {
    return get(run("acquire", exchange, symbol, bot, ttlMs)).get(0).toLong();
  }

  boolean mark(String exchange, String symbol, String bot) {
    return get(run("mark", exchange, symbol, bot, "")).toInteger() == 1;
  }
}
