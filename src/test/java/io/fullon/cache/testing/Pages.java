package io.fullon.cache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The documentation: the README and the pages of the site, as text, code and tables. */
public final class Pages {

  public static final Path README = Path.of("README.md");

  private static final Path SITE = Path.of("src/site/markdown");

  private Pages() {}

  /** The README and all pages. */
  public static List<Path> all() {
    try (Stream<Path> files = Files.list(SITE)) {
      return Stream.concat(
              Stream.of(README), files.filter(file -> file.toString().endsWith(".md")).sorted())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The page of that name, such as {@code feed}. */
  public static Path page(String name) {
    return SITE.resolve(name + ".md");
  }

  public static String text(Path page) {
    try {
      return Files.readString(page);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The blocks of code in that language. */
  public static List<String> blocks(Path page, String language) {
    return found("```" + language + "\n((?s:.)*?)```", text(page));
  }

  /** What the group has matched, everywhere in the text. */
  public static List<String> found(String regex, String text) {
    return Pattern.compile(regex, Pattern.MULTILINE)
        .matcher(text)
        .results()
        .map((MatchResult match) -> match.group(1))
        .toList();
  }

  /**
   * The rows of all tables whose head begins so, without the head; of each the cells, as they are.
   */
  public static List<List<String>> rows(Path page, String head) {
    List<List<String>> rows = new ArrayList<>();
    boolean inside = false;
    for (String line : text(page).lines().toList()) {
      if (!line.startsWith("|")) {
        inside = false;
      } else if (line.startsWith("| " + head + " |")) {
        inside = true;
      } else if (inside && !line.startsWith("| ---")) {
        rows.add(cells(line));
      }
    }
    assertThat(rows).as("rows of | " + head + " in " + page).isNotEmpty();
    return rows;
  }

  private static List<String> cells(String line) {
    return Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1))
        .map(String::strip)
        .toList();
  }

  /** What the first cells of these rows have in code marks. */
  public static List<String> names(Path page, String head) {
    return rows(page, head).stream().flatMap(row -> codes(row.get(0)).stream()).toList();
  }

  /** What is in code marks. */
  public static List<String> codes(String text) {
    return found("`([^`]+)`", text);
  }
}
