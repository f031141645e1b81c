import { recall, remember } from './memory.js';

const EVERY_MS = 10_000;
const KINDS = ['Node', 'Source', 'Bot'];

const panel = document.getElementById('processes');
const table = panel.querySelector('table');
const region = document.getElementById('processes-table');
const note = document.getElementById('processes-note');

/** What was read last. */
let processes = [];
let headers = {};
let reading = false;

/** Keeps the panel up to date while it is open and in sight. */
export function showProcesses(token) {
  if (token) headers = { Authorization: `Bearer ${token}` };
  panel.addEventListener('toggle', () => {
    remember('localStorage', 'processes', panel.open ? 'open' : '');
    read();
  });
  document.addEventListener('visibilitychange', read);
  setInterval(read, EVERY_MS);
  panel.open = recall('localStorage', 'processes') === 'open';
}

/** What changes by time alone. */
export function renderProcessAges() {
  if (!panel.open) return;
  for (const [index, row] of [...table.tBodies[0].rows].entries()) {
    setText(row.cells[4], age(processes[index]));
  }
}

async function read() {
  if (!panel.open || document.hidden || reading) return;
  reading = true;
  try {
    const url = new URL('api/processes', import.meta.url);
    const answer = await fetch(url, { headers, cache: 'no-store' });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.message);
    processes = body.map(ofServer).sort(inOrder);
    render();
    setText(note, summary());
  } catch (failure) {
    // Those that were known stay, as old as they are.
    setText(note, `The processes cannot be read: ${failure.message}`);
  } finally {
    reading = false;
  }
}

function ofServer(process) {
  const { component, process_type: type, params, status, message } = process;
  return {
    kind: kindOf(type, component, params),
    component,
    stale: process._heartbeat_stale,
    state: process._heartbeat_stale ? `stale (${status})` : status,
    place: [params?.exchange, params?.symbol].filter(Boolean).join(' '),
    message,
    alive: Date.parse(process.heartbeat),
  };
}

function kindOf(type, component, params) {
  if (type === 'bot') return 'Bot';
  if (type !== 'tick') return type;
  if (component.startsWith('fullon-cache:')) return 'Node';
  return params?.exchange === component ? 'Source' : type;
}

/** Nodes, sources and bots first, and what is stale on top of its kind. */
function inOrder(one, other) {
  return rank(one) - rank(other) || one.kind.localeCompare(other.kind)
    || Boolean(other.stale) - Boolean(one.stale)
    || one.component.localeCompare(other.component) || other.alive - one.alive;
}

function rank({ kind }) {
  return KINDS.includes(kind) ? KINDS.indexOf(kind) : KINDS.length;
}

function render() {
  const rows = processes.map(process => {
    const row = document.createElement('tr');
    row.dataset.state = process.stale ? 'stale' : process.state;
    for (const text of
      [process.kind, process.component, process.state, process.place, age(process), process.message]) {
      const cell = document.createElement(row.cells.length === 1 ? 'th' : 'td');
      if (cell.tagName === 'TH') cell.scope = 'row';
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  });
  table.tBodies[0].replaceChildren(...rows);
  region.hidden = !rows.length;
}

function summary() {
  if (!processes.length) return 'No processes.';
  const counts = new Map();
  for (const { kind } of processes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const stale = processes.filter(process => process.stale).length;
  return [...counts].map(([kind, count]) => `${kind}: ${count}`).join(', ')
    + (stale ? ` – ${stale} stale` : '');
}

function age({ alive }) {
  if (Number.isNaN(alive)) return '';
  const seconds = Math.max(0, Math.round((Date.now() - alive) / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
