package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

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
        "{} | --source=krakn:BTC/USD | sources.krakn",
        "{} | --source=kraken: | EXCHANGE:SYMBOL",
        "{} | --source=kraken:BTC/USD,,ETH/USD | sources.kraken.symbols",
        "{} | --source=none --source=simulated | stands alone",
        "{} | --source=kraken:* --source=none | stands alone",
        "{\"sources\":{\"kraken\":{\"symbols\":[\"*\"],\"urll\":1}}} | --port=1 |"
            + " sources.kraken.urll",
        "{\"symbol\":{\"enabled\":false}} | --source=simulated |"
            + " --source simulated: needs symbol.enabled",
        "{\"tick\":{\"enabled\":false},\"web\":{\"enabled\":false}} | --source=simulated |"
            + " --source simulated: needs tick.enabled",
        "{\"tick\":{\"enabled\":false},\"web\":{\"enabled\":false}} | --source=replay:pom.xml |"
            + " --source replay:pom.xml: needs tick.enabled",
        "{} | --speed=2 | --speed",
        "{} | --source=replay:pom.xml --speed=-1 | --speed",
        "{} | --source=replay:pom.xml --speed=1E2147483647 | --speed",
        "{} | --source=replay:pom.xml --speed=1E-2147483647 | --speed",
        "{} | --redis=http://h | redis.uri",
        "{} | --config=c.json | --config",
      })
  void whatAStartRefusesIsRefused(String content, String option, String named) throws IOException {
    String file = Files.writeString(folder.resolve("c.json"), content).toString();

    List<String> arguments = new ArrayList<>(List.of("--config", file, "--check-config"));
    arguments.addAll(List.of(option.split(" ")));
    Called checked = Called.with(arguments.toArray(String[]::new));

    assertThat(checked.code()).isEqualTo(2);
    assertThat(checked.out()).isEmpty();
    assertThat(checked.err()).contains(named).hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | 1",
        "{\"symbol\":{\"enabled\":false}} | 0",
        "{\"tick\":{\"enabled\":false},\"web\":{\"enabled\":false}} | 0",
        "{\"redis\":{\"uri\":\"redis://h\"}} | 0",
      })
  void theMarketThatNobodyNamedIsThereWhereItCanBe(String content, int sources) throws IOException {
    String file = Files.writeString(folder.resolve("c.json"), content).toString();
    StartCommand command = new StartCommand();
    new CommandLine(command).parseArgs("--config", file);

    assertThat(command.plan().sources()).hasSize(sources);
  }

  private static JsonObject sources(String... options) {
    JsonObject file =
        new JsonObject(
            """
            {"sources": {
              "kraken": {"symbols": ["BTC/USD"], "url": "ws://localhost:1"},
              "okx": {"symbols": ["*"]}
            }}
            """);
    return sources(file, options);
  }

  private static JsonObject sources(JsonObject file, String... options) {
    StartCommand command = new StartCommand();
    CommandLine line = new CommandLine(command);
    line.parseArgs(options);
    return command.config(file).getJsonObject("sources", new JsonObject());
  }

  @Test
  void anOptionReplacesTheSymbolsOfItsExchangeOnly() {
    assertThat(sources("--source=kraken:ETH/USD,BTC/EUR", "--source=bybit:*", "--source=simulated"))
        .isEqualTo(
            new JsonObject(
                """
                {
                  "kraken": {"symbols": ["ETH/USD", "BTC/EUR"], "url": "ws://localhost:1"},
                  "okx": {"symbols": ["*"]},
                  "bybit": {"symbols": ["*"]}
                }
                """));
  }

  @Test
  void theSameExchangeSeveralTimesHasAllTheirSymbols() {
    assertThat(sources(new JsonObject(), "--source=okx:A/B", "--source=okx:C/D").encode())
        .isEqualTo("{\"okx\":{\"symbols\":[\"A/B\",\"C/D\"]}}");
  }

  @Test
  void noneSwitchesOffConfiguredSourcesToo() {
    assertThat(sources("--source=none").isEmpty()).isTrue();
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
