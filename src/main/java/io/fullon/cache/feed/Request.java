package io.fullon.cache.feed;

import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.fullon.cache.value.Names;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What a client asks for, checked. */
sealed interface Request {

  /** The channel of candles; ticks have none. */
  String CANDLES = "ohlcv";

  /** The number or text that the answers carry, or null. */
  Object reqId();

  /** How many symbols it names, which is what it costs. */
  default int named() {
    return 0;
  }

  /** One that is answered for each of its entries. */
  sealed interface OfEach extends Request {

    /** How long it is. */
    int length();

    String exchange();

    List<Entry> symbols();

    @Override
    default int named() {
      return symbols().size();
    }
  }

  /**
   * What a request names.
   *
   * @param name a symbol, or in short what is there instead
   * @param fault why it is none; null when it is one
   */
  record Entry(String name, String fault) {}

  /**
   * A subscription, or a change of one.
   *
   * @param exchange an exchange, or {@code *}
   * @param intervalMs the shortest time between two ticks of a symbol; 0 for every tick
   * @param since the numbers of the ticks that the client has already, by symbol
   */
  record Subscribe(
      Object reqId,
      int length,
      String exchange,
      List<Entry> symbols,
      int intervalMs,
      Map<String, Long> since)
      implements OfEach {

    @Override
    public int named() {
      return symbols.size() + since.size();
    }
  }

  /** The end of subscriptions. */
  record Unsubscribe(Object reqId, int length, String exchange, List<Entry> symbols)
      implements OfEach {}

  /**
   * A subscription to candles, or a change of one.
   *
   * @param count how many bars its snapshot has of each symbol
   */
  record SubscribeCandles(
      Object reqId,
      int length,
      String exchange,
      List<Entry> symbols,
      Timeframe timeframe,
      int count,
      int intervalMs)
      implements OfEach {}

  /** The end of subscriptions to candles. */
  record UnsubscribeCandles(
      Object reqId, int length, String exchange, List<Entry> symbols, Timeframe timeframe)
      implements OfEach {}

  /** A question for ticks. */
  record Get(Object reqId, String exchange, List<String> symbols) implements Request {

    @Override
    public int named() {
      return symbols.size();
    }
  }

  /** A question for what is subscribed. */
  record ListSubscriptions(Object reqId) implements Request {}

  /** A question for a sign of life. */
  record Ping(Object reqId) implements Request {}

  /** Credentials. */
  record Auth(Object reqId, String token) implements Request {}

  /**
   * One that cannot be answered.
   *
   * @param op what it is for
   */
  record Invalid(Object reqId, String op, Refused why) implements Request {}

  /** Why a request is refused as a whole. */
  final class Refused extends Exception {

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

  /**
   * Reads one JSON object.
   *
   * @throws Refused when it is none, or nobody can tell what it is for
   */
  static Request parse(String text) throws Refused {
    Fields fields;
    try {
      fields = Json.parse("", text);
    } catch (InvalidValueException e) {
      throw new Refused(null, ErrorCode.MALFORMED_MESSAGE, e.getMessage());
    }
    return new Parser(fields, reqId(fields), text.length()).parse();
  }

  private static Object reqId(Fields fields) throws Refused {
    Object raw = fields.raw("req_id");
    if (raw instanceof String text && text.codePointCount(0, text.length()) <= Parser.MAX_REQ_ID) {
      return text;
    }
    try {
      return fields.integerOrNull("req_id", Long.MIN_VALUE, Long.MAX_VALUE);
    } catch (InvalidValueException e) {
      throw new Refused(
          null,
          ErrorCode.INVALID_ARGUMENT,
          "req_id: must be an integer or a text of at most "
              + Parser.MAX_REQ_ID
              + " characters, got "
              + InvalidValueException.show(raw));
    }
  }

  /** Reads the fields of a request. */
  record Parser(Fields fields, Object reqId, int length) {

    private static final String SYMBOL =
        "Must be 1 to 64 printable characters without spaces, quotes, \\ and *";
    private static final String SYMBOL_OR_ALL = SYMBOL + ", or * alone";

    private static final int MAX_REQ_ID = 64;

    /** A longer text that is no symbol is shown in short. */
    private static final int MAX_SHOWN = 64;

    /** Far more than a header of HTTP can hold. */
    private static final int MAX_TOKEN = 16_384;

    private static final int MAX_INTERVAL_MS = 3_600_000;

