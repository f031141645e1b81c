package io.fullon.cache.app;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** The command line, called in the test's own process with what starts nothing. */
record Called(int code, String out, String err) {

  static Called with(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    int code = line.execute(arguments);
    return new Called(code, out.toString().strip(), err.toString().strip());
  }
}
