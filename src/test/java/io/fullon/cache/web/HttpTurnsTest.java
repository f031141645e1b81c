package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.feed.Backlog;
import io.fullon.cache.feed.Feed;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.process.ProcessCache;
import io.fullon.cache.testing.Loop;
import io.fullon.cache.testing.OwnVertx;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.fullon.cache.value.Fields;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.AbstractList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A long answer to one who reads fast is no single step of the event loop. */
class HttpTurnsTest {

  private static final int TICKERS = 10_000;
  private static final int PIECE = 60_000;

  @AutoClose private final OwnVertx own = new OwnVertx();
  private final Vertx vertx = own.vertx();

  /** How often the loop did something else; only it counts. */
  private int turns;

  private boolean isOver;

  /** In which turns the answer was made. */
  private final Set<Integer> made = ConcurrentHashMap.newKeySet();

  /** Says when each is taken. */
  private final class Tickers extends AbstractList<Tick> {

    @Override
    public Tick get(int index) {
      made.add(turns);
      isOver = index == TICKERS - 1;
      return Tick.of("any", "S" + index, BigDecimal.ONE, Instant.EPOCH);
    }

    @Override
    public int size() {
      return TICKERS;
    }
  }

  /** What the loop has to do besides, without an end. */
  private void workBesides(Context loop) {
    turns++;
    if (!isOver) {
      loop.runOnContext(v -> workBesides(loop));
    }
  }

  private Future<List<Tick>> tickers() {
    workBesides(vertx.getOrCreateContext());
    return Future.succeededFuture(new Tickers());
  }

  private Resources resources() {
    TickCache tickers =
        (TickCache)
            Proxy.newProxyInstance(
                TickCache.class.getClassLoader(),
                new Class<?>[] {TickCache.class},
                (proxy, method, arguments) -> tickers());
    WebOptions options = WebOptions.from(Fields.of("", new JsonObject()).section("web"));
    Backlog backlog = new Backlog(Long.MAX_VALUE);
    Resources resources = new Resources(vertx);
    new HttpApi(
            tickers,
            OhlcvCache.proxy(vertx),
            ProcessCache.proxy(vertx),
            new Feed(vertx, options.feed(), backlog),
            backlog,
            new Access(null, true))
        .addTo(resources);
    return resources;
  }

  @Test
  void othersHaveTheirTurnBetweenItsPieces() {
    HttpServer server =
        new Loop(vertx)
            .call(() -> vertx.createHttpServer().requestHandler(resources()).listen(0))
            .await();
    try (RawHttp http = new RawHttp(server.actualPort())) {
      String request = RawHttp.head("GET /api/tickers/any HTTP/1.1", "Connection: close");

      int length = http.send(request).untilEnd().length();

      assertThat(length).isGreaterThan(5 * PIECE);
      assertThat(made).hasSizeGreaterThanOrEqualTo(length / PIECE);
    }
  }
}
