package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.Pages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What the documentation says of scripts, options and exit codes. */
class OperatingPageTest {

  private static final Path PAGE = Pages.page("operating");
  private static final Path SCRIPTS = Path.of("scripts");

  private static List<String> documented(String command) {
    return Pages.names(PAGE, "`" + command + "`").stream()
        .map(option -> option.replaceFirst(" .*", ""))
        .toList();
  }

  private static List<String> options(CommandLine command) {
    return command.getCommandSpec().options().stream()
        .filter(option -> !option.hidden()) // those are the scripts' own
        .map(option -> option.longestName())
        .toList();
  }

  @Test
  void hasEveryOptionAndNoOther() {
    CommandLine start = Main.commandLine();

    assertThat(documented("scripts/start")).containsExactlyInAnyOrderElementsOf(options(start));
    assertThat(start.getSubcommands()).containsOnlyKeys("token");
    assertThat(documented("scripts/start token"))
        .containsExactlyInAnyOrderElementsOf(options(start.getSubcommands().get("token")));
  }

  @Test
  void hasEveryExitCode() {
    assertThat(Pages.rows(PAGE, "code").stream().map(row -> row.get(0)))
        .containsExactlyElementsOf(
            Stream.of(
                    CommandLine.ExitCode.OK,
                    CommandLine.ExitCode.SOFTWARE,
                    CommandLine.ExitCode.USAGE,
                    FatalErrors.EXIT_CODE)
                .map(String::valueOf)
                .toList());
  }

  @Test
  void theReadmeNamesEveryScript() throws IOException {
    try (Stream<Path> scripts = Files.list(SCRIPTS)) {
      assertThat(new TreeSet<>(Pages.found("^(scripts/\\w+)", code())))
          .isEqualTo(scripts.map(Path::toString).collect(Collectors.toCollection(TreeSet::new)));
    }
  }

  private static String code() {
    return String.join("\n", Pages.blocks(Pages.README, "sh"));
  }

  /** The options that the script's own head explains. */
  @ParameterizedTest
  @ValueSource(strings = {"test", "bench"})
  void theReadmeNamesEveryOptionOfAScript(String name) throws IOException {
    String head =
        Files.readString(SCRIPTS.resolve(name))
            .lines()
            .takeWhile(line -> line.startsWith("#"))
            .collect(Collectors.joining("\n"));
    String readme =
        Arrays.stream(Pages.text(Pages.README).split("\n"))
            .filter(line -> line.startsWith("scripts/" + name))
            .collect(Collectors.joining("\n"));

    assertThat(new TreeSet<>(Pages.found("(--\\w+)", readme)))
        .isNotEmpty()
        .isEqualTo(new TreeSet<>(Pages.found("^#.{0,20}?(--\\w+)", head)));
  }
}
