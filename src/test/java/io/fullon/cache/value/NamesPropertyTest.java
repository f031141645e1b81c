package io.fullon.cache.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

class NamesPropertyTest {

  private static final Pattern SYMBOL = Pattern.compile("[^\\s\\p{C}\\p{Z}\"'*\\\\\\uFFFD]{1,64}");

  @Property
  void differentNamesMakeDifferentPartsOfKeys(
      @ForAll @StringLength(max = 4) @CharRange(from = '%', to = '<') String one,
      @ForAll @StringLength(max = 4) @CharRange(from = '%', to = '<') String other) {
    assertThat(Names.inKey(one).equals(Names.inKey(other))).isEqualTo(one.equals(other));
    assertThat(Names.inKey(one)).doesNotContain(":", "{", "}");
  }

  @Property
  void theOrderIsThatOfUtf8(@ForAll("texts") String one, @ForAll("texts") String other) {
    assertThat(Integer.signum(Names.ORDER.compare(one, other)))
        .isEqualTo(Integer.signum(Arrays.compareUnsigned(bytes(one), bytes(other))));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Provide
  Arbitrary<String> texts() {
    // Around what UTF-16 puts in another order, and with beginnings in common.
    return Arbitraries.of("a", "é", "币", "\ud7ff", "\ue000", "\ufffd", "\ud800\udc00", "🐕", "🐖")
        .list()
        .ofMaxSize(4)
        .map(parts -> String.join("", parts));
  }

  @Property
  void aSymbolIsWhatThePublishedPatternSays(@ForAll("names") String name) {
    assertThat(Names.isSymbol(name)).isEqualTo(SYMBOL.matcher(name).matches());
  }

  @Provide
  Arbitrary<String> names() {
    Arbitrary<String> any =
        Arbitraries.integers()
            .between(0, Character.MAX_CODE_POINT)
            .edgeCases(config -> config.add(0x7f, 0xa0, 0x2028, 0xd800, 0xdfff, 0xe000, 0xfffd))
            .map(Character::toString);
    return Arbitraries.frequencyOf(
            Tuple.of(5, Arbitraries.chars().ascii().map(String::valueOf)), Tuple.of(1, any))
        .list()
        .ofMaxSize(70)
        .map(parts -> String.join("", parts));
  }
}
