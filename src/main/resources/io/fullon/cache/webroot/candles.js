import { compare } from './decimal.js';

/** How many minutes are kept, so that memory stays bounded. */
export const CANDLES = 120;

/**
 * Counts a tick in its candle, by the tick's time: a late one may be in an earlier candle.
 *
 * @param {Array<{minute: number, open: string, high: string, low: string, close: string}>} candles
 *   oldest first, one for each minute that has ticks; `minute` counts from the epoch
 */
export function addTick(candles, { time, price }) {
  const minute = Math.floor(time / 60);
  let end = candles.length;
  while (end && candles[end - 1].minute > minute) end--;
  const candle = candles[end - 1];
  if (candle?.minute !== minute) {
    candles.splice(end, 0, {
      minute, open: price, high: price, low: price, close: price, openedAt: time, closedAt: time,
    });
    while (candles[0].minute <= candles.at(-1).minute - CANDLES) candles.shift();
    return;
  }
  if (compare(price, candle.high) > 0) candle.high = price;
  if (compare(price, candle.low) < 0) candle.low = price;
  if (time < candle.openedAt) [candle.open, candle.openedAt] = [price, time];
  if (time >= candle.closedAt) [candle.close, candle.closedAt] = [price, time];
}

/** The last minutes, up to that of the latest tick: where there was no tick, there is no candle. */
export function lastMinutes(candles, count) {
  const first = (candles.at(-1)?.minute ?? 0) - count + 1;
  const minutes = Array.from({ length: count }, (_, i) => ({ minute: first + i }));
  for (const candle of candles) {
    if (candle.minute >= first) minutes[candle.minute - first] = candle;
  }
  return minutes;
}
