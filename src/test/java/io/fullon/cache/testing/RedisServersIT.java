package io.fullon.cache.testing;

import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Path;
import java.security.cert.CertPathBuilderException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What tests with several servers rely on. */
class RedisServersIT {

  @AutoClose private static final OwnVertx own = new OwnVertx();
  private static final Vertx vertx = own.vertx();

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = "p@ss:word/1")
  void sentinelsReplaceADeadMaster(String password) {
    try (SentinelServers servers = SentinelServers.start(password)) {
      assertThat(servers.sentinels()).hasSize(3);
      assertThat(servers.replicaPorts()).hasSize(2);
      servers.ask(servers.masterPort(), Command.SET, "key", "value");
      servers.ask(servers.masterPort(), Command.WAIT, 2, 0);

      int killed = servers.killMaster();
      int master = servers.awaitMasterOtherThan(killed);

      assertThat(servers.ask(master, Command.GET, "key")).hasToString("value");

      servers.restart(killed);

      // As a replica, or on a busy machine as the master that has replaced the other one meanwhile.
      assertThat(servers.ports()).hasSize(3).contains(killed);
      assertThat(servers.ask(killed, Command.GET, "key")).hasToString("value");
    }
  }

  @Test
  void sentinelsReplaceALivingMasterWhenTold() {
    try (SentinelServers servers = SentinelServers.start()) {
      int former = servers.masterPort();

      int master = servers.failover();

      assertThat(master).isNotEqualTo(former).isEqualTo(servers.masterPort());

      servers.awaitInSync();

      assertThat(servers.ask(former, Command.ROLE).get(0)).hasToString("slave");
      assertThat(failure(servers.send(former, Command.SET, "key", "value")))
          .hasMessageStartingWith("READONLY");
    }
  }

  @Test
  void aClusterReplacesADeadMaster() {
    try (ClusterServers cluster = ClusterServers.start()) {
      assertThat(cluster.nodes()).hasSize(6);
      get(cluster.sendToKey("key", Command.SET, "value"));
      cluster.ask(cluster.masterOf("key"), Command.WAIT, 1, 0);
      int replica = cluster.replicaOf("key");

      int killed = cluster.killMasterOf("key");
      cluster.awaitOk();

      assertThat(cluster.masterOf("key")).isEqualTo(replica).isNotEqualTo(killed);
      assertThat(get(cluster.sendToKey("key", Command.GET))).hasToString("value");
    }
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = "p@ss:word/1")
  void aClusterMovesASlotAndAMasterWhileAClientWrites(String password) {
    try (ClusterServers cluster = ClusterServers.start(password)) {
      int slot = cluster.slotOf("{tag}");
      int from = cluster.masterOf("{tag}");
      int to = cluster.masterOf((slot + 16_384 / 2) % 16_384);
      assertThat(to).isNotEqualTo(from);
      AtomicBoolean over = new AtomicBoolean();
      AtomicInteger written = new AtomicInteger();
      Future<?> writer =
          Callers.until(
              over::get,
              () ->
                  cluster
                      .sendToKey("{tag}" + written.get(), Command.SET, written.get())
                      .onSuccess(ok -> written.incrementAndGet()));
      awaitMoreThan(100, written);

      cluster.moveSlot(slot, from, to);

      assertThat(cluster.masterOf(slot)).isEqualTo(to);
      awaitMoreThan(written.get() + 100, written);
      int replica = cluster.replicaOf("{tag}");
      assertThat(cluster.failoverOf("{tag}")).isEqualTo(replica);
      awaitMoreThan(written.get() + 100, written);
      over.set(true);
      get(writer);
      assertThat(cluster.ask(replica, Command.CLUSTER, "COUNTKEYSINSLOT", slot).toInteger())
          .isEqualTo(written.get());
      assertThat(cluster.ask(from, Command.CLUSTER, "COUNTKEYSINSLOT", slot).toInteger()).isZero();
    }
  }

  private static void awaitMoreThan(int number, AtomicInteger written) {
    RedisServers.await(number + " writes", () -> written.get() > number);
  }

  @Test
  void aServerSpeaksTlsOnly() {
    try (TlsRedis redis = TlsRedis.start()) {
      assertThat(get(ping(redis.uri(), redis.certificate()))).hasToString("PONG");
      assertThat(failure(ping(redis.uri(), null)))
          .hasRootCauseInstanceOf(CertPathBuilderException.class);
      assertThat(failure(ping(redis.uri().replace("rediss:", "redis:"), null))).isNotNull();
    }
  }

  @Test
  void aServerServesOneUserOnly() {
    try (TlsRedis redis = TlsRedis.start("fullon", "p@ss:word/1")) {
      assertThat(get(ping(redis.uri(), redis.certificate()))).hasToString("PONG");
      assertThat(failure(ping("rediss://127.0.0.1:" + redis.port(), redis.certificate())))
          .hasMessageContaining("NOAUTH");
    }
  }

  private Future<Response> ping(String uri, Path trusted) {
    NetClientOptions net = new NetClientOptions().setHostnameVerificationAlgorithm("HTTPS");
    if (trusted != null) {
      net.setTrustOptions(new PemTrustOptions().addCertPath(trusted.toString()));
    }
    RedisOptions options = new RedisOptions().setConnectionString(uri).setNetClientOptions(net);
    return Redis.createClient(vertx, options).send(Request.cmd(Command.PING));
  }
}
