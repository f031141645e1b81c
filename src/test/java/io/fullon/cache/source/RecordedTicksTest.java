package io.fullon.cache.source;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Recorded;
import io.fullon.cache.tick.Tick;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What exchanges sent arrives with every digit: at the service, in Redis, at a client. */
class RecordedTicksTest {

  /** Flat out, fast, and at the full size at the pace at which they came. */
  static Stream<Arguments> recordingsAndSpeeds() {
    List<String> speeds =
        Boolean.getBoolean("fullon.long") ? List.of("0", "30", "1") : List.of("0", "30");
    return Recorded.NAMES.stream()
        .flatMap(name -> speeds.stream().map(speed -> Arguments.of(name, speed)));
  }

  @ParameterizedTest
  @MethodSource("recordingsAndSpeeds")
  void everySymbolEndsWithItsLatestTick(String name, String speed) {
    Path file = Recorded.file(name);
    Map<String, Map<String, String>> expected = Recorded.latest(file);
    List<String> said = new ArrayList<>();
    try (CacheNode node = CacheNode.start();
        FeedClient client = node.feed()) {
      client.next("welcome");
      assertThat(client.subscribe("*", "*")).isEmpty();

      Replay replay = new Replay(file, new BigDecimal(speed), said::add);
      get(replay.deployOn(node.vertx()));
      await().until(replay.done()::isComplete);

      assertThat(said.get(said.size() - 1)).startsWith("replay: done: ").contains(" 0 bad lines ");
      assertThat(atTheService(node, expected.keySet())).isEqualTo(expected);
      assertThat(inRedis(node, expected.keySet())).isEqualTo(expected);
      Map<String, Map<String, String>> atTheClient = new TreeMap<>();
      await()
          .untilAsserted(
              () -> {
                receive(client, atTheClient);
                assertThat(atTheClient).isEqualTo(expected);
              });
    }
  }

  private static Set<String> exchanges(Set<String> markets) {
    return markets.stream().map(market -> market.split(" ", 2)[0]).collect(Collectors.toSet());
  }

  private static Map<String, Map<String, String>> atTheService(
      CacheNode node, Set<String> markets) {
    List<Tick> all = new ArrayList<>();
    exchanges(markets).forEach(exchange -> all.addAll(get(node.ticks().getAllTickers(exchange))));
    return Recorded.digits(all);
  }

  private static Map<String, Map<String, String>> inRedis(CacheNode node, Set<String> markets) {
    Map<String, Map<String, String>> all = new TreeMap<>();
    for (String market : markets) {
      String[] names = market.split(" ", 2);
      String text = node.redis(Command.HGET, "tickers:" + names[0], names[1]).toString();
      assertThat(text).as("plain notation").doesNotContainPattern("[0-9][eE][-+0-9]");
      all.put(market, Recorded.digits(Recorded.parse(text)));
    }
    return all;
  }

  /** What came last of each market: nothing goes back, so it must be the latest. */
  private static void receive(FeedClient client, Map<String, Map<String, String>> latest) {
    String text;
    while ((text = client.poll(0, TimeUnit.SECONDS)) != null) {
      Recorded.ticks(text)
          .forEach(tick -> latest.put(Recorded.market(tick), Recorded.digits(tick)));
    }
  }
}
