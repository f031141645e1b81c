package io.fullon.cache.web;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Lists in the configuration, which a variable of the environment holds as one text. */
final class Lists {

  private static final int MAX_TEXT = 1_000;

  private Lists() {}

  /**
   * Reads a list, or a text in which commas part the elements, in small letters.
   *
   * @param rule what is wrong with an element that the pattern does not match
   */
  static List<String> parse(Fields section, String key, Pattern element, String rule) {
    if (!section.has(key)) {
      return List.of();
    }
    List<?> given =
        section.raw(key) instanceof String
            ? List.of(section.text(key, MAX_TEXT).split(",", -1))
            : section.list(key);
    List<String> elements = new ArrayList<>();
    for (Object one : given) {
      if (!(one instanceof String text) || !element.matcher(text.strip()).matches()) {
        throw new InvalidValueException(section.name(key), rule, one);
      }
      elements.add(text.strip().toLowerCase(Locale.ROOT));
    }
    return List.copyOf(elements);
  }
}
