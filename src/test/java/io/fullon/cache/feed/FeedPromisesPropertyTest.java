package io.fullon.cache.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

/**
 * Whatever happens in whatever order, each client gets what the feed promises: nothing is missing,
 * nothing comes twice, nothing goes back in time, no symbol more often than it may.
 */
class FeedPromisesPropertyTest {

  private static final int SYMBOLS = 120;
  private static final List<String> EXCHANGES = List.of("one", "two");
  private static final int[] INTERVALS = {0, 0, 50, 200};

  @Property(tries = 400)
  void holdAtEveryMoment(@ForAll @Size(max = 120) List<Integer> operations) {
    try (FeedModel model = new FeedModel()) {
      model.outage(List.of(), List.of());
      for (String exchange : EXCHANGES) {
        FeedModel.symbols(SYMBOLS).forEach(s -> model.update(new TickerKey(exchange, s)));
      }
      for (int i = 0; i < 5; i++) {
        model.connect();
      }
      operations.forEach(operation -> perform(model, new Random(operation)));
      model.settle();
    }
  }

  private static String exchange(Random random) {
    return EXCHANGES.get(random.nextInt(EXCHANGES.size()));
  }

  private static TickerKey ticker(Random random) {
    return new TickerKey(exchange(random), "S" + random.nextInt(SYMBOLS));
  }

  private static List<TickerKey> tickers(Random random, int most) {
    List<TickerKey> tickers = new ArrayList<>();
    for (int i = random.nextInt(most); i > 0; i--) {
      tickers.add(ticker(random));
    }
    return tickers;
  }

  private static List<String> symbols(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> List.of("S0", "S1", "S2");
      case 1 -> List.of("S" + random.nextInt(SYMBOLS));
      default -> FeedModel.ALL;
    };
  }

  private static void perform(FeedModel model, Random random) {
    FeedModel.Client client = model.clients.get(random.nextInt(model.clients.size()));
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> tickers(random, 30).forEach(model::update);
      case 3 -> model.run(random.nextInt(4));
      case 4 -> model.pass(random.nextInt(120));
      case 5 -> model.remove(ticker(random));
      case 6 -> model.outage(tickers(random, 200), tickers(random, 10));
      case 7, 8 -> {
        if (client.isHeard()) {
          String exchange = random.nextInt(3) == 0 ? "*" : exchange(random);
          client.subscribe(exchange, symbols(random), INTERVALS[random.nextInt(4)]);
        }
      }
      case 9 -> {
        if (client.isHeard()) {
          client.unsubscribe(random.nextInt(3) == 0 ? "*" : exchange(random), symbols(random));
        }
      }
      case 10 -> client.block(random.nextBoolean());
      default -> {
        if (client.isHeard()) {
          client.ask("*", FeedModel.ALL);
        }
      }
    }
  }
}
