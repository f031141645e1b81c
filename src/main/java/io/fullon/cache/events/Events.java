package io.fullon.cache.events;

import io.fullon.cache.bus.EventState;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.redis.NodeContext;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.RedisLinkOptions;
import io.fullon.cache.redis.Subscription;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells on a node's bus what the scripts of a domain publish in Redis when they store it, in that
 * order. After a gap, what was told is compared with what is stored. There is one per node (Vert.x
 * instance) and domain, which all its verticles share; it closes with the last of them.
 */
public final class Events implements Shareable {

  private static final Logger LOG = LoggerFactory.getLogger(Events.class);
  private static final String SHARED = "fullon.events";
  private static final String ALL = ".updates";

  /** How often it is looked what has ended by time. */
  private static final long TIDY_MS = 5_000;

  /** After how long what could not be compared is compared again. */
  private static final long RETRY_MS = 500;

  /** How many places, or names of one, are read at once. */
  private static final int PAGE = 100;

  private final Vertx vertx;
  private final RedisLinkOptions options;
  private final String address;
  private final Domain.Factory factory;
  private final Context context;
  private final Map<Class<?>, DeliveryOptions> codecs = new HashMap<>();

  /** The version of what is there, by place and name, as it was told. */
  private final Map<String, Map<String, Long>> known = new HashMap<>();

  /** What was told since the comparison began. */
  private final Set<Key> touched = new HashSet<>();

  private final Expected expected = new Expected();
  private int users;
  private Future<Void> opened;
  private RedisLink link;
  private Domain domain;
  private Subscription subscription;
  private long tidying = -1;
  private boolean closed;

  /** Whether all was known once that is there. */
  private boolean isComplete;

  private boolean isLive;

  /** The reach at the last comparison, and which one that is. */
  private long compared;

  private int comparison;

  private record Key(String place, String name) {}

  private Events(Vertx vertx, RedisLinkOptions options, String address, Domain.Factory factory) {
    this.vertx = vertx;
    this.options = options;
    this.address = address;
    this.factory = factory;
    this.context = NodeContext.of(vertx);
  }

  /** Where everything is told of the service at that address. */
  public static String updates(String address) {
    return address + ALL;
  }

  /**
   * Begins to tell, unless the node does already.
   *
   * @param isWanted else nothing is done
   * @param address of the service, such as {@code fullon.orders}
   * @param closeAtStop takes what must be called when the verticle stops
   * @return completes when all is told that is stored from now on
   */
  public static Future<Void> open(
      Vertx vertx,
      boolean isWanted,
      RedisLinkOptions options,
      String address,
      Domain.Factory factory,
      Consumer<Supplier<Future<Void>>> closeAtStop) {
    if (!isWanted) {
      return Future.succeededFuture();
    }
    Events events =
        nodes(vertx)
            .compute(
                address,
                (key, present) -> {
                  Events shared =
                      present == null ? new Events(vertx, options, address, factory) : present;
                  if (shared.users++ == 0) {
                    shared.opened = shared.open();
                  }
                  return shared;
                });
    closeAtStop.accept(events::release);
    return events.opened;
  }

  /**
   * Says what this node is about to store, so that it need not be read when it arrives.
   *
   * @param message as {@link News#message} gives it
   */
  public static void expect(Vertx vertx, String address, String message, List<News> news) {
    Events events = nodes(vertx).get(address);
    if (events != null) {
      events.expected.add(message, news);
    }
  }

  /** Whether the node tells what the service at that address stores. */
  public static boolean areTold(Vertx vertx, String address) {
    return nodes(vertx).containsKey(address);
  }

  private static LocalMap<String, Events> nodes(Vertx vertx) {
    return vertx.sharedData().getLocalMap(SHARED);
  }

  private Future<Void> release() {
    Events left =
        nodes(vertx)
            .computeIfPresent(address, (key, shared) -> --shared.users == 0 ? null : shared);
    return left == null ? opened.transform(result -> close()) : Future.succeededFuture();
  }

