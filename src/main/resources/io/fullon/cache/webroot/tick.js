import { subtract } from './decimal.js';

/** Ask less bid, or nothing where one of them is missing. */
export function spreadOf({ bid, ask }) {
  return bid && ask ? subtract(ask, bid) : '';
}

export function ageOf({ time }) {
  const seconds = Math.max(0, Math.floor(Date.now() / 1000 - time));
  return seconds < 100 ? `${seconds} s`
    : seconds < 6000 ? `${Math.floor(seconds / 60)} min`
    : seconds < 360_000 ? `${Math.floor(seconds / 3600)} h`
    : seconds < 86_400_000 ? `${Math.floor(seconds / 86_400)} d`
    : `${Math.floor(seconds / 31_557_600)} y`;
}
