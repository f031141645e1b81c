package io.fullon.cache.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What a class logs as a warning or an error while this is open, as one text each. */
public final class LogLines extends AppenderBase<ILoggingEvent> implements AutoCloseable {

  private final Logger logger;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private LogLines(Logger logger) {
    this.logger = logger;
  }

  public static LogLines of(Class<?> logging) {
    return of(logging, Level.WARN);
  }

  /**
   * @param level from which on its lines are kept
   */
  public static LogLines of(Class<?> logging, Level level) {
    return of(logging.getName(), level);
  }

  /** The same for a class that is not public. */
  public static LogLines of(String logging, Level level) {
    LogLines log = new LogLines((Logger) LoggerFactory.getLogger(logging));
    log.start();
    log.logger.setLevel(level);
    log.logger.addAppender(log);
    log.logger.setAdditive(false); // it is expected, and not to be shown
    return log;
  }

  @Override
  protected void append(ILoggingEvent event) {
    lines.add(event.getFormattedMessage());
  }

  public List<String> lines() {
    return lines;
  }

  @Override
  public void close() {
    logger.detachAppender(this);
    logger.setLevel(null);
    logger.setAdditive(true);
    stop();
  }
}
