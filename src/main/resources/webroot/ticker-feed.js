/**
 * Live tickers in a web page, over the WebSocket feed. No dependencies, no build step.
 *
 *     import { TickerFeed } from './ticker-feed.js';
 *     const feed = new TickerFeed();                       // ws(s)://this host/feed
 *     feed.addEventListener('state', e => console.log(e.detail.state));
 *     const prices = feed.subscribe('binance', ['BTC/USDT', 'ETH/USDT'],
 *       tick => console.log(tick.symbol, tick.price),      // tick.price is a string: "9.9640"
 *       { intervalMs: 250, onRemoved: gone => console.log(gone.symbol, 'is gone') });
 *     feed.subscribe('*', '*', tick => console.log(tick.exchange, tick.symbol));  // everything
 *     prices.close(); feed.close();
 *
 * It reconnects by itself, subscribes again and goes on without repeating a tick; what was deleted
 * meanwhile is reported as removed. Ticks of one symbol come in order. A tick is the object from
 * the wire, shared by all callbacks: do not modify it. Its decimals stay strings, always exact.
 *
 * @typedef {{exchange: string, symbol: string, price: string, time: number, volume?: string,
 *   bid?: string, ask?: string, last?: string, seq?: number, conflated?: number}} Tick
 *   as on the wire: `time` in seconds since the epoch, optional fields may also be null
 */

const CONNECT_TIMEOUT_MS = 10_000;
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 10_000;
const STABLE_MS = 5_000; // a connection that lasted this long makes the back-off small again
const SHUTDOWN_JITTER_MS = 1_000; // spreads clients that a restart has sent away all at once
const RATE_LIMIT_PAUSE_MS = 1_000;
const SYMBOLS_PER_REQUEST = 500; // at 64 characters each well below the 64 KB of a message

/**
 * One connection to the feed, kept up until {@link TickerFeed#close}. Events (`CustomEvent`):
 * - `state`: `detail` is `{state, retryInMs?}`. `connecting` is the first attempt, `stale` a server
 *   without its source; `reconnecting` has `retryInMs` when planned and not when it begins.
 * - `tick`: each {@link Tick}, `removed`: each {exchange, symbol} that a subscription matches.
 * - `error`: `detail` is the server's `{code, message, …}`, with exchange and symbol if about one.
 */
export class TickerFeed extends EventTarget {
  #url; #token; #socket; #welcomedAt; #watchdog; #quiet; #retryTimer;
  #restartMs = 0;
  #state = 'connecting';
  #attempts = 0;
  #lastRequest = 0;
  #connection = 0; // tells what this connection has confirmed from what earlier ones said
  #requests = new Map(); // req_id → entries by key
  #entries = new Map(); // key → {key, exchange, symbol, locals, sent: the interval on the wire}
  #dirty = new Set(); // entries where the wire may differ from what the locals want
  #known = new Map(); // key → {tick, connection}: what every local that it matches has had

