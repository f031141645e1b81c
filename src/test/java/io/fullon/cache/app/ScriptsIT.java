package io.fullon.cache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.AppProcess;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts, in a project whose Maven is a stand-in that notes how it is called. */
class ScriptsIT {

  private static final String BUILD =
      "cat '" + AppProcess.JAR + "' >\"$output/fullon-cache-app.jar\"";

  private static final String HALF = BUILD.replace("cat", "head -c 5000000");
  private static final String OTHER_HALF =
      BUILD.replace("cat", "tail -c +5000001").replace(">", ">>");

  private static final String ZEROS =
      BUILD.replace("cat '", "head -c \"$(wc -c <'").replace("' >", "')\" /dev/zero >");

  private static final String UPGRADE =
      """
      Upgrade: websocket\r
      Connection: Upgrade\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
      Sec-WebSocket-Version: 13\r
      """;

  @TempDir Path folder;
  private Path project;
  private Path jar;
  private Path archive;
  private Path calls;
  private String path;

  @BeforeEach
  void makeProject() throws IOException {
    makeProject("a project");
  }

  private void makeProject(String name) throws IOException {
    project = Files.createDirectory(folder.resolve(name));
    jar = project.resolve("target/fullon-cache-app.jar");
    archive = project.resolve("target/fullon-cache-app.jsa");
    calls = folder.resolve("calls");
    Files.createDirectories(project.resolve("src/main/java"));
    Files.createDirectory(project.resolve("config"));
    Files.createFile(project.resolve("pom.xml"));
    Path scripts = Files.createDirectory(project.resolve("scripts"));
    for (String script : List.of("start", "test", "api")) {
      Files.copy(Path.of("scripts", script), scripts.resolve(script));
    }
    path =
        Files.createDirectories(folder.resolve("bin")) + File.pathSeparator + System.getenv("PATH");
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
            "output=target",
            "for argument; do",
            "  case $argument in -Doutput=*) output=${argument#-Doutput=} ;; esac",
            "done",
            "mkdir -p \"$output\"",
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
  void whatIsBuiltIsLoadedFromAnArchiveWhichNeedsNoRedis() throws IOException {
    makeProject("project"); // Java 17 archives nothing of a jar whose path has a space
    try (AppProcess app =
        script("start")
            .environment("FULLON_CACHE_REDIS_URI", "redis://127.0.0.1:1")
            .run("--help")) {
      assertThat(app.exitCode()).isZero();
      assertThat(jar.getParent()).isDirectoryNotContaining("glob:**/start-*");
      assertThat(archive).isNotEmptyFile();
    }

    try (AppProcess app =
        script("start").environment("JAVA_OPTS", "-Xlog:class+load").run("--check-config")) {
      assertThat(app.exitCode()).isZero();
      assertThat(app.out())
          .anyMatch(line -> line.contains("cache.app.StartCommand source: shared objects file"));
    }
  }

  @Test
  void anArchiveThatDoesNotFitIsLeftAsideWithoutAWord() throws IOException {
    build();
    Files.writeString(archive, "none");
    assertStartsWithoutAWord();

    changeSources();
    try (AppProcess app = script("start").run("--version")) {
      assertThat(app.exitCode()).isZero();
    }
    assertThat(archive).isNotEmptyFile();
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(10)));
    assertStartsWithoutAWord();
    assertThat(Files.readAllLines(calls)).hasSize(1);
  }

  private void assertStartsWithoutAWord() {
    try (AppProcess app = script("start").run("--version")) {
      assertThat(app.exitCode()).isZero();
      assertThat(app.out()).singleElement().asString().startsWith("fullon-cache");
      assertThat(app.err()).isEmpty();
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
    maven(HALF, "echo the reason", "exit 1");

    try (AppProcess app = script("start").run()) {
      assertThat(app.exitCode()).isEqualTo(2);
      assertThat(app.err()).contains("the reason", "scripts/start: the build failed");
      assertThat(jar).doesNotExist();
      assertThat(jar.getParent()).isEmptyDirectory();
    }
  }

  @Test
  void aServerThatRunsKeepsItsJarWhenAnotherIsBuilt() throws IOException {
    try (AppProcess app = script("start").run("--port", "0").awaitReady();
        InputStream running = Files.newInputStream(jar)) {
      Object file = Files.readAttributes(jar, BasicFileAttributes.class).fileKey();
      assertThat(archive).exists();
      changeSources();
      maven(ZEROS);

      try (AppProcess other = script("start").run("--port", "0")) {
        assertThat(other.exitCode()).as("of what no jar is").isEqualTo(1);
      }
      assertThat(archive).as("of the jar before").doesNotExist();

      assertThat(Arrays.equals(running.readAllBytes(), Files.readAllBytes(AppProcess.JAR)))
          .as("what it has open is as it was")
          .isTrue();
      assertThat(Files.readAttributes(jar, BasicFileAttributes.class).fileKey()).isNotEqualTo(file);
      // Most of what these need is not loaded yet.
      for (String path : List.of("/", "/page.js", "/metrics", "/health/ready", "/api/tickers/x")) {
        assertThat(statusLine(app, path, "")).as(path).isEqualTo("HTTP/1.1 200 OK");
      }
      assertThat(statusLine(app, "/feed", UPGRADE)).isEqualTo("HTTP/1.1 101 Switching Protocols");
      assertStops(app);
    }
  }

  private void changeSources() throws IOException {
    Files.setLastModifiedTime(project.resolve("pom.xml"), FileTime.from(Instant.now()));
  }

  private static String statusLine(AppProcess app, String path, String headers) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), app.port())) {
      socket.setSoTimeout(20_000);
      String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
          .readLine();
    }
  }

  @Test
  void twoThatBuildAtTheSameTimeBothRun() throws IOException {
    // Each waits for the other in the middle.
    maven(
        HALF,
        "touch \"" + folder + "/half.$$\"",
        "while [ \"$(ls '" + folder + "' | grep -c half)\" -lt 2 ]; do sleep 0.05; done",
        OTHER_HALF);

    try (AppProcess one = script("start").run("--port", "0");
        AppProcess other = script("start").run("--port", "0")) {
      assertStops(one.awaitReady());
      assertStops(other.awaitReady());
    }
  }

  @Test
  void aBuildThatIsKilledLeavesTheOldJarAndIsDoneNextTime() throws IOException {
    build();
    Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));
    maven(HALF, "kill -KILL $PPID");

    try (AppProcess app = script("start").run("--help")) {
      assertThat(app.exitCode()).isNotZero();
    }
    assertThat(jar).hasSameBinaryContentAs(AppProcess.JAR);

    maven(BUILD);
    try (AppProcess app = script("start").run("--help")) {
      assertThat(app.exitCode()).isZero();
      assertThat(Files.readAllLines(calls)).hasSize(2);
    }
  }

  @Test
  void whatChangesDuringABuildIsBuiltNextTime() throws IOException {
    maven("touch pom.xml", BUILD);

    for (int start = 1; start <= 2; start++) {
      try (AppProcess app = script("start").run("--help")) {
        assertThat(app.exitCode()).isZero();
        assertThat(Files.readAllLines(calls)).hasSize(start);
      }
    }
  }

  @Test
  void mavenDoesNotWriteIntoTheJarThatMayRun() throws IOException {
    assertThat(Path.of("pom.xml"))
        .content()
        .contains("<app>${output}/fullon-cache-app.jar</app>")
        .contains("<outputFile>${app}.new</outputFile>")
        .contains("<move file=\"${app}.new\" tofile=\"${app}\"/>");
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
      assertThat(Files.readString(calls))
          .contains("verify -Pcheck -Dfullon.long=true -Dquick=-XX:+TieredCompilation -Dtest=A");
    }
  }

  @Test
  void eachNamedClassIsRunByWhatRunsItsKind() throws IOException {
    Path tests = Files.createDirectories(project.resolve("src/test/java/some/where"));
    for (String name : List.of("OneTest", "OneIT", "OtherTest", "OtherIT", "ThirdTest", "One")) {
      Files.createFile(tests.resolve(name + ".java"));
    }

    assertThat(mavenFor("ThirdTest#says*")).endsWith(" test -Dtest=ThirdTest#says*");
    assertThat(mavenFor("OtherIT", "-Dx=y"))
        .contains(" verify ", " -Dit.test=OtherIT ", "failIfNoSpecifiedTests=false")
        .doesNotContain("OtherTest", "check")
        .endsWith(" -Dx=y");
    assertThat(mavenFor("some.where.OneIT", "O*Test"))
        .contains(" verify -Dtest=OneTest,OtherTest -Dit.test=OneIT ");
    assertThat(mavenFor("One")).contains(" verify -Dtest=OneTest -Dit.test=OneIT ");
  }

  private String mavenFor(String... arguments) throws IOException {
    Files.deleteIfExists(calls);
    try (AppProcess app = script("test").run(arguments)) {
      assertThat(app.exitCode()).isZero();
    }
    return Files.readString(calls).strip();
  }

  @Test
  void aClassThatIsNotThereIsSaid() throws IOException {
    Files.createDirectories(project.resolve("src/test/java"));

    try (AppProcess app = script("test").run("NoSuchTest")) {
      assertThat(app.exitCode()).isEqualTo(2);
      assertThat(app.onlyError()).contains("NoSuchTest");
    }
  }

  @Test
  void whoFailedOrWasSkippedIsSaidInALineEachAndWhatFailedClassesPrintedIsShown()
      throws IOException {
    maven(
        "mkdir -p target/surefire-reports",
        report(
            "surefire",
            "A",
            "tests=\"3\" errors=\"0\" skipped=\"1\" failures=\"1\"",
            "<testcase name=\"good\" classname=\"some.A\"/>",
            "<testcase name=\"bad &lt;1&gt;\" classname=\"some.A\">",
            "<failure message=\"expected: 1&#10;but was: 2\" type=\"x\">",
            "</failure></testcase>",
            "<testcase name=\"idle\" classname=\"some.A\">",
            "<skipped message=\"no browser\"/></testcase>",
            "<testcase name=\"\" classname=\"some.B\">",
            "<skipped type=\"x.Y\"><![CDATA[x.Y: Assumption failed: no node",
            "at some.B.start(B.java:1)]]></skipped></testcase>"),
        report("surefire", "B", "tests=\"1\" errors=\"0\" skipped=\"0\" failures=\"0\""),
        "seq -f 'noise %g' 1000 >target/surefire-reports/A-output.txt",
        "echo calm >target/surefire-reports/B-output.txt",
        "exit 1");

    try (AppProcess app = script("test").run()) {
      assertThat(app.exitCode()).isEqualTo(1);
      assertThat(app.out())
          .contains("noise 1000")
          .doesNotContain("noise 1", "calm")
          .endsWith(
              "Failed A.bad <1>: expected: 1 but was: 2",
              "Skipped A.idle: no browser",
              "Skipped B: no node",
              "Tests run: 4, Failures: 1, Errors: 0, Skipped: 1");
    }
  }

  private static String report(String plugin, String name, String counts, String... cases) {
    return "echo '<testsuite name=\""
        + name
        + "\" time=\"1.5\" "
        + counts
        + ">\n"
        + String.join("\n", cases)
        + "'"
        + " >target/"
        + plugin
        + "-reports/TEST-"
        + name
        + ".xml";
  }

  @Test
  void beforeTheFirstVersionThereIsNoApiToCompareWith() {
    try (AppProcess app = script("api").run()) {
      assertThat(app.exitCode()).isZero();
      assertThat(app.out()).singleElement().asString().contains("no tag yet");
      assertThat(calls).doesNotExist();
    }
  }

  @Test
  void theApiIsComparedOnceAllTestsHavePassed() throws IOException {
    maven("exit 0");
    Files.writeString(project.resolve("scripts/api"), "#!/bin/sh\necho compared\nexit 3");

    try (AppProcess app = script("test").run()) {
      assertThat(app.exitCode()).isEqualTo(3);
      assertThat(app.out()).contains("compared");
    }
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
