package io.fullon.cache.value;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.Samples;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class TimesPropertyTest {

  @Provide
  Arbitrary<Instant> times() {
    return Samples.times();
  }

  @Property
  void everyMicrosecondComesBackFromTheBus(@ForAll("times") Instant time) {
    Double seconds = Times.seconds(time);
    Object overACluster = new JsonObject(new JsonObject().put("t", seconds).encode()).getValue("t");

    assertThat(Times.decode("time", seconds)).isEqualTo(time);
    assertThat(Times.decode("time", overACluster)).isEqualTo(time);
  }

  @Property
  void everyMicrosecondComesBackFromText(@ForAll("times") Instant time) {
    assertThat(Times.decode("time", new BigDecimal(Times.plain(time)))).isEqualTo(time);
  }
}
