package io.fullon.cache.feed;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a client asks for: one JSON object. */
final class FeedRequest {

  /** Far more than a header of HTTP can hold. */
  private static final int MAX_TOKEN = 16_384;

  private static final int MAX_REQ_ID = 64;

  /** How many times as long as a request its answer may be, ticks apart. */
  private static final int MOST_ANSWERED = 10;

  private static final int MAX_INTERVAL_MS = 3_600_000;

  /** A request that is refused as a whole. */
  static final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Object reqId;
    private final ErrorCode code;

    Refused(Object reqId, ErrorCode code, String message) {
      super(message, null, false, false);
      this.reqId = reqId;
      this.code = code;
    }

    ErrorCode code() {
      return code;
    }

    String frame() {
      return Frames.error(reqId, code, getMessage());
    }
  }

  private final Fields fields;
  private final Object reqId;
  private final int length;

  private FeedRequest(Fields fields, Object reqId, int length) {
    this.fields = fields;
    this.reqId = reqId;
    this.length = length;
  }

  static FeedRequest parse(String text) throws Refused {
    Fields fields;
    try {
      fields = Json.parse("", text);
    } catch (InvalidValueException e) {
      throw new Refused(null, ErrorCode.MALFORMED_MESSAGE, e.getMessage());
    }
    return new FeedRequest(fields, reqId(fields.raw("req_id")), text.length());
  }

  private static Object reqId(Object raw) throws Refused {
    if (raw == null) {
      return null;
    }
    if (raw instanceof Integer || raw instanceof Long) {
      return ((Number) raw).longValue();
    }
    if (raw instanceof String text && text.length() <= MAX_REQ_ID) {
      return text;
    }
    throw new Refused(
        null,
        ErrorCode.INVALID_ARGUMENT,
        "req_id: must be an integer or a text of at most "
            + MAX_REQ_ID
            + " characters, got "
            + InvalidValueException.show(raw));
  }

  /** The number or text that the answers carry, or null. */
  Object reqId() {
    return reqId;
  }

  Refused refused(ErrorCode code, String message) {
    return new Refused(reqId, code, message);
  }

  String op() throws Refused {
    if (fields.raw("op") instanceof String op) {
      return op;
    }
    throw refused(
        ErrorCode.UNKNOWN_OP,
        "op: must be a text, got " + InvalidValueException.show(fields.raw("op")));
  }

  /** Gives an answer that is told for each entry, if it is not far longer than the request. */
  String inProportion(String answer) throws Refused {
    if (answer.length() > MOST_ANSWERED * length) {
      throw refused(
          ErrorCode.INVALID_ARGUMENT,
          "symbols: the answer would be over " + MOST_ANSWERED + " times as long; ask for fewer");
    }
    return answer;
  }

  /** An exchange's name, or {@code *}. */
  String exchange() {
    return Names.ANY.equals(fields.raw("exchange")) ? Names.ANY : fields.exchange("exchange");
  }

  /** The symbols as they came: each must still be looked at. */
  List<?> symbols() {
    if (Names.ANY.equals(fields.raw("symbols"))) {
      return List.of(Names.ANY);
    }
    List<?> symbols = fields.list("symbols");
    if (symbols.isEmpty()) {
      throw new InvalidValueException("symbols", "must not be empty");
    }
    return symbols;
  }

  static boolean isSymbol(Object raw) {
    return Names.ANY.equals(raw) || Names.isSymbol(raw);
  }

  /** The shortest time between two ticks of a symbol, in milliseconds; 0 for every tick. */
  int intervalMs() {
    return (int) fields.integer("interval_ms", 0, MAX_INTERVAL_MS, 0);
  }

  /** The numbers of the ticks that the client has already, by symbol. */
  Map<String, Long> since() {
    if (!fields.has("since")) {
      return Map.of();
    }
    if (Names.ANY.equals(fields.raw("exchange"))) {
      throw new InvalidValueException("since", "is for a subscription to one exchange only");
    }
    Fields numbers = fields.section("since");
    Map<String, Long> since = new HashMap<>();
    for (String symbol : numbers.keys()) {
      if (numbers.has(symbol)) {
        since.put(symbol, numbers.integer(symbol, 0, Long.MAX_VALUE));
      }
    }
    return since;
  }

  /** The credentials. */
  String token() {
    return fields.text("token", MAX_TOKEN);
  }
}
