package io.fullon.cache.web;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.fullon.cache.testing.RawHttp;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway with little memory answers who reads, however many do not. */
class HttpSmallHeapIT {

  private static final int CLIENTS = 60;

  /** The system may hold the first answers of a client that does not read. */
  private static final int REQUESTS = 5;

  private static final String PATH =
      "/api/ohlcv/any?symbol=S&timeframe=1m&count=" + OhlcvCache.MAX_BARS;

  static final class Gateway {

    private Gateway() {}

    public static void main(String[] arguments) throws Exception {
      FullonCacheVerticle cache = new FullonCacheVerticle();
      JsonObject config = CacheNode.config(arguments[0], new JsonObject());
      get(Vertx.vertx().deployVerticle(cache, new DeploymentOptions().setConfig(config)));
      System.out.println(cache.webPort());
      Thread.currentThread().join();
    }
  }

  @AutoClose private final CacheNode writer = CacheNode.start("ohlcv", "keep", OhlcvCache.MAX_BARS);

  @AutoClose private ChildJvm gateway;
  private int port;

  @BeforeEach
  void start() {
    List<Bar> bars =
        IntStream.range(0, OhlcvCache.MAX_BARS).mapToObj(HttpSmallHeapIT::bar).toList();
    get(OhlcvCache.proxy(writer.vertx()).updateOhlcvBars("S", "any", Timeframe.M1, bars));
    gateway = ChildJvm.startWith("-Xmx96m", Gateway.class, writer.redis().uri());
    port = Integer.parseInt(gateway.line());
  }

  private static Bar bar(int minute) {
    return Bar.builder("any", "S", Timeframe.M1, Instant.ofEpochSecond(60L * minute))
        .prices(
            new BigDecimal("64182.27"),
            new BigDecimal("64190.13"),
            new BigDecimal("64170.05"),
            new BigDecimal("64180.99"))
        .volume(new BigDecimal("12.34567891"))
        .build();
  }

  private int status(String path) {
    return RawHttp.request(port, "HEAD", path).status();
  }

  @Test
  void manyWhoAskForManyBarsAndDoNotReadTakeNoMoreThanTheirShare() {
    List<RawHttp> clients = new ArrayList<>();
    String requests = RawHttp.head("GET " + PATH + " HTTP/1.1").repeat(REQUESTS);
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new RawHttp(port).send(requests));
      assertThat(status("/api/ohlcv/any?symbol=S&timeframe=1m&count=1")).isIn(200, 503);
    }

    clients.forEach(RawHttp::close);

    await("room for another").until(() -> status(PATH) == 200);
    assertThat(gateway.isAlive()).isTrue();
  }
}
