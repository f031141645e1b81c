/**
 * Live tickers in a web page, over the WebSocket feed. No dependencies, no build step.
 *
 *     import { TickerFeed } from './ticker-feed.js';
 *
 *     const feed = new TickerFeed();                       // ws(s)://this host/feed
 *     feed.addEventListener('state', e => console.log(e.detail.state));
 *     const prices = feed.subscribe('binance', ['BTC/USDT', 'ETH/USDT'],
 *       tick => console.log(tick.symbol, tick.price),      // tick.price is a string: "9.9640"
 *       { intervalMs: 250, onRemoved: gone => console.log(gone.symbol, 'is gone') });
 *     feed.subscribe('*', '*', tick => console.log(tick.exchange, tick.symbol));  // everything
 *
 *     prices.close();
 *     feed.close();
 *
 * It reconnects by itself, subscribes again and goes on without repeating a tick; what was deleted
 * meanwhile is reported as removed. Ticks of one symbol come in order. A tick is the object from
 * the wire, shared by all callbacks: do not modify it. Its decimals stay strings, because a double
 * would change them.
 *
 * @module ticker-feed
 */

const CONNECT_TIMEOUT_MS = 10_000;
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 10_000;
/** After a connection that lasted this long the back-off starts small again. */
const STABLE_MS = 5_000;
/** Spreads the clients that an orderly restart of the server has sent away all at once. */
const SHUTDOWN_JITTER_MS = 1_000;
const RATE_LIMIT_PAUSE_MS = 1_000;
/** Of 64 characters each they stay well below the 64 KB that a message may have. */
const SYMBOLS_PER_REQUEST = 500;

/**
 * @typedef {{exchange: string, symbol: string, price: string, time: number, volume?: string,
 *   bid?: string, ask?: string, last?: string, seq?: number, conflated?: number}} Tick
 *   as on the wire: `time` in seconds since the epoch, optional fields may also be null
 * @typedef {{exchange: string, symbol: string}} Removed
 * @typedef {'connecting'|'live'|'stale'|'reconnecting'|'closed'} State
 */

/**
 * One connection to the feed, kept up until {@link TickerFeed#close}.
 *
 * Events, all `CustomEvent`s:
 * - `state`: `detail` is `{state, retryInMs?}`. `connecting` is the first attempt; `stale`: the
 *   server has lost its own source; `reconnecting` comes with `retryInMs` when the next attempt
 *   is planned and without when it begins.
 * - `tick`, `removed`: each {@link Tick}, {@link Removed} that any subscription matches, once.
 * - `error`: `detail` is `{code, message, …}` from the server, with `exchange` and `symbol` where
 *   one subscription was refused. The connection stays open.
 */
export class TickerFeed extends EventTarget {
  #url;
  #token;
  #state = 'connecting';
  #retryInMs;
  #socket;
  #welcomedAt;
  #watchdog;
  #quiet = 0;
  #retryTimer;
  #attempts = 0;
  #restartMs;
  /** Tells what this connection has confirmed from what only earlier ones have said. */
  #connection = 0;
  #lastRequest = 0;
  /** req_id → "exchange symbol" → entry, of subscribes and unsubscribes */
  #requests = new Map();
  /** "exchange symbol" → {exchange, symbol, locals, sent: the interval on the wire, if any} */
  #entries = new Map();
  /** Entries for which the wire may differ from what the local subscriptions want. */
  #dirty = new Set();
  /**
   * "exchange symbol" → {tick, connection}. Every local subscription has had each of these that it
   * matches, so one table keeps all callbacks free of duplicates.
   */
  #known = new Map();

