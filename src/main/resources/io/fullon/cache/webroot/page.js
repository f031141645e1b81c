import { candlesRefused, renderDetail, showDetail } from './detail.js';
import { choice, nameInFragment, nameToFragment, recall, remember, takeToken } from './memory.js';
import { renderProcessAges, showProcesses } from './processes.js';
import { Row, TREND_POINTS, comparator, keyOf, searchable } from './rows.js';
import { TickerFeed } from './ticker-feed.js';
import { allowedBy } from './token.js';

/** Of the ticker that is looked at: its minutes are to be there, whatever its pace. */
const DETAIL_POINTS = 3000;
const TITLE = document.title;
const FAILURES_TO_ASK = 2; // one may come of a server that stops

const $ = id => document.getElementById(id);
const body = $('rows');
const banner = $('banner');
const filter = $('filter');
const shortcut = $('shortcut');

/** "exchange symbol" → row */
const rows = new Map();
/** Rows whose tick is newer than what they show. Those out of sight wait for the next sweep. */
const changed = new Set();
let sweep = false;
let sort;
let words = [];
/** The ticker in the panel: {exchange, symbol, key, row}, without a row while there is none. */
let chosen;
/** The one row that the Tab key stops at; from there it is arrows. */
let tabStop;
let reveal = false;
let rearrange = false;
let flashed = [];
let frameRequested = false;
let received = 0;
let conflated = 0;
let countedAt = performance.now();
let retryAt;
/** Why the server does not let this page in; undefined where it does, or cannot be reached. */
let refusal;
/** What was last announced of the connection. */
let told;
/** How many attempts to connect have failed since the last one that did not. */
let failures = 0;

// --- From the feed ---

takeToken();
const token = recall('sessionStorage', 'token');
const feed = new TickerFeed(undefined, { token });
const allowed = allowedBy(token);
let subscriptions = [];
/** exchange → {detail, mark, isTold} */
const sources = new Map();
/** Counts the breaks in the prices. */
let run = 0;

function subscribe(intervalMs) {
  const last = subscriptions;
  subscriptions = allowed.map(([exchange, symbols]) =>
    feed.subscribe(exchange, symbols, accept, { intervalMs, onRemoved: removeRow }));
  for (const each of last) each.close(); // in the same turn, so that nothing is missing in between
}

function accept(tick) {
  const key = keyOf(tick);
  let row = rows.get(key);
  if (row?.tick === tick) return; // a new subscription begins with what is known
  received++;
  conflated += tick.conflated ?? 0;
  if (!row) rows.set(key, row = createRow(tick));
  row.take(tick, run, key === chosen?.key ? DETAIL_POINTS : TREND_POINTS);
  changed.add(row);
  requestFrame();
  if (document.hidden && row === chosen?.row) showTitle(); // there are no frames then
}

feed.addEventListener('state', ({ detail }) => stateIs(detail));
feed.addEventListener('source', ({ detail }) => sourceIs(detail));
feed.addEventListener('error', ({ detail }) => {
  if (detail.timeframe) candlesRefused(detail);
  else if (detail.code === 'UNAUTHORIZED' && !detail.op) unauthorized(detail);
  else console.warn(`The server refused a request: ${detail.code}: ${detail.message}`);
});

function createRow(tick) {
  const row = new Row(tick);
  if (row.key === chosen?.key) markChosen(row);
  const source = sources.get(tick.exchange);
  if (source) row.tr.dataset.source = source.detail.state;
  onScreen.observe(row.tr);
  rearrange = true;
  return row;
}

function removeRow(removed) {
  const row = rows.get(keyOf(removed));
  if (!row) return;
  row.removed = true;
  rows.delete(row.key);
  changed.delete(row);
  onScreen.unobserve(row.tr);
  const next = row === tabStop ? neighbour(row, 'ArrowDown') ?? neighbour(row, 'ArrowUp') : tabStop;
  if (row.tr.contains(document.activeElement)) next?.cells.symbol.focus();
  setTabStop(next);
  row.tr.remove();
  if (row === chosen?.row) renderDetail(row);
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
  for (const row of flashed) row.flash(false);
  flashed = [];
  if (rearrange) arrange();
  if (reveal) chosen?.row?.tr.scrollIntoView({ block: 'nearest' });
  reveal = false;
  for (const row of changed) {
    if (!row.visible && !sweep && row.shown && row !== chosen?.row) continue;
    changed.delete(row);
    renderRow(row, now);
  }
  sweep = false;
  if (flashed.length) requestFrame();
}

