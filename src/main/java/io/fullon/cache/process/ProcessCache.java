package io.fullon.cache.process;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.TypedClient;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Who is alive: the registry of processes that the Python package has too. Each side sees, updates,
 * stops and cleans up the processes of the other.
 *
 * <p>A process is a JSON object as the Python package has it: {@code process_id}, {@code
 * process_type}, {@code component}, {@code params}, {@code status}, {@code message}, and as texts
 * of ISO 8601 {@code created_at}, {@code updated_at}, {@code heartbeat}. It is kept for a day after
 * it last said something. One that has said nothing for long is stopped and taken out of the index
 * by any node: configuration {@code process.forget_after_ms}.
 *
 * <p>Nodes, sources and {@link io.fullon.cache.flow bot sessions} register themselves, by a {@link
 * Heartbeat}. Their {@code params} say in {@link #HEARTBEAT_MS} how often they beat.
 *
 * <p>Every method fails with a {@link io.vertx.serviceproxy.ServiceException} of one of the codes
 * in {@link Failure}; a bad argument is {@link Failure#INVALID_ARGUMENT} and names the field. What
 * is stored and is no process, since something else has written it, is left out, logged and
 * counted.
 */
public interface ProcessCache {

  /** Where the service listens. */
  String ADDRESS = "fullon.process";

  /**
   * In {@code params}: so many milliseconds after it last said something a process says something
   * again. After three times that long without it is stale.
   */
  String HEARTBEAT_MS = "heartbeat_ms";

  /** Begins the components of nodes, which are of the type {@link ProcessType#TICK}. */
  String NODE = "fullon-cache:";

  /** In an active process: whether it has not said for too long that it is alive. */
  String HEARTBEAT_STALE = "_heartbeat_stale";

  /** The largest process, as JSON in UTF-8. */
  int MAX_PROCESS_BYTES = 1 << 16;

  /** The longest message, in characters. */
  int MAX_MESSAGE = 4_096;

  /** The longest id of a process, in characters. */
  int MAX_PROCESS_ID = 1_024;

  /** The largest number of minutes that a method takes: ten years. */
  long MAX_MINUTES = 5_256_000;

  /** How long ago an active process has said something at most, in minutes. */
  long DEFAULT_SINCE_MINUTES = 5;

  /** For how long a process may say nothing, until it is cleaned up, in minutes. */
  long DEFAULT_STALE_MINUTES = 30;

  /**
   * The typed client. It holds nothing that must be closed.
   *
   * @param vertx the node on whose bus the service is called
   */
  static ProcessCache proxy(Vertx vertx) {
    return TypedClient.of(ProcessCache.class, ADDRESS, vertx);
  }

  /**
   * Where it is published what is broadcast to the processes of a type, by whichever program, on
   * the local bus of each node that has the service; body JsonObject with {@code message}, {@code
   * data} and {@code timestamp}. What is broadcast while messages from Redis are missed is gone.
   */
  static String broadcasts(ProcessType type) {
    return ADDRESS + ".broadcast." + type;
  }

  /**
   * Registers a process, which becomes the one of its component.
   *
   * @param component what it is the process of: 1 to 128 printable characters
   * @param params anything, null for nothing; all in all a process is at most {@link
   *     #MAX_PROCESS_BYTES}
   * @param message at most {@link #MAX_MESSAGE} characters; null or empty for one that says so
   * @param status null for {@link ProcessStatus#STARTING}
   * @return its id: {@code type:component:seconds}
   */
  Future<String> registerProcess(
      ProcessType processType,
      String component,
      @Nullable JsonObject params,
      @Nullable String message,
      @Nullable ProcessStatus status);

  /** The same, starting. */
  default Future<String> registerProcess(ProcessType processType, String component) {
    return registerProcess(processType, component, null, null, null);
  }

  /**
   * Says what has become of a process, and that it is alive. One that was stopped stays so, unless
   * it gets another status.
   *
   * @param status null for the same as before
   * @param message null or empty for the same as before
   * @param params replaces those of the same names; null for none
   * @param heartbeat false if this does not say that it is alive; null for true
   * @return false when there is no such process, or it was stopped
   */
  Future<Boolean> updateProcess(
      String processId,
      @Nullable ProcessStatus status,
      @Nullable String message,
      @Nullable JsonObject params,
      @Nullable Boolean heartbeat);

  /** Says that a process is alive. */
  default Future<Boolean> updateProcess(String processId) {
    return updateProcess(processId, null, null, null, null);
  }

  /**
   * @return the process, also one that was stopped, or null when there is none
   */
  Future<@Nullable JsonObject> getProcess(String processId);

  /**
   * The processes in the index, the last that said something first. A thousand take one command, a
   * Cluster apart.
   *
   * @param processType null for all
   * @param component null for all
   * @param sinceMinutes how long ago they have said something at most; null for {@link
   *     #DEFAULT_SINCE_MINUTES}
   * @param includeHeartbeatCheck whether each has {@link #HEARTBEAT_STALE}; null for true. It is
   *     true of one that tells its {@link #HEARTBEAT_MS} after three times that long, of others
   *     after {@code sinceMinutes}
   * @return empty when there is none
   */
  Future<List<JsonObject>> getActiveProcesses(
      @Nullable ProcessType processType,
      @Nullable String component,
      @Nullable Long sinceMinutes,
      @Nullable Boolean includeHeartbeatCheck);

  /** All that have said something in the last minutes. */
  default Future<List<JsonObject>> getActiveProcesses() {
    return getActiveProcesses(null, null, null, null);
  }

  /**
   * Stops a process: it leaves the index, and its component's entry if that is its own.
   *
   * @param message why; null or empty for one that says no more. Left out where it would make the
   *     process longer than {@link #MAX_PROCESS_BYTES}
   * @return false when there is no such process
   */
  Future<Boolean> stopProcess(String processId, @Nullable String message);

  /** The same, without a message. */
  default Future<Boolean> stopProcess(String processId) {
    return stopProcess(processId, null);
  }

  /**
   * Stops all processes that have said nothing for long, and forgets what is left of such. One that
   * says something meanwhile stays.
   *
   * @param staleMinutes null for {@link #DEFAULT_STALE_MINUTES}
   * @return how many there were
   */
  Future<Integer> cleanupStaleProcesses(@Nullable Long staleMinutes);

  /**
   * @return the process of a component: the one that was registered last; where that was stopped,
   *     the active one of that name that said something last; null when there is none
   */
  Future<@Nullable JsonObject> getComponentStatus(String component);

  /**
   * @return of the processes that have said something in the last hour: {@code healthy}, whether
   *     none is stale or has the status {@code error}; {@code total_processes}; {@code by_type} and
   *     {@code by_status}, how many; {@code stale_processes}; {@code error_processes}
   */
  Future<JsonObject> getSystemHealth();

  /**
   * Tells something to all processes of a type: see {@link #broadcasts}.
   *
   * @param message at most {@link #MAX_MESSAGE} characters
   * @param data anything that leaves the broadcast at most {@link #MAX_PROCESS_BYTES}; null for
   *     nothing
   * @return how many connections to Redis have got it; of a Cluster, those to one of its servers
   */
  Future<Integer> broadcastMessage(
      ProcessType processType, String message, @Nullable JsonObject data);

  /** The same, without data. */
  default Future<Integer> broadcastMessage(ProcessType processType, String message) {
    return broadcastMessage(processType, message, null);
  }

  /**
   * Counts. Looks through all keys of Redis, in pieces.
   *
   * @return {@code total_processes}, those that were stopped included; {@code active_processes} and
   *     {@code active_<type>}, those in the index; {@code components}
   */
  Future<JsonObject> getMetrics();
}
