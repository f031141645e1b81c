package io.fullon.cache.source;

import com.fasterxml.jackson.core.JsonGenerator;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.Times;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.Shareable;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;

/**
 * How the source of an exchange is. Immutable. Published as {@link SourceStates#ADDRESS}.
 *
 * @param exchange the exchange
 * @param state how it is
 * @param since since when it is so
 * @param reason why; may be empty
 * @param version grows with each change; what is newer prevails
 */
public record SourceState(String exchange, State state, Instant since, String reason, long version)
    implements Shareable {

  /** In characters; longer ones are cut. */
  private static final int MAX_REASON = 500;

  /** What a source can be. Later ones are worse: a source is as its worst connection is. */
  public enum State {
    /** Ticks come, or heartbeats: what is stored is how it is now. */
    LIVE,
    /** Not connected yet, or nothing has come yet. */
    CONNECTING,
    /** The exchange says that it is being maintained. */
    MAINTENANCE,
    /** The exchange refuses for a while. */
    LIMITED,
    /** Connected, and nothing comes. */
    SILENT,
    /** Not connected. */
    DOWN;

    /** As JSON has it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }

    static State of(Fields fields, String key) {
      String text = fields.text(key, MAX_REASON);
      for (State state : values()) {
        if (state.toString().equals(text)) {
          return state;
        }
      }
      throw new InvalidValueException(fields.name(key), "must be a state of a source", text);
    }
  }

  public SourceState {
    since = Times.check("since", since);
    reason = reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON - 1) + "…";
  }

  /** Whether what is stored is how it is now. */
  public boolean isLive() {
    return state == State.LIVE;
  }

  /** As the bus carries it. */
  public JsonObject toJson() {
    return new JsonFields()
        .put("exchange", exchange)
        .put("state", state.toString())
        .put("since", since)
        .put("reason", reason)
        .json();
  }

  /**
   * JSON text for Redis, without the closing brace and without the version: that is given there.
   */
  String encodeUnnumbered() {
    String text =
        Json.write(
            json -> {
              json.writeStartObject();
              write(json);
              json.writeEndObject();
            });
    return text.substring(0, text.length() - 1);
  }

  /** Writes its fields, as the feed and HTTP have them. */
  public void write(JsonGenerator json) throws IOException {
    json.writeStringField("exchange", exchange);
    json.writeStringField("state", state.toString());
    json.writeFieldName("since");
    json.writeNumber(Times.plain(since));
    json.writeStringField("reason", reason);
  }

  /**
   * Reads what is in Redis.
   *
   * @throws InvalidValueException when the text is no state
   */
  static SourceState decode(String text) {
    Fields fields = Json.parseForeign("", text);
    String reason = fields.textOrNull("reason", MAX_REASON);
    return new SourceState(
        fields.exchange("exchange"),
        State.of(fields, "state"),
        fields.time("since"),
        reason == null ? "" : reason,
        fields.integer("version", 0, Long.MAX_VALUE));
  }

  /** Whether it says the same, whenever it was said. */
  boolean says(State otherState, String otherReason) {
    return state == otherState && reason.equals(otherReason);
  }

  @Override
  public Shareable copy() {
    return this;
  }
}
