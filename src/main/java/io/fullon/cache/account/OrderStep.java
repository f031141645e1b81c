package io.fullon.cache.account;

import io.fullon.cache.fill.Trade;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What counting a part of an order came to.
 *
 * @param position after it
 * @param counted whether the part was counted now
 * @param before whether nothing was left to count
 * @param trade the part; null when there was none
 * @param volume what of the order is counted in all
 * @param cost the sum of volume × price of that, of an inverse contract of volume / price
 * @param fees those of that, by currency
 * @param filledAt when the last of it happened; null when that is not known
 * @param inverse whether it is an inverse contract
 * @param pending what must yet be put into the list of the symbol
 */
public record OrderStep(
    Position position,
    boolean counted,
    boolean before,
    Trade trade,
    BigDecimal volume,
    BigDecimal cost,
    Map<String, BigDecimal> fees,
    Instant filledAt,
    boolean inverse,
    List<Trade> pending) {}
