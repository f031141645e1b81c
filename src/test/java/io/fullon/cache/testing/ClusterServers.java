package io.fullon.cache.testing;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A Redis Cluster of three masters, each with a replica. A dead master is replaced after about
 * three seconds.
 */
public final class ClusterServers extends RedisServers {

  private static final int MASTERS = 3;
  private static final int SLOTS = 16_384;
  private static final int NODE_TIMEOUT_MS = 1_500;
  private static final int MIGRATE_TIMEOUT_MS = 5_000;
  private static final int MIGRATE_KEYS = 10;

  /** All that were started, running or not, by port. */
  private final Map<Integer, String> ids = new TreeMap<>();

  private ClusterServers(String password) {
    super(password);
  }

  /** Gives it when all slots are served and all replicas are in sync. */
  public static ClusterServers start() {
    return start(null);
  }

  /**
   * The same with a password.
   *
   * @param password of all servers, null for none
   */
  public static ClusterServers start(String password) {
    ClusterServers cluster = new ClusterServers(password);
    try {
      cluster.startAll();
      return cluster;
    } catch (RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  private void startAll() {
    List<Integer> nodes = new ArrayList<>();
    for (int i = 0; i < 2 * MASTERS; i++) {
      int port =
          startAny(
              Map.of(
                  "cluster-enabled", "yes",
                  "cluster-node-timeout", String.valueOf(NODE_TIMEOUT_MS),
                  // A replica takes over however long it has been alone: the machine may be slow.
                  "cluster-replica-validity-factor", "0",
                  // Each master keeps its own.
                  "cluster-allow-replica-migration", "no"));
      nodes.add(port);
      ids.put(port, ask(port, Command.CLUSTER, "MYID").toString());
      // Different ones from the start, so that the nodes need not settle it.
      ask(port, Command.CLUSTER, "SET-CONFIG-EPOCH", i + 1);
    }
    for (int i = 0; i < MASTERS; i++) {
      addSlots(nodes.get(i), i * SLOTS / MASTERS, (i + 1) * SLOTS / MASTERS);
    }
    for (int port : nodes.subList(1, nodes.size())) {
      ask(nodes.get(0), Command.CLUSTER, "MEET", HOST, port);
    }
    await("the nodes to know each other", () -> nodes.stream().allMatch(this::knowsAll));
    for (int i = 0; i < MASTERS; i++) {
      ask(nodes.get(MASTERS + i), Command.CLUSTER, "REPLICATE", ids.get(nodes.get(i)));
    }
    awaitOk();
  }

  private void addSlots(int port, int from, int to) {
    Request request = request(Command.CLUSTER, "ADDSLOTS");
    IntStream.range(from, to).forEach(request::arg);
    CacheNode.get(client(port).send(request));
  }

  private boolean knowsAll(int port) {
    List<String> nodes = ask(port, Command.CLUSTER, "NODES").toString().lines().toList();
    return nodes.size() == 2 * MASTERS
        && nodes.stream().noneMatch(node -> node.contains("handshake"));
  }

  /** All servers that were started, running or not, as {@code host:port}. */
  public List<String> nodes() {
    return addresses(ids.keySet());
  }

  public int slotOf(String key) {
    return ask(anyNode(), Command.CLUSTER, "KEYSLOT", key).toInteger();
  }

  private int anyNode() {
    return ports().iterator().next();
  }

  /** The port of the master that has the slot. */
  public int masterOf(int slot) {
    return rangeOf(slot, anyNode()).get(0);
  }

  public int masterOf(String key) {
    return masterOf(slotOf(key));
  }

  /** The port of a running replica of the master that has the key's slot. */
  public int replicaOf(String key) {
    List<Integer> servers = rangeOf(slotOf(key), anyNode());
    return servers.stream()
        .skip(1)
        .filter(ports()::contains)
        .findFirst()
        .orElseThrow(() -> new AssertionError(servers + " has no running replica"));
  }

  /** The ports of the servers of a slot, the master first. */
  private List<Integer> rangeOf(int slot, int askedNode) {
    for (Response range : ask(askedNode, Command.CLUSTER, "SLOTS")) {
      if (range.get(0).toInteger() <= slot && slot <= range.get(1).toInteger()) {
        return servers(range);
      }
    }
    throw new AssertionError("Nobody has the slot " + slot);
  }

  /** Kills the master of the slot and does not wait for another one; gives the port it had. */
  public int killMasterOf(int slot) {
    int master = masterOf(slot);
    kill(master);
    return master;
  }

  /** From now on what is left goes on when a master and its replicas are lost. */
  public void serveInPart() {
    for (int port : ports()) {
      ask(port, Command.CONFIG, "SET", "cluster-require-full-coverage", "no");
    }
  }

  public int killMasterOf(String key) {
    return killMasterOf(slotOf(key));
  }

  /** Makes the replica of the key's master take over, and waits until it has; gives its port. */
  public int failoverOf(String key) {
    int replica = replicaOf(key);
    ask(replica, Command.CLUSTER, "FAILOVER");
    await("the failover to " + replica, () -> masterOf(key) == replica);
    awaitOk();
    return replica;
  }

  /**
   * Waits until all running servers say that the cluster is well, agree on who serves which slots
   * and is whose replica, and are all a part of it; and until all running replicas are in sync.
   */
  public void awaitOk() {
    await(
        "the cluster to be well",
        () -> {
          Set<Map<Integer, List<Integer>>> views = new HashSet<>();
          for (int port : ports()) {
            Response info = ask(port, Command.CLUSTER, "INFO");
            if (!"ok".equals(field(info, "cluster_state"))
                || !String.valueOf(SLOTS).equals(field(info, "cluster_slots_assigned"))) {
              return false;
            }
            views.add(view(port));
          }
          Collection<List<Integer>> ranges = views.iterator().next().values();
          Set<Integer> masters = ranges.stream().map(r -> r.get(0)).collect(Collectors.toSet());
          Set<Integer> all = ranges.stream().flatMap(List::stream).collect(Collectors.toSet());
          return views.size() == 1
              && ports().containsAll(masters)
              && all.containsAll(ports())
              && ports().stream().allMatch(port -> masters.contains(port) || isInSync(port));
        });
  }

  /** By the first slot of each range the servers that have it, as that server sees them. */
  private Map<Integer, List<Integer>> view(int port) {
    Map<Integer, List<Integer>> view = new TreeMap<>();
    for (Response range : ask(port, Command.CLUSTER, "SLOTS")) {
      view.put(range.get(0).toInteger(), servers(range));
    }
    return view;
  }

  /** The ports in a range of CLUSTER SLOTS, the master first. */
  private static List<Integer> servers(Response range) {
    return range.stream().skip(2).map(server -> server.get(1).toInteger()).toList();
  }

  private boolean isInSync(int replica) {
    Response info = ask(replica, Command.INFO, "replication");
    return isInSync(replica, Integer.parseInt(field(info, "master_port")));
  }

  /** Moves a slot with all its keys between two masters while the cluster serves it. */
  public void moveSlot(int slot, int from, int to) {
    beginMove(slot, from, to);
    moveKeys(slot, from, to);
    endMove(slot, from, to);
  }

  /** From now on {@code from} sends clients to {@code to} for the keys that it does not have. */
  public void beginMove(int slot, int from, int to) {
    ask(to, Command.CLUSTER, "SETSLOT", slot, "IMPORTING", ids.get(from));
    ask(from, Command.CLUSTER, "SETSLOT", slot, "MIGRATING", ids.get(to));
  }

  /** Moves all keys of a slot whose move has begun. */
  public void moveKeys(int slot, int from, int to) {
    while (true) {
      Response keys = ask(from, Command.CLUSTER, "GETKEYSINSLOT", slot, MIGRATE_KEYS);
      if (keys.size() == 0) {
        return;
      }
      Request migrate = request(Command.MIGRATE, HOST, to, "", 0, MIGRATE_TIMEOUT_MS);
      if (password() != null) {
        migrate.arg("AUTH").arg(password());
      }
      migrate.arg("KEYS");
      keys.forEach(key -> migrate.arg(key.toString()));
      CacheNode.get(client(from).send(migrate));
    }
  }

  /**
   * Ends the move of a slot that has no keys left at {@code from}; waits until all know it, and
   * know it of the same configuration epoch. A master takes the epoch after the highest that it
   * knows; who has been told of the slot, but not yet of the epoch, would take the same one for the
   * next move, and the others would not believe it.
   */
  public void endMove(int slot, int from, int to) {
    ask(to, Command.CLUSTER, "SETSLOT", slot, "NODE", ids.get(to));
    ask(from, Command.CLUSTER, "SETSLOT", slot, "NODE", ids.get(to));
    await(
        "all to know that " + to + " has the slot " + slot,
        () -> {
          String epoch = configEpoch(to, to);
          return ports().stream()
              .allMatch(
                  port -> rangeOf(slot, port).get(0) == to && configEpoch(to, port).equals(epoch));
        });
  }

  /** The configuration epoch of a server, as the asked one knows it. */
  private String configEpoch(int server, int askedNode) {
    String id = ids.get(server);
    return ask(askedNode, Command.CLUSTER, "NODES")
        .toString()
        .lines()
        .filter(line -> line.startsWith(id))
        .map(line -> line.split(" ", -1)[6])
        .findFirst()
        .orElseThrow(() -> new AssertionError(askedNode + " does not know " + server));
  }

  /** Runs a command on the key, which is its first argument, wherever the cluster has it. */
  public Future<Response> sendToKey(String key, Command command, Object... arguments) {
    Request request = request(command, key);
    for (Object argument : arguments) {
      request.arg(argument.toString());
    }
    return follow(client(anyNode()).send(request), request);
  }

  private Future<Response> follow(Future<Response> answer, Request request) {
    return answer.recover(
        cause -> {
          if (cause instanceof ErrorType error && error.is("MOVED")) {
            return follow(client(port(error)).send(request), request);
          }
          if (cause instanceof ErrorType error && error.is("ASK")) {
            return follow(
                client(port(error))
                    .batch(List.of(Request.cmd(Command.ASKING), request))
                    .map(answers -> answers.get(1)),
                request);
          }
          return Future.failedFuture(cause);
        });
  }

  /** Of {@code MOVED 3999 127.0.0.1:6381}. */
  private static int port(ErrorType redirection) {
    String text = redirection.getMessage();
    return Integer.parseInt(text.substring(text.lastIndexOf(':') + 1));
  }
}
