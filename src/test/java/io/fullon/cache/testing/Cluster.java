package io.fullon.cache.testing;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;

/** Nodes of a Vert.x cluster of its own in this process, on the loopback interface only. */
public final class Cluster implements AutoCloseable {

  private static final String LOOPBACK = "127.0.0.1";

  private final String name = "test-" + UUID.randomUUID();
  private final Deque<Vertx> nodes = new ArrayDeque<>();
  private String seed;

  /** A new node, which knows the others; closed with the cluster. */
  public Vertx join() {
    int port = freePort();
    if (seed == null) {
      seed = LOOPBACK + ":" + port;
    }
    HazelcastClusterManager manager = new HazelcastClusterManager(config(port));
    Vertx node =
        CacheNode.get(
            Vertx.builder()
                .with(
                    new VertxOptions()
                        .setEventBusOptions(new EventBusOptions().setHost(LOOPBACK).setPort(0)))
                .withClusterManager(manager)
                .buildClustered());
    nodes.push(node);
    int members = manager.getHazelcastInstance().getCluster().getMembers().size();
    if (members != nodes.size()) {
      throw new AssertionError(nodes.size() + " nodes see a cluster of " + members);
    }
    return node;
  }

  private Config config(int port) {
    Config config = ConfigUtil.loadConfig().setClusterName(name);
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.setProperty("hazelcast.socket.bind.any", "false");
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    NetworkConfig network = config.getNetworkConfig();
    network.setPort(port).setPortAutoIncrement(false).setPublicAddress(LOOPBACK + ":" + port);
    network.getInterfaces().setEnabled(true).addInterface(LOOPBACK);
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).addMember(seed);
    return config;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    while (!nodes.isEmpty()) {
      CacheNode.get(nodes.pop().close());
    }
  }
}
