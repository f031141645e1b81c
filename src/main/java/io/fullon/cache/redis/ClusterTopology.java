package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.value.Reasons;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import io.vertx.serviceproxy.ServiceException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A link to each master of a Redis Cluster. Follows what the Cluster specification tells clients to
 * do: MOVED names a slot's new owner, ASK the server to try for once, TRYAGAIN asks for patience;
 * with each of them nothing has been done yet, so that the command may be sent again. A master that
 * is away takes with it what lives there, and nothing else.
 */
final class ClusterTopology implements Topology {

  private static final long TRY_AGAIN_MS = 20;

  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final String name;
  private final ClusterSlots slots;
  private final Runnable changed;
  private final long timeoutNanos;

  /** Each master that was heard of, by its address; the link may still be connecting. */
  private final Map<String, Member> members = new HashMap<>();

  /** Those that are no masters any more, until what is in flight there has been answered. */
  private final Set<ServerLink> retired = new HashSet<>();

  private final SlotOrder order;
  private final Outages outages;
  private final Runnable follower = this::follow;
  private boolean opened;
  private boolean closed;

  /**
   * @param changed told whenever a link comes up or goes down
   */
  ClusterTopology(
      Vertx vertx, RedisLinkOptions options, String name, ClusterSlots slots, Runnable changed) {
    this.vertx = vertx;
    this.options = options;
    this.name = name;
    this.slots = slots;
    this.changed = changed;
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(options.commandTimeoutMs());
    this.order = new SlotOrder(HashSlot.SLOTS, options.maxInFlight());
    this.outages = Outages.of(vertx);
  }

  @Override
  public Future<Void> open() {
    return slots
        .known()
        .compose(
            v -> {
              if (closed) {
                return Future.failedFuture("closed");
              }
              slots.followers().add(follower);
              adopt();
              return Future.join(members.values().stream().map(m -> m.attempted).toList());
            })
        .<Void>mapEmpty()
        .recover(cause -> isAnyUp() ? tolerate(cause) : Future.failedFuture(cause))
        .onSuccess(v -> opened = true);
  }

  /** One that is away may stay so, and the others have slots of their own. */
  private Future<Void> tolerate(Throwable cause) {
    return RedisFailures.isRefusal(cause) ? Future.failedFuture(cause) : Future.succeededFuture();
  }

  @Override
  public Future<Void> close() {
    closed = true;
    slots.followers().remove(follower);
    members.values().forEach(Member::forget);
    List<Future<Void>> closing =
        Stream.concat(servers().stream(), retired.stream()).map(ServerLink::close).toList();
    return Future.join(closing).mapEmpty();
  }

  @Override
  public boolean isUp() {
    return !members.isEmpty() && servers().stream().allMatch(ServerLink::isUp);
  }

  private boolean isAnyUp() {
    return servers().stream().anyMatch(ServerLink::isUp);
  }

  @Override
  public boolean isUp(String key) {
    String address = slots.masterOf(key);
    Member owner = address == null ? null : members.get(address);
    return owner != null && owner.link.isUp();
  }

