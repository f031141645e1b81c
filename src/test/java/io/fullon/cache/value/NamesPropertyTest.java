package io.fullon.cache.value;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

class NamesPropertyTest {

  @Property
  void differentNamesMakeDifferentPartsOfKeys(
      @ForAll @StringLength(max = 4) @CharRange(from = '%', to = '<') String one,
      @ForAll @StringLength(max = 4) @CharRange(from = '%', to = '<') String other) {
    assertThat(Names.inKey(one).equals(Names.inKey(other))).isEqualTo(one.equals(other));
    assertThat(Names.inKey(one)).doesNotContain(":", "{", "}");
  }
}
