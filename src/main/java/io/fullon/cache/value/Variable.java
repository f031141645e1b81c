package io.fullon.cache.value;

import io.vertx.core.shareddata.Shareable;

/**
 * The value of an environment variable in the place of a value of the configuration: a text, which
 * {@link Fields} reads as whatever the key is, and whose errors name the variable.
 *
 * @param name the variable's name
 */
public record Variable(String name, String text) implements Shareable {

  private static final int MAX_DIGITS = 18;

  /** An integer or a truth value, if the text is one; else the text. */
  public Object value() {
    if (text.matches("-?[0-9]{1," + MAX_DIGITS + "}")) {
      return Long.valueOf(text);
    }
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> text;
    };
  }

  @Override
  public Shareable copy() {
    return this;
  }

  /** Without the text, which may be a secret. */
  @Override
  public String toString() {
    return name;
  }
}
