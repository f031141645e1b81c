package io.fullon.cache.ohlcv;

/** All bars of a market and timeframe were deleted. */
public record BarRemoval(String exchange, String symbol, Timeframe timeframe) {}
