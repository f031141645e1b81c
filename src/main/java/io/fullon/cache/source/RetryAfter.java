package io.fullon.cache.source;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.TimeUnit;

/** For how long who was refused is asked to stay away, in HTTP. */
final class RetryAfter {

  /** The longest ban that an exchange tells of is Binance's. */
  static final long MAX_MS = TimeUnit.DAYS.toMillis(3);

  private RetryAfter() {}

  /**
   * The header's seconds or date (RFC 9110, section 10.2.3), in milliseconds from now.
   *
   * @param header null for none
   * @return 0 when there is none, or one that says nothing
   */
  static long ms(String header, Instant now) {
    String text = header == null ? "" : header.strip();
    if (text.matches("[0-9]{1,9}")) {
      return Math.min(MAX_MS, TimeUnit.SECONDS.toMillis(Long.parseLong(text)));
    }
    try {
      Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Math.max(0, Math.min(MAX_MS, Duration.between(now, until).toMillis()));
    } catch (DateTimeException e) {
      return 0;
    }
  }
}
