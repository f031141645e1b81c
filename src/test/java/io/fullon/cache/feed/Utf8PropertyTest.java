package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class Utf8PropertyTest {

  private static boolean isValidForJava(byte[] text) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /** The bytes at which anything begins to be different. */
  @Provide
  Arbitrary<byte[]> bytes() {
    return Arbitraries.of(
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0,
            0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF)
        .map(Integer::byteValue)
        .array(byte[].class)
        .ofMaxSize(5);
  }

  @Property(tries = 20_000)
  void itIsWhatJavaTakesForIt(@ForAll("bytes") byte[] text) {
    assertThat(Utf8.isValid(text)).isEqualTo(isValidForJava(text));
  }

  @Property(tries = 5_000)
  void itIsTheSameInTwoPieces(@ForAll("bytes") byte[] text, @ForAll @IntRange(max = 5) int cut) {
    int at = Math.min(cut, text.length);
    Utf8 utf8 = new Utf8();

    boolean valid =
        utf8.accepts(Arrays.copyOf(text, at))
            && utf8.accepts(Arrays.copyOfRange(text, at, text.length))
            && utf8.isComplete();

    assertThat(valid).isEqualTo(isValidForJava(text));
  }

  /** What it accepts can become text: some character goes on so. */
  @Property(tries = 5_000)
  void whatItAcceptsCanStillBecomeText(@ForAll("bytes") byte[] text) {
    assertThat(new Utf8().accepts(text)).isEqualTo(canBecomeText(text, 3));
  }

  private static boolean canBecomeText(byte[] text, int more) {
    if (isValidForJava(text)) {
      return true;
    }
    if (more == 0) {
      return false;
    }
    byte[] longer = Arrays.copyOf(text, text.length + 1);
    for (int next : new int[] {0x80, 0x90, 0xA0}) {
      longer[text.length] = (byte) next;
      if (canBecomeText(longer, more - 1)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void everyCharacter() {
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (!(c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
        assertThat(Utf8.isValid(Character.toString(c).getBytes(StandardCharsets.UTF_8))).isTrue();
      }
    }
  }
}
