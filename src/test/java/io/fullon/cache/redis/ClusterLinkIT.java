package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Signals;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Masters of a Cluster that are silent from the start, and links that are closed meanwhile. */
class ClusterLinkIT {

  private static final String HERE = "here";

  private ClusterServers servers;
  private Vertx vertx;
  private Loop loop;
  private String there;

  /** Why connections are not there. */
  private final Queue<String> reasons = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void start() {
    servers = ClusterServers.start();
    servers.serveInPart();
    there =
        IntStream.range(0, 100)
            .mapToObj(i -> "there " + i)
            .filter(key -> servers.masterOf(key) != servers.masterOf(HERE))
            .findFirst()
            .orElseThrow();
    vertx = Vertx.vertx();
    loop = new Loop(vertx);
    get(
        vertx
            .eventBus()
            .<JsonObject>localConsumer(
                RedisLink.STATE, message -> reasons.add(message.body().getString("reason")))
            .completion());
  }

  @AfterEach
  void stop() {
    get(vertx.close());
    servers.close();
  }

  private RedisLinkOptions options(long connectMs, long commandMs) {
    return RedisLinkOptions.from(
        Fields.of(
            "redis",
            new JsonObject()
                .put("uri", "redis://127.0.0.1:" + servers.masterOf(HERE))
                .put("cluster", true)
                .put("connect_timeout_ms", connectMs)
                .put("command_timeout_ms", commandMs)));
  }

  private RedisLink open(RedisLinkOptions options) {
    return get(loop.call(() -> RedisLink.open(vertx, options, "test")));
  }

  private ClusterSlots slots(RedisLinkOptions options) {
    return (ClusterSlots) RedisDeployment.acquire(vertx, options).masters();
  }

  private Topology topology(ClusterSlots slots) {
    return get(loop.call(() -> Future.succeededFuture(slots.topology("test", () -> {}))));
  }

  private long failedAttempts() {
    return reasons.stream().filter(reason -> !reason.isEmpty()).count();
  }

  @Test
  void whatLivesOnAMasterThatWasSilentFromTheStartFailsAtOnce() {
    int silent = servers.masterOf(there);
    RedisLinkOptions options = options(300, 60_000);
    servers.kill(servers.replicaOf(there));
    Signals.freeze(servers.server(silent));
    try {
      RedisLink link = open(options);

      await("several attempts to connect")
          .until(
              () -> {
                assertThat(
                        get(
                            loop.call(
                                () ->
                                    Future.succeededFuture(
                                        link.write(Command.SET, there, "x").cause()))))
                    .matches(Failure.UNAVAILABLE::matches)
                    .hasMessageContaining("127.0.0.1:" + silent);
                return failedAttempts() >= 4;
              });
      assertThat(reasons).allMatch(r -> r.isEmpty() || r.equals("no connection within 300 ms"));
      assertThat(get(loop.call(() -> link.write(Command.SET, HERE, "x")))).hasToString("OK");
    } finally {
      Signals.unfreeze(servers.server(silent));
    }
  }

  @Test
  void whatMovesToASilentMasterFailsWithinItsDeadline() throws IOException {
    ClusterSlots slots = slots(options(20_000, 500));
    Topology topology = topology(slots);
    get(loop.call(topology::open));
    Call call = Call.of(Request.cmd(Command.GET).arg(there));
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + silent.getLocalPort();

      Future<Response> read =
          loop.call(
              () -> {
                slots.moved(HashSlot.of(there), address);
                return topology.read(there, call);
              });

      assertThat(failure(read))
          .matches(Failure.UNAVAILABLE::matches)
          .hasMessage(address + ": not connected yet");
    }
    await("it to be asked for where it is")
        .until(
            () ->
                get(
                    loop.call(() -> topology.read(there, call))
                        .transform(r -> Future.succeededFuture(r.succeeded()))));
    get(loop.call(topology::close));
  }

  // Closed meanwhile

  @Test
  void whatIsClosedBeforeTheMastersAreKnownConnectsToNone() {
    Topology topology = topology(slots(options(20_000, 20_000)));

    Future<Future<Void>> opened =
        loop.call(
            () -> {
              Future<Void> opening = topology.open();
              return topology.close().map(opening);
            });

    assertThat(failure(get(opened))).hasMessage("closed");
    assertThat(topology.members()).isEmpty();
  }

  @Test
  void whatWaitsForASlotThatMovesEndsWithTheLink() {
    String present = "{" + there + "}1";
    int from = servers.masterOf(there);
    get(servers.sendToKey(present, Command.SET, "x"));
    servers.beginMove(servers.slotOf(there), from, servers.masterOf(HERE));
    ClusterSlots slots = slots(options(20_000, 20_000));
    Topology topology = topology(slots);
    get(loop.call(topology::open));
    // One is there and the other is not: TRYAGAIN.
    Call call = Call.of(Request.cmd(Command.MGET).arg(present).arg("{" + there + "}2"));
    Future<Response> read = loop.call(() -> topology.read(there, call));
    String another = "127.0.0.1:" + servers.replicaOf(HERE);

    await("it to be between two attempts")
        .until(() -> get(loop.call(() -> closeBetweenAttempts(topology, slots, another))));

    assertThat(failure(read)).matches(Failure.UNAVAILABLE::matches);
    assertThat(topology.members()).hasSize(3).doesNotContainKey(another);
  }

  private Future<Boolean> closeBetweenAttempts(
      Topology topology, ClusterSlots slots, String nextOwner) {
    if (!topology.servers().stream().allMatch(ServerLink::isIdle)) {
      return Future.succeededFuture(false);
    }
    slots.moved(HashSlot.of(there), nextOwner);
    return topology.close().map(true);
  }
}
