package io.fullon.cache.bench;

import io.fullon.cache.app.EmbeddedRedis;
import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.source.SourceOptions;
import io.fullon.cache.source.SourceVerticle;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.value.Fields;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * What a source costs one event loop: frames of an exchange over sockets in, ticks on the bus out.
 * What stores ticks is replaced by what publishes them at once, so Redis has no part in it.
 */
final class SourcesBench {

  private static final int SYMBOLS = 1_000;
  private static final int FRAMES_PER_SECOND = 20_000;
  private static final long STEP_MS = 1;
  private static final long SETTLE_MS = 20_000;
  private static final long WINDOW_MS = 20_000;
  private static final int MAX_SAMPLES = 1 << 20;

  private SourcesBench() {}

  static void run(Report report, int rounds, boolean quick) throws IOException {
    for (int round = 0; round < rounds; round++) {
      try (EmbeddedRedis redis = EmbeddedRedis.start()) {
        round(report, redis, quick ? 4 : 1);
      }
    }
    report.note(
        "sources: "
            + SYMBOLS
            + " symbols, "
            + FRAMES_PER_SECOND
            + " frames a second asked for; the time is from the exchange's sending to the bus");
  }

  private static void round(Report report, EmbeddedRedis redis, int shorter) {
    Vertx exchange = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    Vertx vertx =
        Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setPreferNativeTransport(true));
    try {
      Exchange fake = new Exchange(exchange);
      long[] latencies = new long[MAX_SAMPLES];
      AtomicInteger samples = new AtomicInteger();
      CacheNode.get(serve(vertx));
      AtomicLong loop = new AtomicLong();
      vertx
          .eventBus()
          .<Tick>localConsumer(
              TickCache.UPDATES,
              message -> {
                loop.set(Thread.currentThread().getId());
                int sample = samples.getAndIncrement();
                if (sample < MAX_SAMPLES) {
                  latencies[sample] = System.nanoTime() - message.body().volume().longValue();
                }
              });
      CacheNode.get(
          vertx.deployVerticle(
              new SourceVerticle(fake.source()),
              new DeploymentOptions().setConfig(CacheNode.config(redis, new JsonObject()))));
      while (fake.subscribed.size() < SYMBOLS) {
        Cpu.pause(100);
      }
      fake.start();
      Cpu.pause(SETTLE_MS / shorter);
      samples.set(0);
      long used = ManagementFactory.getThreadMXBean().getThreadCpuTime(loop.get());
      long start = System.nanoTime();
      Cpu.pause(WINDOW_MS / shorter);
      double nanos = System.nanoTime() - start;
      double cpu = ManagementFactory.getThreadMXBean().getThreadCpuTime(loop.get()) - used;
      int count = Math.min(samples.get(), MAX_SAMPLES);
      long[] sorted = Arrays.copyOf(latencies, count);
      Arrays.sort(sorted);
      report.add("sources", "ours", "frames a second", samples.get() * 1e9 / nanos);
      report.add("sources", "ours", "CPU of one event loop, %", 100 * cpu / nanos);
      report.add("sources", "ours", "p50 to the bus, ms", sorted[count / 2] / 1e6);
      report.add("sources", "ours", "p99 to the bus, ms", sorted[(int) (count * 0.99)] / 1e6);
    } finally {
      CacheNode.get(vertx.close());
      CacheNode.get(exchange.close());
    }
  }

  /** In the place of the tick and the symbol service. */
  private static Future<?> serve(Vertx vertx) {
    DeliveryOptions local = LocalCodec.register(vertx, Tick.class);
    Endpoint ticks = new Endpoint(vertx, TickCache.ADDRESS, 1_000);
    ticks
        .on(
            "updateTickers",
            call -> {
              List<Tick> all = call.objects("ticks", Tick.class, Tick::read);
              all.forEach(tick -> vertx.eventBus().publish(TickCache.UPDATES, tick, local));
              return Future.succeededFuture(all.size());
            })
        .on("getAllTickers", call -> Future.succeededFuture(List.of()));
    Endpoint symbols = new Endpoint(vertx, SymbolCache.ADDRESS, 1_000);
    symbols.on("putSymbols", call -> Future.succeededFuture());
    return Future.join(ticks.open(), symbols.open());
  }

  /** OKX, as far as it is needed. */
  private static final class Exchange {

    private final Vertx vertx;
    private final HttpServer server;
    private final Map<String, ServerWebSocket> subscribed = new ConcurrentHashMap<>();
    private long sent;

    Exchange(Vertx vertx) {
      this.vertx = vertx;
      this.server =
          CacheNode.get(
              vertx
                  .createHttpServer()
                  .webSocketHandler(
                      socket -> socket.textMessageHandler(text -> received(socket, text)))
                  .requestHandler(request -> request.response().setStatusCode(404).end())
                  .listen(0, "127.0.0.1"));
    }

    SourceOptions source() {
      JsonArray symbols =
          new JsonArray(IntStream.range(0, SYMBOLS).mapToObj(i -> "C" + i + "/USDT").toList());
      String address = "127.0.0.1:" + server.actualPort();
      JsonObject okx =
          new JsonObject()
              .put("symbols", symbols)
              .put("url", "ws://" + address)
              .put("rest_url", "http://" + address);
      return SourceOptions.from(Fields.of("sources", new JsonObject().put("okx", okx))).get(0);
    }

    private void received(ServerWebSocket socket, String text) {
      if (!text.startsWith("{")) {
        socket.writeTextMessage("pong");
        return;
      }
      for (Object argument : new JsonObject(text).getJsonArray("args")) {
        socket.writeTextMessage(
            new JsonObject().put("event", "subscribe").put("arg", argument).encode());
        subscribed.put(((JsonObject) argument).getString("instId"), socket);
      }
    }

    void start() {
      List<Map.Entry<String, ServerWebSocket>> all = new ArrayList<>(subscribed.entrySet());
      long began = System.nanoTime();
      vertx.setPeriodic(
          STEP_MS,
          id -> {
            long due = (System.nanoTime() - began) * FRAMES_PER_SECOND / 1_000_000_000L;
            for (; sent < due; sent++) {
              Map.Entry<String, ServerWebSocket> one = all.get((int) (sent % all.size()));
              one.getValue().writeTextMessage(frame(one.getKey()));
            }
          });
    }

    private String frame(String name) {
      return "{\"arg\":{\"channel\":\"tickers\",\"instId\":\""
          + name
          + "\"},\"data\":[{\"instType\":\"SPOT\",\"instId\":\""
          + name
          + "\",\"last\":\"30243.5\",\"lastSz\":\"0.00684062\",\"askPx\":\"30228.7\","
          + "\"askSz\":\"1.55896972\",\"bidPx\":\"30228.6\",\"bidSz\":\"0.23393\","
          + "\"open24h\":\"29700.4\",\"high24h\":\"31073\",\"low24h\":\"28020.3\","
          + "\"sodUtc0\":\"29028.8\",\"sodUtc8\":\"30337.7\",\"volCcy24h\":\"525802333.80365708\","
          + "\"vol24h\":\""
          + System.nanoTime()
          + "\",\"ts\":\""
          + System.currentTimeMillis()
          + "\"}]}";
    }
  }
}
