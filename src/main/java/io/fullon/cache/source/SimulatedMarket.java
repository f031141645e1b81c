package io.fullon.cache.source;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.symbol.Symbol;
import io.fullon.cache.symbol.SymbolCache;
import io.fullon.cache.tick.Tick;
import io.fullon.cache.tick.TickCache;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lively market that does not exist, on exchanges whose names begin with {@code sim}: prices walk
 * at random in steps of their tick size.
 */
public final class SimulatedMarket extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(SimulatedMarket.class);
  private static final long STEP_MS = 50;
  private static final int TICKS_PER_STEP = 4;
  private static final long RETRY_MS = 500;

  private final List<Market> markets =
      List.of(
          new Market("sim-alpha", "BTC/USDT", 6_418_250, 2, 400),
          new Market("sim-alpha", "ETH/USDT", 342_317, 2, 60),
          new Market("sim-alpha", "SOL/USDT", 15_843, 2, 8),
          new Market("sim-alpha", "XRP/USDT", 52_340, 5, 30),
          new Market("sim-alpha", "DOGE/USDT", 124_310, 6, 90),
          new Market("sim-alpha", "SHIB/USDT", 1_753, 8, 3),
          new Market("sim-beta", "BTC/USD", 641_790, 1, 40),
          new Market("sim-beta", "ETH/USD", 342_280, 2, 60),
          new Market("sim-beta", "ETH/BTC", 53_331, 6, 15),
          new Market("sim-beta", "LTC/USD", 8_246, 2, 5),
          new Market("sim-beta", "BTC/USD:PERP", 641_850, 1, 50));

  private TickCache ticks;
  private long timer = -1;
  private Future<?> underWay = Future.succeededFuture();

  @Override
  public Future<?> start() {
    ticks = TickCache.proxy(vertx);
    Promise<Integer> opened = Promise.promise();
    open(opened);
    return opened.future().onSuccess(v -> timer = vertx.setPeriodic(STEP_MS, id -> step()));
  }

  /** Tries while time may help: a machine that is busy starting may be too slow at first. */
  private void open(Promise<Integer> opened) {
    SymbolCache.proxy(vertx)
        .putSymbols(markets.stream().map(Market::symbol).toList())
        .compose(stored -> ticks.updateTickers(markets.stream().map(Market::next).toList()))
        .onSuccess(opened::complete)
        .onFailure(
            cause -> {
              if (Failure.UNAVAILABLE.matches(cause) || Failure.TIMEOUT.matches(cause)) {
                LOG.debug("The market does not open yet: {}", cause.getMessage());
                vertx.setTimer(RETRY_MS, timer -> open(opened));
              } else {
                opened.fail(cause);
              }
            });
  }

  @Override
  public Future<?> stop() {
    vertx.cancelTimer(timer);
    return underWay.otherwiseEmpty();
  }

  private void step() {
    List<Tick> moved = new ArrayList<>();
    for (int i = 0; i < TICKS_PER_STEP; i++) {
      moved.add(markets.get(ThreadLocalRandom.current().nextInt(markets.size())).next());
    }
    underWay =
        ticks
            .updateTickers(moved)
            // A market does not wait: what could not be stored is out of date a moment later.
            .onFailure(e -> LOG.debug("Ticks were lost: {}", e.getMessage()));
  }

  /** One symbol; its prices are counted in tick sizes, so that they are exact. */
  private static final class Market {

    private final String exchange;
    private final String name;
    private final int places;
    private final long liveliness;
    private final long floor;
    private long price;
    private long volume = ThreadLocalRandom.current().nextLong(10_000_000, 90_000_000);

    /**
     * @param price the first one, in tick sizes
     * @param places of the tick size
     * @param liveliness the longest step between two ticks, in tick sizes
     */
    Market(String exchange, String name, long price, int places, long liveliness) {
      this.exchange = exchange;
      this.name = name;
      this.price = price;
      this.places = places;
      this.liveliness = liveliness;
      this.floor = price / 2;
    }

    Symbol symbol() {
      int slash = name.indexOf('/');
      return Symbol.builder(exchange, name)
          .base(name.substring(0, slash))
          .quote(name.substring(slash + 1))
          .precision(places)
          .tickSize(inSteps(1))
          .margin(name.endsWith("PERP"))
          .description("Simulated")
          .build();
    }

    Tick next() {
      ThreadLocalRandom random = ThreadLocalRandom.current();
      price = Math.max(floor, price + random.nextLong(-liveliness, liveliness + 1));
      volume += random.nextLong(1, 2_000);
      long spread = 1 + random.nextLong(Math.max(1, liveliness / 4));
      return new Tick(
          name,
          exchange,
          inSteps(price),
          Instant.now(),
          BigDecimal.valueOf(volume, 4),
          inSteps(price - spread),
          inSteps(price + spread),
          inSteps(price),
          null);
    }

    private BigDecimal inSteps(long steps) {
      return BigDecimal.valueOf(steps, places);
    }
  }
}
