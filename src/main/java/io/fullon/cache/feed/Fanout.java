package io.fullon.cache.feed;

import io.fullon.cache.tick.Tick;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Who gets which tick, and when: topics lead to groups, groups to connections. Flushing a socket is
 * what costs, so all ticks that wait in one turn of the loop share one frame.
 */
final class Fanout {

  /** A shorter rest would delay the ticks by more than it saves. */
  private static final int LEAST_REST_MS = 3;

  /**
   * Connections with more topics do not share a group: a change would cost as much as they have,
   * and not as much as it changes.
   */
  static final int SHARED_TOPICS = FeedLimits.SYMBOLS;

  private final TickBoard board;
  private final Timers timers;
  private final LongSupplier nanos;
  private final FeedMetrics metrics;

  /** Those with few topics by these, which do not change while they are the key here. */
  private final Map<Map<Topic, Integer>, FeedGroup> groups = new HashMap<>();

  private final Map<Topic, Audience> audiences = new HashMap<>();

  /** Changes whenever a topic gets an audience or loses it: then the tickers know old ones. */
  private long audiencesVersion = 1;

  private final List<FeedGroup> unflushed = new ArrayList<>();

  /** Those that will be sent when the groups are flushed. */
  private final List<Tick> unsent = new ArrayList<>();

  private boolean flushPlanned;
  private long flushEnd;
  private long flushNanos;

  Fanout(TickBoard board, Timers timers, LongSupplier nanos, FeedMetrics metrics) {
    this.board = board;
    this.timers = timers;
    this.nanos = nanos;
    this.metrics = metrics;
  }

  // What comes

  void updated(EncodedTick tick) {
    Audience[] all = audiences(tick.ticker());
    if (all.length == 0) {
      return;
    }
    Update update = Update.of(tick);
    for (Audience audience : all) {
      for (FeedGroup group : audience.groups()) {
        if (group.add(update)) {
          unflushed.add(group);
        }
      }
    }
    unsent.add(tick.tick());
    planFlush();
  }

  /** Looked up once for many ticks, as long as no topic appears or goes. */
  private Audience[] audiences(Ticker ticker) {
    if (ticker.audiencesVersion() != audiencesVersion) {
      ticker.audiences(
          ticker.topics().stream()
              .map(audiences::get)
              .filter(Objects::nonNull)
              .toArray(Audience[]::new),
          audiencesVersion);
    }
    return ticker.audiences();
  }

  private void planFlush() {
    if (flushPlanned) {
      return;
    }
    flushPlanned = true;
    long restMs = TimeUnit.NANOSECONDS.toMillis(flushEnd + flushNanos - nanos.getAsLong());
    if (restMs >= LEAST_REST_MS) {
      timers.after(restMs, this::flushAsPlanned);
    } else {
      timers.later(this::flushAsPlanned); // behind the ticks that wait already
    }
  }

  private void flushAsPlanned() {
    flushPlanned = false;
    flush();
  }

  /**
   * Sends what came so far. Then it rests for as long as that took, because sending costs per
   * socket and not per tick: with few clients that is nothing, with many the frames get larger.
   */
  void flush() {
    if (unsent.isEmpty()) {
      return;
    }
    final long start = nanos.getAsLong();
    unflushed.forEach(FeedGroup::flush);
    unflushed.clear();
    metrics.sent(unsent);
    unsent.clear();
    flushEnd = nanos.getAsLong();
    flushNanos = flushEnd - start;
  }

  /** Tells who follows them that tickers are gone. */
  void removed(List<Ticker> gone) {
    Map<FeedGroup, List<Ticker>> concerned = new LinkedHashMap<>();
    for (Ticker ticker : gone) {
      Set<FeedGroup> followers = new HashSet<>();
      for (Audience audience : audiences(ticker)) {
        Collections.addAll(followers, audience.groups());
      }
      followers.forEach(
          group -> concerned.computeIfAbsent(group, none -> new ArrayList<>()).add(ticker));
    }
    concerned.forEach(this::removed);
  }

  private void removed(FeedGroup group, List<Ticker> gone) {
    group.removed(gone);
    List<TickerKey> keys = gone.stream().map(Ticker::key).toList();
    for (int from = 0; from < keys.size(); from += Frames.GONE) {
      tellRemoved(group, keys.subList(from, Math.min(keys.size(), from + Frames.GONE)));
    }
  }

  private static void tellRemoved(FeedGroup group, List<TickerKey> keys) {
    ByteBuf frame = Frames.bytes(Frames.removed(keys));
    try {
      group.followers().forEach(one -> one.run(() -> one.outbox().removed(keys, frame)));
    } finally {
      frame.release();
    }
  }

  /** Sends everyone in pieces what an outage has changed. */
  void recovered(Recovery recovery) {
    Set<FeedGroup> all = new HashSet<>();
    audiences.values().forEach(audience -> Collections.addAll(all, audience.groups()));
    for (FeedGroup group : all) {
      group.recovered(recovery);
      Recovery.Part part = new Recovery.Part(recovery, group.subscriptions(), board.pages());
      for (Follower one : group.followers()) {
        one.run(
            () -> {
              if (!recovery.gone().isEmpty()) {
                one.outbox().forgetGone();
              }
              one.outbox().beginLater(new Cursor.Changes(part));
            });
      }
    }
  }

  // Who follows what

  /** An equal one that others have too, if there are any: each would cost its own strings. */
  Topic shared(Topic topic) {
    Audience audience = audiences.get(topic);
    return audience == null ? topic : audience.topic();
  }

