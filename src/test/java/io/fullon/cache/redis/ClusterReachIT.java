package io.fullon.cache.redis;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.testing.ClusterServers;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.Options;
import io.fullon.cache.testing.Signals;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** For which keys messages arrive while a part of a Cluster is away. */
class ClusterReachIT {

  private static final String HERE = "here";

  private ClusterServers servers;
  private Vertx vertx;
  private Loop loop;
  private RedisLink link;
  private Subscription subscription;
  private String there;
  private final Queue<String> heard = new ConcurrentLinkedQueue<>();

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
    RedisLinkOptions options =
        Options.link(
            "redis://" + servers.nodes().get(0),
            new JsonObject()
                .put("cluster", true)
                .put("connect_timeout_ms", 5_000)
                .put("command_timeout_ms", 1_000)
                .put("heartbeat_ms", 100));
    link = get(loop.call(() -> RedisLink.open(vertx, options, "test")));
    subscription =
        get(loop.call(() -> Subscription.open(vertx, link, List.of("news"), new Listener())));
  }

  @AfterEach
  void stop() {
    get(vertx.close());
    servers.close();
  }

  private final class Listener implements Subscription.Listener {

    @Override
    public void message(String channel, String text) {
      heard.add(text);
    }

    @Override
    public void reachChanged() {
      heard.add("reach");
    }
  }

  private void publish(String key, String text) {
    get(servers.send(servers.masterOf(key), Command.PUBLISH, "news", text));
  }

  @Test
  void allIsReachedAlike() {
    assertThat(subscription.reach(HERE)).isPositive().isEqualTo(subscription.reach(there));
    assertThat(subscription.reach()).isEqualTo(subscription.reach(HERE));
    get(loop.call(subscription::awaitDelivery));
  }

  @Test
  void deliveryFromAServerMeansThatItsMessagesAreHere() {
    for (int i = 0; i < 50; i++) {
      String text = "text " + i;
      publish(there, text);
      get(loop.call(() -> subscription.awaitDelivery(there)));
      assertThat(heard).contains(text);
    }
  }

  @Test
  void onlyWhatLivesOnALostServerIsOutOfReach() {
    long before = subscription.reach(HERE);

    servers.kill(servers.replicaOf(there));
    servers.kill(servers.masterOf(there));
    await().until(() -> subscription.reach(there) == 0);

    assertThat(heard).contains("reach");
    assertThat(subscription.reach()).isZero();
    assertThat(link.isUp(there)).isFalse();
    assertThat(link.isUp(HERE)).isTrue();
    assertThat(failure(loop.call(() -> subscription.awaitDelivery(there))))
        .matches(Failure.UNAVAILABLE::matches);
    assertThat(failure(loop.call(subscription::awaitDelivery)))
        .matches(Failure.UNAVAILABLE::matches);
    for (int i = 0; i < 20; i++) {
      publish(HERE, "text " + i);
      get(loop.call(() -> subscription.awaitDelivery(HERE)));
      assertThat(heard).contains("text " + i);
    }
    // The connection itself may have been to the lost one.
    assertThat(subscription.reach(HERE)).isGreaterThanOrEqualTo(before);
  }

  @Test
  void aServerThatComesBackHasAnotherReach() {
    long before = subscription.reach(there);
    servers.kill(servers.replicaOf(there));
    int silent = servers.masterOf(there);
    Signals.freeze(servers.server(silent));
    try {
      await().until(() -> subscription.reach(there) == 0);
    } finally {
      Signals.unfreeze(servers.server(silent));
    }

    await().until(() -> subscription.reach(there) > before);
    get(loop.call(() -> subscription.awaitDelivery(there)));
  }

  @Test
  void aFailoverGivesAnotherReach() {
    long before = subscription.reach(there);
    long elsewhere = subscription.reach(HERE);

    servers.killMasterOf(there);

    await().until(() -> subscription.reach(there) > before);
    await().until(() -> subscription.reach(HERE) >= elsewhere);
    publish(there, "from the new one");
    get(loop.call(() -> subscription.awaitDelivery(there)));
    assertThat(heard).contains("from the new one");
  }

  @Test
  void aSlotThatMovesBetweenServersInReachIsNoGap() {
    long before = subscription.reach(there);
    int slot = servers.slotOf(there);

    servers.moveSlot(slot, servers.masterOf(slot), servers.masterOf(HERE));

    assertThat(get(loop.call(() -> link.write(Command.SET, there, "x")))).hasToString("OK");
    assertThat(subscription.reach(there)).isEqualTo(before);
    get(loop.call(() -> subscription.awaitDelivery(there)));
  }

  /** Whether the node's subscriptions are at that server. */
  private boolean hears(int port) {
    return servers.ask(port, Command.CLIENT, "LIST", "TYPE", "pubsub").toString().contains("sub=2");
  }

  @Test
  void aServerThatHearsAllButOneOfTheOthersIsLeft() {
    List<String> keys = IntStream.range(0, 100).mapToObj(i -> "k" + i).toList();
    int present =
        keys.stream().map(servers::masterOf).filter(this::hears).findFirst().orElseThrow();
    String unheard =
        keys.stream().filter(key -> servers.masterOf(key) != present).findFirst().orElseThrow();
    long before = subscription.reach(unheard);

    // For a minute it passes nothing on to that one.
    Response id = servers.ask(present, Command.CLUSTER, "MYID");
    servers.ask(servers.masterOf(unheard), Command.CLUSTER, "FORGET", id);

    await("its messages").until(() -> subscription.reach(unheard) > before);
    assertThat(hears(present)).isFalse();
    get(loop.call(() -> subscription.awaitDelivery(unheard)));
  }
}
