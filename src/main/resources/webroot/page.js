import { TickerFeed } from './ticker-feed.js';

const CHART_POINTS = 120;
const CHART_WIDTH = 120;
const CHART_HEIGHT = 24;
const FLASH_PAUSE_MS = 500;
/** Longer decimals wrap instead of widening the whole column. */
const MAX_ALIGNED = 16;
const DECIMALS = ['price', 'bid', 'ask', 'spread', 'volume'];

const $ = id => document.getElementById(id);
const body = $('rows');
const head = body.previousElementSibling;
const banner = $('banner');
const filter = $('filter');
const template = $('row').content.firstElementChild;

/** "exchange symbol" → row */
const rows = new Map();
/** Rows whose tick is newer than what they show. Those out of sight wait for the next sweep. */
const changed = new Set();
let sweep = false;
/** The widest fraction of each column so far: shorter ones are padded to it. */
const fraction = Object.fromEntries(DECIMALS.map(field => [field, 0]));
let sort = { field: 'exchange', descending: false };
let words = [];
let rearrange = false;
let flashed = [];
let frameRequested = false;
let ticks = 0;
let countedAt = performance.now();
let retryAt;

// --- Decimals: exact, because a price that was rounded on the way is a wrong price ---

function fractionOf(decimal) {
  const point = decimal.indexOf('.');
  return point < 0 ? 0 : decimal.length - point - 1;
}

function unscaled(decimal, scale) {
  const [whole, part = ''] = decimal.split('.');
  return BigInt(whole + part.padEnd(scale, '0'));
}

function subtract(a, b) {
  const scale = Math.max(fractionOf(a), fractionOf(b));
  const difference = unscaled(a, scale) - unscaled(b, scale);
  const sign = difference < 0n ? '-' : '';
  const digits = String(difference).replace('-', '').padStart(scale + 1, '0');
  const point = digits.length - scale;
  return sign + digits.slice(0, point) + (scale ? `.${digits.slice(point)}` : '');
}

// --- From the feed ---

const feed = new TickerFeed();

feed.subscribe('*', ['*'], tick => {
  ticks += 1 + (tick.conflated ?? 0);
  const key = `${tick.exchange} ${tick.symbol}`;
  let row = rows.get(key);
  if (!row) rows.set(key, row = createRow(key, tick));
  const change = subtract(tick.price, row.tick.price);
  if (/[1-9]/.test(change)) { // and not merely another number of zeros at the end
    row.direction = change.startsWith('-') ? 'down' : 'up';
    row.moved = true;
  }
  row.tick = tick;
  if (row.history.push(Number(tick.price)) > CHART_POINTS) row.history.shift();
  changed.add(row);
  requestFrame();
}, { onRemoved: removeRow });

feed.addEventListener('state', ({ detail }) => showState(detail));
feed.addEventListener('error', ({ detail }) => {
  console.warn(`The server refused a request: ${detail.code}: ${detail.message}`);
});

function createRow(key, tick) {
  const tr = template.cloneNode(true);
  tr.dataset.key = key;
  const cells = {};
  for (const cell of tr.querySelectorAll('[data-field]')) cells[cell.dataset.field] = cell;
  cells.exchange.append(...breakable(tick.exchange));
  cells.symbol.append(...breakable(tick.symbol));
  const row = {
    key, tr, cells, tick,
    arrow: tr.querySelector('.arrow'),
    path: tr.querySelector('path'),
    search: key.toLowerCase(),
    history: [],
    visible: false,
    shown: false,
    flashedAt: 0,
  };
  tr.row = row;
  onScreen.observe(tr);
  rearrange = true;
  return row;
}

/** The name, which may wrap where one of its parts ends. */
function breakable(name) {
  return name.split(/(?<=[/:_-])/).flatMap((part, i) =>
    i ? [document.createElement('wbr'), part] : [part]);
}

