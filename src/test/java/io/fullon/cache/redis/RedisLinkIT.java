package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.RedisProxy;
import io.fullon.cache.testing.Signals;
import io.fullon.cache.testing.SilencingProxy;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisLinkIT {

  private static final long DEADLINE_MS = 500;
  private static final Script ECHO =
      new Script("return ARGV[1]", "098e0f0d1448c0a81dafe820f66d460eb09263da");

  private EmbeddedRedis redis;
  private Vertx vertx;
  private Loop loop;

  @BeforeEach
  void start() {
    redis = CacheNode.newRedis();
    vertx = Vertx.vertx();
    loop = new Loop(vertx);
  }

  @AfterEach
  void stop() {
    get(vertx.close());
    redis.close();
  }

  private RedisLinkOptions options(JsonObject more) {
    JsonObject options = Options.of("command_timeout_ms", DEADLINE_MS, "heartbeat_ms", 100);
    return Options.link(redis.uri(), options.mergeIn(more));
  }

  private RedisLink open(JsonObject more) {
    return get(loop.call(() -> RedisLink.open(vertx, options(more), "test")));
  }

  private RedisLink open() {
    return open(new JsonObject());
  }

  private Future<Response> send(RedisLink link, Command command, String... arguments) {
    Request request = Request.cmd(command);
    for (String argument : arguments) {
      request.arg(argument);
    }
    return loop.call(() -> link.ask(request));
  }

  private boolean answers(RedisLink link) {
    return get(send(link, Command.PING).transform(r -> Future.succeededFuture(r.succeeded())));
  }

  @Test
  void answersEachOfManyPipelinedCommandsWithItsOwnAnswer() {
    RedisLink link = open();
    List<Future<Response>> answers = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      answers.add(send(link, Command.ECHO, String.valueOf(i)));
    }
    for (int i = 0; i < answers.size(); i++) {
      assertThat(get(answers.get(i)).toString()).isEqualTo(String.valueOf(i));
    }
  }

  @Test
  void runsAScriptThatRedisHasForgotten() {
    RedisLink link = open();
    for (int i = 0; i < 3; i++) {
      get(send(link, Command.SCRIPT, "FLUSH"));
      String argument = "round " + i;
      assertThat(get(loop.call(() -> link.run(ECHO, List.of("key"), List.of(argument)))).toString())
          .isEqualTo(argument);
    }
  }

  @Test
  void namesTheServerWhenItCannotConnect() {
    RedisLinkOptions options =
        options(
            new JsonObject().put("uri", "redis://:secret@127.0.0.1:1").put("start_within_ms", 0));

    Throwable failure = failure(loop.call(() -> RedisLink.open(vertx, options, "test")));

    assertThat(failure).hasMessageContaining("redis://127.0.0.1:1");
    assertThat(failure.getMessage()).doesNotContain("secret");
  }

  @Test
  void refusesToOpenWithoutThePasswordThatTheServerWants() throws IOException {
    try (EmbeddedRedis guarded = EmbeddedRedis.start(0, null, Map.of("requirepass", "secret"))) {
      String address = "127.0.0.1:" + guarded.port();
      RedisLinkOptions without = options(new JsonObject().put("uri", "redis://" + address));
      RedisLinkOptions wrong = options(new JsonObject().put("uri", "redis://:bad@" + address));
      RedisLinkOptions right = options(new JsonObject().put("uri", guarded.uri()));

      assertThat(failure(loop.call(() -> RedisLink.open(vertx, without, "test"))))
          .hasMessageContaining("NOAUTH");
      assertThat(failure(loop.call(() -> RedisLink.open(vertx, wrong, "test"))))
          .hasMessageContaining("WRONGPASS");
      assertThat(get(loop.call(() -> RedisLink.open(vertx, right, "test"))).isUp()).isTrue();
    }
  }

  @Test
  void failsWhatIsUnderWayAfterTheDeadlineAndTheRestAtOnce() {
    RedisLink link = open();
    Signals.freeze(redis);
    try {
      List<Future<Response>> underWay = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        underWay.add(send(link, Command.INCR, "counter"));
      }
      for (Future<Response> each : underWay) {
        assertThat(failure(each)).matches(Failure.TIMEOUT::matches, "TIMEOUT");
      }
      assertThat(failure(send(link, Command.INCR, "counter")))
          .matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE");
    } finally {
      Signals.unfreeze(redis);
    }
    await("the link to come back").until(() -> answers(link));
  }

  @Test
  void doesNotTakeABusyEventLoopForASilentServer() {
    RedisLink link = open();

    Future<Response> answer =
        loop.call(
            () ->
                link.ask(Request.cmd(Command.PING))
                    .compose(
                        pong -> {
                          Future<Response> next = link.ask(Request.cmd(Command.PING));
                          long end = System.nanoTime() + 2 * DEADLINE_MS * 1_000_000;
                          while (System.nanoTime() < end) {
                            Thread.onSpinWait();
                          }
                          return next;
                        }));

    assertThat(get(answer)).hasToString("PONG");
  }

  @Test
  void noticesASilentServerWithoutAnyCaller() {
    RedisLink link = open();
    Signals.freeze(redis);
    try {
      await("the link to notice").until(() -> !link.isUp());
    } finally {
      Signals.unfreeze(redis);
    }
    await("the link to come back").until(link::isUp);
  }

  @Test
  void comesBackAfterTheServerWasRestarted(@TempDir Path folder) throws IOException {
    int port;
    RedisLink link;
    try (EmbeddedRedis first = EmbeddedRedis.start(0, folder, Map.of())) {
      port = first.port();
      link = open(new JsonObject().put("uri", first.uri()));
    }
    await("the link to notice").until(() -> !link.isUp());
    try (EmbeddedRedis second = EmbeddedRedis.start(port, folder, Map.of())) {
      assertThat(second.port()).isEqualTo(port);
      await("the link to come back").until(() -> answers(link));
    }
  }

  @Test
  void comesBackAfterItsConnectionWasKilled() {
    RedisLink link = open();
    for (int i = 0; i < 5; i++) {
      send(link, Command.CLIENT, "KILL", "TYPE", "normal", "SKIPME", "no");
      await("the link to come back").until(() -> answers(link));
    }
  }

  @Test
  void refusesMoreThanMayBeInFlight() {
    RedisLink link = open(new JsonObject().put("max_in_flight", 10));
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    Future<?> all =
        loop.call(
            () -> {
              List<Future<Response>> sent = new ArrayList<>();
              for (int i = 0; i < 15; i++) {
                sent.add(link.ask(Request.cmd(Command.INCR).arg("n")).onFailure(failures::add));
              }
              return Future.join(sent).otherwiseEmpty();
            });
    get(all);

    assertThat(failures).hasSize(5).allMatch(Failure.UNAVAILABLE::matches);
    assertThat(get(send(link, Command.GET, "n")).toInteger()).isEqualTo(10);
  }

  @Test
  void tellsARefusalThatChangedNothingFromAFault() {
    RedisLink link = open();
    get(send(link, Command.SET, "text", "x"));
    get(send(link, Command.CONFIG, "SET", "maxmemory", "1"));
    Script write = Script.load("tick-update");

    assertThat(failure(send(link, Command.SET, "a", "b")))
        .matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE")
        .hasMessageContaining("OOM");
    assertThat(
            failure(
                loop.call(
                    () ->
                        link.run(
                            write,
                            List.of("tickers:a", "n:{tickers:a}"),
                            List.of("c:", "60000000", "S", "1", "{\"price\":1")))))
        .matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE")
        .hasMessageContaining("OOM");
    assertThat(failure(send(link, Command.HGET, "text", "field")))
        .matches(Failure.INTERNAL::matches, "INTERNAL")
        .hasMessageContaining("WRONGTYPE");
  }

  @Test
  void leavesNoConnectionBehind() {
    RedisLink link = open();
    RedisLink observer = open();
    get(loop.call(link::close));

    await("one connection, the observer's")
        .until(() -> get(send(observer, Command.CLIENT, "LIST")).toString().lines().count() == 1);
    assertThat(failure(send(link, Command.PING)))
        .matches(Failure.UNAVAILABLE::matches, "UNAVAILABLE");
  }

  // What is told on the bus

  /** The last reason that came with each state of the breaker. */
  private final Map<String, String> reasons = new ConcurrentHashMap<>();

  private List<String> told() {
    List<String> told = new CopyOnWriteArrayList<>();
    get(
        vertx
            .eventBus()
            .<JsonObject>localConsumer(
                RedisLink.STATE,
                message -> {
                  JsonObject state = message.body();
                  assertThat(state.getString("link")).isEqualTo("test");
                  assertThat(state.getString("server")).isEqualTo(redis.uri());
                  reasons.put(state.getString("breaker"), state.getString("reason"));
                  told.add(state.getString("state") + " " + state.getString("breaker"));
                })
            .completion());
    return told;
  }

  @Test
  void tellsItsStates(@TempDir Path data) throws IOException {
    List<String> told = told();
    redis.close();
    redis = EmbeddedRedis.start(redis.port(), data, Map.of());
    RedisLink link = open();
    await("up").until(() -> told.equals(List.of("connecting closed", "up closed")));

    redis.close();
    await("down").until(() -> told.size() == 3);
    redis = EmbeddedRedis.start(redis.port(), data, Map.of());
    await("up again").until(() -> told.size() == 4);
    get(loop.call(link::close));

    await("closed")
        .until(
            () ->
                told.equals(
                    List.of(
                        "connecting closed",
                        "up closed",
                        "down closed",
                        "up closed",
                        "closed closed")));
  }

  @Test
  void opensTheBreakerWhenAnswersAreMissingAndClosesItWhenASilentRedisIsBack() {
    List<String> told = told();
    RedisLink link =
        open(
            new JsonObject()
                .put("breaker_failures", 3)
                .put("breaker_open_ms", 60_000)
                .put("connect_timeout_ms", 100));
    try (LogLines log = LogLines.of(HeldConnection.class.getName(), Level.DEBUG)) {
      Signals.freeze(redis);
      List<Future<Response>> lost = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        lost.add(send(link, Command.INCR, "n"));
      }

      lost.forEach(answer -> assertThat(failure(answer)).matches(Failure.TIMEOUT::matches));
      assertThat(failure(send(link, Command.INCR, "n"))).matches(Failure.UNAVAILABLE::matches);
      await("open").until(() -> told.contains("down open"));
      assertThat(reasons).containsEntry("open", "no answer within " + DEADLINE_MS + " ms");
      await("an attempt to connect to fail")
          .until(() -> log.lines().stream().anyMatch(line -> line.contains("attempt 2 follows")));
    } finally {
      Signals.unfreeze(redis);
    }

    // Long before the time after which it would let one through.
    await("answers").until(() -> answers(link));
    await("closed").until(() -> told.get(told.size() - 1).equals("up closed"));
  }

  @Test
  void aServerThatWasGoneIsUsedAsSoonAsItIsBack(@TempDir Path data) throws IOException {
    List<String> told = told();
    RedisLink link =
        open(new JsonObject().put("breaker_failures", 1).put("breaker_open_ms", 60_000));
    Signals.freeze(redis);
    Future<Response> lost =
        get(loop.call(() -> Future.succeededFuture(link.ask(Request.cmd(Command.INCR).arg("n")))));
    redis.close();
    assertThat(failure(lost)).matches(Failure.TIMEOUT::matches);
    redis = EmbeddedRedis.start(redis.port(), data, Map.of());

    await("answers").until(() -> answers(link));
    await("closed").until(() -> told.get(told.size() - 1).equals("up closed"));
    assertThat(told).contains("down open", "up half_open");
  }

  /** The link's own PING does not tell whether Redis does what it is asked to. */
  @Test
  void theBreakerRefusesWhenRedisAnswersNothingButPing() {
    try (SilencingProxy proxy = new SilencingProxy(redis.port(), 0)) {
      RedisLink link =
          open(
              new JsonObject()
                  .put("uri", proxy.uri())
                  .put("breaker_failures", 3)
                  .put("breaker_open_ms", 60_000));
      proxy.answerOnlyPing();
      List<Future<Response>> lost = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        lost.add(send(link, Command.INCR, "n"));
      }
      lost.forEach(answer -> assertThat(failure(answer)).matches(Failure.TIMEOUT::matches));
      await("connected again").until(link::isUp);

      for (int i = 0; i < 10; i++) {
        assertThat(failure(send(link, Command.INCR, "n")))
            .matches(Failure.UNAVAILABLE::matches)
            .hasMessageContaining("circuit breaker");
      }
      assertThat(get(send(open(), Command.GET, "n"))).isNull();
    }
  }

  @Test
  void oneCommandProbesAfterAWhileAndClosesTheBreakerOrOpensItAgain() {
    Map<String, Integer> seen = new ConcurrentHashMap<>();
    get(
        vertx
            .eventBus()
            .<JsonObject>localConsumer(
                RedisLink.STATE,
                message -> seen.merge(message.body().getString("breaker"), 1, Integer::sum))
            .completion());
    try (SilencingProxy proxy = new SilencingProxy(redis.port(), 0)) {
      RedisLink link =
          open(
              new JsonObject()
                  .put("uri", proxy.uri())
                  .put("breaker_failures", 1)
                  .put("breaker_open_ms", 300));
      proxy.answerOnlyPing();
      assertThat(failure(send(link, Command.INCR, "n"))).matches(Failure.TIMEOUT::matches);

      await("a probe").until(() -> Failure.TIMEOUT.matches(failure(send(link, Command.INCR, "n"))));
      assertThat(failure(send(link, Command.INCR, "n"))).matches(Failure.UNAVAILABLE::matches);
      await("told").until(() -> seen.containsKey("half_open"));
      int closed = seen.get("closed");
      proxy.answerAll();

      await("answers").until(() -> answers(link));
      await("closed").until(() -> seen.get("closed") > closed);
    }
  }

  @Test
  void refusalsDoNotOpenTheBreaker() {
    List<String> told = told();
    RedisLink link = open(new JsonObject().put("breaker_failures", 1));

    get(send(link, Command.SET, "text", "x"));
    for (int i = 0; i < 3; i++) {
      assertThat(failure(send(link, Command.HGET, "text", "field")))
          .matches(Failure.INTERNAL::matches);
    }

    assertThat(answers(link)).isTrue();
    assertThat(told).doesNotContain("up open");
  }

  @Test
  void bytesThatAreNoAnswerLeaveTheOutcomeUnknown() {
    for (String garbage :
        List.of("?what\r\n", "*-7\r\n", "$-7\r\n", "$999999999999\r\n", "#x\r\n", ">0\r\n")) {
      try (SilencingProxy proxy = new SilencingProxy(redis.port(), 0)) {
        RedisLink link = open(new JsonObject().put("uri", proxy.uri()).put("heartbeat_ms", 60_000));
        get(send(link, Command.PING)); // behind all that a new connection asks
        proxy.answerWith(garbage);
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        get(
            loop.call(
                () -> {
                  List<Future<Response>> sent = new ArrayList<>();
                  for (int i = 0; i < 3; i++) {
                    sent.add(link.ask(Request.cmd(Command.INCR).arg("n")).onFailure(failures::add));
                  }
                  return Future.join(sent).otherwiseEmpty();
                }));
        assertThat(failures).as(garbage).hasSize(3).allMatch(Failure.TIMEOUT::matches);
        get(loop.call(link::close));
      }
    }
  }

  // A server that was a replica

  /** Makes it a replica and has the link find out by a write. */
  private void demote(RedisLink link) {
    get(send(link, Command.REPLICAOF, "127.0.0.1", "1"));
    assertThat(failure(loop.call(() -> link.write(Command.SET, "a", "b"))))
        .matches(Failure.UNAVAILABLE::matches)
        .hasMessageContaining("READONLY");
  }

  private void promote() {
    Redis admin = Redis.createClient(vertx, redis.uri());
    get(admin.send(Request.cmd(Command.REPLICAOF).arg("NO").arg("ONE")).eventually(admin::close));
  }

  private boolean writes(RedisLink link) {
    return get(
        loop.call(() -> link.write(Command.SET, "a", "b"))
            .transform(r -> Future.succeededFuture(r.succeeded())));
  }

  @Test
  void comesBackFromAReplicaWhenItMayNotAskForTheRole() {
    RedisLink link = open();
    get(send(link, Command.ACL, "SETUSER", "default", "-role"));
    demote(link);

    promote();

    await("writes").until(() -> writes(link));
    assertThat(link.isUp()).isTrue();
  }

  @Test
  void comesBackFromAReplicaWhenNobodyTellsTheRole() {
    try (RedisProxy proxy = new RedisProxy(redis.port())) {
      RedisLink link = open(new JsonObject().put("uri", proxy.uri()).put("heartbeat_ms", 60_000));
      proxy.holdAnswers(command -> command.get(0).equalsIgnoreCase("role"));
      demote(link);

      promote();

      await("the link to come back").until(link::isUp);
    }
  }

  // The order

  private static final Script PUSH =
      new Script(
          "return redis.call('RPUSH', KEYS[1], ARGV[1])",
          "b9705020f551c492b7692cdba607bbdb64837972");

  @Test
  void whatComesBehindAScriptThatRedisHasForgottenStaysBehindIt() {
    try (SilencingProxy proxy = new SilencingProxy(redis.port(), 1)) {
      RedisLink link = open(new JsonObject().put("uri", proxy.uri()));
      RedisLink other = open();
      List<Future<?>> pushed = new ArrayList<>();
      Promise<Void> all = Promise.promise();
      loop.call(() -> push(link, 0, pushed, all));
      while (!all.future().isComplete()) {
        get(send(other, Command.SCRIPT, "FLUSH"));
      }
      get(all.future());
      get(Future.all(pushed));

      List<String> list = new ArrayList<>();
      get(send(other, Command.LRANGE, "list", "0", "-1")).forEach(n -> list.add(n.toString()));
      assertThat(list).isEqualTo(IntStream.range(0, PUSHES).mapToObj(String::valueOf).toList());
    }
  }

  private static final int PUSHES = 4_000;

  /** Ten in each millisecond, without waiting for answers. */
  private Future<Void> push(RedisLink link, int number, List<Future<?>> pushed, Promise<Void> all) {
    for (int i = number; i < number + 10; i++) {
      pushed.add(link.run(PUSH, List.of("list"), List.of(String.valueOf(i))));
    }
    if (number + 10 == PUSHES) {
      all.complete();
    } else {
      vertx.setTimer(1, timer -> push(link, number + 10, pushed, all));
    }
    return all.future();
  }

  @Test
  void redisKnowsAllScriptsAsSoonAsTheLinkIsUp() {
    RedisLink link = open();
    for (Script script : Script.all()) {
      assertThat(get(send(link, Command.SCRIPT, "EXISTS", script.sha())).get(0).toInteger())
          .isOne();
    }
  }

  @Test
  void allScriptsOnTheClassPathAreKnown() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/io/fullon/cache/lua"))) {
      // What others begin with is none by itself.
      assertThat(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> !name.equals("fence.lua")))
          .hasSize(Script.all().size())
          .allSatisfy(name -> assertThat(Script.load(name.replace(".lua", ""))).isNotNull());
    }
  }
}