  /**
   * @param {string} [url] default: `/feed` on the page's host
   * @param {{token?: string}} [options] `token` is sent as `auth` before anything else
   */
  constructor(url = `${location.protocol.replace('http', 'ws')}//${location.host}/feed`,
    { token } = {}) {
    super();
    this.#url = url;
    this.#token = token;
    addEventListener('online', this.#retry);
    this.#connect();
  }

  /** @returns {'connecting'|'live'|'stale'|'reconnecting'|'closed'} */
  get state() {
    return this.#state;
  }

  /**
   * Calls back with the current tick of everything that matches, then with every later one; never
   * before it returns. Subscriptions to the same are one on the wire, at the smallest interval: a
   * callback may be called more often than its own `intervalMs` asks for.
   *
   * @param {string} exchange or "*"
   * @param {string[]|string} symbols "*" stands for all, also those that appear later
   * @param {(tick: Tick) => void} callback
   * @param {{intervalMs?: number, onRemoved?: (removed: {exchange, symbol}) => void}} [options]
   *   `intervalMs`: at most one tick per symbol in that time, the latest; 0: every tick
   * @returns {{close: () => void}} ends this subscription
   */
  subscribe(exchange, symbols, callback, { intervalMs = 0, onRemoved = () => {} } = {}) {
    if (this.#state === 'closed') throw new Error('the feed is closed');
    const local = { callback, onRemoved, intervalMs, ready: false };
    const entries = [...new Set([symbols].flat())].map(symbol => {
      const key = keyOf({ exchange, symbol });
      const entry = this.#entries.get(key) ?? { key, exchange, symbol, locals: new Set() };
      this.#entries.set(key, entry);
      this.#dirty.add(entry);
      entry.locals.add(local);
      return entry;
    });
    queueMicrotask(() => {
      local.ready = true; // not before: what arrives while a callback subscribes would come twice
      const exact = !entries.some(entry => entry.key.includes('*'));
      const known = exact ? entries.map(({ key }) => this.#known.get(key)) : this.#known.values();
      for (const { tick } of [...known].filter(Boolean)) {
        if (this.#interested(tick).has(local)) tell([local], 'callback', tick);
      }
      this.#flush();
    });
    const close = () => {
      local.ready = false;
      for (const entry of entries) if (entry.locals.delete(local)) this.#dirty.add(entry);
      queueMicrotask(() => this.#flush());
    };
    return { close };
  }

  /** Ends all subscriptions and the connection, for good. */
  close() {
    removeEventListener('online', this.#retry);
    clearTimeout(this.#retryTimer);
    this.#disconnect();
    this.#entries.clear();
    this.#setState('closed');
  }

  #connect() {
    const socket = this.#socket = new WebSocket(this.#url);
    // A socket that was given up may still report something, even minutes later.
    const ifCurrent = handler => event => this.#socket === socket && handler(event);
    const auth = JSON.stringify({ op: 'auth', req_id: 0, token: this.#token });
    socket.onopen = ifCurrent(() => this.#token && socket.send(auth));
    socket.onmessage = ifCurrent(({ data }) => this.#receive(JSON.parse(data)));
    socket.onclose = ifCurrent(() => this.#lost());
    this.#watch(CONNECT_TIMEOUT_MS);
  }

  // Gives the connection up after that long without a message. Counts steps and reads no clock:
  // after a blocked main thread or a sleep, what has arrived meanwhile must be looked at first.
  #watch(limitMs) {
    clearInterval(this.#watchdog);
    this.#quiet = 0;
    this.#watchdog = setInterval(() => ++this.#quiet > 16 && this.#lost(), limitMs / 16);
  }

  #disconnect() {
    clearInterval(this.#watchdog);
    this.#socket?.close();
    this.#socket = this.#welcomedAt = undefined;
  }

  #lost() {
    if (performance.now() - this.#welcomedAt >= STABLE_MS) this.#attempts = 0;
    const backoff = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.#attempts++);
    const jitter = Math.random() * (this.#restartMs ? SHUTDOWN_JITTER_MS : backoff);
    const retryInMs = Math.round(this.#restartMs + jitter);
    this.#restartMs = 0;
    this.#disconnect();
    this.#retryTimer = setTimeout(this.#retry, retryInMs);
    this.#setState('reconnecting', { retryInMs });
  }

  #retry = () => {
    if (this.#retryTimer === undefined) return;
    this.#retryTimer = clearTimeout(this.#retryTimer);
    this.#connect();
    this.#setState('reconnecting');
  };

  #setState(state, more) {
    if (state === this.#state && state !== 'reconnecting') return;
    this.#state = state;
    this.#emit('state', { state, ...more });
  }

  #receive(frame) {
    this.#quiet = 0;
    for (const tick of frame.ticks ?? []) this.#accept(tick);
    switch (frame.type) {
      case 'welcome': return this.#welcome(frame);
      case 'heartbeat': case 'feed': return this.#setState(frame.feed ?? frame.state);
      case 'snapshot': return frame.more || this.#completeSnapshot(frame.req_id);
      case 'removed': return frame.symbols.forEach(removed => this.#remove(removed));
      case 'ack': return this.#acknowledged(frame);
      case 'error': return this.#refused(frame);
      case 'shutdown': this.#restartMs = frame.reconnect_after_ms;
    }
  }

  #welcome({ heartbeat_ms, feed }) {
    this.#connection++;
    this.#welcomedAt = performance.now();
    this.#watch(3 * heartbeat_ms);
    this.#requests.clear();
    this.#dirty = new Set(this.#entries.values());
    for (const entry of this.#dirty) entry.sent = undefined;
    this.#setState(feed);
    this.#flush();
  }

  #accept(tick) {
    const interested = this.#interested(tick);
    if (!interested.size) return; // was under way when the last subscription ended
    const key = keyOf(tick);
    const known = this.#known.get(key)?.tick;
    const news = !known || isNewer(tick, known);
    this.#known.set(key, { tick: news ? tick : known, connection: this.#connection });
    if (!news) return;
    tell(interested, 'callback', tick);
    this.#emit('tick', tick);
  }

  #remove(removed) {
    if (!this.#known.delete(keyOf(removed))) return;
    tell(this.#interested(removed), 'onRemoved', removed);
    this.#emit('removed', removed);
  }

  /** What the request asked for and only an earlier connection has seen is gone. */
  #completeSnapshot(requestId) {
    const asked = this.#requests.get(requestId);
    this.#requests.delete(requestId);
    for (const { tick, connection } of asked ? this.#known.values() : []) {
      if (connection === this.#connection) continue;
      const { exchange, symbol } = tick;
      if (matchingKeys(tick).some(key => asked.has(key))) this.#remove({ exchange, symbol });
    }
  }

  #acknowledged({ req_id, op, results = [] }) {
    for (const { ok, ...refused } of results.filter(result => !result.ok)) {
      const entry = this.#entries.get(keyOf(refused));
      if (entry && op === 'subscribe') entry.sent = undefined;
      this.#emit('error', { op, req_id, ...refused });
    }
    if (op === 'unsubscribe') this.#requests.delete(req_id);
  }

  #refused({ type, ...error }) {
    for (const entry of this.#requests.get(error.req_id)?.values() ?? []) {
      entry.sent = NaN; // differs from whatever is wanted, so that the next flush asks again
      if (error.code === 'RATE_LIMITED') this.#dirty.add(entry);
    }
    if (this.#requests.delete(error.req_id)) setTimeout(() => this.#flush(), RATE_LIMIT_PAUSE_MS);
    this.#emit('error', error);
  }

  /** The local subscriptions that a tick or a removal concerns. */
  #interested(tick) {
    return new Set(matchingKeys(tick).flatMap(key => [...this.#entries.get(key)?.locals ?? []]));
  }

  /** Tells the server where what is wanted differs from what it was last told. */
  #flush() {
    if (this.#welcomedAt === undefined) return;
    const groups = new Map();
    for (const entry of this.#dirty) {
      const intervals = Array.from(entry.locals, local => local.intervalMs);
      const interval = intervals.length ? Math.min(...intervals) : undefined;
      if (interval === undefined && entry.sent === undefined) this.#entries.delete(entry.key);
      if (interval === entry.sent) continue;
      entry.sent = interval;
      const group = `${entry.exchange} ${interval}`;
      groups.set(group, groups.get(group) ?? []).get(group).push(entry);
    }
    this.#dirty.clear();
    for (const entries of groups.values()) {
      while (entries.length) this.#request(entries.splice(0, SYMBOLS_PER_REQUEST));
    }
    // Nothing tells when an unwanted tick changes, so nobody must be given it later.
    for (const [key, { tick }] of groups.size ? this.#known : []) {
      if (!this.#interested(tick).size) this.#known.delete(key);
    }
  }

  #request(entries) {
    const [{ exchange, sent }] = entries;
    const op = sent === undefined ? 'unsubscribe' : 'subscribe';
    const symbols = entries.map(entry => entry.symbol);
    const request = { op, req_id: ++this.#lastRequest, exchange, symbols, interval_ms: sent };
    this.#requests.set(request.req_id, new Map(entries.map(entry => [entry.key, entry])));
    this.#socket.send(JSON.stringify(request));
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const keyOf = ({ exchange, symbol }) => `${exchange} ${symbol}`;
const matchingKeys = ({ exchange: e, symbol: s }) => [`${e} ${s}`, `${e} *`, `* ${s}`, '* *'];

// A later time counts for more than a smaller `seq`, which only a server that has lost its data
// and its clock could send. Without `seq`, at equal time, the last one stored is the valid one.
function isNewer(tick, known) {
  if (tick.seq > known.seq || tick.time > known.time) return true;
  if (tick.seq && known.seq || tick.time < known.time) return false;
  return ['price', 'volume', 'bid', 'ask', 'last'].some(name => tick[name] !== known[name]);
}

/** A callback that throws is reported as uncaught and does not keep the others from theirs. */
function tell(locals, callback, argument) {
  for (const local of locals) {
    try {
      if (local.ready) local[callback](argument);
    } catch (error) {
      reportError(error);
    }
  }
}
