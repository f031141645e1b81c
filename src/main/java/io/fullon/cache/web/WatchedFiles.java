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
  private final long timer;
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
    look(state -> known = state);
    this.timer = vertx.setPeriodic(PERIOD_MS, period -> look(this::compare));
  }

  void close() {
    vertx.cancelTimer(timer);
  }

  private interface Looked {
    void at(List<String> state);
  }

  private void look(Looked looked) {
    if (looking) {
      return;
    }
    looking = true;
    List<Future<FileProps>> all = new ArrayList<>();
    files.forEach(file -> all.add(vertx.fileSystem().props(file)));
    Future.all(all)
        .onComplete(
            done -> {
              looking = false;
              if (done.succeeded()) { // else it is just being replaced
                looked.at(all.stream().map(Future::result).map(WatchedFiles::stateOf).toList());
              }
            });
  }

  private static String stateOf(FileProps file) {
    return file.lastModifiedTime() + " " + file.size();
  }

  private void compare(List<String> state) {
    if (state.equals(known)) {
      return;
    }
    boolean first = known == null;
    known = state;
    if (first) {
      return;
    }
    reload
        .get()
        .onSuccess(done -> LOG.info("Took over the change of {}", files))
        .onFailure(
            e -> LOG.warn("{} changed, but the old ones stay in force: {}", files, e.toString()));
  }
}
