import { basisPoints, subtract } from './decimal.js';

/** Ask less bid, or nothing where one of them is missing. */
export function spreadOf({ bid, ask }) {
  return bid && ask ? subtract(ask, bid) : '';
}

/** The spread in 1/10,000 of the middle between bid and ask, or nothing. */
export function basisPointsOf({ bid, ask }) {
  return bid && ask ? basisPoints(bid, ask) : '';
}

const secondsSince = time => Math.max(0, Date.now() / 1000 - time);

export function ageOf({ time }) {
  const seconds = secondsSince(time);
  return seconds < 1 ? `${Math.floor(seconds * 1000)} ms`
    : seconds < 100 ? `${Math.floor(seconds)} s`
    : seconds < 6000 ? `${Math.floor(seconds / 60)} min`
    : seconds < 360_000 ? `${Math.floor(seconds / 3600)} h`
    : seconds < 86_400_000 ? `${Math.floor(seconds / 86_400)} d`
    : `${Math.floor(seconds / 31_557_600)} y`;
}

/** Whether a price should be looked at with doubt: `late` after 10 s, `old` after a minute. */
export function doubtOf({ time }) {
  const seconds = secondsSince(time);
  return seconds < 10 ? '' : seconds < 60 ? 'late' : 'old';
}
