package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.ZModem;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The masters of a Redis Cluster, which have 16,384 slots of keys between them. Follows what the
 * Cluster specification tells clients to do: MOVED names a slot's new owner, ASK the server to try
 * for once, TRYAGAIN asks for patience; with each of them nothing has been done yet, so that the
 * command may be sent again.
 */
final class ClusterTopology implements Topology {

  private static final int SLOTS = 16_384;
  private static final long TRY_AGAIN_MS = 20;
  private static final long REFRESH_MS = 200;

  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final String name;
  private final Runnable changed;
  private final long timeoutNanos;

  /** Each master that was heard of; the link may still be connecting. */
  private final Map<String, Member> members = new HashMap<>();

  /** The address of each slot's master, or null. */
  private final String[] owners = new String[SLOTS];

  private long refresh = -1;
  private boolean closed;

  private record Member(ServerLink link, Future<ServerLink> opened) {}

  /**
   * @param changed told whenever a link comes up or goes down
   */
  ClusterTopology(Vertx vertx, RedisLinkOptions options, String name, Runnable changed) {
    this.vertx = vertx;
    this.options = options;
    this.name = name;
    this.changed = changed;
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(options.commandTimeoutMs());
  }

  @Override
  public Future<Void> open() {
    return readSlots()
        .compose(v -> Future.join(members.values().stream().map(Member::opened).toList()))
        .<Void>mapEmpty()
        .recover(cause -> close().transform(v -> Future.<Void>failedFuture(cause)));
  }

  @Override
  public Future<Void> close() {
    closed = true;
    vertx.cancelTimer(refresh);
    List<Future<Void>> closing = members.values().stream().map(m -> m.link.close()).toList();
    return Future.join(closing).mapEmpty();
  }

  @Override
  public boolean isUp() {
    return !members.isEmpty()
        && Stream.of(owners).distinct().allMatch(owner -> owner != null && isUp(owner));
  }

  private boolean isUp(String owner) {
    Member member = members.get(owner);
    return member != null && member.link.isUp();
  }

  @Override
  public List<ServerLink> servers() {
    return members.values().stream().map(Member::link).toList();
  }

  @Override
  public Locator locator() {
    return () -> {
      List<String> up = new ArrayList<>(members.keySet());
      up.removeIf(owner -> !isUp(owner));
      return up.isEmpty()
          ? Future.failedFuture("no server of the Cluster is within reach")
          : Future.succeededFuture(
              options.uriOf(up.get(ThreadLocalRandom.current().nextInt(up.size()))));
    };
  }

  // Commands

  @Override
  public Future<Response> send(String key, Request request, boolean write) {
    return new Sending(ZModem.generate(key), request, write).attempt();
  }

  /** A command on its way to the right server. */
  private final class Sending {

    private final int slot;
    private final Request request;
    private final boolean write;
    private final long deadline = System.nanoTime() + timeoutNanos;

    Sending(int slot, Request request, boolean write) {
      this.slot = slot;
      this.request = request;
      this.write = write;
    }

    Future<Response> attempt() {
      Member owner = owners[slot] == null ? null : members.get(owners[slot]);
      return owner == null
          ? Failure.UNAVAILABLE.future("Redis is out of reach: no server has the slot " + slot)
          : send(owner.link, false);
    }

    private Future<Response> send(ServerLink link, boolean asking) {
      Future<Response> answer = asking ? link.sendAsking(request) : link.send(request);
      return (write ? link.confirmed(answer) : answer).recover(this::redirect);
    }

    private Future<Response> redirect(Throwable cause) {
      if (!(cause instanceof ErrorType error)) {
        return Future.failedFuture(cause);
      }
      if (error.is("CLUSTERDOWN")) {
        refreshSoon();
      }
      boolean moved = error.is("MOVED");
      if (!moved && !error.is("ASK") && !error.is("TRYAGAIN")) {
        return Future.failedFuture(cause);
      }
      if (System.nanoTime() > deadline) {
        return Failure.UNAVAILABLE.future(
            "Redis moves the slot " + slot + ": " + cause.getMessage());
      }
      if (error.is("TRYAGAIN")) {
        return vertx.timer(TRY_AGAIN_MS, TimeUnit.MILLISECONDS).compose(v -> attempt());
      }
      String address = error.slice(' ', 2);
      if (moved) {
        owners[slot] = address;
        refreshSoon();
      }
      return member(address).opened.compose(link -> send(link, !moved));
    }
  }