function renderRow(row, now) {
  if (row.render(now)) rows.forEach(other => changed.add(other));
  if (row.flashing) flashed.push(row);
  if (row === chosen?.row) renderDetail(row);
}

// --- Order and filter ---

function arrange() {
  rearrange = false;
  const order = [...rows.values()].sort(comparator(rows.values(), sort));
  const focused = document.activeElement;
  let matching = 0;
  let next = body.firstElementChild;
  for (const { tr, search } of order) {
    tr.hidden = !words.every(word => search.includes(word));
    if (!tr.hidden) matching++;
    if (tr === next) next = next.nextElementSibling;
    else body.insertBefore(tr, next);
  }
  if (document.activeElement !== focused) focused.focus({ preventScroll: true }); // it was moved
  if (!tabStop || tabStop.tr.hidden) setTabStop(neighbour(undefined, 'Home'));
  const all = rows.size.toLocaleString('en');
  $('count').textContent = words.length ? `${matching.toLocaleString('en')} of ${all}` : all;
  $('empty').hidden = rows.size > 0;
  $('no-match').hidden = rows.size === 0 || matching > 0;
}

const sortButtons = Array.from(document.querySelectorAll('[data-sort]'));

function sortBy(button, descending) {
  sort = { field: button.dataset.sort, descending };
  for (const th of document.querySelectorAll('[aria-sort]')) th.removeAttribute('aria-sort');
  button.parentElement.ariaSort = descending ? 'descending' : 'ascending';
  rearrange = true;
  requestFrame();
}

const [sortedBy, direction] = recall('localStorage', 'sort')?.split(' ') ?? [];
sortBy(sortButtons.find(({ dataset }) => dataset.sort === sortedBy) ?? sortButtons[0],
  direction === 'descending');
for (const button of sortButtons) {
  button.addEventListener('click', () => {
    sortBy(button, button.dataset.sort === sort.field && !sort.descending);
    remember('localStorage', 'sort', `${sort.field} ${button.parentElement.ariaSort}`);
  });
}

function applyFilter() {
  words = searchable(filter.value).split(/\s+/).filter(Boolean);
  remember('sessionStorage', 'filter', filter.value);
  rearrange = true;
  requestFrame();
}

filter.value = recall('sessionStorage', 'filter') ?? '';
if (filter.value) applyFilter();

filter.addEventListener('input', applyFilter);
$('clear').addEventListener('click', () => {
  filter.value = '';
  applyFilter();
  filter.focus();
});
const hasModifier = event => event.altKey || event.ctrlKey || event.metaKey;

document.addEventListener('keydown', event => {
  if (event.key === '/' && shortcut.ariaPressed === 'true' && !hasModifier(event)
      && ![filter, $('token')].includes(document.activeElement)) {
    event.preventDefault();
    filter.focus();
    filter.select();
  } else if (event.key === 'Escape') {
    if (chosen && !(filter.value && document.activeElement === filter)) {
      close();
    } else if (filter.value) {
      event.preventDefault();
      filter.value = '';
      applyFilter();
    }
  }
});

/** Who speaks to the computer, or slips, must be able to do without keys that do something. */
function useShortcut(used) {
  shortcut.ariaPressed = used;
  filter.ariaKeyShortcuts = used ? '/' : null;
}

useShortcut(recall('localStorage', 'shortcut') !== 'false');
shortcut.addEventListener('click', () => {
  useShortcut(shortcut.ariaPressed !== 'true');
  remember('localStorage', 'shortcut', shortcut.ariaPressed);
});

// --- The chosen ticker ---

function choose(name) {
  const key = name && keyOf(name);
  if (key === chosen?.key) return;
  chosen?.row?.tr.removeAttribute('aria-current');
  chosen?.row?.history.splice(0, chosen.row.history.length - TREND_POINTS);
  chosen = name && { exchange: name.exchange, symbol: name.symbol, key };
  if (rows.has(key)) markChosen(rows.get(key));
  showDetail(chosen, feed);
  if (chosen) renderDetail(chosen.row);
  nameToFragment(chosen);
  showTitle();
}

/** The price first: a tab has little room. */
function showTitle() {
  const { word } = shownState();
  const doubt = document.body.dataset.state === 'live' ? '' : `${word}: `;
  const title = chosen?.row
    ? `${doubt}${chosen.row.tick.price} ${chosen.symbol} – ${TITLE}` : TITLE;
  if (document.title !== title) document.title = title;
}

