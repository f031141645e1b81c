package io.fullon.cache.library;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.AppProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** What is in the jars. */
class JarsIT {

  private static final String APPLICATION = "io/fullon/cache/app/";
  private static final String ECHARTS = "io/fullon/cache/webroot/echarts/";

  /** The library's, which Maven names with its version. */
  static Path library() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      return files
          .filter(
              file ->
                  file.getFileName()
                      .toString()
                      .matches("fullon-cache-[0-9][^-]*(-SNAPSHOT)?\\.jar"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static List<String> entries(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName).toList();
    }
  }

  @Test
  void theLibraryHasNothingOfTheApplication() throws IOException {
    assertThat(entries(library()))
        .contains("io/fullon/cache/FullonCacheVerticle.class")
        .noneMatch(entry -> entry.startsWith(APPLICATION));
    assertThat(entries(AppProcess.JAR))
        .contains(APPLICATION + "Main.class", APPLICATION + "application.json")
        .contains("io/fullon/cache/FullonCacheVerticle.class", "logback.xml");
  }

  @Test
  void theLibraryKeepsToItsFolder() throws IOException {
    assertThat(entries(library()))
        .allMatch(
            entry ->
                entry.startsWith("io/fullon/cache/")
                    || entry.startsWith("META-INF/")
                    || entry.equals("module-info.class"));
  }

  @Test
  void ofTheChartsBothHaveTheOneFileThatThePageLoadsAndItsLicence() throws IOException {
    for (Path jar : List.of(library(), AppProcess.JAR)) {
      assertThat(entries(jar))
          .filteredOn(entry -> entry.contains("echarts"))
          .containsExactlyInAnyOrder(
              ECHARTS + "echarts.esm.min.js", ECHARTS + "LICENSE", ECHARTS + "NOTICE");
    }
  }

  @Test
  void everybodyMayReadBoth() throws IOException {
    for (Path jar : List.of(library(), AppProcess.JAR)) {
      assertThat(Files.getPosixFilePermissions(jar))
          .as("%s", jar)
          .contains(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);
    }
  }

  @Test
  void bothSayWhatTheyAre() throws IOException {
    for (Path jar : List.of(library(), AppProcess.JAR)) {
      try (JarFile file = new JarFile(jar.toFile())) {
        Attributes attributes = file.getManifest().getMainAttributes();
        assertThat(attributes.getValue("Implementation-Version")).matches("[0-9]+\\..+");
      }
    }
  }
}
