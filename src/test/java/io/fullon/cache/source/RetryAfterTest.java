package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          2                             | 2000
          ' 120 '                       | 120000
          0                             | 0
          7200                          | 7200000
          999999999                     | 259200000
          Mon, 30 Nov 2026 00:00:05 GMT | 5000
          Sun, 29 Nov 2026 00:00:00 GMT | 0
          -1                            | 0
          soon                          | 0
          ''                            | 0
                                        | 0
          """)
  void secondsAndDatesAreUnderstood(String header, long ms) {
    assertThat(RetryAfter.ms(header, Instant.parse("2026-11-30T00:00:00Z"))).isEqualTo(ms);
  }
}
