package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.AppProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts, in a project whose Maven is a stand-in that notes how it is called. */
class ScriptsIT {

  private static final String BUILD =
      "mkdir -p target && cp '" + AppProcess.JAR + "' target/fullon-cache-app.jar";

  @TempDir Path folder;
  private Path project;
  private Path jar;
  private Path calls;
  private String path;

  @BeforeEach
  void makeProject() throws IOException {
    project = Files.createDirectory(folder.resolve("a project"));
    jar = project.resolve("target/fullon-cache-app.jar");
    calls = folder.resolve("calls");
    Files.createDirectories(project.resolve("src/main/java"));
    Files.createDirectory(project.resolve("config"));
    Files.createFile(project.resolve("pom.xml"));
    Path scripts = Files.createDirectory(project.resolve("scripts"));
    for (String script : List.of("start", "test")) {
      Files.copy(Path.of("scripts", script), scripts.resolve(script));
    }
    path =
        Files.createDirectory(folder.resolve("bin")) + File.pathSeparator + System.getenv("PATH");
    maven(BUILD);
  }

  private void maven(String... commands) throws IOException {
    Path maven = folder.resolve("bin/mvn");
    Files.writeString(
        maven,
        String.join(
            "\n",
            "#!/bin/sh",
            "echo \"$@\" >>'" + calls + "'",
            "cd '" + project + "' || exit 9",
            String.join("\n", commands)));
    assertThat(maven.toFile().setExecutable(true)).isTrue();
  }

  private void build() throws IOException {
    Files.createDirectory(jar.getParent());
    Files.copy(AppProcess.JAR, jar);
  }

  private AppProcess.Start script(String name) {
    return AppProcess.script(folder, project.resolve("scripts").resolve(name))
        .environment("PATH", path);
  }

  private static void assertStops(AppProcess app) {
    app.signal("TERM");
    assertThat(app.exitCode()).isZero();
  }

  @Test
  void whatIsMissingIsBuilt() throws IOException {
    try (AppProcess app = script("start").run("--port", "0").awaitReady()) {
      assertThat(app.err().get(0)).startsWith("Building");
      assertThat(Files.readAllLines(calls)).singleElement().asString().contains("package");
      assertStops(app);
    }
  }

  @Test
  void whatIsBuiltIsNotBuiltAgain() throws IOException {
    build();

    try (AppProcess app = script("start").run("--port", "0").awaitReady()) {
      assertThat(calls).doesNotExist();
      assertStops(app);
    }
  }

  @Test
  void whatIsOlderThanItsSourcesIsBuiltAgain() throws IOException {
    build();
    Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));

    try (AppProcess app = script("start").run("--help")) {
      assertThat(app.exitCode()).isZero();
      assertThat(Files.readAllLines(calls)).hasSize(1);
    }
  }

  @Test
  void aFailedBuildIsShownAndLeavesNoHalfJar() throws IOException {
    maven("mkdir target", "echo half >target/fullon-cache-app.jar", "echo the reason", "exit 1");

    try (AppProcess app = script("start").run()) {
      assertThat(app.exitCode()).isEqualTo(2);
      assertThat(app.err()).contains("the reason", "scripts/start: the build failed");
      assertThat(jar).doesNotExist();
    }
  }

  @Test
  void aMissingJavaIsSaid() {
    try (AppProcess app = script("start").environment("JAVA_HOME", "/no/such/place").run()) {
      assertThat(app.exitCode()).isEqualTo(2);
      assertThat(app.onlyError()).contains("needs a JDK 17", "/no/such/place");
    }
  }

  @Test
  void itStartsFromAnywhereAndByALinkAndWithoutJavaHome() throws IOException {
    build();
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Path link =
        Files.createSymbolicLink(elsewhere.resolve("cache"), project.resolve("scripts/start"));
    String java = System.getProperty("java.home") + "/bin";

    try (AppProcess app =
        AppProcess.script(folder, Path.of("./" + link.getFileName()))
            .environment("PATH", elsewhere + File.pathSeparator + java + File.pathSeparator + path)
            .environment("JAVA_HOME", "")
            .environment("CDPATH", folder.toString())
            .directory(elsewhere)
            .run("--port", "0")
            .awaitReady()) {
      assertThat(calls).doesNotExist();
      assertStops(app);
    }
  }

  @Test
  void aBadOptionEndsTheScriptAsItEndsTheApplication() throws IOException {
    build();

    try (AppProcess app = script("start").run("--nonsense", "two words")) {
      assertThat(app.exitCode()).isEqualTo(2);
      assertThat(app.onlyError()).contains("--nonsense", "two words");
    }
  }

  @Test
  void theTestsAreSummedUpInTheLastLine() throws IOException {
    maven(
        "mkdir -p target/surefire-reports target/failsafe-reports",
        report("surefire", "A", "tests=\"3\" errors=\"1\" skipped=\"1\" failures=\"0\""),
        report("surefire", "B", "tests=\"4\" errors=\"0\" skipped=\"0\" failures=\"0\""),
        report("failsafe", "C", "tests=\"5\" errors=\"0\" skipped=\"0\" failures=\"2\""),
        "exit 1");

    try (AppProcess app = script("test").run("--long", "-Dtest=A")) {
      assertThat(app.exitCode()).isEqualTo(1);
      assertThat(app.out()).endsWith("Tests run: 12, Failures: 2, Errors: 1, Skipped: 1");
      assertThat(Files.readString(calls)).contains("verify -Dfullon.long=true -Dtest=A");
    }
  }

  private static String report(String plugin, String name, String counts) {
    return "echo '<testsuite name=\""
        + name
        + "\" time=\"1.5\" "
        + counts
        + ">'"
        + " >target/"
        + plugin
        + "-reports/TEST-"
        + name
        + ".xml";
  }

  @Test
  void oldReportsAreNotCounted() throws IOException {
    Path old = Files.createDirectories(project.resolve("target/surefire-reports"));
    Files.writeString(old.resolve("TEST-Old.xml"), "<testsuite tests=\"7\">");
    maven("exit 0");

    try (AppProcess app = script("test").run()) {
      assertThat(app.exitCode()).isZero();
      assertThat(app.out()).endsWith("Tests run: 0, Failures: 0, Errors: 0, Skipped: 0");
    }
  }
}
