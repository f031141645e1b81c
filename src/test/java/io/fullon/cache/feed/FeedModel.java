package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickSnapshot;
import io.fullon.cache.value.Names;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A feed without sockets and with a clock of its own, and clients that check each frame that they
 * are sent against what the feed promises.
 */
final class FeedModel implements Timers, AutoCloseable {

  /** So long that a few hundred ticks are several frames. */
  private static final BigDecimal FAT = new BigDecimal("1".repeat(60));

  /** With this and its header a frame is still below what fills a socket. */
  private static final int LARGEST_FRAME = 65_536;

  /** So many of those that are gone may be told in one frame. */
  private static final int MOST_GONE = 500;

  private record Timer(long id, long at, Runnable task) {}

  final FeedMetrics metrics = new FeedMetrics(InstantSource.system());
  final TickBoard board = new TickBoard(this::now);
  final Fanout fanout = new Fanout(board, this, this::now, metrics);
  final List<Client> clients = new ArrayList<>();

  /** What the node has: the number of each ticker's latest tick. */
  private final Map<TickerKey, Long> node = new TreeMap<>();

  private BigDecimal price = FAT;
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(
          (a, b) -> a.at == b.at ? Long.compare(a.id, b.id) : Long.compare(a.at, b.at));
  private long now = 1;
  private long timerIds;
  private int steps;

  private long now() {
    return now;
  }

  @Override
  public void later(Runnable task) {
    tasks.add(task);
  }

  @Override
  public void inTurn(Runnable task) {
    tasks.add(task);
  }

  @Override
  public long after(long delayMs, Runnable task) {
    Timer timer = new Timer(timerIds++, now + TimeUnit.MILLISECONDS.toNanos(delayMs), task);
    timers.add(timer);
    return timer.id;
  }

  @Override
  public void cancel(long timer) {
    timers.removeIf(other -> other.id == timer);
  }

  /** Runs what waits to be done, at most so much of it. */
  void run(int most) {
    for (int i = 0; i < most && !tasks.isEmpty(); i++) {
      steps++;
      tasks.remove().run();
    }
    clients.forEach(Client::read);
  }

  /** How many steps there were. */
  int steps() {
    return steps;
  }

  /** Lets time pass. */
  void pass(long millis) {
    long end = now + TimeUnit.MILLISECONDS.toNanos(millis);
    run(Integer.MAX_VALUE);
    while (!timers.isEmpty() && timers.peek().at <= end) {
      Timer timer = timers.remove();
      now = Math.max(now, timer.at);
      timer.task.run();
      run(Integer.MAX_VALUE);
    }
    now = end;
  }

  /** From now on a frame takes many ticks. */
  void beThin() {
    price = BigDecimal.ONE;
  }

  private Tick tick(TickerKey key, long seq) {
    Instant time = Instant.ofEpochSecond(seq);
    return new Tick(key.symbol(), key.exchange(), price, time, price, price, price, price, seq);
  }

  /** The numbers of a ticker that comes back go on, as the cache's do. */
  private final Map<TickerKey, Long> numbers = new HashMap<>();

  private Tick nextTick(TickerKey key) {
    long seq = numbers.merge(key, 1L, Long::sum);
    node.put(key, seq);
    return tick(key, seq);
  }

  void update(TickerKey key) {
    fanout.updated(board.update(nextTick(key)));
  }

  void remove(TickerKey key) {
    remove(List.of(key));
  }

  /** Those that there are of them. */
  void remove(List<TickerKey> keys) {
    fanout.flush();
    clients.forEach(Client::read);
    List<TickerKey> there = keys.stream().filter(node::containsKey).toList();
    node.keySet().removeAll(there);
    fanout.removed(there.stream().map(board::remove).map(Objects::requireNonNull).toList());
    clients.forEach(Client::read);
  }

  /** Redis is away meanwhile, and has other ticks afterwards. */
  void outage(List<TickerKey> updated, List<TickerKey> removed) {
    fanout.flush();
    board.stale();
    updated.forEach(this::nextTick);
    removed.forEach(node::remove);
    List<Tick> all = new ArrayList<>();
    node.forEach((key, seq) -> all.add(tick(key, seq)));
    TickBoard.Takeover takeover = board.takeOver(new TickSnapshot(true, Set.of(), all));
    while (takeover.goOn()) {}
    fanout.recovered(takeover.end());
    clients.forEach(Client::read);
  }

