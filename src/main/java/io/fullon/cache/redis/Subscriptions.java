package io.fullon.cache.redis;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.value.Reasons;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * All that a node hears from one Redis, on one connection; closes with the last listener. Lives on
 * the deployment's context.
 *
 * <p>A connection can die in silence, and the bus of a Cluster may lose messages. So with every
 * heartbeat a mark is published on each master: messages from there arrive as long as its marks do,
 * and none is missing between two that follow each other.
 */
final class Subscriptions {

  /** Silent for so many heartbeats means dead. */
  private static final int MAX_MISSED_HEARTBEATS = 3;

  /**
   * For so many heartbeats more a server may be silent alone. Twice as many each time that another
   * place does not help: moving costs a gap in the messages of all others.
   */
  private static final int PATIENCE = 7;

  private static final int LONGEST_PATIENCE = 1_000;

  /**
   * Among so many keys there is one for each master of a Cluster, unless it has hardly any slot.
   */
  private static final int KEYS = 100;

  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final Masters masters;
  private final Topology topology;
  private final HeldConnection held;
  private final Connection connection = new Connection();
  private final String markChannel;
  private final Future<Void> opened;

  /** Each channel or pattern that somebody wants. */
  private final Map<String, Channel> channels = new LinkedHashMap<>();

  private final Set<Subscription> listeners = new LinkedHashSet<>();
  private final Map<String, Server> servers = new HashMap<>();

  /** The reach of each master, by its name; replaced, never changed. */
  private volatile Map<String, Long> reached = Map.of();

  private volatile boolean takesWrites = true;

  private long lastReach;
  private long lastMark;
  private long heartbeat = -1;
  private int patience = PATIENCE;

  /** Where it was silent, until there is another connection; or null. */
  private RedisUri silentPlace;

  private boolean closed;

  Subscriptions(Vertx vertx, RedisLinkOptions options, Masters masters) {
    this.vertx = vertx;
    this.options = options;
    this.masters = masters;
    this.markChannel = options.prefix() + "heartbeat:" + UUID.randomUUID();
    this.topology = masters.topology("subscriptions of the node", this::linksChanged);
    this.held =
        new HeldConnection(vertx, options, "subscription of the node", this::locate, connection);
    this.opened = open();
  }

  private Future<Void> open() {
    return attempts(topology::open)
        .compose(v -> attempts(() -> held.open(true)))
        .compose(v -> checkMarks())
        .onSuccess(v -> beat());
  }

  /** Nobody waits for them any more when it is closed. */
  private Future<Void> attempts(Supplier<Future<Void>> attempt) {
    return Starting.attempts(
        vertx, options, () -> closed ? Future.succeededFuture() : attempt.get());
  }

  /** A mark that the user may not publish would only ever be missing. */
  private Future<Void> checkMarks() {
    return Future.join(servers.values().stream().map(Server::mark).toList())
        .<Void>mapEmpty()
        .recover(
            cause ->
                RedisFailures.isRefusal(cause)
                    ? Future.failedFuture(
                        atRedis(new IllegalStateException("to publish on " + markChannel, cause)))
                    : Future.succeededFuture());
  }

  private Throwable atRedis(Throwable cause) {
    return new IllegalStateException(
        "Redis at " + options.address() + ": " + Reasons.of(cause), cause);
  }

  /** To any master: in a Cluster each gets all that is published. */
  private Future<RedisUri> locate() {
    List<RedisUri> up =
        topology.servers().stream().filter(ServerLink::isUp).map(ServerLink::uri).toList();
    if (up.isEmpty()) {
      return Future.failedFuture("the link is down");
    }
    List<RedisUri> others = up.stream().filter(uri -> !uri.equals(silentPlace)).toList();
    List<RedisUri> places = others.isEmpty() ? up : others;
    return Future.succeededFuture(places.get(ThreadLocalRandom.current().nextInt(places.size())));
  }

  boolean isClosed() {
    return closed;
  }

  /** Tells nobody anything any more. */
  Future<Void> close() {
    closed = true;
    listeners.clear();
    channels.clear();
    vertx.cancelTimer(heartbeat);
    return held.close().eventually(topology::close);
  }

  // Who listens

  /** Completes when all that is published on the listener's channels arrives. */
  Future<Void> add(Subscription listener) {
    listeners.add(listener);
    List<String> fresh = new ArrayList<>();
    List<Future<Void>> confirmed = new ArrayList<>();
    for (String name : listener.channels()) {
      Channel channel = channels.get(name);
      if (channel == null) {
        channel = new Channel();
        channels.put(name, channel);
        fresh.add(name);
      }
      channel.listeners.add(listener);
      confirmed.add(channel.confirmed.future());
    }
    connection.subscribe(fresh);
    long patienceMs = options.startWithinMs() + options.connectTimeoutMs();
    return opened.compose(
        v -> Future.all(confirmed).<Void>mapEmpty().timeout(patienceMs, TimeUnit.MILLISECONDS));
  }

