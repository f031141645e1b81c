package io.fullon.cache.source;

import io.fullon.cache.value.Names;

/**
 * Where sources are in Redis: all of it is this project's own.
 *
 * @param prefix begins all names
 */
record SourceKeys(String prefix) {

  /** A hash: which node runs the exchange's source, until when, and how it is. */
  String lease(String exchange) {
    return prefix + "{source:" + Names.inKey(exchange) + "}:lease";
  }

  /** A set: the exchanges that have or had a source. */
  String exchanges() {
    return prefix + "sources";
  }

  /** The channel that tells how sources are. */
  String states() {
    return prefix + "sources:states";
  }
}
