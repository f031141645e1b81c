package io.fullon.cache.tick;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.Samples;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Json.DecimalStyle;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class TickPropertyTest {

  @Provide
  Arbitrary<Tick> ticks() {
    Arbitrary<BigDecimal> optional = Samples.decimals().injectNull(0.3);
    return Combinators.combine(
            Samples.decimals(),
            Samples.times(),
            optional,
            optional,
            optional,
            optional,
            Arbitraries.longs().between(0, (1L << 53) - 1).injectNull(0.3))
        .as(
            (price, time, volume, bid, ask, last, seq) ->
                new Tick("BTC/USD:PERP", "binance", price, time, volume, bid, ask, last, seq));
  }

  @Property
  void comesBackFromTheBusAsItWas(@ForAll("ticks") Tick tick) {
    assertThat(Tick.fromJson(tick.toJson())).isEqualTo(tick);
    // As between the nodes of a cluster.
    assertThat(Tick.fromJson(new JsonObject(tick.toJson().encode()))).isEqualTo(tick);
  }

  @Property
  void comesBackFromTextAsItWas(@ForAll("ticks") Tick tick) {
    for (DecimalStyle style : DecimalStyle.values()) {
      assertThat(Tick.read(Json.parse("", tick.encode(style)))).isEqualTo(tick);
    }
  }
}