  Client connect() {
    Client client = new Client();
    clients.add(client);
    return client;
  }

  /** Everybody reads, and all intervals end: then everybody has what there is. */
  void settle() {
    clients.forEach(client -> client.block(false));
    pass(10_000);
    for (Client client : clients) {
      Map<TickerKey, Long> expected = new TreeMap<>(node);
      expected.keySet().removeIf(key -> client.interval(key) < 0);
      Map<TickerKey, Long> actual = new TreeMap<>(client.had);
      actual.keySet().removeIf(key -> client.interval(key) < 0);
      assertThat(actual).isEqualTo(expected);
    }
  }

  @Override
  public void close() {
    board.pages().clear();
    clients.forEach(client -> client.channel.releaseOutbound());
    metrics.close();
  }

  /** One client, and what it knows. */
  final class Client {

    private final EmbeddedChannel channel = new EmbeddedChannel(new WebSocket13FrameEncoder(false));
    private final FeedSocket socket = new FeedSocket(null, channel, 65_536, metrics);
    private final Outbox outbox =
        new Outbox(socket, board, FeedModel.this, FeedModel.this::now, metrics);
    private final Map<Topic, Integer> topics = new HashMap<>();
    private final Map<TickerKey, Long> had = new HashMap<>();

    /** When it had the latest tick, as long as the interval is the same. */
    private final Map<TickerKey, Long> hadAt = new HashMap<>();

    private boolean blocked;
    private boolean wasBlocked;
    private boolean ignores;
    private int parts;

    Outbox outbox() {
      return outbox;
    }

    boolean isHeard() {
      return channel.config().isAutoRead();
    }

    void block(boolean block) {
      wasBlocked |= block;
      if (block != blocked) {
        blocked = block;
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, !block);
        if (!block) {
          outbox.drained();
          read();
        }
      }
    }

    /** As a session does it. */
    void subscribe(String exchange, List<String> symbols, int intervalMs) {
      Map<Topic, Integer> asked = new HashMap<>();
      symbols.forEach(symbol -> asked.put(new Topic(exchange, symbol), intervalMs));
      Set<Topic> added = new HashSet<>(asked.keySet());
      added.removeAll(topics.keySet());
      change(asked);
      outbox.begin(
          new Cursor.Snapshot(
              1,
              board,
              Scope.of(exchange, symbols),
              outbox.follower().subscriptions(),
              added,
              Map.of()));
      outbox.listen();
      read();
    }

    void unsubscribe(String exchange, List<String> symbols) {
      Map<Topic, Integer> ended = new HashMap<>();
      for (String symbol : symbols) {
        Topic topic = new Topic(exchange, symbol);
        if (topics.containsKey(topic)) {
          ended.put(topic, null);
        }
      }
      change(ended);
      had.keySet().removeIf(key -> interval(key) < 0);
      hadAt.keySet().retainAll(had.keySet());
    }

    /** Changes one subscription, as the feed sees it. */
    void request(String exchange, String symbol, Integer intervalMs) {
      Map<Topic, Integer> change = new HashMap<>();
      change.put(new Topic(exchange, symbol), intervalMs);
      fanout.change(outbox.follower(), change);
    }

    private void change(Map<Topic, Integer> changes) {
      outbox.follower().catchUp();
      outbox.flush();
      read();
      log.add(now / 1_000_000 + " asks for " + changes);
      Map<TickerKey, Integer> before = new HashMap<>();
      had.keySet().forEach(key -> before.put(key, interval(key)));
      changes.forEach((topic, ms) -> topics.compute(topic, (same, old) -> ms));
      before.forEach(
          (key, ms) -> {
            if (ms != interval(key)) {
              hadAt.remove(key);
            }
          });
      fanout.change(outbox.follower(), changes);
      read();
    }

    void ask(String exchange, List<String> symbols) {
      outbox.begin(new Cursor.Answer(1, board, Scope.of(exchange, symbols)));
      outbox.listen();
      read();
    }

    int interval(TickerKey key) {
      return new Ticker(key, 0)
          .topics().stream().filter(topics::containsKey).mapToInt(topics::get).min().orElse(-1);
    }

    /** Does not look at what it is sent any more, but counts it. */
    void ignore() {
      ignores = true;
      parts = 0;
    }

    /** What it was sent since: writes, of which a frame can be several. */
    int parts() {
      return parts;
    }

