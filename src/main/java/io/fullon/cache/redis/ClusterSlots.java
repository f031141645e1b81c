package io.fullon.cache.redis;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which master of a Redis Cluster has which of the 16,384 slots, once for all links of a node. May
 * be looked at on any thread; is read on the deployment's context.
 */
final class ClusterSlots implements Masters {

  private static final long FIRST_PAUSE_MS = 100;

  /** Between readings while a master is away: one that has no replica may be so for days. */
  private static final long LONGEST_PAUSE_MS = 3_000;

  /** After so long without a reading, trouble is new trouble. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(2 * LONGEST_PAUSE_MS);

  private final RedisDeployment deployment;
  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final Questions questions;
  private final Followers followers = new Followers();
  private final Backoff backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);

  /** The address of each slot's master, or null. */
  private final AtomicReferenceArray<String> owners = new AtomicReferenceArray<>(HashSlot.SLOTS);

  /** All of them; none before the first reading. */
  private volatile Set<String> masters = Set.of();

  private Future<Void> reading;
  private long refresh = -1;
  private long lastRead;
  private boolean closed;

  ClusterSlots(RedisDeployment deployment, Vertx vertx, RedisLinkOptions options) {
    this.deployment = deployment;
    this.vertx = vertx;
    this.options = options;
    this.questions = new Questions(vertx, options);
  }

  @Override
  public Topology topology(String name, Runnable changed) {
    return new ClusterTopology(vertx, options, name, this, changed);
  }

  @Override
  public String masterOf(String key) {
    return owner(HashSlot.of(key));
  }

  /** The address of the slot's master; null when nobody knows. */
  String owner(int slot) {
    return owners.get(slot);
  }

  Set<String> masters() {
    return masters;
  }

  /** Are told of each reading, and of each slot that has moved. */
  Followers followers() {
    return followers;
  }

  @Override
  public Future<Void> close() {
    closed = true;
    vertx.cancelTimer(refresh);
    return questions.close();
  }

  /** Reads the slots, unless they are known. */
  Future<Void> known() {
    return masters.isEmpty() ? deployment.call(this::read) : Future.succeededFuture();
  }

  /** A server has said so; what else has moved is asked. */
  void moved(int slot, String address) {
    synchronized (owners) {
      owners.set(slot, address);
      if (!masters.contains(address)) {
        Set<String> more = new HashSet<>(masters);
        more.add(address);
        masters = Set.copyOf(more);
      }
    }
    refreshSoon();
  }

  /** Reads the slots again: at once after a while without trouble, else after a pause. */
  void refreshSoon() {
    deployment.call(
        () -> {
          if (!closed && refresh < 0) {
            if (System.nanoTime() - lastRead > QUIET_NANOS) {
              backoff.reset();
            }
            refresh =
                vertx.setTimer(
                    backoff.nextMs(),
                    timer ->
                        read()
                            .onComplete(
                                result -> {
                                  refresh = -1;
                                  followers.tell();
                                }));
          }
          return Future.succeededFuture();
        });
  }

  // Reading, where this lives

  private Future<Void> read() {
    if (reading != null) {
      return reading;
    }
    Promise<Void> read = Promise.promise();
    reading = read.future();
    read(candidates(), new Problems())
        .onComplete(
            result -> {
              reading = null;
              lastRead = System.nanoTime();
              read.handle(result);
            });
    return read.future();
  }

  /** First those that need no new connection. */
  private List<String> candidates() {
    List<String> known = new ArrayList<>(masters);
    Collections.shuffle(known);
    known.sort(Comparator.comparing(server -> !questions.isConnected(options.uriOf(server))));
    Set<String> servers = new LinkedHashSet<>(known);
    servers.addAll(options.nodes());
    if (options.nodes().isEmpty()) {
      servers.add(options.uri().server());
    }
    return new ArrayList<>(servers);
  }

  /** From the first server that answers and belongs to the majority. */
  private Future<Void> read(List<String> servers, Problems problems) {
    if (servers.isEmpty() || closed) {
      return problems.future("no server knows the slots");
    }
    String server = servers.remove(0);
    return questions
        .ask(
            options.uriOf(server),
            options.connectTimeoutMs(),
            Request.cmd(Command.CLUSTER).arg("INFO"),
            Request.cmd(Command.CLUSTER).arg("SLOTS"))
        .<Void>compose(
            answers -> {
              if (!answers.get(0).toString().contains("cluster_state:ok")) {
                return Future.failedFuture("does not see all slots served");
              }
              adopt(server, answers.get(1));
              return Future.succeededFuture();
            })
        .recover(
            cause -> {
              problems.add(server, cause);
              return read(servers, problems);
            });
  }

  /** Each entry: first slot, last slot, the master's host and port, its replicas. */
  private void adopt(String asked, Response slots) {
    String[] fresh = new String[HashSlot.SLOTS];
    Set<String> all = new HashSet<>();
    for (Response range : slots) {
      Response master = range.get(2);
      String host = master.get(0) == null ? "" : master.get(0).toString();
      String address = address(asked, host, master.get(1).toString());
      all.add(address);
      for (int slot = range.get(0).toInteger(); slot <= range.get(1).toInteger(); slot++) {
        fresh[slot] = address;
      }
    }
    boolean news = false;
    synchronized (owners) {
      for (int slot = 0; slot < fresh.length; slot++) {
        news |= !Objects.equals(fresh[slot], owners.getAndSet(slot, fresh[slot]));
      }
      masters = Set.copyOf(all);
    }
    if (news) {
      backoff.reset();
    }
  }

  /** A server that does not know its own name or another's leaves it out, or gives a "?". */
  static String address(String asked, String host, String port) {
    return host.isEmpty() || host.equals("?")
        ? asked.substring(0, asked.lastIndexOf(':') + 1) + port
        : RedisUri.server(host, port);
  }
}
