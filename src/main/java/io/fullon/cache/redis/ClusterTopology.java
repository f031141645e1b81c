package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.value.Reasons;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
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
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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

  /** Each master that was heard of, by its address; the link may still be connecting. */
  private final Map<String, Member> members = new HashMap<>();

  /** Those that are no masters any more, until what is in flight there has been answered. */
  private final Set<ServerLink> retired = new HashSet<>();

  /** The address of each slot's master, or null. */
  private final String[] owners = new String[SLOTS];

  /** Whether a master could not be reached at all. */
  private boolean missing;

  /** The masters that could not be reached since the start, by address. */
  private final Set<String> unreached = new HashSet<>();

  private final SlotOrder order;
  private final Outages outages;
  private final Questions questions;
  private boolean opened;

  private long refresh = -1;
  private boolean closed;

  private record Member(String address, ServerLink link, Future<Void> opened) {}

  /**
   * @param changed told whenever a link comes up or goes down
   */
  ClusterTopology(Vertx vertx, RedisLinkOptions options, String name, Runnable changed) {
    this.vertx = vertx;
    this.options = options;
    this.name = name;
    this.changed = changed;
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(options.commandTimeoutMs());
    this.order = new SlotOrder(SLOTS, options.maxInFlight());
    this.outages = Outages.of(vertx);
    this.questions = new Questions(vertx, options);
  }

  @Override
  public Future<Void> open() {
    return readSlots()
        .compose(v -> Future.join(members.values().stream().map(Member::opened).toList()))
        .onSuccess(v -> opened = true)
        .mapEmpty();
  }

  @Override
  public Future<Void> close() {
    closed = true;
    vertx.cancelTimer(refresh);
    List.copyOf(unreached).forEach(this::forget);
    List<Future<Void>> closing =
        Stream.concat(servers().stream(), retired.stream()).map(ServerLink::close).toList();
    return Future.join(closing).<Void>mapEmpty().eventually(questions::close);
  }

  @Override
  public boolean isUp() {
    return !missing && !members.isEmpty() && servers().stream().allMatch(ServerLink::isUp);
  }

  @Override
  public List<ServerLink> servers() {
    return members.values().stream().map(Member::link).toList();
  }

  @Override
  public Locator locator() {
    return () -> {
      List<String> up =
          members.values().stream().filter(m -> m.link.isUp()).map(Member::address).toList();
      return up.isEmpty()
          ? Future.failedFuture("no server of the Cluster is within reach")
          : Future.succeededFuture(
              options.uriOf(up.get(ThreadLocalRandom.current().nextInt(up.size()))));
    };
  }

  // Commands

  @Override
  public Future<Response> read(String key, Call call) {
    return new Sending(ZModem.generate(key), call, false).start();
  }

  @Override
  public Future<Response> write(String key, Call call) {
    return new Sending(ZModem.generate(key), call, true).start();
  }

  @Override
  public Future<Pinned> pin(String key, Call call) {
    Sending sending = new Sending(ZModem.generate(key), call, false);
    return sending.start().map(answer -> Pinned.of(answer, sending.asked.link, sending.asking));
  }

  /** A command on its way to the right server. */
  private final class Sending {

    private final int slot;
    private final Call call;
    private final boolean write;
    private final long deadline = System.nanoTime() + timeoutNanos;
    private final Promise<Response> done = Promise.promise();
    private Member asked;
    private boolean asking;

    Sending(int slot, Call call, boolean write) {
      this.slot = slot;
      this.call = call;
      this.write = write;
    }

    Future<Response> start() {
      return order.begin(slot, this::attempt)
          ? done.future()
          : Failure.UNAVAILABLE.future("Too much in flight: the slot " + slot + " moves");
    }

    private void attempt() {
      Member owner = owners[slot] == null ? null : members.get(owners[slot]);
      if (owner == null) {
        end(Failure.UNAVAILABLE.future("Redis is out of reach: no server has the slot " + slot));
      } else {
        send(owner, false);
      }
    }

    private void send(Member to, boolean redirected) {
      asked = to;
      asking = redirected;
      (write ? to.link.write(call, asking) : to.link.read(call, asking))
          .onComplete(
              answer -> {
                if (answer.failed() && answer.cause() instanceof ErrorType error) {
                  redirect(error);
                } else {
                  end(answer);
                }
              });
    }

    private void end(AsyncResult<Response> result) {
      order.ended(slot);
      done.handle(result);
    }

    private void redirect(ErrorType error) {
      if (error.is("CLUSTERDOWN")) {
        refreshSoon();
      }
      boolean moved = error.is("MOVED");
      if (!moved && !error.is("ASK") && !error.is("TRYAGAIN")) {
        end(Future.failedFuture(error));
        return;
      }
      if (System.nanoTime() > deadline) {
        end(Failure.UNAVAILABLE.future("Redis moves the slot " + slot + ": " + error.getMessage()));
        return;
      }
      if (error.is("TRYAGAIN")) {
        order.againLater(slot, this::attempt);
        vertx.setTimer(TRY_AGAIN_MS, timer -> order.resume(slot));
        return;
      }
      String named = error.slice(' ', 2);
      int colon = named.lastIndexOf(':');
      String address =
          address(asked.address, named.substring(0, colon), named.substring(colon + 1));
      if (moved) {
        owners[slot] = address;
        refreshSoon();
      }
      order.again(slot, () -> follow(address, !moved));
    }

    private void follow(String address, boolean redirected) {
      Member member = member(address);
      member.opened.onComplete(
          opened -> {
            if (opened.succeeded()) {
              send(member, redirected);
            } else {
              end(Future.failedFuture(opened.cause()));
            }
          });
    }
  }

  // Who has what

  /** A server that does not know its own name or another's leaves it out, or gives a "?". */
  private static String address(String asked, String host, String port) {
    return host.isEmpty() || host.equals("?")
        ? asked.substring(0, asked.lastIndexOf(':') + 1) + port
        : RedisUri.server(host, port);
  }

  private Member member(String address) {
    Member known = members.get(address);
    if (known != null) {
      return known;
    }
    ServerLink link =
        new ServerLink(
            vertx,
            options,
            name,
            () -> Future.succeededFuture(options.uriOf(address)),
            this::changed);
    Promise<Void> whenOpened = Promise.promise();
    Member member = new Member(address, link, whenOpened.future());
    members.put(address, member);
    link.open()
        .onSuccess(v -> reached(address))
        .onFailure(
            cause -> {
              link.close();
              members.remove(address, member);
              missing = true;
              if (opened && !closed) {
                unreached.add(address);
                outages.began(options.uriOf(address).toString(), keyOf(address), Reasons.of(cause));
              }
              refreshSoon();
            })
        // What waits for it was not sent.
        .recover(cause -> Failure.UNAVAILABLE.future(address + ": " + Reasons.of(cause)))
        .onComplete(whenOpened);
    return member;
  }

  private void reached(String address) {
    if (unreached.remove(address)) {
      outages.ended(keyOf(address));
    }
  }

  /** Stands for the connection to a master that could not be opened. */
  private Object keyOf(String address) {
    return List.of(System.identityHashCode(this), address);
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
      servers.add(options.uri().server());
    }
    return readSlots(new ArrayList<>(servers), new Problems());
  }

  private Future<Void> readSlots(List<String> servers, Problems problems) {
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
              if (closed) {
                return Future.failedFuture("closed");
              }
              adopt(server, answers.get(1));
              return Future.succeededFuture();
            })
        .recover(
            cause -> {
              problems.add(server, cause);
              return readSlots(servers, problems);
            });
  }

  /** Each entry: first slot, last slot, the master's host and port, its replicas. */
  private void adopt(String asked, Response slots) {
    String[] fresh = new String[SLOTS];
    for (Response range : slots) {
      Response master = range.get(2);
      String host = master.get(0) == null ? "" : master.get(0).toString();
      String address = address(asked, host, master.get(1).toString());
      for (int slot = range.get(0).toInteger(); slot <= range.get(1).toInteger(); slot++) {
        fresh[slot] = address;
      }
    }
    System.arraycopy(fresh, 0, owners, 0, SLOTS);
    missing = false;
    Set<String> masters = Stream.of(fresh).filter(Objects::nonNull).collect(Collectors.toSet());
    for (String left : List.copyOf(members.keySet())) {
      if (!masters.contains(left)) {
        retire(members.remove(left).link);
      }
    }
    for (String left : List.copyOf(unreached)) {
      if (!masters.contains(left)) {
        forget(left);
      }
    }
    masters.forEach(this::member);
  }

  private void forget(String address) {
    unreached.remove(address);
    outages.forget(keyOf(address));
  }

  private void retire(ServerLink link) {
    retired.add(link);
    vertx.setTimer(
        options.commandTimeoutMs(),
        timer -> {
          retired.remove(link);
          link.close();
        });
  }
}
