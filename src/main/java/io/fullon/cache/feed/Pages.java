package io.fullon.cache.feed;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What was sent just now and may be asked for by others, so that it is encoded once. */
final class Pages {

  private record Place(Object scope, Object from) {}

  private final Map<Place, Page> pages = new HashMap<>();

  /**
   * The page that begins there: the one that was made before, if it still holds. It is to be sent
   * at once, and not to be kept.
   */
  Page get(Object scope, Object from, Predicate<Page> holds, Supplier<Page> make) {
    Place place = new Place(scope, from);
    Page page = pages.get(place);
    if (page != null && holds.test(page)) {
      page.use();
      return page;
    }
    Page made = make.get();
    made.share();
    pages.put(place, made);
    if (page != null) {
      page.release();
    }
    return made;
  }

  /** Forgets those that nobody has asked for since this was called last. */
  void clean() {
    pages.values().removeIf(this::isIdle);
  }

  private boolean isIdle(Page page) {
    boolean idle = !page.wasUsed();
    if (idle) {
      page.release();
    }
    return idle;
  }

  void clear() {
    pages.values().forEach(Page::release);
    pages.clear();
  }
}
