package io.fullon.cache.tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.testing.Samples;
import io.fullon.cache.value.InvalidValueException;
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
import net.jqwik.api.constraints.IntRange;

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

  @Property
  void ourOwnTextIsReadDirectlyAsTheParserReadsIt(@ForAll("ticks") Tick tick) {
    String text = tick.encode(DecimalStyle.NUMBER);

    Tick read = TickText.read(text, tick.exchange(), tick.symbol());

    if (tick.seq() == null || tick.seq() < 1_000_000_000_000_000L) {
      assertThat(read).isEqualTo(tick);
    } else {
      assertThat(read).as("left to the parser").isNull();
    }
  }

  @Property
  void whatIsChangedAnywhereIsReadAsTheParserReadsItOrLeftToIt(
      @ForAll("ticks") Tick tick,
      @ForAll @IntRange(min = 0, max = 400) int at,
      @ForAll("characters") char other) {
    StringBuilder changed = new StringBuilder(tick.encode(DecimalStyle.NUMBER));
    changed.setCharAt(at % changed.length(), other);
    String text = changed.toString();

    Tick read;
    try {
      read = TickText.read(text, tick.exchange(), tick.symbol());
    } catch (InvalidValueException e) {
      assertThatThrownBy(() -> parse(text, tick)).isInstanceOf(InvalidValueException.class);
      return;
    }
    if (read != null) {
      assertThat(read).isEqualTo(parse(text, tick));
    }
  }

  private static Tick parse(String text, Tick like) {
    return Tick.read(Json.parse("", text), like.exchange(), like.symbol());
  }

  @Provide
  Arbitrary<Character> characters() {
    return Arbitraries.chars().with("0123456789.-+eE,:{}\" \\nu");
  }
}
