package io.fullon.cache.source;

import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** What is asked for on one connection, at its pace, and what of it is answered. */
final class Requests {

  /** What waits to be sent. */
  private record Outgoing(String text, Request request) {}

  /** What was asked for and not answered yet. */
  private static final class Request {

    final Set<String> names;
    boolean isSent;
    long sentAt;

    Request(List<String> names) {
      this.names = new LinkedHashSet<>(names);
    }
  }

  private final Vertx vertx;
  private final Channel channel;
  private final Pace pace;
  private final LongSupplier nanos;
  private final Consumer<String> socket;
  private final Deque<Outgoing> outbox = new ArrayDeque<>();

  /** What is subscribed once all that waits to be sent is answered. */
  private final Set<String> requested = new HashSet<>();

  /** By their numbers. */
  private final Map<Long, Request> unanswered = new LinkedHashMap<>();

  /** By name: why a request for it alone was refused, though the answer does not name it. */
  private final Map<String, String> suspects = new LinkedHashMap<>();

  private boolean isAnyTaken;
  private long count;
  private long timer = -1;
  private boolean closed;

  /**
   * @param socket what sends a text, or a ping of the WebSocket itself where that is null
   */
  Requests(Vertx vertx, Channel channel, Pace pace, LongSupplier nanos, Consumer<String> socket) {
    this.vertx = vertx;
    this.channel = channel;
    this.pace = pace;
    this.nanos = nanos;
    this.socket = socket;
  }

  // What is sent

  /**
   * Sends what is no request, as soon as may be.
   *
   * @param text null for a ping of the WebSocket itself
   */
  void send(String text) {
    outbox.add(new Outgoing(text, null));
    send();
  }

  /** Asks for what of this is not asked for yet, and for nothing else any more. */
  void reconcile(Set<String> wanted) {
    List<String> gone = requested.stream().filter(name -> !wanted.contains(name)).toList();
    List<String> missing = wanted.stream().filter(name -> !requested.contains(name)).toList();
    for (List<String> names : batches(gone)) {
      requested.removeAll(names);
      outbox.add(new Outgoing(channel.unsubscribe(names, ++count), null));
    }
    batches(missing).forEach(this::request);
    send();
  }

  private List<List<String>> batches(List<String> names) {
    Map<String, List<String>> groups = new LinkedHashMap<>();
    names.forEach(
        name -> groups.computeIfAbsent(channel.group(name), key -> new ArrayList<>()).add(name));
    int size = channel.perRequest();
    List<List<String>> batches = new ArrayList<>();
    for (List<String> group : groups.values()) {
      for (int from = 0; from < group.size(); from += size) {
        batches.add(group.subList(from, Math.min(group.size(), from + size)));
      }
    }
    return batches;
  }

  private void request(List<String> names) {
    long id = ++count;
    Request request = new Request(names);
    requested.addAll(names);
    unanswered.put(id, request);
    outbox.add(new Outgoing(channel.subscribe(names, id), request));
  }

  private void send() {
    vertx.cancelTimer(timer);
    while (!outbox.isEmpty() && !closed) {
      long now = nanos.getAsLong();
      long wait = pace.waitNanos(now);
      if (wait > 0) {
        timer = vertx.setTimer(1 + TimeUnit.NANOSECONDS.toMillis(wait), id -> send());
        return;
      }
      pace.add(now);
      write(outbox.poll(), now);
    }
  }

  private void write(Outgoing message, long now) {
    if (message.request != null) {
      message.request.isSent = true;
      message.request.sentAt = now;
    }
    socket.accept(message.text);
  }

  // What is answered

  /** Whether this is subscribed, or waits to be. */
  boolean contains(String name) {
    return requested.contains(name);
  }

  /** Whether all that was asked for is answered. */
  boolean isAnswered() {
    return unanswered.isEmpty();
  }

  /** Whether the answer to something takes longer than that. */
  boolean isOverdue(long now, long answerNanos) {
    return unanswered.values().stream()
        .anyMatch(one -> one.isSent && now - one.sentAt >= answerNanos);
  }

  /** Gives what the request asked for; nothing where it is unknown. */
  Set<String> taken(long request) {
    Request answered = unanswered.remove(request);
    if (answered == null) {
      return Set.of();
    }
    isAnyTaken = true;
    return answered.names;
  }

  /** Gives whether it was asked for. */
  boolean taken(String name) {
    isAnyTaken = true;
    return forget(name);
  }

  /** This one has no answer any more to wait for. Gives whether it was asked for. */
  boolean forget(String name) {
    boolean isAsked = false;
    for (Request request : unanswered.values()) {
      isAsked |= request.names.remove(name);
    }
    unanswered.values().removeIf(request -> request.names.isEmpty());
    return isAsked;
  }

  /** This one is not subscribed any more. */
  void remove(String name) {
    requested.remove(name);
  }

  /**
   * The exchange refuses a request as a whole: its parts are asked for, one that has none is
   * suspect.
   *
   * @param request null for the one that was sent first
   * @return whether it is known
   */
  boolean refused(Long request, String why) {
    Long id = request == null ? oldestSent() : request;
    Request refused = id == null ? null : unanswered.remove(id);
    if (refused == null) {
      return false;
    }
    List<String> names = List.copyOf(refused.names);
    if (names.size() == 1) {
      suspects.put(names.get(0), why);
    } else {
      // One of them is the culprit, and the others are not to go without.
      request(names.subList(0, names.size() / 2));
      request(names.subList(names.size() / 2, names.size()));
      send();
    }
    return true;
  }

  private Long oldestSent() {
    for (Map.Entry<Long, Request> one : unanswered.entrySet()) {
      if (one.getValue().isSent) {
        return one.getKey();
      }
    }
    return null;
  }

  /** Takes those that are suspect, each with the reason. */
  Map<String, String> takeSuspects() {
    Map<String, String> all = new LinkedHashMap<>(suspects);
    suspects.clear();
    return all;
  }

  /** Whether nothing was subscribed so far. */
  boolean isNoneTaken() {
    return !isAnyTaken;
  }

  void close() {
    closed = true;
    vertx.cancelTimer(timer);
  }
}
