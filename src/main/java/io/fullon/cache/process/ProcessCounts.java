package io.fullon.cache.process;

import io.fullon.cache.metrics.Meters;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** How many processes there are, of all nodes and programs, as this node saw them last. */
final class ProcessCounts {

  /** Null while it is not known. */
  private volatile List<JsonObject> last = List.of();

  ProcessCounts(Meters meters) {
    for (ProcessType type : ProcessType.values()) {
      for (ProcessStatus status : ProcessStatus.values()) {
        meters.least(
            "fullon.cache.processes",
            null,
            "Processes in the index, of all nodes and programs",
            () -> count(type, "status", status.toString()),
            "type",
            type.toString(),
            "status",
            status.toString());
      }
      meters.least(
          "fullon.cache.processes.stale",
          null,
          "Processes in the index that have not said for too long that they are alive",
          () -> count(type, ProcessCache.HEARTBEAT_STALE, true),
          "type",
          type.toString());
    }
  }

  void set(List<JsonObject> processes) {
    last = processes;
  }

  void forget() {
    last = null;
  }

  private double count(ProcessType type, String field, Object value) {
    List<JsonObject> processes = last;
    return processes == null
        ? Double.NaN
        : processes.stream()
            .filter(process -> type.toString().equals(process.getValue("process_type")))
            .filter(process -> value.equals(process.getValue(field)))
            .count();
  }
}
