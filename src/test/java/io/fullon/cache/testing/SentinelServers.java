package io.fullon.cache.testing;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A master with two replicas, watched by three Sentinels of whom two must agree that it is down. A
 * dead master is replaced after about two seconds.
 */
public final class SentinelServers extends RedisServers {

  private static final String MASTER = "tickers";
  private static final int REPLICAS = 2;
  private static final int SENTINELS = 3;
  private static final int QUORUM = 2;
  private static final int DOWN_AFTER_MS = 1_000;
  private static final int FAILOVER_TIMEOUT_MS = 3_000;

  /** Arguments: the server's binary, its folder. Ends it when our pipe ends, and leaves nothing. */
  private static final String SUPERVISOR =
      """
      trap '' INT TERM HUP
      "$1" "$2/sentinel.conf" --sentinel >/dev/null 2>&1 </dev/null &
      cat
      kill -KILL $!
      wait
      rm -rf "$2"
      """;

  private final Map<Integer, Process> sentinels = new LinkedHashMap<>();

  private SentinelServers(String password) {
    super(password);
  }

  /** Gives them when they are in sync and all know each other. */
  public static SentinelServers start() {
    return start(null);
  }

  /**
   * The same with a password.
   *
   * @param password of the servers and of the Sentinels, null for none
   */
  public static SentinelServers start(String password) {
    SentinelServers servers = new SentinelServers(password);
    try {
      servers.startAll();
      return servers;
    } catch (RuntimeException | Error e) {
      servers.close();
      throw e;
    }
  }

  private void startAll() {
    int master = startAny(Map.of());
    for (int i = 0; i < REPLICAS; i++) {
      replicate(startAny(Map.of()), master);
    }
    awaitReplicas(master);
    for (int i = 0; i < SENTINELS; i++) {
      startSentinel(master);
    }
    awaitReady(master);
  }

  private void replicate(int replica, int master) {
    ask(replica, Command.REPLICAOF, HOST, master);
  }

  private void startSentinel(int master) {
    int port = freePort();
    List<String> settings = new ArrayList<>();
    settings.add("port " + port);
    settings.add("bind " + HOST);
    settings.add("sentinel monitor " + MASTER + " " + HOST + " " + master + " " + QUORUM);
    settings.add("sentinel down-after-milliseconds " + MASTER + " " + DOWN_AFTER_MS);
    settings.add("sentinel failover-timeout " + MASTER + " " + FAILOVER_TIMEOUT_MS);
    settings.add("sentinel parallel-syncs " + MASTER + " " + REPLICAS);
    if (password() != null) {
      settings.add("sentinel auth-pass " + MASTER + " " + password());
      settings.add("requirepass " + password());
    }
    try {
      // A Sentinel keeps its state in its configuration.
      Path folder = Files.createTempDirectory("fullon-sentinel-");
      settings.add("dir " + folder);
      Files.write(folder.resolve("sentinel.conf"), settings);
      String binary = ProcessHandle.of(server(master).pid()).orElseThrow().info().command().get();
      sentinels.put(
          port,
          new ProcessBuilder("sh", "-c", SUPERVISOR, "sentinel", binary, folder.toString())
              .redirectErrorStream(true)
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the Sentinels are, as {@code host:port}. */
  public List<String> sentinels() {
    return addresses(sentinels.keySet());
  }

  /** What the Sentinels call the master. */
  public String masterName() {
    return MASTER;
  }

  /** The port of the master, as the Sentinels say. */
  public int masterPort() {
    return masterPort(sentinels.keySet().iterator().next());
  }

  private int masterPort(int sentinel) {
    return ask(sentinel, Command.SENTINEL, "get-master-addr-by-name", MASTER).get(1).toInteger();
  }

  /** The ports of the running servers that are not the master. */
  public List<Integer> replicaPorts() {
    int master = masterPort();
    return ports().stream().filter(port -> port != master).toList();
  }

  /** Kills the master and does not wait for another one; gives the port that it had. */
  public int killMaster() {
    int master = masterPort();
    kill(master);
    return master;
  }

  /** Waits until the Sentinels agree on another master, and it is one; gives its port. */
  public int awaitMasterOtherThan(int former) {
    await(
        "another master than " + former,
        () -> {
          int master = masterPort();
          return master != former
              && sentinels.keySet().stream().allMatch(s -> masterPort(s) == master)
              && isMaster(master);
        });
    return masterPort();
  }

  private boolean isMaster(int port) {
    return "master".equals(field(ask(port, Command.INFO, "replication"), "role"));
  }

  /**
   * Makes the Sentinels replace the living master, and waits until they have; gives the new one.
   * The former one is told only ten seconds later, and accepts writes until then, which are lost:
   * see {@link #awaitInSync}.
   */
  public int failover() {
    int former = masterPort();
    ask(sentinels.keySet().iterator().next(), Command.SENTINEL, "failover", MASTER);
    return awaitMasterOtherThan(former);
  }

  /** Starts a killed server again, as a replica of the master, and waits until it has its data. */
  public void restart(int port) {
    int master = masterPort();
    start(port, Map.of());
    replicate(port, master);
    awaitReady(master);
  }

  /** Waits until all servers but the master are replicas of it and have its data. */
  public void awaitInSync() {
    awaitReplicas(masterPort());
  }

  private void awaitReplicas(int master) {
    await(
        "the replicas of " + master + " to be in sync",
        () ->
            ports().stream()
                .filter(port -> port != master)
                .allMatch(port -> isInSync(port, master)));
  }

  /** Everybody is where a failover can begin. */
  private void awaitReady(int master) {
    await(master + " to be the master", () -> isMaster(master));
    awaitReplicas(master);
    await(
        "the Sentinels to know each other and all servers",
        () -> sentinels.keySet().stream().allMatch(this::knowsAll));
  }

  private boolean knowsAll(int sentinel) {
    Map<String, String> master = fields(ask(sentinel, Command.SENTINEL, "master", MASTER));
    Response replicas = ask(sentinel, Command.SENTINEL, "replicas", MASTER);
    long usable =
        replicas.stream()
            .map(SentinelServers::fields)
            .filter(replica -> "slave".equals(replica.get("flags")))
            .filter(replica -> "ok".equals(replica.get("master-link-status")))
            .count();
    return "master".equals(master.get("flags"))
        && String.valueOf(sentinels.size() - 1).equals(master.get("num-other-sentinels"))
        && usable == ports().size() - 1;
  }

  /** Names and values in turn, as Sentinels answer. */
  private static Map<String, String> fields(Response answer) {
    Map<String, String> fields = new HashMap<>();
    for (int i = 0; i + 1 < answer.size(); i += 2) {
      fields.put(answer.get(i).toString(), answer.get(i + 1).toString());
    }
    return fields;
  }

  @Override
  public void close() {
    try {
      sentinels.values().forEach(SentinelServers::end);
    } finally {
      super.close();
    }
  }

  private static void end(Process supervisor) {
    try {
      supervisor.getOutputStream().close();
      supervisor.waitFor();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