  /**
   * @param {string} [url] default: `/feed` on the page's host
   * @param {{token?: string}} [options] `token` is sent as `auth` before anything else
   */
  constructor(url = `${location.protocol.replace('http', 'ws')}//${location.host}/feed`,
    { token } = {}) {
    super();
    this.#url = url;
    this.#token = token;
    globalThis.addEventListener?.('online', this.#retryNow);
    this.#connect();
  }

  /** @returns {State} */
  get state() {
    return this.#state;
  }

  /**
   * Calls back with the current tick of everything that matches, then with every later one. What
   * is known already comes in a microtask, the rest when the server has answered. Subscriptions
   * to the same are one on the wire, at the smallest interval: a callback may be called more
   * often than its own `intervalMs` asks for.
   *
   * @param {string} exchange or "*"
   * @param {string[]|string} symbols "*" stands for all, also those that appear later
   * @param {(tick: Tick) => void} callback
   * @param {{intervalMs?: number, onRemoved?: (removed: Removed) => void}} [options]
   *   `intervalMs`: at most one tick per symbol in that time, the latest; 0: every tick
   * @returns {{close: () => void}} ends this subscription
   */
  subscribe(exchange, symbols, callback, { intervalMs = 0, onRemoved } = {}) {
    if (this.#state === 'closed') throw new Error('the feed is closed');
    if (typeof callback !== 'function') throw new TypeError('callback is not a function');
    const local = { callback, onRemoved, intervalMs, ready: false, closed: false };
    const entries = [symbols].flat().map(symbol => this.#entry(exchange, symbol));
    for (const entry of entries) {
      entry.locals.add(local);
      this.#dirty.add(entry);
    }
    queueMicrotask(() => {
      // Not ready before: a tick arriving while its callback subscribes would come twice.
      local.ready = !local.closed;
      for (const { tick } of this.#known.values()) {
        if (local.ready && this.#interested(tick).has(local)) call(callback, tick);
      }
      this.#flush();
    });
    return {
      close: () => {
        local.ready = false;
        local.closed = true;
        for (const entry of entries) {
          if (entry.locals.delete(local)) this.#dirty.add(entry);
        }
        queueMicrotask(() => this.#flush());
      },
    };
  }

  /** Ends all subscriptions and the connection, for good. */
  close() {
    globalThis.removeEventListener?.('online', this.#retryNow);
    clearTimeout(this.#retryTimer);
    this.#disconnect();
    this.#entries.clear();
    this.#known.clear();
    this.#setState('closed');
  }

  #connect() {
    this.#retryTimer = undefined;
    const socket = this.#socket = new WebSocket(this.#url);
    // A socket that was given up may still report something, even minutes later.
    const ifCurrent = handler => event => this.#socket === socket && handler(event);
    socket.onopen = ifCurrent(() => this.#token && this.#send('auth', { token: this.#token }));
    socket.onmessage = ifCurrent(({ data }) => {
      this.#quiet = 0;
      this.#receive(JSON.parse(data));
    });
    socket.onclose = ifCurrent(() => this.#lost());
    this.#watch(CONNECT_TIMEOUT_MS);
  }

  /**
   * Gives the connection up after that long without a message. It counts short steps instead of
   * reading a clock, because after a blocked main thread or a sleeping device the messages that
   * have arrived meanwhile must be read before their absence means anything.
   */
  #watch(limitMs) {
    clearInterval(this.#watchdog);
    this.#quiet = 0;
    this.#watchdog = setInterval(() => ++this.#quiet > 8 && this.#lost(), limitMs / 8);
  }

  #disconnect() {
    const socket = this.#socket;
    this.#socket = this.#welcomedAt = undefined;
    clearInterval(this.#watchdog);
    socket?.close();
  }

  #lost() {
    if (performance.now() - this.#welcomedAt >= STABLE_MS) this.#attempts = 0;
    const backoff = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.#attempts++);
    const retryInMs = Math.round(this.#restartMs === undefined
      ? Math.random() * backoff : this.#restartMs + Math.random() * SHUTDOWN_JITTER_MS);
    this.#restartMs = undefined;
    this.#disconnect();
    this.#retryTimer = setTimeout(this.#retryNow, retryInMs);
    this.#setState('reconnecting', retryInMs);
  }

  #retryNow = () => {
    if (this.#retryTimer === undefined) return;
    clearTimeout(this.#retryTimer);
    this.#connect();
    this.#setState('reconnecting');
  };

  #setState(state, retryInMs) {
    if (state === this.#state && retryInMs === this.#retryInMs) return;
    this.#state = state;
    this.#retryInMs = retryInMs;
    this.#emit('state', retryInMs === undefined ? { state } : { state, retryInMs });
  }

  #receive(frame) {
    switch (frame.type) {
      case 'welcome': return this.#welcome(frame);
      case 'heartbeat': return this.#setState(frame.feed);
      case 'feed': return this.#setState(frame.state);
      case 'snapshot':
        frame.ticks.forEach(tick => this.#accept(tick));
        if (!frame.more) this.#completeSnapshot(frame.req_id);
        return;
      case 'update': return frame.ticks.forEach(tick => this.#accept(tick));
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
    for (const [key, entry] of this.#entries) {
      entry.sent = undefined;
      if (entry.locals.size) this.#dirty.add(entry);
      else this.#entries.delete(key);
    }
    this.#setState(feed);
    this.#flush();
  }

  #accept(tick) {
    const interested = this.#interested(tick);
    if (!interested.size) return; // was under way when the last subscription ended
    const key = keyOf(tick.exchange, tick.symbol);
    const known = this.#known.get(key);
    if (known && !isNewer(tick, known.tick)) {
      known.connection = this.#connection;
      return;
    }
    this.#known.set(key, { tick, connection: this.#connection });
    for (const local of interested) if (local.ready) call(local.callback, tick);
    this.#emit('tick', tick);
  }

  #remove({ exchange, symbol }) {
    if (!this.#known.delete(keyOf(exchange, symbol))) return;
    const removed = { exchange, symbol };
    for (const local of this.#interested(removed)) {
      if (local.ready && local.onRemoved) call(local.onRemoved, removed);
    }
    this.#emit('removed', removed);
  }

  /** What the request asked for and only an earlier connection has seen is gone. */
  #completeSnapshot(requestId) {
    const asked = this.#requests.get(requestId);
    for (const { tick, connection } of asked ? this.#known.values() : []) {
      const confirmed = connection === this.#connection;
      if (!confirmed && matchingKeys(tick).some(key => asked.has(key))) this.#remove(tick);
    }
    this.#requests.delete(requestId);
  }

  #acknowledged({ req_id, op, results = [] }) {
    const asked = this.#requests.get(req_id);
    for (const { ok, ...refused } of results) {
      if (ok) continue;
      const key = keyOf(refused.exchange, refused.symbol);
      if (asked?.has(key)) asked.get(key).sent = undefined;
      asked?.delete(key);
      this.#emit('error', { op, req_id, ...refused });
    }
    if (op === 'unsubscribe') this.#requests.delete(req_id);
  }

  #refused({ type, ...error }) {
    const asked = this.#requests.get(error.req_id);
    this.#requests.delete(error.req_id);
    for (const entry of asked?.values() ?? []) {
      entry.sent = NaN; // differs from whatever is wanted, so that the next flush asks again
      if (error.code === 'RATE_LIMITED') this.#dirty.add(entry);
    }
    if (asked) setTimeout(() => this.#flush(), RATE_LIMIT_PAUSE_MS);
    this.#emit('error', error);
  }

  #entry(exchange, symbol) {
    const key = keyOf(exchange, symbol);
    if (!this.#entries.has(key)) this.#entries.set(key, { exchange, symbol, locals: new Set() });
    return this.#entries.get(key);
  }

  /** The local subscriptions that a tick or a removal concerns. */
  #interested(tick) {
    return new Set(matchingKeys(tick).flatMap(key => [...this.#entries.get(key)?.locals ?? []]));
  }

  /** Tells the server where what is wanted differs from what it was last told. */
  #flush() {
    if (this.#welcomedAt === undefined) return;
    const requests = new Map();
    for (const entry of this.#dirty) {
      const { exchange, symbol, locals, sent } = entry;
      const intervals = Array.from(locals, local => local.intervalMs);
      const interval = intervals.length ? Math.min(...intervals) : undefined;
      if (interval === sent) continue;
      entry.sent = interval;
      const group = `${exchange} ${interval}`;
      if (!(requests.get(group)?.at(-1).size < SYMBOLS_PER_REQUEST)) {
        requests.set(group, [...requests.get(group) ?? [], new Map()]);
      }
      requests.get(group).at(-1).set(keyOf(exchange, symbol), entry);
    }
    this.#dirty.clear();
    for (const asked of [...requests.values()].flat()) {
      const symbols = Array.from(asked.values(), entry => entry.symbol);
      const { exchange, sent } = asked.values().next().value;
      this.#requests.set(this.#send(sent === undefined ? 'unsubscribe' : 'subscribe',
        { exchange, symbols, interval_ms: sent }), asked);
    }
    // Nothing tells when an unwanted tick changes, so nobody must be given it later.
    for (const [key, { tick }] of requests.size ? this.#known : []) {
      if (!this.#interested(tick).size) this.#known.delete(key);
    }
  }

  #send(op, body) {
    const req_id = ++this.#lastRequest;
    this.#socket.send(JSON.stringify({ op, req_id, ...body }));
    return req_id;
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function keyOf(exchange, symbol) {
  return `${exchange} ${symbol}`;
}

function matchingKeys({ exchange, symbol }) {
  return [keyOf(exchange, symbol), keyOf(exchange, '*'), keyOf('*', symbol), '* *'];
}

/**
 * A later time counts for more than a smaller `seq`, which only a server that has lost its data
 * and its clock could send. Without `seq`, at equal time, the last one stored is the valid one.
 */
function isNewer(tick, known) {
  if (tick.seq > known.seq || tick.time > known.time) return true;
  if (tick.seq && known.seq || tick.time < known.time) return false;
  return ['price', 'volume', 'bid', 'ask', 'last']
    .some(field => (tick[field] ?? null) !== (known[field] ?? null));
}

/** One callback that throws is reported as uncaught and does not keep the others from theirs. */
function call(callback, argument) {
  try {
    callback(argument);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
