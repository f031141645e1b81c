package io.fullon.cache.events;

import io.fullon.cache.value.Names;
import java.util.ArrayList;
import java.util.List;

/**
 * Something that was stored. A message has one or more, with NUL between them; of each it has place
 * and name, a line each, and the text.
 *
 * @param text as the domain reads it; empty when it is gone
 * @param value what the domain reads from the text, where that is known; else null
 */
public record News(String place, String name, String text, Object value) {

  private static final int PARTS = 3;
  private static final String SEPARATOR = "\0";

  /**
   * @throws RuntimeException when it is no such message
   */
  static List<News> read(String message) {
    List<News> all = new ArrayList<>();
    for (String each : message.split(SEPARATOR, -1)) {
      String[] parts = each.split("\n", PARTS);
      all.add(new News(Names.ofKey(parts[0]), parts[1], parts[2], null));
    }
    return all;
  }

  /** The message that tells them all. */
  public static String message(List<News> all) {
    StringBuilder message = new StringBuilder();
    for (News each : all) {
      message.append(message.length() == 0 ? "" : SEPARATOR);
      message.append(Names.inKey(each.place)).append('\n').append(each.name).append('\n');
      message.append(each.text);
    }
    return message.toString();
  }
}
