import { compare, fractionOf } from './decimal.js';
import { ageOf, basisPointsOf, doubtOf, spreadOf } from './tick.js';

export const TREND_POINTS = 120;
const TREND_WIDTH = 120;
const TREND_HEIGHT = 24;
const FLASH_PAUSE_MS = 500;
/** Longer decimals wrap instead of widening the whole column. */
const MAX_ALIGNED = 16;
const DECIMALS = ['price', 'bid', 'ask', 'spread', 'basisPoints', 'volume'];

const template = document.getElementById('row').content.firstElementChild;
/** The widest fraction of each column so far: shorter ones are padded to it. */
const widest = Object.fromEntries(DECIMALS.map(field => [field, 0]));

export const keyOf = ({ exchange, symbol }) => `${exchange} ${symbol}`;

/** So that É is found however it is composed, and whether it is typed large or small. */
export const searchable = text => text.normalize('NFKC').toLowerCase();

/** A ticker in the table: what is known of it, and its `tr`. */
export class Row {
  history = []; // the last ticks, as {time, price, run}
  fraction = 0; // the longest of a price so far
  conflated = 0;
  visible = false;
  shown = false;
  flashing = false;
  #moved = false;
  #flashedAt = 0;
  #arrow; #path;

  constructor(tick) {
    this.tick = tick;
    this.key = keyOf(tick);
    this.search = searchable(this.key);
    this.tr = template.cloneNode(true);
    this.tr.row = this;
    this.tr.dataset.key = this.key;
    const fields = Array.from(this.tr.querySelectorAll('[data-field]'));
    this.cells = Object.fromEntries(fields.map(cell => [cell.dataset.field, cell]));
    this.cells.exchange.append(...breakable(tick.exchange));
    this.cells.symbol.append(...breakable(tick.symbol));
    this.#arrow = this.tr.querySelector('.arrow');
    this.#path = this.tr.querySelector('path');
  }

  /**
   * Takes a tick over, which is shown with the next `render`.
   *
   * @param run counts the breaks in the prices
   * @param points how many ticks to keep
   */
  take(tick, run, points) {
    const change = compare(tick.price, this.tick.price);
    if (change) {
      this.direction = change < 0 ? 'down' : 'up';
      this.#moved = true;
    }
    this.tick = tick;
    this.fraction = Math.max(this.fraction, fractionOf(tick.price));
    this.conflated += tick.conflated ?? 0;
    this.history.push({ time: tick.time, price: tick.price, run });
    if (this.history.length > points) this.history.shift();
  }

  /** What a column shows; nothing where the tick lacks it. */
  valueOf(field) {
    return field === 'spread' ? spreadOf(this.tick)
      : field === 'basisPoints' ? basisPointsOf(this.tick)
      : this.tick[field] ?? '';
  }

  /** Returns whether it has made a column wider, so that all rows have to be shown again. */
  render(now) {
    this.shown = true;
    let wider = false;
    for (const field of DECIMALS) wider = this.#renderDecimal(field) || wider;
    if (this.#moved) this.#renderMove(now);
    this.renderAge();
    if (this.visible) this.#path.setAttribute('d', trend(this.history.slice(-TREND_POINTS)));
    return wider;
  }

  #renderMove(now) {
    this.#moved = false;
    const turned = this.tr.dataset.direction !== this.direction;
    this.tr.dataset.direction = this.#arrow.ariaLabel = this.direction;
    this.#arrow.role = 'img'; // not before: without a name it would be one that nobody knows
    this.#arrow.textContent = this.direction === 'up' ? '▲' : '▼';
    if (this.visible && (turned || now - this.#flashedAt > FLASH_PAUSE_MS)) {
      this.#flashedAt = now;
      this.flash(true);
    }
  }

  flash(on) {
    this.flashing = on;
    this.cells.price.classList.toggle('flash', on);
  }

  /** Pads with digits that only take up room, so that the points of a column are in line. */
  #renderDecimal(field) {
    const digits = this.cells[field];
    const text = this.valueOf(field);
    const { dataset } = digits.parentElement;
    if (digits.textContent !== text) digits.textContent = text;
    if (text.length > MAX_ALIGNED) {
      delete dataset.pad;
      return false;
    }
    const own = fractionOf(text);
    const wider = own > widest[field];
    if (wider) widest[field] = own;
    const missing = widest[field] - own;
    const pad = (own || !missing ? '' : '.') + '0'.repeat(missing);
    if (dataset.pad !== pad) dataset.pad = pad;
    return wider;
  }

  renderAge() {
    const text = ageOf(this.tick);
    if (this.cells.age.textContent !== text) this.cells.age.textContent = text;
    const doubt = doubtOf(this.tick);
    if (this.tr.dataset.age !== doubt) this.tr.dataset.age = doubt;
  }
}

/** The name, which may wrap where one of its parts ends. */
function breakable(name) {
  return name.split(/(?<=[/:_-])/).flatMap((part, i) =>
    i ? [document.createElement('wbr'), part] : [part]);
}

/** The line that joins the prices, over the whole width however few they are. */
function trend(points) {
  const prices = points.map(({ price }) => Number(price));
  const low = Math.min(...prices);
  const range = Math.max(...prices) - low;
  if (points.length < 2) return '';
  return points.map(({ run }, i) => {
    const level = range ? (prices[i] - low) / range : 0.5;
    const x = TREND_WIDTH * i / (points.length - 1);
    const y = TREND_HEIGHT - 2 - level * (TREND_HEIGHT - 4);
    return `${run === points[i - 1]?.run ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
  }).join('');
}

/** Puts rows in the order of a column; those without a value come last. */
export function comparator(rows, { field, descending }) {
  const sign = descending ? -1 : 1;
  const byKey = (a, b) => (a.key < b.key ? -1 : 1);
  if (field === 'exchange') return (a, b) => sign * byKey(a, b);
  if (field === 'symbol') {
    return (a, b) => sign * a.tick.symbol.localeCompare(b.tick.symbol, 'en') || byKey(a, b);
  }
  const rank = new Map();
  for (const row of rows) {
    const value = field === 'age' ? -row.tick.time : row.valueOf(field);
    rank.set(row, value === '' ? undefined : Number(value));
  }
  return (a, b) => {
    const [x, y] = [rank.get(a), rank.get(b)];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
    return sign * (x - y) || byKey(a, b);
  };
}
