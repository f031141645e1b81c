package io.fullon.cache.examples;

import static io.fullon.cache.examples.PlainJson.call;

import io.fullon.cache.process.ProcessCache;
import io.fullon.cache.process.ProcessStatus;
import io.fullon.cache.process.ProcessType;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Registers a process, says what it does, finds it among those that are active, and stops it. */
public final class ProcessExample {

  private ProcessExample() {}

  public static Future<String> typed(Vertx vertx) {
    ProcessCache processes = ProcessCache.proxy(vertx);

    return processes
        .registerProcess(ProcessType.CRAWLER, "news")
        .compose(
            id ->
                processes
                    .updateProcess(id, ProcessStatus.PROCESSING, "page 7", null, null)
                    .compose(
                        v -> processes.getActiveProcesses(ProcessType.CRAWLER, "news", null, null))
                    .map(active -> active.get(0).getString("message"))
                    .eventually(() -> processes.stopProcess(id)));
  }

  public static Future<String> plainJson(Vertx vertx) {
    JsonObject what = new JsonObject().put("processType", "crawler").put("component", "news");

    return PlainJson.<String>call(vertx, "fullon.process", "registerProcess", what)
        .compose(
            id -> {
              JsonObject process = new JsonObject().put("processId", id);
              JsonObject news = process.copy().put("status", "processing").put("message", "page 7");
              return call(vertx, "fullon.process", "updateProcess", news)
                  .compose(
                      v ->
                          PlainJson.<JsonArray>call(
                              vertx, "fullon.process", "getActiveProcesses", what))
                  .map(active -> active.getJsonObject(0).getString("message"))
                  .eventually(() -> call(vertx, "fullon.process", "stopProcess", process));
            });
  }
}