  private Future<Void> open() {
    Promise<Void> promise = Promise.promise();
    String name = address.substring(address.lastIndexOf('.') + 1);
    context.runOnContext(
        v ->
            RedisLink.open(vertx, options, "events of " + name)
                .compose(
                    connected -> {
                      link = connected;
                      domain = factory.on(link);
                      String channel = options.prefix() + name + ":updates";
                      return Subscription.open(vertx, link, List.of(channel), new Listener());
                    })
                .onSuccess(
                    subscribed -> {
                      subscription = subscribed;
                      domain.opened(subscribed);
                      tidying = vertx.setPeriodic(TIDY_MS, timer -> tidy());
                      reachChanged();
                    })
                .<Void>mapEmpty()
                .onComplete(promise));
    return promise.future();
  }

  private Future<Void> close() {
    Promise<Void> promise = Promise.promise();
    context.runOnContext(
        v -> {
          closed = true;
          vertx.cancelTimer(tidying);
          Future<Void> unsubscribed =
              subscription == null ? Future.succeededFuture() : subscription.close();
          if (domain != null) {
            domain.close();
          }
          unsubscribed
              .eventually(() -> link == null ? Future.succeededFuture() : link.close())
              .onComplete(promise);
        });
    return promise.future();
  }

  private void tidy() {
    List.copyOf(known.keySet()).forEach(domain::tidy);
  }

  // What is told

  private final class Listener implements Subscription.Listener {

    @Override
    public void message(String channel, String message) {
      for (News news : newsOf(message)) {
        if (!isLive) {
          touched.add(new Key(news.place(), news.name()));
        }
        tellReadable(news);
      }
    }

    private List<News> newsOf(String message) {
      List<News> known = expected.take(message);
      try {
        return known == null ? News.read(message) : known;
      } catch (RuntimeException e) {
        notTold("A message", e);
        return List.of();
      }
    }

    @Override
    public void reachChanged() {
      Events.this.reachChanged();
    }
  }

  /** One that cannot be read does not hide the others. */
  private void tellReadable(News news) {
    try {
      tell(news);
    } catch (RuntimeException e) {
      notTold(news.name() + " of " + news.place(), e);
    }
  }

  private void notTold(String what, RuntimeException problem) {
    LOG.warn(
        "{}: {} cannot be told: {}", address, what, InvalidValueException.shorten("" + problem));
  }

  private void tell(News news) {
    String place = news.place();
    Object told =
        news.value() == null ? domain.read(place, news.name(), news.text()) : news.value();
    if (told == null) {
      if (news.text().isEmpty()) {
        know(place, news.name(), null);
      }
      return;
    }
    know(place, news.name(), domain.version(told));
    domain.tell(place, told, () -> publish(place, told));
  }

  private void publish(String place, Object told) {
    DeliveryOptions codec =
        codecs.computeIfAbsent(told.getClass(), type -> LocalCodec.register(vertx, type));
    vertx.eventBus().publish(updates(address), told, codec);
    vertx.eventBus().publish(updates(address) + "." + place, told, codec);
  }

  private void know(String place, String name, Long version) {
    if (version != null) {
      known.computeIfAbsent(place, key -> new HashMap<>()).put(name, version);
    } else if (known.containsKey(place)) {
      known.get(place).remove(name);
      known.computeIfPresent(place, (key, names) -> names.isEmpty() ? null : names);
    }
  }

  private void tellState(String state) {
    vertx.eventBus().publish(address + ".state", state, new DeliveryOptions().setLocalOnly(true));
  }

  // Gaps

  private void reachChanged() {
    long reach = subscription.reach();
    if (reach == compared) {
      return;
    }
    compared = reach;
    if (isLive) {
      isLive = false;
      tellState(EventState.STALE);
    }
    compare();
  }

