package io.fullon.cache.account;

import io.fullon.cache.fill.Side;
import io.fullon.cache.fill.Trade;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a fill makes of a position. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FillMicro {

  private final Instant now = Instant.ofEpochSecond(1_700_000_000);

  private final Position flat =
      Position.builder("BTC/USDT").size(BigDecimal.ZERO).version(0L).build();

  private final Trade buy =
      Trade.builder("T1", "BTC/USDT", Side.BUY)
          .volume(new BigDecimal("0.123"))
          .price(new BigDecimal("64182.27"))
          .build();

  private final Trade sell =
      Trade.builder("T2", "BTC/USDT", Side.SELL)
          .volume(new BigDecimal("0.1"))
          .price(new BigDecimal("64190.5"))
          .build();

  @Benchmark
  public Position openAndReduce() {
    return FillArithmetic.apply(FillArithmetic.apply(flat, buy, now), sell, now);
  }
}
