package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The master is the server that the Sentinels name. They are asked as Redis' guidelines for
 * Sentinel clients say: one after the other, and the answer counts only if that server itself
 * agrees; in another order each time, so that one that is cut off from the others cannot mislead
 * for long. One of them tells when the master is replaced; because it does so only once, they are
 * asked now and then besides. Lives on the deployment's context.
 */
final class SentinelMaster implements Masters {

  private static final String SWITCHED = "+switch-master";
  private static final String MASTER = "master";

  /** How often they are asked, about. */
  private static final long POLL_MS = 10_000;

  /** For so long a Sentinel may not have heard yet that the master was replaced. */
  private static final long RUMOUR_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final RedisDeployment deployment;
  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final Questions questions;
  private final Followers followers = new Followers();

  /** The master as the last answer or message said; null before. */
  private volatile RedisUri master;

  /** The one before, since it was replaced. */
  private RedisUri former;

  private long replaced;

  private Future<RedisUri> asking;
  private HeldConnection news;
  private long poll = -1;
  private boolean closed;

  SentinelMaster(RedisDeployment deployment, Vertx vertx, RedisLinkOptions options) {
    this.deployment = deployment;
    this.vertx = vertx;
    this.options = options;
    this.questions = new Questions(vertx, options);
  }

  @Override
  public Topology topology(String name, Runnable changed) {
    return new SingleServer(
        vertx, options, name, () -> deployment.call(this::ask), () -> master, followers, changed);
  }

  @Override
  public String masterOf(String key) {
    return SingleServer.NAME;
  }

  @Override
  public Future<Void> close() {
    closed = true;
    vertx.cancelTimer(poll);
    Future<Void> end = news == null ? Future.succeededFuture() : news.close();
    return end.eventually(questions::close);
  }

  // Asking

  /** Those who ask at the same time get the same answer. */
  private Future<RedisUri> ask() {
    if (asking != null) {
      return asking;
    }
    Promise<RedisUri> answered = Promise.promise();
    asking = answered.future();
    List<String> sentinels = new ArrayList<>(options.nodes());
    Collections.shuffle(sentinels);
    ask(sentinels, new Problems())
        .onComplete(
            answer -> {
              asking = null;
              if (answer.succeeded()) {
                adopt(answer.result());
              }
              answered.handle(answer);
            });
    return answered.future();
  }

  private Future<RedisUri> ask(List<String> sentinels, Problems problems) {
    if (sentinels.isEmpty()) {
      return problems.future("no Sentinel knows the master");
    }
    String sentinel = sentinels.remove(0);
    return ask(sentinel)
        .recover(
            cause -> {
              problems.add(sentinel, cause);
              return ask(sentinels, problems);
            });
  }

  private Future<RedisUri> ask(String sentinel) {
    Request question =
        Request.cmd(Command.SENTINEL).arg("GET-MASTER-ADDR-BY-NAME").arg(options.master());
    return questions
        .ask(options.sentinelUri(sentinel), timeoutMs(), question)
        .compose(
            answers -> {
              Response named = answers.get(0);
              return named == null
                  ? Future.failedFuture("does not know " + options.master())
                  : agreed(uri(named.get(0).toString(), named.get(1).toString()));
            });
  }

  private RedisUri uri(String host, String port) {
    return options.uriOf(RedisUri.server(host, port));
  }

  /** A master that was replaced calls itself one until it is told, seconds later. */
  private Future<RedisUri> agreed(RedisUri uri) {
    if (uri.equals(former) && System.nanoTime() - replaced < RUMOUR_NANOS) {
      return Future.failedFuture("names the former master");
    }
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

  // Hearing of another one

  private void adopt(RedisUri named) {
    boolean first = master == null;
    boolean other = !named.equals(master);
    master = named;
    if (closed) {
      return;
    }
    if (first) {
      listen();
      pollLater();
    }
    if (other) {
      followers.tell();
    }
  }

  private void pollLater() {
    long pause = POLL_MS * 3 / 4 + ThreadLocalRandom.current().nextLong(POLL_MS / 2);
    poll =
        vertx.setTimer(
            pause,
            timer -> {
              pollLater();
              ask();
            });
  }

  private void listen() {
    news =
        new HeldConnection(
            vertx,
            options,
            "the Sentinels' news",
            () -> {
              List<String> all = options.nodes();
              String any = all.get(ThreadLocalRandom.current().nextInt(all.size()));
              return Future.succeededFuture(options.sentinelUri(any));
            },
            new News());
    openNews();
  }

  private void openNews() {
    news.open(false)
        .onFailure(
            cause -> {
              if (!closed) {
                vertx.setTimer(options.reconnectMaxMs(), timer -> openNews());
              }
            });
  }

  private final class News implements HeldConnection.Owner {

    private Promise<Void> subscribed;

    @Override
    public Future<Void> prepare(RedisConnection connection) {
      Promise<Void> expected = Promise.promise();
      subscribed = expected;
      connection.handler(response -> received(expected, response));
      connection.send(Request.cmd(Command.SUBSCRIBE).arg(SWITCHED));
      return expected.future();
    }

    private void received(Promise<Void> expected, Response response) {
      if (expected != subscribed) {
        return; // from a connection that was given up
      }
      if (response instanceof Throwable refusal) {
        expected.tryFail(refusal);
      } else if (response.get(0).toString().equals("message")) {
        switched(response.get(2).toString().split(" ", -1));
      } else {
        expected.tryComplete();
      }
    }

    /**
     * @param words the name, then host and port of the former master and of the new one
     */
    private void switched(String[] words) {
      if (words.length == 5 && words[0].equals(options.master())) {
        former = uri(words[1], words[2]);
        replaced = System.nanoTime();
        agreed(uri(words[3], words[4]))
            .onSuccess(SentinelMaster.this::adopt)
            .onFailure(cause -> ask());
      }
    }

    /** What was told before is made good for. */
    @Override
    public void up(RedisConnection connection) {
      ask();
    }

    @Override
    public void down(String reason) {
      // Until it is back, they are asked now and then.
    }

    /** A Sentinel that is away says nothing about Redis. */
    @Override
    public boolean tellsOutage() {
      return false;
    }
  }
}
