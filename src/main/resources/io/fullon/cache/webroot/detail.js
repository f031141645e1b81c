import { Charts, clock } from './charts.js';
import { ageOf, basisPointsOf, doubtOf, spreadOf } from './tick.js';

const $ = id => document.getElementById(id);
const panel = $('detail');
const cells = Object.fromEntries(
  Array.from(panel.querySelectorAll('[data-field]'), cell => [cell.dataset.field, cell]));
const charts = new Charts();

$('since').textContent = clock(Date.now() / 1000);

/** Opens the panel for the ticker of that name, or closes it when there is no name. */
export function showDetail(name) {
  panel.hidden = !name;
  document.documentElement.classList.toggle('with-detail', Boolean(name));
  $('detail-symbol').textContent = name?.symbol;
  $('detail-exchange').textContent = name?.exchange;
}

/** Shows the row of the ticker, if there is one; when it was deleted, the last that was known. */
export function renderDetail(row) {
  setText($('detail-note'), !row ? 'There is no such ticker yet.'
    : row.removed ? 'This ticker was deleted. These are its last figures.' : '');
  panel.classList.toggle('removed', row?.removed ?? false);
  panel.dataset.direction = row?.direction ?? '';
  panel.dataset.age = row ? doubtOf(row.tick) : '';
  $('figures').hidden = !row;
  const figures = row ? figuresOf(row) : {};
  for (const [field, cell] of Object.entries(cells)) setText(cell, String(figures[field] ?? '–'));
  charts.show(row);
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