    void read() {
      if (ignores) {
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
          parts++;
          part.release();
        }
        return;
      }
      ByteBuf all = channel.alloc().buffer();
      for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
        all.writeBytes(part);
        part.release();
      }
      while (all.isReadable()) {
        assertThat(all.readUnsignedByte()).as("a text").isEqualTo((short) 0x81);
        long length = all.readUnsignedByte();
        length = length == 126 ? all.readUnsignedShort() : length == 127 ? all.readLong() : length;
        assertThat(length).as("bytes in a frame").isLessThan(LARGEST_FRAME);
        String text = all.readCharSequence((int) length, StandardCharsets.UTF_8).toString();
        take(new JsonObject(text));
      }
      all.release();
    }

    private final List<String> log = new ArrayList<>();

    /** What it did, and was sent, lately. */
    private String log() {
      return String.join("\n", log.subList(Math.max(0, log.size() - 40), log.size()));
    }

    private void take(JsonObject frame) {
      log.add(now / 1_000_000 + " " + brief(frame));
      switch (frame.getString("type")) {
        case "removed" -> {
          JsonArray gone = frame.getJsonArray("symbols");
          assertThat(gone).hasSizeLessThanOrEqualTo(MOST_GONE);
          gone.forEach(
              one -> {
                had.remove(key((JsonObject) one));
                hadAt.remove(key((JsonObject) one));
              });
        }
        case "update" -> ticks(frame).forEach(this::update);
        case "snapshot" -> ticks(frame).forEach(this::snapshot);
        case "ticks" -> {
          for (JsonObject tick : ticks(frame)) {
            Long before = had.get(key(tick));
            assertThat(before == null || before <= tick.getLong("seq")).as("answer").isTrue();
          }
        }
        default -> throw new AssertionError(frame);
      }
    }

    private String brief(JsonObject frame) {
      StringBuilder brief = new StringBuilder(frame.getString("type"));
      for (Object one : frame.getJsonArray("ticks", frame.getJsonArray("symbols"))) {
        JsonObject tick = (JsonObject) one;
        brief.append(' ').append(key(tick)).append('=').append(tick.getLong("seq"));
        brief.append('~').append(tick.getInteger("conflated", 0));
      }
      return brief
          .toString()
          .replace("TickerKey", "")
          .replace("exchange=", "")
          .replace("symbol=", "");
    }

    /** How many of the frames that it was sent lately were of that type. */
    int frames(String type) {
      return (int) log.stream().filter(line -> line.contains(" " + type)).count();
    }

    private List<JsonObject> ticks(JsonObject frame) {
      JsonArray ticks = frame.getJsonArray("ticks");
      return ticks.stream().map(JsonObject.class::cast).toList();
    }

    private TickerKey key(JsonObject tick) {
      return new TickerKey(tick.getString("exchange"), tick.getString("symbol"));
    }

    private void snapshot(JsonObject tick) {
      Long before = had.put(key(tick), tick.getLong("seq"));
      assertThat(before == null || before <= tick.getLong("seq")).as("back in time").isTrue();
      hadAt.put(key(tick), now);
    }

    private void update(JsonObject tick) {
      TickerKey key = key(tick);
      long seq = tick.getLong("seq");
      int conflated = tick.getInteger("conflated", 0);
      int intervalMs = interval(key);
      assertThat(intervalMs).as("what was not asked for: %s", key).isNotNegative();
      Long before = had.put(key, seq);
      if (before != null) {
        assertThat(seq)
            .as(() -> "after " + before + " of " + key + " in\n" + log())
            .isEqualTo(before + 1 + conflated);
      }
      if (intervalMs == 0 && !wasBlocked && hadAt.containsKey(key)) {
        assertThat(conflated)
            .as(() -> "skipped for who keeps up of " + key + " in\n" + log())
            .isZero();
      }
      Long at = hadAt.put(key, now);
      if (at != null && !wasBlocked) {
        assertThat(TimeUnit.NANOSECONDS.toMillis(now - at))
            .as(() -> "milliseconds since the one before of " + key + " in\n" + log())
            .isGreaterThanOrEqualTo(intervalMs);
      }
    }
  }

  static List<String> symbols(int count) {
    List<String> symbols = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      symbols.add("S" + i);
    }
    return symbols;
  }

  static final List<String> ALL = List.of(Names.ANY);
}
