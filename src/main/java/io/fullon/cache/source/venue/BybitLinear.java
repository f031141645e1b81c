package io.fullon.cache.source.venue;

import io.fullon.cache.source.Instrument;
import io.fullon.cache.source.Message;
import io.fullon.cache.symbol.Symbol;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Bybit's contracts in USDT and USDC, whose tickers have all, and after the first only changes. */
public final class BybitLinear extends Bybit {

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("yyMMdd", Locale.ROOT).withZone(ZoneOffset.UTC);

  @Override
  public String exchange() {
    return "bybit-linear";
  }

  @Override
  String category() {
    return "linear";
  }

  @Override
  List<String> topics() {
    return List.of("tickers.");
  }

  /** Perpetual ones in USDC have names of their own. */
  @Override
  public String name(String symbol) {
    Names.Parts parts = Names.parts(symbol);
    if (parts == null || !parts.isPerpetual() || !parts.settle().equals(parts.quote())) {
      return null;
    }
    return parts.quote().equals("USDC") ? parts.base() + "PERP" : parts.base() + parts.quote();
  }

  @Override
  Symbol.Builder symbol(Message one) {
    Instant end = one.millis("deliveryTime");
    boolean isDated = one.is("contractType", "LinearFutures") && end != null;
    return Instrument.contract(
            this,
            one.text("baseCoin"),
            one.text("quoteCoin"),
            one.text("settleCoin"),
            isDated ? DAY.format(end) : null)
        .leverage(one.get("leverageFilter").decimal("maxLeverage"));
  }
}
