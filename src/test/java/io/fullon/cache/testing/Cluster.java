package io.fullon.cache.testing;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.ext.cluster.infinispan.InfinispanClusterManager;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;

/** Nodes of a Vert.x cluster of its own, on the loopback interface only. */
public final class Cluster implements AutoCloseable {

  /** What keeps a cluster together. */
  public enum Kind {
    HAZELCAST,
    /** In one process only. */
    INFINISPAN
  }

  private static final String LOOPBACK = "127.0.0.1";

  /** Names the cluster in {@code infinispan.xml}. */
  private static final String INFINISPAN_NAME = "fullon.test.cluster";

  private final Kind kind;
  private final String name;
  private final Deque<Vertx> nodes = new ArrayDeque<>();
  private int seedPort;

  private Cluster(Kind kind, String name, int seedPort) {
    this.kind = kind;
    this.name = name;
    this.seedPort = seedPort;
  }

  public Cluster(Kind kind) {
    this(kind, "test-" + UUID.randomUUID(), 0);
  }

  /**
   * A Hazelcast cluster of another process.
   *
   * @param address as that one gives it
   */
  public static Cluster at(String address) {
    int colon = address.indexOf(':');
    return new Cluster(
        Kind.HAZELCAST,
        address.substring(0, colon),
        Integer.parseInt(address.substring(colon + 1)));
  }

  /** Where other processes find it, once there is a node. */
  public String address() {
    return name + ":" + seedPort;
  }

  /** A new node, which knows the others; closed with the cluster. */
  public Vertx join() {
    ClusterManager manager = kind == Kind.HAZELCAST ? hazelcast() : new InfinispanClusterManager();
    Vertx node = start(manager, name);
    nodes.push(node);
    int members = manager.getNodes().size();
    if (members < nodes.size()) {
      throw new AssertionError(nodes.size() + " nodes see a cluster of " + members);
    }
    return node;
  }

  /** One after the other, also of tests that run at the same time: they share the property. */
  private static synchronized Vertx start(ClusterManager manager, String name) {
    System.setProperty(INFINISPAN_NAME, name);
    return CacheNode.get(
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventBusOptions(new EventBusOptions().setHost(LOOPBACK).setPort(0)))
            .withClusterManager(manager)
            .buildClustered());
  }

  private ClusterManager hazelcast() {
    int port = freePort();
    if (seedPort == 0) {
      seedPort = port;
    }
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
    join.getTcpIpConfig().setEnabled(true).addMember(LOOPBACK + ":" + seedPort);
    return new HazelcastClusterManager(config);
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
