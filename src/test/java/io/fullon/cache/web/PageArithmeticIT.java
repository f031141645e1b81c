package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.Browser;
import io.fullon.cache.testing.CacheNode;
import java.math.BigDecimal;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the page computes, by itself in a browser. */
class PageArithmeticIT {

  @AutoClose private static final CacheNode node = CacheNode.start();
  @AutoClose private static Browser browser;

  @BeforeAll
  static void start() {
    browser = Browser.start();
    browser.open(node.port(), "/favicon.svg");
  }

  private static Object compute(String module, String expression, Object... arguments) {
    return browser.run(
        "return import('/" + module + "').then(module => " + expression + ")", arguments);
  }

  /** The bars that are kept of some that come one after the other, each as time and close. */
  private static Object kept(String bars) {
    return compute(
        "candles.js",
        """
        {
          const kept = [];
          for (const bar of arguments[0].split(', ')) {
            const [time, close] = bar.split(' ');
            module.put(kept, { time: Number(time), close });
          }
          return kept.map(({ time, close }) => [time, close].join(' ')).join(', ');
        }
        """,
        bars);
  }

  @Test
  void aBarTakesThePlaceOfTheOneOfItsTime() {
    assertThat(kept("60 1, 120 2, 120 3, 180 4, 60 5")).isEqualTo("60 5, 120 3, 180 4");
  }

  @Test
  void aBarThatComesLateComesBeforeTheLaterOnes() {
    assertThat(kept("120 2, 60 1, 240 4, 180 3")).isEqualTo("60 1, 120 2, 180 3, 240 4");
  }

  @Test
  void onlyTheLatestFiveHundredBarsAreKept() {
    assertThat(
            compute(
                "candles.js",
                """
                {
                  const kept = [];
                  for (let i = 1; i <= 501; i++) module.put(kept, { time: i * 60 });
                  module.put(kept, { time: 0 });
                  return [kept.length, kept[0].time, kept.at(-1).time].join(' ');
                }
                """))
        .isEqualTo("500 120 30060");
  }

  @ParameterizedTest
  @CsvSource({
    "9999, 10001, 2.000",
    "0.99995, 1.00005, 1.000",
    "1, 1, 0.000",
    "1.0001, 1, -1.000",
    "0.000000000000000000009, 0.000000000000000000011, 2000.000",
    "99999999.99999, 100000000.00001, 0.000",
    "64182.27, 64182.28, 0.002",
    "0, 0, ''"
  })
  void theSpreadInBasisPointsIsRoundedOnce(String bid, String ask, String basisPoints) {
    assertThat(compute("decimal.js", "module.basisPoints(...arguments)", bid, ask))
        .isEqualTo(basisPoints);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.124849  | 0.124862  | 6  | 0.124845 0.124850 0.124855 0.124860 0.124865",
        "0.1249    | 0.1251    | 6  | 0.124900 0.124950 0.125000 0.125050 0.125100",
        "3120.5    | 3120.5    | 1  | 3120.4 3120.5 3120.6",
        "64182.2   | 64190     | 2  | 64182.00 64184.00 64186.00 64188.00 64190.00",
        "0         | 0         | 0  | -1 0 1",
        "-0.02     | 0.02      | 2  | -0.02 -0.01 0.00 0.01 0.02",
        "1e-8      | 3e-8      | 8  | 0.00000001 0.00000002 0.00000003",
        "1e25      | 3e25      | 0  | 1.0e+25 1.5e+25 2.0e+25 2.5e+25 3.0e+25",
        "1e-30     | 3e-30     | 30 | 1e-30 2e-30 3e-30",
      })
  void theLevelsOfAnAxisHaveAllDigitsOfThePrice(
      String low, String high, int fraction, String levels) {
    String expression =
        """
        {
          const { min, max, step, label } = module.levels(...Array.from(arguments, Number));
          const count = Math.round((max - min) / step) + 1;
          return Array.from({ length: count }, (_, i) => label(min + i * step)).join(' ');
        }
        """;
    assertThat(compute("charts.js", expression, low, high, fraction)).isEqualTo(levels);
  }

  @ParameterizedTest
  @CsvSource({
    "-5, 0 ms, ''",
    "0.25, 250 ms, ''",
    "0.999, 999 ms, ''",
    "1, 1 s, ''",
    "9.9, 9 s, ''",
    "10, 10 s, late",
    "59, 59 s, late",
    "60, 60 s, old",
    "540, 9 min, old",
    "1e10, 316 y, old"
  })
  void anAgeIsInMillisecondsBelowASecondAndInDoubtAfterTen(
      double seconds, String text, String doubt) {
    String expression =
        """
        {
          const now = Date.now;
          Date.now = () => 2e13;
          const tick = { time: 2e10 - arguments[0] };
          const age = [module.ageOf(tick), module.doubtOf(tick)].join();
          Date.now = now;
          return age;
        }
        """;
    assertThat(compute("tick.js", expression, seconds)).isEqualTo(text + "," + doubt);
  }

  @ParameterizedTest
  @CsvSource({
    "0.3, 0.1, 0.2",
    "1, 1.000, 0.000",
    "-0.5, 0.5, -1.0",
    "100000000000000000000000, 1, 99999999999999999999999",
    "0.01, 0.02, -0.01"
  })
  void differencesAreExact(String a, String b, String difference) {
    assertThat(compute("decimal.js", "module.subtract(...arguments)", a, b)).isEqualTo(difference);
    String sign = "Math.sign(module.compare(...arguments))";
    assertThat(compute("decimal.js", sign, a, b))
        .isEqualTo((long) new BigDecimal(difference).signum());
  }
}
