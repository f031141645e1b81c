package io.fullon.cache.feed;

import io.fullon.cache.tick.Tick;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The hot pieces of the gateway: a frame of 100 ticks, and a request. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FeedMicro {

  private static final BigDecimal PRICE = new BigDecimal("64182.270");

  private final List<Update> ticks =
      IntStream.range(0, 100)
          .mapToObj(
              i ->
                  new Ticker(new TickerKey("binance", "S" + i), 0)
                      .update(
                          new Tick(
                              "S" + i,
                              "binance",
                              PRICE,
                              Instant.ofEpochSecond(1_700_000_000),
                              PRICE,
                              PRICE,
                              PRICE,
                              PRICE,
                              1_700_000_000_000L)))
          .map(Update::of)
          .toList();

  @Benchmark
  public boolean frameOf100Ticks() {
    return Frames.bytes(Frames.UPDATE, ticks, Frames.END).release();
  }

  @Benchmark
  public Object subscribeRequest() throws Request.Refused {
    return Request.parse(
        "{\"op\":\"subscribe\",\"req_id\":1,\"exchange\":\"binance\","
            + "\"symbols\":[\"BTC/USDT\",\"ETH/USDT\"],\"interval_ms\":250}");
  }
}