  Future<Void> remove(Subscription listener) {
    if (!listeners.remove(listener)) {
      return Future.succeededFuture();
    }
    List<String> left = new ArrayList<>();
    for (String name : listener.channels()) {
      Channel channel = channels.get(name);
      channel.listeners.remove(listener);
      if (channel.listeners.isEmpty()) {
        channels.remove(name);
        left.add(name);
      }
    }
    if (listeners.isEmpty()) {
      return close();
    }
    connection.unsubscribe(left);
    return Future.succeededFuture();
  }

  private static final class Channel {

    private final Set<Subscription> listeners = new LinkedHashSet<>();
    private final Promise<Void> confirmed = Promise.promise();
  }

  // What arrives

  /** See {@link Subscription#reach(String)}; on any thread. */
  long reach(String key) {
    String master = masters.masterOf(key);
    return master == null ? 0 : reached.getOrDefault(master, 0L);
  }

  /** See {@link Subscription#reach()}; on any thread. */
  long reach() {
    Map<String, Long> now = reached;
    return now.isEmpty() || now.containsValue(0L) ? 0 : Collections.max(now.values());
  }

  /** Whether some server takes writes, as far as is known; on any thread. */
  boolean takesWrites() {
    return takesWrites;
  }

  /** Nobody else may be writing, and who says that it takes no writes is told none. */
  private void tryWrites() {
    Map<String, String> keys = new HashMap<>();
    for (int i = 0; i < KEYS && keys.size() < servers.size(); i++) {
      String key = options.prefix() + "writes:" + i;
      String master = masters.masterOf(key);
      if (master != null) {
        keys.putIfAbsent(master, key);
      }
    }
    servers.forEach((name, server) -> server.tryWrite(keys.get(name)));
  }

  private void tellWrites() {
    takesWrites =
        servers.isEmpty() || servers.values().stream().anyMatch(server -> server.takesWrites);
  }