    /** How many bars a snapshot has where it is not said. */
    private static final int DEFAULT_BARS = 100;

    Request parse() throws Refused {
      if (!(fields.raw("op") instanceof String op)) {
        throw refused(
            ErrorCode.UNKNOWN_OP,
            "op: must be a text, got " + InvalidValueException.show(fields.raw("op")));
      }
      try {
        return parse(op);
      } catch (InvalidValueException e) {
        return new Invalid(reqId, op, refused(ErrorCode.INVALID_ARGUMENT, e.getMessage()));
      } catch (Refused e) {
        return new Invalid(reqId, op, e);
      }
    }

    private Request parse(String op) throws Refused {
      return switch (op) {
        case "subscribe" ->
            isCandles()
                ? new SubscribeCandles(
                    reqId,
                    length,
                    fields.exchange("exchange"),
                    symbols(Names::isSymbol, SYMBOL),
                    timeframe(),
                    (int) fields.integer("count", 0, FeedLimits.BARS, DEFAULT_BARS),
                    intervalMs())
                : new Subscribe(
                    reqId,
                    length,
                    exchange(),
                    symbols(Parser::isSymbolOrAll, SYMBOL_OR_ALL),
                    intervalMs(),
                    since());
        case "unsubscribe" ->
            isCandles()
                ? new UnsubscribeCandles(
                    reqId,
                    length,
                    fields.exchange("exchange"),
                    symbols(Names::isSymbol, SYMBOL),
                    timeframe())
                : new Unsubscribe(
                    reqId, length, exchange(), symbols(Parser::isSymbolOrAll, SYMBOL_OR_ALL));
        case "get" -> new Get(reqId, exchange(), properSymbols());
        case "subscriptions" -> new ListSubscriptions(reqId);
        case "ping" -> new Ping(reqId);
        case "auth" -> new Auth(reqId, fields.text("token", MAX_TOKEN));
        default ->
            throw refused(
                ErrorCode.UNKNOWN_OP, "op: unknown, got " + InvalidValueException.show(op));
      };
    }

    private boolean isCandles() {
      Object channel = fields.raw("channel");
      if (channel != null && !channel.equals(CANDLES)) {
        throw new InvalidValueException("channel", "must be " + CANDLES + " or absent", channel);
      }
      return channel != null;
    }

    private Timeframe timeframe() {
      return Timeframe.read("timeframe", fields.raw("timeframe"));
    }

    private Refused refused(ErrorCode code, String message) {
      return new Refused(reqId, code, message);
    }

    private String exchange() {
      return Names.ANY.equals(fields.raw("exchange")) ? Names.ANY : fields.exchange("exchange");
    }

    private List<Entry> symbols(Predicate<Object> isSymbol, String rule) throws Refused {
      List<Entry> entries = new ArrayList<>();
      for (Object raw : rawSymbols()) {
        entries.add(
            isSymbol.test(raw) ? new Entry((String) raw, null) : new Entry(show(raw), rule));
      }
      return entries;
    }

    private static String show(Object raw) {
      return raw instanceof String text && text.length() <= MAX_SHOWN
          ? text
          : InvalidValueException.show(raw);
    }

    private static boolean isSymbolOrAll(Object raw) {
      return Names.ANY.equals(raw) || Names.isSymbol(raw);
    }

    private List<?> rawSymbols() throws Refused {
      if (Names.ANY.equals(fields.raw("symbols"))) {
        return List.of(Names.ANY);
      }
      List<?> symbols = fields.list("symbols");
      if (symbols.isEmpty()) {
        throw new InvalidValueException("symbols", "must not be empty");
      }
      if (symbols.size() > FeedLimits.SYMBOLS) {
        throw refused(
            ErrorCode.TOO_MANY_SUBSCRIPTIONS,
            "symbols: at most " + FeedLimits.SYMBOLS + " in one request, got " + symbols.size());
      }
      return symbols;
    }

    private List<String> properSymbols() throws Refused {
      List<?> symbols = rawSymbols();
      for (Object symbol : symbols) {
        if (!isSymbolOrAll(symbol)) {
          throw refused(
              ErrorCode.INVALID_SYMBOL, "symbols: got " + InvalidValueException.show(symbol));
        }
      }
      return symbols.stream().map(String.class::cast).toList();
    }

    private int intervalMs() {
      return (int) fields.integer("interval_ms", 0, MAX_INTERVAL_MS, 0);
    }

    private Map<String, Long> since() {
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
  }
}
