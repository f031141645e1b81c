package io.fullon.cache.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.OutOfDirectMemoryError;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Ends the process at once when a part of it has died, since only a process that has ended is
 * started again. Its Redis server ends with it. Only the inside of Vert.x leads to all of its event
 * loops.
 */
final class FatalErrors {

  /** The one with which Java itself ends when it is out of memory and told to end then. */
  static final int EXIT_CODE = 3;

  private static final long LAST_WORDS_MS = 1_000;

  private static final int DEEPEST_CAUSE = 20;

  // What decides is loaded here, and nothing is made on the way to the end, not even a text: later
  // the jar may be what is broken, or there is no memory for it.

  private static final Runtime RUNTIME = Runtime.getRuntime();

  private static final Class<?>[] ANY_ERROR = {Error.class};

  /**
   * Parts of the process may be missing or half done then: a class that cannot be loaded never can
   * be, and without memory anything may have stopped in the middle.
   */
  private static final Class<?>[] FATAL = {LinkageError.class, VirtualMachineError.class};

  /**
   * A native library that is not there, for which there are others; a call that went too deep,
   * which alone ends; and Netty's own bound on buffers, beyond which one connection fails and gives
   * its buffers back: ending the process would be in the hands of its clients.
   */
  private static final Class<?>[] NOT_FATAL = {
    UnsatisfiedLinkError.class, StackOverflowError.class, OutOfDirectMemoryError.class
  };

  private FatalErrors() {}

  /**
   * Sees to it from now on for threads and for the log: Netty, Vert.x and its router catch what a
   * handler or a task throws, each in its own way, log it and go on.
   */
  static void endTheProcess() {
    Thread.setDefaultUncaughtExceptionHandler(FatalErrors::uncaught);
    TurboFilter filter = new LoggedErrors();
    filter.start();
    ((LoggerContext) LoggerFactory.getILoggerFactory()).addTurboFilter(filter);
  }

  /**
   * Sees to it from now on for the event loops.
   *
   * @param stopping whether they may end
   */
  static void endTheProcessWithALoopOf(Vertx vertx, BooleanSupplier stopping) {
    VertxInternal internal = (VertxInternal) vertx;
    for (EventLoopGroup group :
        List.of(internal.acceptorEventLoopGroup(), internal.nettyEventLoopGroup())) {
      for (EventExecutor loop : group) {
        loop.terminationFuture()
            .addListener(
                ended -> {
                  if (!stopping.getAsBoolean()) {
                    end(loop, null);
                  }
                });
      }
    }
  }

  /** Whether it or what caused it is fatal. */
  static boolean isFatal(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
      if (isOneOf(FATAL, cause) && !isOneOf(NOT_FATAL, cause)) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  private static boolean isOneOf(Class<?>[] kinds, Throwable failure) {
    for (Class<?> kind : kinds) {
      if (kind.isInstance(failure)) {
        return true;
      }
    }
    return false;
  }

  /** A thread that dies of any error is one that somebody waits for. */
  private static void uncaught(Thread thread, Throwable failure) {
    if (isOneOf(ANY_ERROR, failure)) {
      end(thread, failure);
    }
    System.err.print("Exception in thread \"" + thread.getName() + "\" ");
    failure.printStackTrace();
  }

  private static final class LoggedErrors extends TurboFilter {

    @Override
    public FilterReply decide(
        Marker marker,
        Logger logger,
        Level level,
        String format,
        Object[] parameters,
        Throwable failure) {
      // What is tried, and may fail, is logged below.
      if (level.isGreaterOrEqual(Level.WARN)) {
        Throwable logged = failure == null ? lastOf(parameters) : failure;
        if (isFatal(logged)) {
          end(logger, logged);
        }
      }
      return FilterReply.NEUTRAL;
    }

    private static Throwable lastOf(Object[] parameters) {
      return parameters != null
              && parameters.length > 0
              && parameters[parameters.length - 1] instanceof Throwable last
          ? last
          : null;
    }
  }

  /** Nothing orderly, for that may need what has died. */
  private static void end(Object where, Throwable failure) {
    try {
      sayLastWords(where, failure);
    } finally {
      RUNTIME.halt(EXIT_CODE);
    }
  }

  /** Even writing to stderr may hang. */
  private static void sayLastWords(Object where, Throwable failure) {
    Thread lastWords = new Thread(() -> say(where, failure), "last words");
    lastWords.setDaemon(true);
    lastWords.start();
    try {
      lastWords.join(LAST_WORDS_MS);
    } catch (InterruptedException e) {
      // It ends all the same.
    }
  }

  private static void say(Object where, Throwable failure) {
    System.err.println(
        "Ends with exit code " + EXIT_CODE + ", to be started again: an error reached " + where);
    if (failure != null) {
      failure.printStackTrace();
    }
  }
}