  private void tellReach() {
    Map<String, Long> now =
        servers.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, server -> server.getValue().reach));
    if (!now.equals(reached)) {
      reached = Map.copyOf(now);
      List.copyOf(listeners).forEach(Subscription::reachChanged);
    }
  }

  /** See {@link Subscription#awaitDelivery(String)}. */
  Future<Void> awaitDelivery(String key) {
    String master = masters.masterOf(key);
    Server server = master == null ? null : servers.get(master);
    return server == null ? missed() : server.awaitDelivery();
  }

  /** See {@link Subscription#awaitDelivery()}. */
  Future<Void> awaitDelivery() {
    return servers.isEmpty()
        ? missed()
        : Future.all(servers.values().stream().map(Server::awaitDelivery).toList()).mapEmpty();
  }

  private static <T> Future<T> missed() {
    return Failure.UNAVAILABLE.future("The subscription was lost");
  }

  private void linksChanged() {
    followMembers();
    servers.values().forEach(Server::followLink);
    ServerLink only = topology.members().get(SingleServer.NAME);
    if (only != null && only.isUp() && connection.isUp() && !only.uri().equals(held.uri())) {
      held.drop("the master is another server");
    } else if (topology.servers().stream().anyMatch(ServerLink::isUp)) {
      held.reconnectNow();
    }
    tellReach();
  }

  private void followMembers() {
    Map<String, ServerLink> members = topology.members();
    for (Server server : List.copyOf(servers.values())) {
      if (members.get(server.name) != server.link) {
        servers.remove(server.name);
        server.lose();
      }
    }
    members.forEach((name, link) -> servers.computeIfAbsent(name, key -> new Server(key, link)));
  }

  /** One beat after the other: those that a busy event loop has missed must not come at once. */
  private void beat() {
    if (closed) {
      return;
    }
    heartbeat =
        vertx.setTimer(
            options.untilHeartbeatMs(),
            timer -> {
              beat();
              followMembers();
              topology.servers().forEach(ServerLink::checkRole);
              tryWrites();
              if (connection.isUp()) {
                prove();
              }
              tellReach();
            });
  }

  /**
   * Of a server that is away nothing arrives. From one that is there marks must come: where they
   * come from fewer servers than they do not, or never from one, this connection is at the wrong
   * place.
   */
  private void prove() {
    int silent = 0;
    int heard = 0;
    int longest = 0;
    for (Server server : servers.values()) {
      if (!server.isSilent()) {
        heard++;
        continue;
      }
      server.lose();
      server.silentHeartbeats = server.link.isUp() ? server.silentHeartbeats + 1 : 0;
      silent += server.link.isUp() ? 1 : 0;
      longest = Math.max(longest, server.silentHeartbeats);
    }
    if (silent > heard) {
      leave();
    } else if (longest > patience) {
      patience = Math.min(2 * patience, LONGEST_PATIENCE);
      leave();
    } else {
      if (servers.values().stream().allMatch(server -> server.reach > 0 || !server.link.isUp())) {
        patience = PATIENCE;
      }
      servers.values().forEach(Server::mark);
    }
  }

  private void leave() {
    silentPlace = held.uri();
    held.drop("subscription is silent");
  }

  /** A master, and what is known of the messages from it. */
  private final class Server {

    private final String name;
    private final ServerLink link;

    /** Those that have not arrived, by their numbers, in their order. */
    private final NavigableMap<Long, Mark> marks = new TreeMap<>();

    /** 0 while messages are missed. */
    private long reach;

    /** Its reach when the next mark arrives. */
    private long next = ++lastReach;

    /** Heartbeats since the last proof; not a time, which passes for a busy event loop too. */
    private int missedHeartbeats;

    /** Heartbeats for which it was silent and within reach. */
    private int silentHeartbeats;

    private boolean linkWasUp;

    private boolean takesWrites = true;

    Server(String name, ServerLink link) {
      this.name = name;
      this.link = link;
      this.linkWasUp = link.isUp();
    }

    boolean isSilent() {
      return missedHeartbeats++ >= MAX_MISSED_HEARTBEATS;
    }

    /** Behind the same address there may be another server now: that must show at once. */
    void followLink() {
      if (link.isUp() && !linkWasUp && connection.isUp()) {
        missedHeartbeats = Math.max(missedHeartbeats, MAX_MISSED_HEARTBEATS - 1);
        mark();
      } else if (link.isReplica()) {
        lose();
      }
      linkWasUp = link.isUp();
    }

    /**
     * A write that changes nothing, since there is no such key: Redis refuses it as any other.
     *
     * @param key of this server; null when none is known
     */
    void tryWrite(String key) {
      if (key != null) {
        link.read(Request.cmd(Command.SET).arg(key).arg("").arg("XX"))
            .onSuccess(done -> takesWrites = true)
            .onFailure(cause -> takesWrites &= !RedisFailures.isWithoutWrites(cause))
            .onComplete(done -> tellWrites());
      }
    }

    Future<Void> awaitDelivery() {
      if (reach == 0) {
        return missed();
      }
      return mark()
          .timeout(2 * options.commandTimeoutMs(), TimeUnit.MILLISECONDS)
          .recover(
              cause -> cause instanceof TimeoutException ? missed() : RedisFailures.future(cause));
    }

    /** Publishes one; completes when it arrives. */
    Future<Void> mark() {
      long number = ++lastMark;
      Mark mark = new Mark();
      marks.put(number, mark);
      link.read(Request.cmd(Command.PUBLISH).arg(markChannel).arg(name + " " + number))
          .onSuccess(
              receivers -> {
                mark.published = true;
                if (mark.overtaken && marks.get(number) == mark) {
                  renew(number);
                }
              })
          .onFailure(
              cause -> {
                marks.remove(number);
                mark.arrived.tryFail(cause);
              });
      return mark.arrived.future();
    }

    void arrived(long number) {
      missedHeartbeats = 0;
      silentHeartbeats = 0;
      Mark mark = marks.remove(number);
      if (mark != null) {
        mark.arrived.complete();
      }
      reach = next;
      Map<Long, Mark> overtaken = marks.headMap(number);
      overtaken.values().forEach(earlier -> earlier.overtaken = true);
      if (overtaken.values().stream().anyMatch(earlier -> earlier.published)) {
        renew(number);
      }
      tellReach();
    }

    /**
     * A later mark has arrived, so those up to this one never will, nor what was published near
     * them: a Cluster's bus, which passes it on between servers, delivers at most once.
     */
    private void renew(long last) {
      lose(marks.headMap(last, true));
      reach = next;
      tellReach();
    }

    void lose() {
      lose(marks);
    }

    private void lose(Map<Long, Mark> those) {
      if (reach != 0) {
        reach = 0;
        next = ++lastReach;
      }
      List<Mark> lost = List.copyOf(those.values());
      those.clear();
      lost.forEach(mark -> missed().onFailure(mark.arrived::tryFail));
    }

    /** The connection is a new one. */
    void begin(long number) {
      lose();
      next = number;
      missedHeartbeats = 0;
      silentHeartbeats = 0;
      mark();
    }
  }

  private static final class Mark {

    private final Promise<Void> arrived = Promise.promise();

    /** Redis has said so. */
    private boolean published;

    /** A later one of the same server has arrived. */
    private boolean overtaken;
  }

  // The connection

  private final class Connection implements HeldConnection.Owner {

    /** Subscribed to, or about to be. */
    private final Set<String> requested = new LinkedHashSet<>();

    /** Commands whose channels are not all confirmed, in their order. */
    private final Queue<Pending> pending = new ArrayDeque<>();

    private RedisConnection preparing;
    private RedisConnection present;

    private static final class Pending {

      private final List<String> names;
      private final Promise<Void> done = Promise.promise();
      private int missing;

      Pending(List<String> names) {
        this.names = names;
        this.missing = names.size();
      }
    }

    boolean isUp() {
      return present != null;
    }

    @Override
    public Future<Void> prepare(RedisConnection fresh) {
      preparing = fresh;
      requested.clear();
      pending.clear();
      fresh.handler(response -> received(fresh, response));
      List<String> all = new ArrayList<>(channels.keySet());
      all.add(markChannel);
      return send(fresh, all);
    }

    @Override
    public void up(RedisConnection fresh) {
      present = fresh;
      silentPlace = null;
      // Those that came meanwhile.
      subscribe(channels.keySet().stream().filter(name -> !requested.contains(name)).toList());
      followMembers();
      long number = ++lastReach;
      servers.values().forEach(server -> server.begin(number));
      tellReach();
    }

    @Override
    public void down(String reason) {
      present = null;
      servers.values().forEach(Server::lose);
      tellReach();
    }

    /** While no master is within reach, that alone is the news. */
    @Override
    public boolean tellsOutage() {
      return topology.servers().stream().anyMatch(ServerLink::isUp);
    }

    void subscribe(List<String> names) {
      if (present != null && !names.isEmpty()) {
        send(present, names);
      }
    }

    void unsubscribe(List<String> names) {
      requested.removeAll(names);
      if (present != null) {
        sendTo(present, Command.PUNSUBSCRIBE, patterns(names));
        sendTo(present, Command.UNSUBSCRIBE, exact(names));
      }
    }

    /** An exact name as a pattern would need that very text among the channels of an ACL user. */
    private Future<Void> send(RedisConnection to, List<String> names) {
      requested.addAll(names);
      List<Future<Void>> done = new ArrayList<>();
      for (List<String> part : List.of(patterns(names), exact(names))) {
        if (!part.isEmpty()) {
          Pending expected = new Pending(part);
          pending.add(expected);
          done.add(expected.done.future());
        }
      }
      // The commands' own futures tell that they were written, not that the subscriptions hold.
      sendTo(to, Command.PSUBSCRIBE, patterns(names));
      sendTo(to, Command.SUBSCRIBE, exact(names));
      return Future.all(done).mapEmpty();
    }

    private List<String> patterns(List<String> names) {
      return names.stream().filter(name -> name.contains("*")).toList();
    }

    private List<String> exact(List<String> names) {
      return names.stream().filter(name -> !name.contains("*")).toList();
    }

    private void sendTo(RedisConnection to, Command command, List<String> names) {
      if (!names.isEmpty()) {
        Request request = Request.cmd(command);
        names.forEach(request::arg);
        to.send(request);
      }
    }

    private void received(RedisConnection from, Response response) {
      if (from != preparing) {
        return; // given up
      }
      if (response instanceof Throwable refusal) {
        refused(refusal);
        return;
      }
      switch (response.get(0).toString()) {
        case "psubscribe", "subscribe" -> confirmed();
        case "pmessage" ->
            tell(response.get(1).toString(), response.get(2).toString(), response.get(3));
        case "message" -> {
          String channel = response.get(1).toString();
          if (channel.equals(markChannel)) {
            arrived(response.get(2).toString());
          } else {
            tell(channel, channel, response.get(2));
          }
        }
        default -> {
          // That a subscription has ended is of no use to anybody.
        }
      }
    }

    private void refused(Throwable refusal) {
      Pending refused = pending.remove();
      Throwable cause = new IllegalStateException("to subscribe to " + refused.names, refusal);
      Throwable told = atRedis(cause);
      for (String name : refused.names) {
        if (channels.containsKey(name)) {
          channels.get(name).confirmed.tryFail(told);
        }
      }
      refused.done.tryFail(cause);
    }

    private void confirmed() {
      Pending first = pending.element();
      if (--first.missing == 0) {
        pending.remove();
        first.done.complete();
        for (String name : first.names) {
          if (channels.containsKey(name)) {
            channels.get(name).confirmed.tryComplete();
          }
        }
      }
    }

    private void tell(String wanted, String channel, Response text) {
      Channel listened = channels.get(wanted);
      if (listened != null) {
        String message = text.toString();
        listened.listeners.forEach(listener -> listener.message(channel, message));
      }
    }

    private void arrived(String mark) {
      int space = mark.lastIndexOf(' ');
      Server server = servers.get(mark.substring(0, space));
      if (server != null) {
        server.arrived(Long.parseLong(mark.substring(space + 1)));
      }
    }
  }
}