function removeRow({ exchange, symbol }) {
  const row = rows.get(`${exchange} ${symbol}`);
  if (!row) return;
  rows.delete(row.key);
  changed.delete(row);
  onScreen.unobserve(row.tr);
  row.tr.remove();
  rearrange = true;
  requestFrame();
}

// --- Onto the screen, at most once per frame ---

const onScreen = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) {
    target.row.visible = isIntersecting;
    if (isIntersecting) changed.add(target.row);
  }
  requestFrame();
}, { rootMargin: '100px' });

function requestFrame() {
  if (frameRequested) return;
  frameRequested = true;
  requestAnimationFrame(render);
}

function render(now) {
  frameRequested = false;
  for (const row of flashed) row.cells.price.parentElement.classList.remove('flash');
  flashed = [];
  if (rearrange) arrange();
  for (const row of changed) {
    if (!row.visible && !sweep && row.shown) continue;
    changed.delete(row);
    renderRow(row, now);
  }
  sweep = false;
  if (flashed.length) requestFrame();
}

function renderRow(row, now) {
  const { tick, cells } = row;
  row.shown = true;
  for (const field of DECIMALS) renderDecimal(cells[field], field, valueOf(tick, field));
  if (row.moved) {
    row.moved = false;
    const turned = row.tr.dataset.direction !== row.direction;
    row.tr.dataset.direction = row.arrow.ariaLabel = row.direction;
    row.arrow.textContent = row.direction === 'up' ? '▲' : '▼';
    if (row.visible && (turned || now - row.flashedAt > FLASH_PAUSE_MS)) {
      row.flashedAt = now;
      cells.price.parentElement.classList.add('flash');
      flashed.push(row);
    }
  }
  renderAge(row);
  if (row.visible) row.path.setAttribute('d', chart(row.history));
}

function valueOf(tick, field) {
  if (field !== 'spread') return tick[field] ?? '';
  return tick.bid && tick.ask ? subtract(tick.ask, tick.bid) : '';
}

/** Pads with digits that only take up room, so that the points of a column are in line. */
function renderDecimal(cell, field, text) {
  if (cell.textContent !== text) cell.textContent = text;
  if (text.length > MAX_ALIGNED) {
    delete cell.dataset.pad;
    return;
  }
  const own = fractionOf(text);
  if (own > fraction[field]) {
    fraction[field] = own;
    rows.forEach(row => changed.add(row));
  }
  const missing = fraction[field] - own;
  const pad = (own || !missing ? '' : '.') + '0'.repeat(missing);
  if (cell.dataset.pad !== pad) cell.dataset.pad = pad;
}

function renderAge({ tick, cells }) {
  const seconds = Math.max(0, Math.floor(Date.now() / 1000 - tick.time));
  const text = seconds < 100 ? `${seconds} s`
    : seconds < 6000 ? `${Math.floor(seconds / 60)} min`
    : seconds < 360_000 ? `${Math.floor(seconds / 3600)} h`
    : seconds < 86_400_000 ? `${Math.floor(seconds / 86_400)} d`
    : `${Math.floor(seconds / 31_557_600)} y`;
  if (cells.age.textContent !== text) cells.age.textContent = text;
}

/** The line that joins the prices, over the whole width however few they are. */
function chart(prices) {
  const low = Math.min(...prices);
  const range = Math.max(...prices) - low;
  const points = prices.map((price, i) => {
    const level = range ? (price - low) / range : 0.5;
    const x = CHART_WIDTH * i / (prices.length - 1);
    return `${x.toFixed(1)} ${(CHART_HEIGHT - 2 - level * (CHART_HEIGHT - 4)).toFixed(1)}`;
  });
  return points.length > 1 ? `M${points.join('L')}` : '';
}

// --- Order and filter ---