  @Override
  public Map<String, ServerLink> members() {
    return members.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, member -> member.getValue().link));
  }

  // Commands

  @Override
  public Future<Response> read(String key, Call call) {
    return new Sending(HashSlot.of(key), call, false).start();
  }

  @Override
  public Future<Response> write(String key, Call call) {
    return new Sending(HashSlot.of(key), call, true).start();
  }

  @Override
  public Future<Pinned> pin(String key, Call call) {
    Sending sending = new Sending(HashSlot.of(key), call, false);
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
      return order.begin(slot, slots.owner(slot), this::attempt)
          ? done.future()
          : Failure.UNAVAILABLE.future("Too much in flight: the slot " + slot + " moves");
    }

    private void attempt() {
      String owner = order.target(slot, slots.owner(slot));
      if (owner == null) {
        end(Failure.UNAVAILABLE.future("Redis is out of reach: no server has the slot " + slot));
      } else {
        follow(owner, false);
      }
    }

    private void send(Member to, boolean redirected) {
      asked = to;
      asking = redirected;
      (write ? to.link.write(call, asking) : to.link.read(call, asking))
          .onComplete(
              answer -> {
                if (answer.failed()) {
                  redirect(answer.cause());
                } else {
                  end(answer);
                }
              });
    }

    private void end(AsyncResult<Response> result) {
      order.ended(slot);
      done.handle(result);
    }

    private void redirect(Throwable cause) {
      if (RedisFailures.isReadOnly(cause)) {
        asked.link.dropReplica();
      }
      if (RedisFailures.isError(cause, "CLUSTERDOWN")) {
        slots.refreshSoon();
      }
      if (!RedisFailures.isRedirection(cause)) {
        end(Future.failedFuture(cause));
        return;
      }
      if (System.nanoTime() > deadline) {
        end(Failure.UNAVAILABLE.future("Redis moves the slot " + slot + ": " + cause.getMessage()));
        return;
      }
      if (RedisFailures.isError(cause, "TRYAGAIN")) {
        order.againLater(slot, this::attempt);
        vertx.setTimer(TRY_AGAIN_MS, timer -> order.resume(slot));
        return;
      }
      String named = cause.getMessage().split(" ", -1)[2];
      int colon = named.lastIndexOf(':');
      String address =
          ClusterSlots.address(
              asked.address, named.substring(0, colon), named.substring(colon + 1));
      boolean moved = RedisFailures.isError(cause, "MOVED");
      if (moved) {
        slots.moved(slot, address);
      }
      order.again(slot, () -> follow(address, !moved));
    }

    private void follow(String address, boolean redirected) {
      if (closed) {
        end(Failure.UNAVAILABLE.future("Redis is out of reach: closed"));
        return;
      }
      order.sentTo(slot, address);
      Member member = member(address);
      if (member.link.isUp()) {
        send(member, redirected);
      } else if (member.failure != null) {
        end(Future.failedFuture(member.failure));
      } else {
        awaitConnection(member, redirected);
      }
    }

    /** The first one of a master that is new; not for longer than a command may take. */
    private void awaitConnection(Member member, boolean redirected) {
      Promise<Void> connected = Promise.promise();
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      long patience =
          vertx.setTimer(
              Math.max(1, leftMs), timer -> connected.tryFail(member.away("not connected yet")));
      member.attempted.onComplete(
          opened -> {
            vertx.cancelTimer(patience);
            if (opened.succeeded()) {
              connected.tryComplete();
            } else {
              connected.tryFail(opened.cause());
            }
          });
      connected
          .future()
          .onSuccess(v -> send(member, redirected))
          .onFailure(cause -> end(Future.failedFuture(cause)));
    }
  }

  // The masters

  private void follow() {
    if (closed) {
      return;
    }
    if (!slots.masters().isEmpty()) {
      adopt();
    }
    changed();
  }

  private void adopt() {
    Set<String> masters = slots.masters();
    for (Member member : List.copyOf(members.values())) {
      if (!masters.contains(member.address)) {
        members.remove(member.address);
        member.forget();
        retire(member.link);
      }
    }
    masters.forEach(this::member);
  }

  private void changed() {
    if (!isUp() && !closed) {
      slots.refreshSoon();
    }
    changed.run();
  }

  private Member member(String address) {
    Member known = members.get(address);
    if (known != null) {
      return known;
    }
    Member member = new Member(address);
    members.put(address, member);
    member.attempt();
    return member;
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

  private final class Member {

    private final String address;
    private final ServerLink link;
    private final Backoff backoff = new Backoff(options);

    /** The last attempt to connect for the first time; the link itself repeats all others. */
    private Future<Void> attempted;

    /** Of the last one that has ended; null when that was a success, or before. */
    private Throwable failure;

    private long retry = -1;

    Member(String address) {
      this.address = address;
      this.link =
          new ServerLink(
              vertx,
              options,
              name,
              () -> Future.succeededFuture(options.uriOf(address)),
              ClusterTopology.this::changed);
    }

    void attempt() {
      attempted =
          link.open(!opened)
              .onSuccess(v -> connected())
              .onFailure(this::failed)
              .recover(cause -> Future.failedFuture(failure));
    }

    /** What waits for it was not sent. */
    ServiceException away(String why) {
      return Failure.UNAVAILABLE.exception(address + ": " + why);
    }

    private void connected() {
      failure = null;
      outages.ended(this);
    }

    private void failed(Throwable cause) {
      failure = away(Reasons.of(cause));
      if (closed || members.get(address) != this) {
        return;
      }
      if (opened) {
        outages.began(options.uriOf(address).toString(), this, Reasons.of(cause));
      }
      retry = vertx.setTimer(backoff.nextMs(), timer -> attempt());
      slots.refreshSoon();
    }

    void forget() {
      vertx.cancelTimer(retry);
      outages.forget(this);
    }
  }
}
