package io.fullon.cache.fence;

import io.fullon.cache.fence.Deed.What;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What blocks promise, looked at from outside, of one market: a token is dead when a newer one was
 * answered, when its release was, and when its lease is over. Nothing that began after that is done
 * with it.
 */
final class FencedHistory {

  /** From when on nothing is done any more with tokens up to this one. */
  private record Dead(long token, long since, String why) {}

  private final List<Deed> deeds;

  /** When the lease of a token may end at the latest, by the machine's clock. */
  private final Map<Long, Long> ends = new HashMap<>();

  private final List<String> wrong = new ArrayList<>();

  private FencedHistory(List<Deed> deeds) {
    this.deeds = deeds;
    for (Deed deed : deeds) {
      if (deed.done() && deed.until() > 0) {
        ends.merge(deed.token(), deed.until(), Math::max);
      }
    }
  }

  /**
   * @param deeds of one market
   * @return what was done with a dead token; empty if nothing was
   */
  static List<String> wrong(List<Deed> deeds) {
    FencedHistory history = new FencedHistory(deeds);
    history.check();
    return history.wrong;
  }

  private static Stream<Dead> deaths(Deed deed) {
    return !deed.done()
        ? Stream.of()
        : switch (deed.what()) {
          case ACQUIRE ->
              Stream.of(new Dead(deed.token() - 1, deed.ended(), "a newer one was answered"));
          case RELEASE -> Stream.of(new Dead(deed.token(), deed.ended(), "it was released"));
          default -> Stream.of();
        };
  }

  private void check() {
    List<Dead> deaths =
        deeds.stream()
            .flatMap(FencedHistory::deaths)
            .sorted(Comparator.comparingLong(Dead::since))
            .toList();
    Dead last = new Dead(0, 0, "");
    int next = 0;
    for (Deed deed :
        deeds.stream().filter(Deed::done).sorted(Comparator.comparingLong(Deed::began)).toList()) {
      for (; next < deaths.size() && deaths.get(next).since() < deed.began(); next++) {
        last = deaths.get(next).token() > last.token() ? deaths.get(next) : last;
      }
      if (deed.token() <= last.token()) {
        wrong.add(deed + ", though " + last.why() + ": " + last);
      } else if (deed.what() != What.ACQUIRE
          && deed.beganAt() >= ends.getOrDefault(deed.token(), 0L)) {
        wrong.add(deed + ", though its lease ended at " + ends.get(deed.token()));
      }
    }
    Set<Long> tokens = new HashSet<>();
    deeds.stream()
        .filter(deed -> deed.what() == What.ACQUIRE && deed.done() && !tokens.add(deed.token()))
        .forEach(deed -> wrong.add(deed + ", though it was answered before"));
  }
}
