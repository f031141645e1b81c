// Decimals as strings, exact: a price that was rounded on the way is a wrong price.

/** How many digits it has after the point. */
export function fractionOf(decimal) {
  const point = decimal.indexOf('.');
  return point < 0 ? 0 : decimal.length - point - 1;
}

export function compare(a, b) {
  if (a === b) return 0;
  // Rounding keeps the order, so the exact way is for those only that a double cannot tell apart.
  return Number(a) - Number(b) || Number(unscaledBoth(a, b).reduce((x, y) => x - y));
}

export function subtract(a, b) {
  const [x, y, scale] = [...unscaledBoth(a, b), Math.max(fractionOf(a), fractionOf(b))];
  return toDecimal(x - y, scale);
}

/** How much the ask is above the bid, in 1/10,000 of their middle, to three places. */
export function basisPoints(bid, ask) {
  const [x, y] = unscaledBoth(bid, ask);
  const sum = x + y;
  if (sum <= 0n) return '';
  const thousandths = 20_000_000n * (y - x);
  const half = thousandths < 0n ? -sum : sum;
  return toDecimal((2n * thousandths + half) / (2n * sum), 3);
}

function unscaledBoth(a, b) {
  const scale = Math.max(fractionOf(a), fractionOf(b));
  return [a, b].map(decimal => {
    const [whole, part = ''] = decimal.split('.');
    return BigInt(whole + part.padEnd(scale, '0'));
  });
}

function toDecimal(unscaled, scale) {
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled).replace('-', '').padStart(scale + 1, '0');
  const point = digits.length - scale;
  return sign + digits.slice(0, point) + (scale ? `.${digits.slice(point)}` : '');
}