  /** Nothing that is on its way is older than what was read, when its delivery was awaited. */
  private void compare() {
    int number = ++comparison;
    touched.clear();
    if (compared == 0 || closed) {
      return;
    }
    domain
        .places()
        .compose(
            places -> {
              Set<String> all = new HashSet<>(known.keySet());
              all.addAll(places);
              return each(pages(List.copyOf(all)).iterator(), page -> compare(number, page));
            })
        .onSuccess(
            done -> {
              if (isPresent(number)) {
                isComplete = true;
                isLive = true;
                touched.clear();
                tellState(EventState.LIVE);
              }
            })
        .onFailure(
            cause -> {
              if (isPresent(number)) {
                LOG.debug("Events of {} are compared again", address, cause);
                vertx.setTimer(
                    RETRY_MS,
                    timer -> {
                      if (isPresent(number)) {
                        compare();
                      }
                    });
              }
            });
  }

  private boolean isPresent(int number) {
    return number == comparison && !closed;
  }

  private Future<Void> compare(int number, List<String> places) {
    List<Future<Map<String, Long>>> stored = places.stream().map(domain::versions).toList();
    return delivered(Future.all(stored))
        .compose(
            all -> {
              if (!isPresent(number)) {
                return Future.failedFuture("there is another comparison");
              }
              List<Changed> changed = new ArrayList<>();
              for (int i = 0; i < places.size(); i++) {
                String place = places.get(i);
                pages(changed(place, stored.get(i).result()))
                    .forEach(names -> changed.add(new Changed(place, names)));
              }
              return each(changed.iterator(), one -> tellAgain(number, one.place, one.names));
            });
  }

  private record Changed(String place, List<String> names) {}

  private <T> Future<T> delivered(Future<T> read) {
    return read.compose(answer -> subscription.awaitDelivery().map(answer));
  }

  /** Those that must be told. At first what nobody was told is only learned. */
  private List<String> changed(String place, Map<String, Long> stored) {
    Map<String, Long> told = Map.copyOf(known.getOrDefault(place, Map.of()));
    Set<String> names = new HashSet<>(told.keySet());
    names.addAll(stored.keySet());
    names.removeIf(
        name ->
            touched.contains(new Key(place, name))
                || Objects.equals(told.get(name), stored.get(name)));
    if (!isComplete) {
      for (String name : List.copyOf(names)) {
        if (!told.containsKey(name)) {
          know(place, name, stored.get(name));
          names.remove(name);
        }
      }
    }
    return new ArrayList<>(names);
  }

  private static List<List<String>> pages(List<String> names) {
    List<List<String>> pages = new ArrayList<>();
    for (int i = 0; i < names.size(); i += PAGE) {
      pages.add(names.subList(i, Math.min(i + PAGE, names.size())));
    }
    return pages;
  }

  private Future<Void> tellAgain(int number, String place, List<String> names) {
    return delivered(domain.texts(place, names))
        .compose(
            texts -> {
              if (!isPresent(number)) {
                return Future.failedFuture("there is another comparison");
              }
              for (String name : names) {
                if (!touched.contains(new Key(place, name))) {
                  tellReadable(new News(place, name, texts.getOrDefault(name, ""), null));
                }
              }
              return Future.succeededFuture();
            });
  }

  /** One after the other. */
  private static <T> Future<Void> each(Iterator<T> all, Function<T, Future<Void>> step) {
    // Not a chain of futures: completing one that is thousands long overflows the stack.
    Promise<Void> done = Promise.promise();
    next(all, step, done);
    return done.future();
  }

  private static <T> void next(
      Iterator<T> all, Function<T, Future<Void>> step, Promise<Void> done) {
    if (!all.hasNext()) {
      done.complete();
      return;
    }
    step.apply(all.next()).onSuccess(v -> next(all, step, done)).onFailure(done::fail);
  }
}
