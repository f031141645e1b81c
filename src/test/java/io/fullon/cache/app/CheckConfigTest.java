package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckConfigTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"web\":{\"prot\":1}} | --port=1 | web.prot",
        "{\"web\":{\"port\":\"x\"}} | --host=h | web.port",
        "{\"web\": | --port=1 | must be a JSON object",
        "{} | --port=65536 | web.port",
        "{} | --nonsense | --nonsense",
        "{} | nonsense | nonsense",
        "{} | --log-format=xml | --log-format",
        "{} | --source=replay:/no/such/file | /no/such/file",
        "{} | --speed=2 | --speed",
        "{} | --redis=http://h | redis.uri",
        "{} | --config=c.json | --config",
      })
  void whatAStartRefusesIsRefused(String content, String option, String named) throws IOException {
    String file = Files.writeString(folder.resolve("c.json"), content).toString();

    Called checked = Called.with("--config", file, option, "--check-config");

    assertThat(checked.code()).isEqualTo(2);
    assertThat(checked.out()).isEmpty();
    assertThat(checked.err()).contains(named).hasLineCount(1);
  }

  @Test
  void whatIsWrongInTheFileIsToldWithItsName() throws IOException {
    String file = Files.writeString(folder.resolve("c.json"), "{\"web\":{\"prot\":1}}").toString();

    assertThat(Called.with("--config", file, "--check-config").err())
        .startsWith("web.prot: unknown key")
        .endsWith(" (in " + file + ")");
  }

  @Test
  void whatIsWrongInAnOptionIsNotToldOfTheFile() throws IOException {
    String file = Files.writeString(folder.resolve("c.json"), "{}").toString();

    assertThat(Called.with("--config", file, "--port=65536", "--check-config").err())
        .startsWith("web.port: ")
        .doesNotContain(file);
  }

  @Test
  void whoMistypesAnOptionIsToldOfTheHelp() {
    assertThat(Called.with("--prot", "8080").err())
        .isEqualTo("Unknown options: '--prot', '8080'; see --help");
    assertThat(Called.with("token", "--exchange", "okx").err()).endsWith("; see --help");
  }
}
