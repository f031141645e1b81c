package io.fullon.cache;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which Vert.x there is. An application that manages its versions may bring an older one than this
 * library was compiled with, of which methods are missing only when they are called.
 */
final class VertxVersion {

  private static final int MAJOR = 5;
  private static final int MINOR = 1;

  /** What Vert.x itself reads; a jar of everything keeps it, unlike the manifest of each part. */
  private static final String RESOURCE = "/META-INF/vertx/vertx-version.txt";

  private static final Pattern NUMBERS = Pattern.compile("([0-9]{1,9})\\.([0-9]{1,9})(?![0-9]).*");

  private VertxVersion() {}

  /**
   * Uses nothing that older versions of Vert.x lack.
   *
   * @throws IllegalStateException when Vert.x is too old; one whose version is not to be found is
   *     left alone
   */
  static void check() {
    String found = text();
    if (!suffices(found)) {
      throw new IllegalStateException(
          "fullon-cache needs Vert.x " + MAJOR + "." + MINOR + " or later, found " + found);
    }
  }

  static boolean suffices(String version) {
    Matcher numbers = NUMBERS.matcher(version);
    if (!numbers.matches()) {
      return true;
    }
    int major = Integer.parseInt(numbers.group(1));
    return major > MAJOR || (major == MAJOR && Integer.parseInt(numbers.group(2)) >= MINOR);
  }

  /** The version of Vert.x' core, or nothing. */
  static String text() {
    try (InputStream file = Vertx.class.getResourceAsStream(RESOURCE)) {
      return file == null ? "" : new String(file.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + RESOURCE + " failed", e);
    }
  }
}
