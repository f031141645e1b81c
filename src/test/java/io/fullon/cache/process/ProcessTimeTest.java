package io.fullon.cache.process;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.SharedRedis;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The script's calendar, with other clocks than that of the server. */
class ProcessTimeTest {

  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

  @AutoClose private final SharedRedis shared = new SharedRedis();
  private final Redis redis = Redis.createClient(shared.vertx(), shared.server().uri());

  /** The script's clock says what the argument behind its own says. */
  private static String script() throws IOException {
    try (InputStream source =
        ProcessTimeTest.class.getResourceAsStream("/io/fullon/cache/lua/process.lua")) {
      String text = new String(source.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(text).contains("redis.call('TIME')");
      return text.replace("redis.call('TIME')", "{ARGV[2], ARGV[3]}");
    }
  }

  private static List<Instant> times() {
    List<Instant> times = new ArrayList<>();
    for (int year = 1970; year <= 2110; year++) {
      for (String day : List.of("-01-01", "-02-28", "-03-01", "-12-31")) {
        Instant midnight = LocalDate.parse(year + day).atStartOfDay(ZoneOffset.UTC).toInstant();
        times.add(midnight);
        times.add(midnight.plusSeconds(86_399).plusNanos(999_999_000));
      }
    }
    Random random = new Random(1);
    for (int i = 0; i < 1_000; i++) {
      long seconds = random.nextLong(4_500_000_000L);
      times.add(Instant.ofEpochSecond(seconds, 1_000L * random.nextInt(1_000_000)));
      times.add(Instant.ofEpochSecond(seconds, 10_000_000L * random.nextInt(100)));
    }
    return times;
  }

  @Test
  void timesAreWrittenAsPythonWritesThem() throws IOException {
    String script = script();
    for (Instant time : times()) {
      long micros = time.getNano() / 1_000;
      Response clock =
          get(
              redis.send(
                  Request.cmd(Command.EVAL)
                      .arg(script)
                      .arg(1)
                      .arg("process:components")
                      .arg("clock")
                      .arg(time.getEpochSecond())
                      .arg(micros)));

      String fraction = micros == 0 ? "" : String.format(".%06d", micros);
      assertThat(clock.get(0)).hasToString(SECONDS.format(time) + fraction + "+00:00");
      assertThat(ProcessText.time(clock.get(0).toString())).isEqualTo(time);
      BigDecimal seconds =
          BigDecimal.valueOf(time.getEpochSecond()).add(BigDecimal.valueOf(micros, 6));
      // As Python prints the nearest double.
      assertThat(clock.get(1).toString())
          .isEqualTo(
              seconds.setScale(6).stripTrailingZeros().scale() <= 0
                  ? time.getEpochSecond() + ".0"
                  : seconds.stripTrailingZeros().toPlainString());
    }
  }
}
