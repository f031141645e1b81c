package io.fullon.cache.ohlcv;

import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.Names;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The bars of all markets in Redis, for who makes them of ticks. Each step is one script. */
public final class BarStore {

  /** How long after its end the clock makes a bar final. */
  public static final long FINAL_AFTER_MS = 2_000;

  private static final Script WRITE = Script.load("ohlcv-write");
  private static final Script TAIL = Script.load("ohlcv-tail");
  private static final Script LEASE = Script.load("ohlcv-lease");

  private final RedisLink link;
  private final OhlcvKeys keys;
  private final String keep;

  /**
   * @param keep how many bars are kept of each market and timeframe
   */
  public BarStore(RedisLink link, int keep) {
    this.link = link;
    this.keys = new OhlcvKeys(link.options().prefix());
    this.keep = String.valueOf(keep);
  }

  /** A bar whose time is over. */
  public record Ended(Timeframe timeframe, long begin) {}

  /**
   * What is known of a market.
   *
   * @param latest when its latest 1m bar begins; {@link Long#MIN_VALUE} when there is none
   * @param minutes the latest 1m bars that were made of ticks
   * @param running those of the latest bars of each timeframe that are not final
   */
  public record Tail(long latest, List<BuiltMinute> minutes, List<Ended> running) {}

  /**
   * Puts 1m bars together with what is stored of them, rolls them up, and makes bars final. Done
   * again it changes nothing.
   *
   * @param nowMs what is over by then is final
   */
  public Future<?> build(
      String exchange, String symbol, List<BuiltMinute> minutes, List<Ended> ended, long nowMs) {
    List<String> arguments = arguments("build", exchange, symbol, nowMs);
    arguments.add(String.valueOf(minutes.size()));
    minutes.forEach(minute -> arguments.add(minute.encode()));
    ended.forEach(one -> arguments.add(one.timeframe() + " " + one.begin()));
    return write(exchange, symbol, arguments);
  }

  /** Stores what a program brings; gives how many were new or changed. */
  Future<Integer> bring(
      String exchange, String symbol, Timeframe timeframe, List<Bar> bars, long nowMs) {
    List<String> arguments = arguments("bring", exchange, symbol, nowMs);
    arguments.add(timeframe.toString());
    Map<Instant, Bar> byTime = new LinkedHashMap<>();
    bars.forEach(bar -> byTime.put(bar.time(), bar));
    byTime.values().forEach(bar -> arguments.add(StoredBar.brought(bar)));
    return write(exchange, symbol, arguments).map(Response::toInteger);
  }

  /** Deletes all of a timeframe; gives whether there were any. */
  Future<Boolean> delete(String exchange, String symbol, Timeframe timeframe) {
    List<String> arguments = arguments("delete", exchange, symbol, 0);
    arguments.add(timeframe.toString());
    return write(exchange, symbol, arguments).map(answer -> answer.toInteger() > 0);
  }

  private Future<Response> write(String exchange, String symbol, List<String> arguments) {
    List<String> all = keys.all(exchange, symbol);
    all.add(keys.lost(exchange, symbol));
    return link.run(WRITE, all, arguments);
  }

  private List<String> arguments(String operation, String exchange, String symbol, long nowMs) {
    List<String> arguments = new ArrayList<>();
    arguments.add(operation);
    arguments.add(keys.updates());
    arguments.add(Names.inKey(exchange + "." + symbol));
    arguments.add(keep);
    arguments.add(String.valueOf(nowMs));
    return arguments;
  }

  /** Reads with what making its bars goes on. */
  public Future<Tail> tail(String exchange, String symbol) {
    return link.read(TAIL, keys.all(exchange, symbol), List.of()).map(BarStore::tail);
  }

  private static Tail tail(Response answer) {
    long latest = Long.MIN_VALUE;
    List<BuiltMinute> minutes = new ArrayList<>();
    for (Response text : answer.get(0)) {
      String stored = text.toString();
      latest = Long.parseLong(stored.substring(0, stored.indexOf(' ')));
      BuiltMinute minute = BuiltMinute.decode(stored);
      if (minute != null) {
        minutes.add(minute);
      }
    }
    List<Ended> running = new ArrayList<>();
    for (Response one : answer.get(1)) {
      running.add(
          new Ended(Timeframe.read("timeframe", one.get(0).toString()), one.get(1).toLong()));
    }
    return new Tail(latest, minutes, running);
  }

  /**
   * Takes or keeps the lease of who writes what is made of ticks.
   *
   * @return whether this node has it
   */
  public Future<Boolean> hold(String node, long leaseMs) {
    return lease("hold", node, leaseMs);
  }

  /** Gives the lease up; others need not wait for its end. */
  public Future<?> release(String node) {
    return lease("release", node, 0);
  }

  private Future<Boolean> lease(String operation, String node, long leaseMs) {
    return link.run(
            LEASE, List.of(keys.writer()), List.of(operation, node, String.valueOf(leaseMs)))
        .map(answer -> answer.toInteger() == 1);
  }
}
