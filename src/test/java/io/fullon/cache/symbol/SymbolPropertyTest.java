package io.fullon.cache.symbol;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.Samples;
import java.math.BigDecimal;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SymbolPropertyTest {

  @Provide
  Arbitrary<BigDecimal> prices() {
    return Samples.decimals();
  }

  @Provide
  Arbitrary<BigDecimal> tickSizes() {
    return Samples.decimals().map(BigDecimal::abs).filter(size -> size.signum() > 0);
  }

  @Property
  void anAlignedPriceIsTheNearestOnTheTickSize(
      @ForAll("prices") BigDecimal price, @ForAll("tickSizes") BigDecimal tickSize) {
    Symbol symbol = Symbol.of("binance", "BTC/USDT", null, tickSize);

    BigDecimal aligned = symbol.align(price);

    assertThat(aligned.remainder(tickSize)).isZero();
    // Within half a step; and of the two that are equally near it is the higher one.
    BigDecimal twice = aligned.subtract(price).multiply(BigDecimal.valueOf(2));
    assertThat(twice).isGreaterThan(tickSize.negate()).isLessThanOrEqualTo(tickSize);
  }

  @Property
  void aPriceOnTheTickSizeStaysAsItIs(@ForAll("prices") BigDecimal price) {
    if (price.signum() != 0) {
      Symbol symbol = Symbol.of("binance", "BTC/USDT", null, price.abs());

      assertThat(symbol.isOnTickSize(price)).isTrue();
      assertThat(symbol.align(price)).isSameAs(price);
    }
  }

  @Property
  void anAlignedVolumeIsTheLargestOnTheLotSizeThatIsNotMore(
      @ForAll("prices") BigDecimal volume, @ForAll("tickSizes") BigDecimal lotSize) {
    Symbol symbol = Symbol.builder("binance", "BTC/USDT").lotSize(lotSize).build();

    BigDecimal aligned = symbol.alignVolume(volume);

    assertThat(aligned.remainder(lotSize)).isZero();
    assertThat(aligned.signum()).isIn(0, volume.signum());
    assertThat(volume.abs().subtract(aligned.abs())).isNotNegative().isLessThan(lotSize);
  }
}
