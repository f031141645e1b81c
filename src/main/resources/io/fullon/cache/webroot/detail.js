import { Candles } from './candles.js';
import { Charts, clock } from './charts.js';
import { choice } from './memory.js';
import { ageOf, basisPointsOf, doubtOf, spreadOf } from './tick.js';

const $ = id => document.getElementById(id);
const panel = $('detail');
const cells = Object.fromEntries(
  Array.from(panel.querySelectorAll('[data-field]'), cell => [cell.dataset.field, cell]));
const charts = new Charts();
let timeframe = choice($('timeframe'), 'timeframe', value => {
  timeframe = value;
  if (shown) followCandles();
});
/** What is in the panel, as {name, feed}. */
let shown;
let candles;

$('since').textContent = clock(Date.now() / 1000);

/** Opens the panel for the ticker of that name, or closes it when there is no name. */
export function showDetail(name, feed) {
  shown = name && { name, feed };
  panel.hidden = !name;
  document.documentElement.classList.toggle('with-detail', Boolean(name));
  $('detail-symbol').textContent = name?.symbol;
  $('detail-exchange').textContent = name?.exchange;
  followCandles();
}

/** Has the candles of what is shown, in the chosen timeframe, and no others. */
function followCandles() {
  const last = candles;
  candles = shown
    && new Candles(shown.feed, shown.name, timeframe, () => charts.showCandles(candles));
  last?.close();
  charts.showCandles(candles);
}

/** Tells in their place that there are none; the feed says so of a request for candles. */
export function candlesRefused(detail) {
  candles?.refused(detail);
}

/** Shows the row of the ticker, if there is one; when it was deleted, the last that was known. */
export function renderDetail(row) {
  setText($('detail-note'), !row ? 'There is no such ticker yet.'
    : row.removed ? 'This ticker was deleted. These are its last figures.' : '');
  panel.classList.toggle('removed', row?.removed ?? false);
  panel.dataset.direction = row?.direction ?? '';
  panel.dataset.age = row ? doubtOf(row.tick) : '';
  $('line').hidden = !row;
  const figures = row ? figuresOf(row) : {};
  for (const [field, cell] of Object.entries(cells)) setText(cell, String(figures[field] ?? '–'));
  charts.showLine(row);
}

function figuresOf({ tick, conflated }) {
  return {
    ...tick,
    spread: spreadOf(tick) || undefined,
    basisPoints: basisPointsOf(tick) || undefined,
    time: new Date(tick.time * 1000).toISOString().replace('T', ' ').replace('Z', ''),
    age: ageOf(tick),
    conflated,
    lastConflated: tick.conflated ?? 0,
  };
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