function markChosen(row) {
  chosen.row = row;
  row.tr.setAttribute('aria-current', 'true');
  setTabStop(row);
  reveal = true;
  requestFrame();
}

function close() {
  const { row } = chosen;
  choose(undefined);
  const next = row && !row.removed && !row.tr.hidden ? row : tabStop;
  (next?.cells.symbol ?? filter).focus();
}

function setTabStop(row) {
  if (tabStop) tabStop.cells.symbol.tabIndex = -1;
  if (row) row.cells.symbol.tabIndex = 0;
  tabStop = row;
}

/** The row to which the key leads from another. */
function neighbour(row, key) {
  const shown = Array.from(body.children).filter(tr => !tr.hidden);
  const at = shown.indexOf(row?.tr);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[key];
  return shown[to]?.row;
}

body.addEventListener('focusin', ({ target }) => setTabStop(target.closest('tr').row));
body.addEventListener('click', ({ target, detail }) => {
  if (detail && !getSelection().isCollapsed) return; // the mouse has marked text, to copy it
  const { row } = target.closest('tr');
  row.cells.symbol.focus({ preventScroll: true });
  choose(row.tick);
});
/** The cells beside, as far as they are shown and have something to read. */
function cellBeside(cell, step) {
  const shown = Array.from(cell.parentElement.children)
    .filter(each => each.offsetWidth && !each.matches('.chart'));
  return shown[shown.indexOf(cell) + step];
}

document.addEventListener('keydown', event => {
  if (hasModifier(event)) return;
  const { target, key } = event;
  const inRow = body.contains(target);
  // They lead to the rows also from where they mean nothing else.
  const leadsThere = !event.shiftKey && !event.isComposing
    && (target === document.body && key.startsWith('Arrow')
      || target === filter && key === 'ArrowDown');
  if (!inRow && !leadsThere) return;
  const cell = inRow ? target.closest('td, th') : chosen?.row?.cells.symbol.parentElement;
  const from = cell?.parentElement.row;
  const beside = inRow && cellBeside(cell, { ArrowLeft: -1, ArrowRight: 1 }[key]);
  const row = beside ? from : neighbour(from, key);
  if (inRow && key === 'Enter' && target === cell) choose(from.tick);
  if (!row) return;
  event.preventDefault();
  const next = beside || (inRow ? row.tr.children[cell.cellIndex] : row.cells.symbol);
  (next.querySelector('button') ?? next).focus();
  if (chosen && row !== from) choose(row.tick);
});
$('close').addEventListener('click', close);

addEventListener('hashchange', () => {
  if (takeToken()) location.reload();
  choose(nameInFragment());
});

// --- Rate ---

const intervalMs = choice($('interval'), 'interval_ms', value => {
  if (feed.state !== 'closed') subscribe(Number(value));
});

// --- Connection ---

const STATES = {
  connecting: ['Connecting'],
  live: ['Live'],
  stale: ['Stale', 'The server has lost its source of prices. These are the last known ones.'],
  reconnecting: ['Reconnecting', 'The connection is lost. These are the last known prices.'],
  closed: ['Closed', 'The connection is closed. These are the last known prices.'],
};

function shownState() {
  if (refusal) return { state: 'closed', word: 'Refused', explanation: refusal };
  const [word, explanation] = STATES[feed.state];
  return { state: feed.state, word, explanation };
}

function stateIs({ state, retryInMs }) {
  retryAt = retryInMs === undefined ? undefined : performance.now() + retryInMs;
  if (state === 'live' || state === 'stale') {
    failures = 0;
    refusal = undefined;
    $('access').hidden = true;
  } else if (retryAt && ++failures >= FAILURES_TO_ASK && $('access').hidden) {
    askWhy();
  }
  showState();
}

function showState() {
  const { state, word, explanation = word } = shownState();
  if (state !== document.body.dataset.state) {
    if (document.body.dataset.state === 'live') run++;
    sweep = true;
    render(performance.now()); // at the same time, and where there are no frames: out of sight
  }
  document.body.dataset.state = $('state').dataset.state = state;
  $('state-text').textContent = word;
  if (told !== explanation) told = $('announcement').textContent = explanation;
  showBanner();
  showTitle();
}

function showBanner() {
  const { explanation = '' } = shownState();
  const seconds = Math.ceil((retryAt - performance.now()) / 1000);
  const next = refusal || feed.state !== 'reconnecting' ? ''
    : seconds > 0 ? ` Next try in ${seconds} s.` : ' Trying now…';
  const text = explanation + next;
  if (banner.textContent === text) return;
  banner.textContent = text;
  banner.hidden = !text;
}

