package io.fullon.cache.account;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.value.Decimals;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/**
 * What is remembered of a fill.
 *
 * @param micros when it happened
 * @param unlisted what of it was counted that the list of its symbol has not and will not get,
 *     unless it is reported with its order
 * @param hedge in which position of a hedge it is; null where a report tells that
 */
record KnownFill(
    BigDecimal volume,
    BigDecimal price,
    Map<String, BigDecimal> fees,
    long micros,
    Share unlisted,
    HedgeSide hedge) {

  /** What was counted of a fill, whose order was settled with the rest. */
  record Share(BigDecimal volume, BigDecimal price, Map<String, BigDecimal> fees) {

    static final Share NONE = new Share(BigDecimal.ZERO, BigDecimal.ZERO, Map.of());

    static Share of(Trade counted, Map<String, BigDecimal> fees) {
      return new Share(counted.volume(), counted.price(), fees);
    }

    Share with(Map<String, BigDecimal> more) {
      return new Share(volume, price, FeeSums.plus(fees, more));
    }
  }

  /** All of it, which is so for most fills. */
  private static final String UNLISTED = "-";

  private static final String LISTED = "listed";

  /** Of a line, with fees, or with these and those of what is not listed. */
  private static final int PARTS = 5;

  /** Behind them may be the position of a hedge. */
  private static final int SHARE_PARTS = 3;

  boolean isListed() {
    return unlisted.volume.signum() == 0;
  }

  /**
   * @throws io.vertx.serviceproxy.ServiceException when the fill has other numbers
   */
  void checkSame(Trade fill) {
    if (!isSame(fill)) {
      throw Failure.CONFLICT.exception(
          "Fill "
              + fill.tradeId()
              + " of "
              + fill.symbol()
              + " is known with volume "
              + Decimals.plain(volume)
              + " at "
              + Decimals.plain(price));
    }
  }

  boolean isSame(Trade fill) {
    return volume.compareTo(fill.volume()) == 0 && price.compareTo(fill.price()) == 0;
  }

  boolean isSame(KnownFill other) {
    return volume.compareTo(other.volume) == 0 && price.compareTo(other.price) == 0;
  }

  /** With what another order knows of it, which is the same one. */
  KnownFill joined(KnownFill other) {
    return with(FeeSums.lacking(fees, other.fees), other.isListed() ? Share.NONE : unlisted);
  }

  KnownFill with(Map<String, BigDecimal> more, Share nowUnlisted) {
    return new KnownFill(volume, price, FeeSums.plus(fees, more), micros, nowUnlisted, hedge);
  }

  /** A report of it, of the position in which it is. */
  Trade inItsPosition(Trade fill) {
    return hedge == null || hedge == fill.positionSide()
        ? fill
        : fill.toBuilder().positionSide(hedge).build();
  }

  /** By order, from the lines that {@link #encode} makes. */
  static Map<String, KnownFill> read(String text) {
    Map<String, KnownFill> fills = new HashMap<>();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i + 1 < lines.length; i += 2) {
      fills.put(lines[i], readLine(lines[i + 1]));
    }
    return fills;
  }

  private static KnownFill readLine(String line) {
    String[] parts = line.split(" ", PARTS);
    BigDecimal volume = new BigDecimal(parts[2]);
    BigDecimal price = new BigDecimal(parts[3]);
    BigDecimal unlisted = unlisted(parts[1], volume);
    long micros = Long.parseLong(parts[0]);
    if (parts.length == PARTS && parts[4].startsWith("[")) {
      JsonArray more = new JsonArray(parts[4]);
      Share share =
          new Share(
              unlisted, new BigDecimal(more.getString(1)), FeeSums.read(more.getJsonObject(2)));
      String hedge = more.size() == SHARE_PARTS ? null : more.getString(SHARE_PARTS);
      return new KnownFill(
          volume,
          price,
          FeeSums.read(more.getJsonObject(0)),
          micros,
          share,
          hedge == null ? null : HedgeSide.TYPE.read("hedge", hedge));
    }
    Map<String, BigDecimal> fees =
        parts.length < PARTS ? Map.of() : FeeSums.read(new JsonObject(parts[4]));
    return new KnownFill(volume, price, fees, micros, new Share(unlisted, price, fees), null);
  }

  private static BigDecimal unlisted(String text, BigDecimal volume) {
    return switch (text) {
      case UNLISTED -> volume;
      case LISTED -> BigDecimal.ZERO;
      default -> new BigDecimal(text);
    };
  }

  /** Two lines for each order: it may be empty, and has no line feeds. */
  static String encode(Map<String, KnownFill> fills) {
    StringBuilder text = new StringBuilder();
    fills.forEach(
        (order, fill) -> {
          text.append(order).append('\n').append(fill.micros).append(' ');
          text.append(fill.unlistedText()).append(' ');
          text.append(Decimals.plain(fill.volume)).append(' ').append(Decimals.plain(fill.price));
          if (fill.hedge != null || !fill.isShareAsItself()) {
            text.append(' ').append(fill.feesAndShare());
          } else if (!fill.fees.isEmpty()) {
            text.append(' ').append(FeeSums.encode(fill.fees));
          }
          text.append('\n');
        });
    return text.toString();
  }

  private boolean isShareAsItself() {
    return isListed()
        || (unlisted.price.compareTo(price) == 0 && FeeSums.areSame(unlisted.fees, fees));
  }

  /** The fees, the price and fees of what is not listed, and the position of a hedge. */
  private String feesAndShare() {
    JsonArray parts =
        new JsonArray()
            .add(FeeSums.json(fees))
            .add(Decimals.plain(unlisted.price))
            .add(FeeSums.json(unlisted.fees));
    return hedge == null ? parts.encode() : parts.add(hedge.toString()).encode();
  }

  private String unlistedText() {
    if (isListed()) {
      return LISTED;
    }
    return unlisted.volume.compareTo(volume) == 0 ? UNLISTED : Decimals.plain(unlisted.volume);
  }
}
