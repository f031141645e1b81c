package io.fullon.cache;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this library. */
public final class Version {

  /** What Maven puts into each jar. */
  private static final String MAVEN = "/META-INF/maven/io.fullon/fullon-cache/pom.properties";

  /** Outside of a jar. */
  private static final String UNKNOWN = "(not built)";

  private Version() {}

  /** The version as Maven knows it, such as {@code 1.2.0}. */
  public static String text() {
    try (InputStream file = Version.class.getResourceAsStream(MAVEN)) {
      if (file == null) {
        return UNKNOWN;
      }
      Properties properties = new Properties();
      properties.load(file);
      return properties.getProperty("version", UNKNOWN);
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + MAVEN + " failed", e);
    }
  }
}
