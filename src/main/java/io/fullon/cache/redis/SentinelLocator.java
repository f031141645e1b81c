package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Asks the Sentinels who the master is, as Redis' guidelines for Sentinel clients say: one after
 * the other, and the answer counts only if that server itself agrees. They are asked in another
 * order each time, so that one that is cut off from the others cannot mislead for long.
 */
final class SentinelLocator implements Locator {

  private static final String MASTER = "master";

  private final RedisLinkOptions options;
  private final Questions questions;

  SentinelLocator(RedisLinkOptions options, Questions questions) {
    this.options = options;
    this.questions = questions;
  }

  @Override
  public Future<RedisUri> locate() {
    List<String> sentinels = new ArrayList<>(options.nodes());
    Collections.shuffle(sentinels);
    return locate(sentinels, new Problems());
  }

  private Future<RedisUri> locate(List<String> sentinels, Problems problems) {
    if (sentinels.isEmpty()) {
      return problems.future("no Sentinel knows the master");
    }
    String sentinel = sentinels.remove(0);
    return ask(sentinel)
        .recover(
            cause -> {
              problems.add(sentinel, cause);
              return locate(sentinels, problems);
            });
  }

  private Future<RedisUri> ask(String sentinel) {
    Request question =
        Request.cmd(Command.SENTINEL).arg("GET-MASTER-ADDR-BY-NAME").arg(options.master());
    return questions
        .ask(options.sentinelUri(sentinel), timeoutMs(), question)
        .compose(
            answers -> {
              Response master = answers.get(0);
              return master == null
                  ? Future.failedFuture("does not know " + options.master())
                  : agreed(
                      options.uriOf(
                          RedisUri.server(master.get(0).toString(), master.get(1).toString())));
            });
  }

  private Future<RedisUri> agreed(RedisUri uri) {
    return questions
        .ask(uri, timeoutMs(), Request.cmd(Command.ROLE))
        .compose(
            answers ->
                answers.get(0).get(0).toString().equals(MASTER)
                    ? Future.succeededFuture(uri)
                    : Future.failedFuture("names a server that is no master"));
  }

  /** So short that several may be asked within the time to connect. */
  private long timeoutMs() {
    return Math.max(1, options.connectTimeoutMs() / 4);
  }
}
