package io.fullon.cache.process;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.service.ServiceVerticle;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;

/** Serves {@link ProcessCache} on the event bus. */
public final class ProcessVerticle extends ServiceVerticle {

  public ProcessVerticle() {
    super(ProcessCache.ADDRESS, ProcessKeys.SHARED);
  }

  @Override
  protected Future<?> serve(Endpoint endpoint, RedisLink link, Fields config) {
    ProcessOptions options = ProcessOptions.from(config.section("process"));
    addMethods(endpoint, new RedisProcessCache(link, meters()));
    return ProcessNode.open(vertx, link.options(), options, this::closeAtStop);
  }

  private static void addMethods(Endpoint endpoint, ProcessCache cache) {
    endpoint
        .on(
            "registerProcess",
            call ->
                cache.registerProcess(
                    call.value("processType", ProcessType.TYPE),
                    call.id("component"),
                    call.jsonOrNull("params"),
                    message(call),
                    call.valueOrNull("status", ProcessStatus.TYPE)))
        .on(
            "updateProcess",
            call ->
                cache.updateProcess(
                    id(call),
                    call.valueOrNull("status", ProcessStatus.TYPE),
                    message(call),
                    call.jsonOrNull("params"),
                    call.flagOrNull("heartbeat")))
        .on("getProcess", call -> cache.getProcess(id(call)))
        .on(
            "getActiveProcesses",
            call ->
                cache.getActiveProcesses(
                    call.valueOrNull("processType", ProcessType.TYPE),
                    call.idOrNull("component"),
                    minutes(call, "sinceMinutes"),
                    call.flagOrNull("includeHeartbeatCheck")))
        .on("stopProcess", call -> cache.stopProcess(id(call), message(call)))
        .on(
            "cleanupStaleProcesses",
            call -> cache.cleanupStaleProcesses(minutes(call, "staleMinutes")))
        .on("getComponentStatus", call -> cache.getComponentStatus(call.id("component")))
        .on("getSystemHealth", call -> cache.getSystemHealth())
        .on(
            "broadcastMessage",
            call ->
                cache.broadcastMessage(
                    call.value("processType", ProcessType.TYPE),
                    call.text("message", ProcessCache.MAX_MESSAGE),
                    call.jsonOrNull("data")))
        .on("getMetrics", call -> cache.getMetrics());
  }

  private static String id(Fields call) {
    return call.text("processId", ProcessCache.MAX_PROCESS_ID);
  }

  private static String message(Fields call) {
    return call.textOrNull("message", ProcessCache.MAX_MESSAGE);
  }

  private static Long minutes(Fields call, String key) {
    return call.integerOrNull(key, 0, ProcessCache.MAX_MINUTES);
  }
}
