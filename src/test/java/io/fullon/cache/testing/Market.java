package io.fullon.cache.testing;

import io.fullon.cache.tick.Tick;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** An exchange that nobody else uses, and a client that watches all of it. */
public final class Market implements AutoCloseable {

  private static final AtomicInteger EXCHANGES = new AtomicInteger();

  private final CacheNode node;
  private final String exchange = "market" + EXCHANGES.incrementAndGet();
  private final FeedClient watcher;
  private final TickLog watched = new TickLog();
  private long second;

  public Market(CacheNode node) {
    this(node, node.feed());
  }

  /** With a client that was just connected. */
  public Market(CacheNode node, FeedClient watcher) {
    this.node = node;
    this.watcher = watcher;
    watcher.next("welcome");
    watcher.subscribe(exchange, "*");
  }

  public String exchange() {
    return exchange;
  }

  /** A tick later than all before. */
  public Tick tick(String symbol, String price) {
    return Tick.of(exchange, symbol, new BigDecimal(price), Instant.ofEpochSecond(++second));
  }

  /** Stores a tick later than all before; when this returns, the feed has sent it to everyone. */
  public Tick store(String symbol, String price) {
    store(List.of(tick(symbol, price)));
    return CacheNode.get(node.ticks().getTicker(symbol, exchange));
  }

  /** Stores them; when this returns, the feed has sent them to everyone. */
  public void store(List<Tick> ticks) {
    CacheNode.get(node.ticks().updateTickers(ticks));
    settle();
  }

  /** Deletes the ticker; when this returns, the feed has told everyone. */
  public void delete(String symbol) {
    CacheNode.get(node.ticks().deleteTicker(symbol, exchange));
    JsonObject frame;
    do {
      frame = watcher.next();
      watched.add(frame);
    } while (!frame.getString("type").equals("removed"));
  }

  /** Waits until the feed has sent everyone what is stored; gives its {@link #numbers}. */
  public Map<String, Long> settle() {
    Map<String, Long> numbers = numbers();
    watched.readUntil(watcher, numbers);
    return numbers;
  }

  /** The numbers of the latest ticks, by exchange and symbol. */
  private Map<String, Long> numbers() {
    Map<String, Long> numbers = new HashMap<>();
    CacheNode.get(node.ticks().getAllTickers(exchange))
        .forEach(tick -> numbers.put(TickLog.key(exchange, tick.symbol()), tick.seq()));
    return numbers;
  }

  /** What the watcher was sent since it watches. */
  public TickLog watched() {
    return watched;
  }

  @Override
  public void close() {
    watcher.close();
  }
}
