package io.fullon.cache.tick;

import io.fullon.cache.value.Json;
import io.fullon.cache.value.Json.DecimalStyle;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A tick to JSON and back: by hand, and by the parser for what other programs write. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TickMicro {

  private static final BigDecimal PRICE = new BigDecimal("64182.270");

  private final Tick tick =
      new Tick(
          "BTC/USDT",
          "binance",
          PRICE,
          Instant.ofEpochSecond(1_700_000_000, 123_456_000),
          PRICE,
          PRICE,
          PRICE,
          PRICE,
          1_700_000_000_000L);

  private final String text = tick.encode(DecimalStyle.NUMBER);

  @Benchmark
  public String encode() {
    return tick.encode(DecimalStyle.STRING);
  }

  @Benchmark
  public Tick readOurs() {
    return TickText.read(text, "binance", "BTC/USDT");
  }

  @Benchmark
  public Tick readByTheParser() {
    return Tick.read(Json.parseForeign("tick", text));
  }
}
