package io.fullon.cache.app;

import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Reasons;
import picocli.CommandLine;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: runs the whole thing. */
public final class Main {

  /** A bad option, file or configuration. */
  static final int BAD_USAGE = 2;

  private Main() {}

  public static void main(String[] arguments) {
    CommandLine commandLine = commandLine();
    int code = commandLine.execute(arguments);
    if (code != CommandLine.ExitCode.OK || !StartCommand.isRunning(commandLine)) {
      System.exit(code);
    }
  }

  /** What says in one line why something does not work. */
  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new StartCommand());
    commandLine.setParameterExceptionHandler(
        (exception, given) -> {
          boolean unknown = exception instanceof UnmatchedArgumentException;
          commandLine.getErr().println(Reasons.of(exception) + (unknown ? "; see --help" : ""));
          return BAD_USAGE;
        });
    commandLine.setExecutionExceptionHandler(
        (exception, command, result) -> {
          commandLine.getErr().println(Reasons.of(exception));
          return exitCode(exception);
        });
    return commandLine;
  }

  /** A file that is named and cannot be used is bad usage too, whenever that shows. */
  static int exitCode(Throwable exception) {
    for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
      if (cause instanceof CommandLine.ParameterException
          || cause instanceof InvalidValueException) {
        return BAD_USAGE;
      }
    }
    return CommandLine.ExitCode.SOFTWARE;
  }
}
