package io.fullon.cache.bench.feed;

import io.fullon.cache.bench.Report;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The servers for JavaScript, as far as they can be had here. */
final class Peers {

  static final String BUN = "Bun";

  private final Report report;
  private final Path folder;

  /**
   * @param folder where they are installed
   */
  Peers(Report report, Path folder) {
    this.report = report;
    this.folder = folder;
  }

  List<Subject> subjects() throws IOException {
    List<Subject> subjects = new ArrayList<>();
    if (installed("Node ws", "ws", "ioredis")) {
      subjects.add(Subject.script("Node ws", "node", script("ws.mjs")));
    }
    if (installed(BUN, "bun", "ioredis")) {
      String bun = folder.resolve("node_modules/.bin/bun").toString();
      subjects.add(Subject.script(BUN, bun, script("bun.mjs")));
    }
    return subjects;
  }

  private boolean installed(String name, String... packages) {
    List<String> command =
        new ArrayList<>(
            List.of("npm", "install", "--no-audit", "--no-fund", "--prefix", folder.toString()));
    command.addAll(List.of(packages));
    String reason = "npm could not install it";
    try {
      Process npm =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start();
      if (npm.onExit().join().exitValue() == 0) {
        return true;
      }
    } catch (IOException e) {
      reason = "there is no npm";
    }
    report.note("Left out: " + name + ", because " + reason + ".");
    return false;
  }

  /** Beside its packages, where it looks for them. */
  private String script(String name) throws IOException {
    Path script = folder.resolve(name);
    try (InputStream content = Peers.class.getResourceAsStream("/bench/" + name)) {
      Files.copy(content, script);
    }
    return script.toString();
  }
}
