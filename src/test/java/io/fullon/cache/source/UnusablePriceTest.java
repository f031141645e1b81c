package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.tick.Tick;
import io.fullon.cache.value.InvalidValueException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnusablePriceTest {

  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);

  private final Market market = new Market("kraken", 0);
  private final Quote quote = new Quote();

  private Tick next(String frame) {
    Message message = Message.parse(frame);
    quote.last(message, "last").bid(message, "bid");
    return market.next(quote, "BTC/USD", NOW, NOW);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"x\"", "\"NaN\"", "\"-Infinity\"", "\"1e99999\"", "{}", "[1]", "true"})
  void aPriceThatIsNoneMakesNoTick(String price) {
    assertThat(next("{\"last\":5}").price()).hasToString("5");

    assertThatThrownBy(() -> next("{\"last\":" + price + "}"))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("last: ");
    assertThatThrownBy(() -> next("{\"bid\":6}")).isInstanceOf(InvalidValueException.class);

    assertThat(next("{\"last\":7}").price()).hasToString("7");
  }

  @Test
  void aPriceOfTooManyDigitsMakesNoTick() {
    assertThatThrownBy(() -> next("{\"last\":" + "1".repeat(80) + "}"))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("80 characters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"last\":\"\"}", "{\"last\":null}", "{\"bid\":6}", "{}"})
  void whereThereIsNoPriceYetNothingIsWrong(String frame) {
    assertThat(next(frame)).isNull();
  }

  @Test
  void aNewConnectionForgetsThatAPriceWasNone() {
    assertThatThrownBy(() -> next("{\"last\":\"x\"}")).isInstanceOf(InvalidValueException.class);

    quote.clear();

    assertThat(next("{\"bid\":6}")).isNull();
  }
}