function arrange() {
  rearrange = false;
  const order = [...rows.values()].sort(comparator(sort));
  let matching = 0;
  let next = body.firstElementChild;
  for (const { tr, search } of order) {
    tr.hidden = !words.every(word => search.includes(word));
    if (!tr.hidden) matching++;
    if (tr === next) next = next.nextElementSibling;
    else body.insertBefore(tr, next);
  }
  const all = rows.size.toLocaleString('en');
  $('count').textContent = words.length ? `${matching.toLocaleString('en')} of ${all}` : all;
  $('empty').hidden = rows.size > 0;
  $('no-match').hidden = rows.size === 0 || matching > 0;
}

function comparator({ field, descending }) {
  const sign = descending ? -1 : 1;
  const byKey = (a, b) => (a.key < b.key ? -1 : 1);
  if (field === 'exchange') return (a, b) => sign * byKey(a, b);
  if (field === 'symbol') {
    return (a, b) => sign * a.tick.symbol.localeCompare(b.tick.symbol, 'en') || byKey(a, b);
  }
  const rank = new Map();
  for (const row of rows.values()) {
    const value = field === 'age' ? -row.tick.time : valueOf(row.tick, field);
    rank.set(row, value === '' ? undefined : Number(value));
  }
  return (a, b) => {
    const [x, y] = [rank.get(a), rank.get(b)];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
    return sign * (x - y) || byKey(a, b);
  };
}

for (const button of document.querySelectorAll('[data-sort]')) {
  button.addEventListener('click', () => {
    const field = button.dataset.sort;
    sort = { field, descending: field === sort.field && !sort.descending };
    for (const th of document.querySelectorAll('[aria-sort]')) th.removeAttribute('aria-sort');
    button.parentElement.ariaSort = sort.descending ? 'descending' : 'ascending';
    rearrange = true;
    requestFrame();
  });
}

function applyFilter() {
  words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  rearrange = true;
  requestFrame();
}

filter.addEventListener('input', applyFilter);
$('clear').addEventListener('click', () => {
  filter.value = '';
  applyFilter();
  filter.focus();
});
document.addEventListener('keydown', event => {
  if (event.key === '/' && document.activeElement !== filter) {
    event.preventDefault();
    filter.focus();
    filter.select();
  } else if (event.key === 'Escape' && filter.value) {
    event.preventDefault();
    filter.value = '';
    applyFilter();
  }
});

// --- Connection ---

const STATES = {
  connecting: ['Connecting'],
  live: ['Live'],
  stale: ['Stale', 'The server has lost its source of prices. These are the last known ones.'],
  reconnecting: ['Reconnecting', 'The connection is lost. These are the last known prices.'],
  closed: ['Closed', 'The connection is closed. These are the last known prices.'],
};

function showState({ state, retryInMs }) {
  const [word, explanation] = STATES[state];
  retryAt = retryInMs === undefined ? undefined : performance.now() + retryInMs;
  if (state !== document.body.dataset.state) {
    document.body.dataset.state = $('state').dataset.state = state;
    $('state-text').textContent = word;
    $('announcement').textContent = explanation ?? word;
  }
  showBanner();
}

function showBanner() {
  const [, explanation = ''] = STATES[feed.state];
  const seconds = Math.ceil((retryAt - performance.now()) / 1000);
  const next = feed.state !== 'reconnecting' ? ''
    : seconds > 0 ? ` Next try in ${seconds} s.` : ' Trying now…';
  const text = explanation + next;
  if (banner.textContent === text) return;
  banner.textContent = text;
  banner.hidden = !text;
  head.style.top = `${banner.offsetHeight}px`; // both stay in sight, one below the other
}

setInterval(() => {
  const now = performance.now(); // browsers slow this timer down in a tab that is not in sight
  $('rate').textContent = Math.round(ticks * 1000 / (now - countedAt)).toLocaleString('en');
  ticks = 0;
  countedAt = now;
  rows.forEach(renderAge);
  sweep = true; // for those who search in the page or have it read to them
  if (!['exchange', 'symbol'].includes(sort.field)) rearrange = true;
  requestFrame();
  showBanner();
}, 1000);