  /**
   * Changes what a connection follows, who has caught up. Costs as many steps as there are changes,
   * or as it has topics where it may share a group.
   *
   * @param changes topics with their intervals; null to end one
   */
  void change(Follower follower, Map<Topic, Integer> changes) {
    FeedGroup before = follower.group();
    Map<Topic, Integer> key = key(follower.subscriptions(), changes);
    if (before != null && key != null && key.equals(before.subscriptions().intervals())) {
      return;
    }
    FeedGroup there = key == null ? null : groups.get(key);
    if (there == null && before != null && before.isAlone() && (key == null || !key.isEmpty())) {
      changeAlone(before, changes);
      release(follower, changes.keySet());
    } else {
      move(follower, there, changes, key);
    }
  }

  /** All of its topics then, by which it may find a group; null if they are too many. */
  private static Map<Topic, Integer> key(Subscriptions now, Map<Topic, Integer> changes) {
    if (now.size() > SHARED_TOPICS + changes.size()) {
      return null;
    }
    Map<Topic, Integer> key = new HashMap<>(now.intervals());
    changes.forEach((topic, intervalMs) -> key.compute(topic, (same, before) -> intervalMs));
    return key.size() > SHARED_TOPICS ? null : key;
  }

  private void offerToOthers(FeedGroup group) {
    if (group.subscriptions().size() <= SHARED_TOPICS) {
      groups.put(group.subscriptions().intervals(), group);
    }
  }

  private void withdraw(FeedGroup group) {
    if (group.subscriptions().size() <= SHARED_TOPICS) {
      groups.remove(group.subscriptions().intervals());
    }
  }

  private void changeAlone(FeedGroup group, Map<Topic, Integer> changes) {
    withdraw(group);
    changes.forEach(
        (topic, intervalMs) -> {
          group.subscriptions().change(topic, intervalMs);
          if (intervalMs == null) {
            leave(topic, group);
          } else {
            enter(topic, group);
          }
        });
    offerToOthers(group);
  }

  /** Lets go what was held for another interval than now. */
  private void release(Follower follower, Collection<Topic> changed) {
    Throttle throttle = follower.group().throttle();
    if (throttle.size() == 0) {
      return;
    }
    List<Throttle.Rest> rests = new ArrayList<>();
    for (Topic topic : changed) {
      if (!topic.isExact()) {
        rests.clear();
        rests.addAll(throttle.all());
        break;
      }
      Ticker ticker = board.get(new TickerKey(topic.exchange(), topic.symbol()));
      Throttle.Rest rest = ticker == null ? null : throttle.get(ticker);
      if (rest != null) {
        rests.add(rest);
      }
    }
    List<Update> free = new ArrayList<>();
    for (Throttle.Rest rest : rests) {
      Ticker ticker = rest.ticker();
      int intervalMs = follower.subscriptions().interval(ticker);
      if (intervalMs == rest.intervalMs()) {
        continue;
      }
      long had = follower.had(ticker);
      throttle.forget(ticker);
      follower.had().remove(ticker);
      if (intervalMs >= 0 && ticker.number() > had) {
        free.add(new Update(ticker.latest(), had));
      }
      if (intervalMs > 0) {
        throttle.rest(ticker, intervalMs, nanos.getAsLong(), ticker.number());
      }
    }
    follower.outbox().offer(free);
  }

  /** To the group of those with the same, or to a new one. */
  private void move(
      Follower follower, FeedGroup there, Map<Topic, Integer> changes, Map<Topic, Integer> key) {
    FeedGroup before = follower.group();
    FeedGroup group = there;
    if (group == null && (key == null || !key.isEmpty())) {
      Subscriptions subscriptions = new Subscriptions();
      follower.subscriptions().intervals().forEach(subscriptions::change);
      changes.forEach(subscriptions::change);
      group = new FeedGroup(subscriptions, nanos, timers);
      offerToOthers(group);
      for (Topic topic : subscriptions.intervals().keySet()) {
        enter(topic, group);
      }
    }
    Map<Throttle.Rest, Long> rests = new LinkedHashMap<>();
    if (before != null) {
      before.throttle().all().forEach(rest -> rests.put(rest, follower.had(rest.ticker())));
    }
    leave(follower);
    follower.had().clear();
    follower.join(group);
    if (group != null) {
      carry(follower, rests);
    }
  }

  private void carry(Follower follower, Map<Throttle.Rest, Long> rests) {
    List<Update> free = new ArrayList<>();
    rests.forEach(
        (rest, had) -> {
          Ticker ticker = rest.ticker();
          int intervalMs = follower.subscriptions().interval(ticker);
          if (intervalMs == rest.intervalMs()) {
            follower.carry(rest, had);
          } else if (intervalMs >= 0) {
            if (ticker.number() > had) {
              free.add(new Update(ticker.latest(), had));
            }
            follower.sent(ticker);
          }
        });
    follower.outbox().offer(free);
  }

  /** The connection follows nothing any more. */
  void leave(Follower follower) {
    FeedGroup group = follower.group();
    if (group == null) {
      return;
    }
    group.followers().remove(follower);
    follower.join(null);
    if (group.followers().isEmpty()) {
      withdraw(group);
      group.close();
      group.subscriptions().intervals().keySet().forEach(topic -> leave(topic, group));
    }
  }

  private void enter(Topic topic, FeedGroup group) {
    Audience audience = audiences.get(topic);
    if (audience == null) {
      audience = new Audience(topic);
      audiences.put(topic, audience);
      audiencesVersion++;
    }
    audience.enter(group);
  }

  private void leave(Topic topic, FeedGroup group) {
    Audience audience = audiences.get(topic);
    if (audience != null) {
      audience.leave(group);
      if (audience.isEmpty()) {
        audiences.remove(topic);
        audiencesVersion++;
      }
    }
  }
}
