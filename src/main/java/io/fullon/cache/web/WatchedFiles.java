package io.fullon.cache.web;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.FileProps;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when one of some files has changed. Looks every few seconds, which works for every way of
 * replacing a file, be it a link to another folder, as Kubernetes does it.
 */
final class WatchedFiles {

  private static final Logger LOG = LoggerFactory.getLogger(WatchedFiles.class);
  private static final long PERIOD_MS = 2_000;

  private final Vertx vertx;
  private final List<String> files;
  private final Supplier<Future<?>> reload;
  private long timer = -1;
  private List<String> known;
  private boolean looking;

  /**
   * @param reload called when they have changed; when it fails, which is logged, what was there
   *     before stays in force, and it is called again when they have changed again
   */
  WatchedFiles(Vertx vertx, List<String> files, Supplier<Future<?>> reload) {
    this.vertx = vertx;
    this.files = files;
    this.reload = reload;
  }

  /** Looks at them for the first time: before they are read, or a change meanwhile gets lost. */
  Future<Void> remember() {
    return look().onSuccess(state -> known = state).<Void>mapEmpty().otherwiseEmpty();
  }

  /** Looks from now on whether they have changed. */
  void watch() {
    timer =
        vertx.setPeriodic(
            PERIOD_MS,
            period -> {
              if (!looking) {
                looking = true;
                look().onComplete(state -> looking = false).onSuccess(this::compare);
              }
            });
  }

  void close() {
    vertx.cancelTimer(timer);
  }

  /** Fails while one of them is not there: it is just being replaced. */
  private Future<List<String>> look() {
    List<Future<FileProps>> all = new ArrayList<>();
    files.forEach(file -> all.add(vertx.fileSystem().props(file)));
    return Future.all(all)
        .map(done -> all.stream().map(Future::result).map(WatchedFiles::stateOf).toList());
  }

  private static String stateOf(FileProps file) {
    return file.lastModifiedTime() + " " + file.size();
  }

  private void compare(List<String> state) {
    if (state.equals(known)) {
      return;
    }
    known = state;
    reload
        .get()
        .onSuccess(done -> LOG.info("Took over the change of {}", files))
        .onFailure(
            e -> LOG.warn("{} changed, but the old ones stay in force: {}", files, e.getMessage()));
  }
}