// --- Sources ---

/** A mark for each exchange that the server brings, which says why it is not live. */
function sourceIs(detail) {
  const { exchange, state, reason } = detail;
  let source = sources.get(exchange);
  if (!source) {
    sources.set(exchange, source = { mark: document.createElement('li') });
    const names = [...sources.keys()].sort();
    const next = sources.get(names[names.indexOf(exchange) + 1]);
    $('sources').insertBefore(source.mark, next?.mark ?? null);
    $('sources').hidden = false;
  }
  source.detail = detail;
  source.mark.dataset.source = state;
  for (const { tr, tick } of rows.values()) {
    if (tick.exchange === exchange) tr.dataset.source = state;
  }
  showSource(source);
  const text = `${exchange}: ${state}${reason && `, ${reason}`}`;
  if (state !== 'live' || source.isTold) $('announcement').textContent = text;
  source.isTold = state !== 'live';
}

function showSource({ mark, detail: { exchange, state, since, reason } }) {
  const seconds = Math.max(0, Math.round(Date.now() / 1000 - since));
  const text = `${exchange}: ${state}`
    + (state === 'live' ? '' : ` for ${seconds} s`) + (reason && ` – ${reason}`);
  if (mark.textContent !== text) mark.textContent = text;
  mark.title = `${state} since ${new Date(since * 1000).toISOString()}`;
}

// --- Refused ---

/** Where a person has to bring a token first, the feed need not try again. */
function unauthorized({ message }) {
  if (token) return refuse(`The server does not accept the token: ${message}.`, true);
  refuse('This page needs a token: enter it here, or put #token=… at the end of its address.', true);
  feed.close();
}

function refuse(text, needsToken) {
  refusal = text;
  $('access').hidden = !needsToken;
  showState();
}

/** A browser does not tell why it got no connection; the answer to something else does. */
async function askWhy() {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const url = new URL('api/tickers/-', import.meta.url);
  const answer = await fetch(url, { headers, cache: 'no-store' }).catch(() => undefined);
  if (feed.state !== 'reconnecting') return;
  if (answer?.status === 401 && answer.headers.get('WWW-Authenticate') === 'Bearer') {
    unauthorized(await answer.json());
  } else if (answer?.status === 403) {
    refuse(`This server does not let pages of ${location.origin} in.`);
  } else if (answer?.status < 500) {
    refuse(`This server answers, but takes no connection from pages of ${location.origin}:`
      + ' it does not know that origin, a proxy stops WebSockets, it is full, or it takes a token'
      + ' only in a header, which no page can send.');
  } else {
    refusal = undefined;
    showState();
  }
}

$('access').addEventListener('submit', event => {
  event.preventDefault();
  remember('sessionStorage', 'token', $('token').value.trim());
  location.reload();
});

// --- The bar, below which the heads of the columns stay ---

const BAR_PADDING = 8;

new ResizeObserver(() => {
  const { style } = document.documentElement;
  const first = Math.min($('state').offsetTop, $('interval').offsetTop);
  style.setProperty('--bar', `${$('bar').offsetHeight}px`);
  style.setProperty('--header', `${document.querySelector('header').offsetHeight}px`);
  style.setProperty('--spare', `${Math.max(0, first - BAR_PADDING)}px`); // may scroll away
}).observe($('bar'));

/** What changes by time alone. */
function refresh() {
  rows.forEach(row => row.renderAge());
  sources.forEach(showSource);
  renderProcessAges();
  if (rows.has(chosen?.key)) changed.add(chosen.row);
  sweep = true; // for those who search in the page or have it read to them
  if (!['exchange', 'symbol'].includes(sort.field)) rearrange = true;
  requestFrame();
  showBanner();
  showTitle();
}

setInterval(() => {
  const now = performance.now(); // browsers slow this timer down in a tab that is not in sight
  const seconds = (now - countedAt) / 1000;
  $('rate').textContent = Math.round(received / seconds).toLocaleString('en');
  $('conflated').textContent = Math.round(conflated / seconds).toLocaleString('en');
  received = conflated = 0;
  countedAt = now;
  refresh();
}, 1000);
for (const waking of ['visibilitychange', 'pageshow', 'resume']) addEventListener(waking, refresh);

subscribe(Number(intervalMs));
choose(nameInFragment());
showProcesses(token);
if (!allowed.length) {
  refuse('The token allows no ticker.', true);
  feed.close();
}