  // Who has what

  private Member member(String address) {
    return members.computeIfAbsent(
        address,
        server -> {
          ServerLink link =
              new ServerLink(
                  vertx,
                  options,
                  name,
                  () -> Future.succeededFuture(options.uriOf(server)),
                  this::changed);
          Future<ServerLink> opened =
              link.open()
                  .map(link)
                  .onFailure(
                      cause -> {
                        members.remove(server);
                        refreshSoon();
                      })
                  // What waits for it was not sent.
                  .recover(cause -> Failure.UNAVAILABLE.future(cause.getMessage()));
          return new Member(link, opened);
        });
  }

  private void changed() {
    if (!isUp()) {
      refreshSoon();
    }
    changed.run();
  }

  /** Asks who has which slots, until all are within reach. */
  private void refreshSoon() {
    if (closed || refresh >= 0) {
      return;
    }
    long pause = REFRESH_MS / 2 + ThreadLocalRandom.current().nextLong(REFRESH_MS);
    refresh =
        vertx.setTimer(
            pause,
            timer ->
                readSlots()
                    .onComplete(
                        result -> {
                          refresh = -1;
                          changed();
                        }));
  }

  /** From the first server that answers and sees the whole Cluster. */
  private Future<Void> readSlots() {
    List<String> known = new ArrayList<>(members.keySet());
    Collections.shuffle(known);
    Set<String> servers = new LinkedHashSet<>(known);
    servers.addAll(options.nodes());
    if (options.nodes().isEmpty()) {
      servers.add(options.server());
    }
    return readSlots(new ArrayList<>(servers), "");
  }

  private Future<Void> readSlots(List<String> servers, String problem) {
    if (servers.isEmpty() || closed) {
      return Future.failedFuture(
          new IllegalStateException("Redis Cluster at " + options.address() + ": " + problem));
    }
    String server = servers.remove(0);
    return RedisClients.ask(
            vertx,
            options,
            options.uriOf(server),
            options.connectTimeoutMs(),
            Request.cmd(Command.CLUSTER).arg("INFO"),
            Request.cmd(Command.CLUSTER).arg("SLOTS"))
        .compose(
            answers ->
                answers.get(0).toString().contains("cluster_state:ok")
                    ? Future.succeededFuture(answers.get(1))
                    : Future.failedFuture("does not see all slots served"))
        .map(
            slots -> {
              adopt(server, slots);
              return (Void) null;
            })
        .recover(cause -> readSlots(servers, server + ": " + cause.getMessage()));
  }

  /** Each entry: first slot, last slot, the master's host and port, its replicas. */
  private void adopt(String asked, Response slots) {
    String[] fresh = new String[SLOTS];
    for (Response range : slots) {
      Response master = range.get(2);
      // A server that does not know its own name leaves it out.
      String address =
          master.get(0) == null || master.get(0).toString().isEmpty()
              ? asked.substring(0, asked.lastIndexOf(':') + 1) + master.get(1)
              : RedisLinkOptions.address(master);
      for (int slot = range.get(0).toInteger(); slot <= range.get(1).toInteger(); slot++) {
        fresh[slot] = address;
      }
    }
    System.arraycopy(fresh, 0, owners, 0, SLOTS);
    Set<String> masters = new HashSet<>(List.of(fresh));
    for (String left : List.copyOf(members.keySet())) {
      if (!masters.contains(left)) {
        retire(members.remove(left).link);
      }
    }
    masters.forEach(this::member);
  }

  /** Once what is in flight there has been answered. */
  private void retire(ServerLink link) {
    vertx.setTimer(options.commandTimeoutMs(), timer -> link.close());
  }
}
