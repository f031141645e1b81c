package io.fullon.cache.process;

/** Where processes are in Redis, shared with other programs, above all the Python package. */
final class ProcessKeys {

  /** Begins all of them. */
  static final String SHARED = "process:";

  /** Begins the keys of what processes are. */
  static final String DATA = SHARED + "data:";

  private static final String BROADCAST = SHARED + "broadcast:";

  private ProcessKeys() {}

  /** What a process is, as JSON; expires a day after it last said something. */
  static String data(String processId) {
    return DATA + processId;
  }

  /** A hash: process → when it last said something, ISO 8601. */
  static String active(String type) {
    return SHARED + "active:" + type;
  }

  /** A hash: component → its process. */
  static String components() {
    return SHARED + "components";
  }

  /** The channel on which something is told to all processes of a type. */
  static String broadcast(String type) {
    return BROADCAST + type;
  }

  /** Which type of processes a channel is for. */
  static String ofBroadcast(String channel) {
    return channel.substring(BROADCAST.length());
  }
}
