/**
 * Live tickers in web pages and in Node, over the WebSocket feed. Version 1.0, no dependencies, no
 * build step; types in ticker-feed.d.ts.
 *
 *     import { TickerFeed } from './ticker-feed.js';
 *     const feed = new TickerFeed();                       // ws(s)://this host/feed
 *     feed.addEventListener('state', e => console.log(e.detail.state));
 *     const prices = feed.subscribe('binance', ['BTC/USDT', 'ETH/USDT'],
 *       tick => console.log(tick.symbol, tick.price),      // tick.price is a string: "9.9640"
 *       { intervalMs: 250, onRemoved: gone => console.log(gone.symbol, 'is gone') });
 *     feed.subscribe('*', '*', tick => console.log(tick.exchange, tick.symbol));  // everything
 *     prices.setInterval(1000); prices.close(); feed.close();
 *
 * It reconnects by itself, subscribes again and goes on without repeating a tick; what was deleted
 * meanwhile is reported as removed. Ticks of one symbol come in order. A tick is the object from
 * the wire, shared by all callbacks: do not modify it. Its decimals stay strings, always exact.
 */

const CONNECT_TIMEOUT_MS = 10_000;
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 10_000;
const STABLE_MS = 5_000; // a connection that lasted this long makes the back-off small again
const RATE_WINDOW_MS = 1_000;
const RENEW_MIN_MS = 10_000; // also when this clock is ahead, and every token seems to have run out
const TIMEOUT_MAX_MS = 2 ** 31 - 1; // a longer timeout would end at once
const INTERVAL_MAX_MS = 3_600_000;
const NAME_MAX = 64;
const AUTH_ID = 0; // the req_id of every auth; those of other requests begin at 1

const STALLED = 4008; // closing codes
const LIMIT_EXCEEDED = 4029;
const UNAUTHORIZED = 4401;

/**
 * One connection to the feed, kept up until {@link TickerFeed#close}. Events (`CustomEvent`):
 * - `state`: `detail` is `{state, retryInMs?}`. `connecting` is the first attempt, `stale` a server
 *   without its source; `reconnecting` has `retryInMs` when planned and not when it begins.
 * - `tick`: each tick, `removed`: each {exchange, symbol} that a subscription matches.
 * - `error`: `detail` is the server's `{code, message, …}`, with exchange and symbol if about one.
 */
export class TickerFeed extends EventTarget {
  #url; #WebSocket; #token; #socket; #limits; #authenticated; #source; #readyAt; #quiet; #expiresAt;
  #watchdog; #retryTimer; #renewTimer; #rateTimer;
  #state = 'connecting';
  #attempts = 0;
  #comeBackMs = 0; // the pause before the next attempt where it is not the back-off
  #budget = 0; // how many requests may still be sent in this window of the rate limit
  #unsure = false; // whether a server without its source has answered, who may not know all
  #lastRequest = 0;
  #requests = new Map(); // req_id → {entries: by key, since, acknowledged} or {get, symbols}
  #entries = new Map(); // key → {key, exchange, symbol, locals, wanted, sent: intervals in ms}
  #dirty = new Set(); // entries where the wire may differ from what the locals want
  #gets = new Set(); // {exchange, symbols, unasked, unanswered, ticks, resolve, reject}
  // key → {tick: which every local that it matches has had, seen: the last request before it came,
  // 0 when that was on an earlier connection}
  #known = new Map();

  /**
   * @param {string} [url] default: `/feed` on the page's host
   * @param {{token?: string | (() => string | Promise<string>), WebSocket?: typeof WebSocket}}
   *   [options] a function is called for every connection, and before its token (a JWT) runs out
   */
  constructor(url = `${location.protocol.replace('http', 'ws')}//${location.host}/feed`,
    { token, WebSocket = globalThis.WebSocket } = {}) {
    super();
    this.#url = url;
    this.#token = token;
    this.#WebSocket = WebSocket;
    this.#connect();
    globalThis.addEventListener?.('online', this.#retry);
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
   * @param {(tick) => void} callback
   * @param {{intervalMs?: number, onRemoved?: (removed: {exchange, symbol}) => void}} [options]
   *   `intervalMs`: at most one tick per symbol in that time, the latest; 0: every tick
   * @returns {{setInterval: (intervalMs: number) => void, close: () => void}}
   */
  subscribe(exchange, symbols, callback, { intervalMs = 0, onRemoved = () => {} } = {}) {
    this.#checkOpen();
    const local = { callback, onRemoved, intervalMs: checkInterval(intervalMs), ready: false };
    const entries = namesOf(exchange, symbols).map(symbol => {
      const key = keyOf({ exchange, symbol });
      const entry = this.#entries.get(key) ?? { key, exchange, symbol, locals: new Set() };
      this.#entries.set(key, entry);
      entry.locals.add(local);
      return entry;
    });
    const changed = () => {
      for (const entry of entries) this.#dirty.add(entry);
      queueMicrotask(() => this.#flush());
    };
    queueMicrotask(() => {
      local.ready = true; // not before: what arrives while a callback subscribes would come twice
      const exact = !entries.some(entry => entry.key.includes('*'));
      const known = exact ? entries.map(({ key }) => this.#known.get(key)) : this.#known.values();
      for (const { tick } of [...known].filter(Boolean)) {
        if (this.#interested(tick).has(local)) tell([local], 'callback', tick);
      }
    });
    changed();
    let open = true;
    return {
      setInterval: ms => {
        local.intervalMs = checkInterval(ms);
        if (open) changed();
      },
      close: () => {
        if (open) changed();
        open = local.ready = false;
        for (const entry of entries) entry.locals.delete(local);
      },
    };
  }

  /**
   * The current ticks of what matches, once; waits for a connection if there is none.
   *
   * @param {string} exchange or "*"
   * @param {string[]|string} symbols or "*"
   * @returns {Promise<object[]>} fails with the server's `code` when it refuses
   */
  async get(exchange, symbols) {
    this.#checkOpen();
    const names = namesOf(exchange, symbols);
    return names.length === 0 ? [] : new Promise((resolve, reject) => {
      this.#gets.add(restart({ exchange, symbols: names, resolve, reject }));
      this.#flush();
    });
  }

  /** Ends all subscriptions and the connection, for good. */
  close() {
    globalThis.removeEventListener?.('online', this.#retry);
    clearTimeout(this.#retryTimer);
    this.#disconnect();
    this.#entries.clear();
    for (const { reject } of this.#gets) reject(new Error('the feed is closed'));
    this.#gets.clear();
    this.#setState('closed');
  }

  #checkOpen() {
    if (this.#state === 'closed') throw new Error('the feed is closed');
  }

  // The connection

  #connect() {
    const socket = this.#socket = new this.#WebSocket(this.#url);
    // A socket that was given up may still report something, even minutes later.
    const ifCurrent = handler => event => this.#socket === socket && handler(event);
    this.#authenticated = !this.#token;
    socket.onopen = ifCurrent(() => this.#token && this.#authenticate());
    socket.onmessage = ifCurrent(({ data }) => this.#receive(JSON.parse(data)));
    socket.onerror = ifCurrent(() => this.#lost()); // Node 20 tells no more of a failed attempt
    socket.onclose = ifCurrent(({ code, reason }) => {
      if (code === UNAUTHORIZED) this.#emit('error', { code: 'UNAUTHORIZED', message: reason });
      this.#lost(code);
    });
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
    clearTimeout(this.#renewTimer);
    this.#rateTimer = clearTimeout(this.#rateTimer);
    this.#socket?.close();
    this.#socket = this.#limits = this.#readyAt = undefined;
  }

  #lost(code) {
    if (this.#state === 'closed') return; // by whom it was told of the error
    // One that does not keep up would have to be given everything again and again.
    if (code !== STALLED && performance.now() - this.#readyAt >= STABLE_MS) this.#attempts = 0;
    // The same token again is as bad; a person may get it right, so it never gives up.
    const hopeless = code === UNAUTHORIZED && typeof this.#token !== 'function';
    if (hopeless || code === LIMIT_EXCEEDED) this.#comeBackMs = BACKOFF_MAX_MS;
    const backoff = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.#attempts++);
    const retryInMs = this.#comeBackMs || Math.round(Math.random() * backoff);
    this.#comeBackMs = 0;
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

  /** Sends the token, also to renew it: when three quarters of its time have passed. */
  async #authenticate() {
    const socket = this.#socket;
    const renewable = typeof this.#token === 'function';
    try {
      const token = renewable ? await this.#token() : this.#token;
      if (socket !== this.#socket) return;
      this.#send({ op: 'auth', req_id: AUTH_ID, token });
      this.#expiresAt = expiryOf(token);
    } catch (error) {
      if (socket !== this.#socket) return;
      this.#emit('error', { op: 'auth', code: 'UNAUTHORIZED', message: `no token: ${error}` });
      if (this.#readyAt === undefined) return this.#lost();
    }
    if (!renewable || !this.#expiresAt) return;
    const renewInMs = Math.max(RENEW_MIN_MS, (this.#expiresAt - Date.now()) * 0.75);
    const renew = () => this.#authenticate();
    this.#renewTimer = setTimeout(renew, Math.min(renewInMs, TIMEOUT_MAX_MS));
  }

  #setState(state, more) {
    if (state === this.#state && state !== 'reconnecting') return;
    this.#state = state;
    this.#emit('state', { state, ...more });
  }

  // What the server says

  #receive(frame) {
    this.#quiet = 0;
    switch (frame.type) {
      case 'welcome': return this.#welcome(frame);
      case 'heartbeat': case 'feed': return this.#sourceIs(frame.feed ?? frame.state);
      case 'update': return frame.ticks.forEach(tick => this.#accept(tick));
      case 'snapshot': return this.#snapshot(frame);
      case 'removed': return frame.symbols.forEach(removed => this.#remove(removed));
      case 'ticks': return this.#answered(frame);
      case 'ack': return this.#acknowledged(frame);
      case 'error': return this.#refused(frame);
      case 'shutdown': this.#comeBackMs = frame.reconnect_after_ms;
    }
  }

  #welcome({ heartbeat_ms, feed, limits = {} }) {
    this.#limits = limits;
    this.#budget = this.#requestsPerWindow();
    this.#source = feed;
    this.#watch(3 * heartbeat_ms);
    this.#start();
  }

  /** Asks for everything, as soon as that is allowed; what was learned before is not certain. */
  #start() {
    if (!this.#limits || !this.#authenticated) return;
    this.#readyAt ??= performance.now();
    this.#unsure = false;
    this.#requests.clear();
    for (const known of this.#known.values()) known.seen = 0;
    this.#dirty = new Set(this.#entries.values());
    for (const entry of this.#dirty) entry.sent = undefined;
    this.#gets.forEach(restart);
    this.#setState(this.#source);
    this.#flush();
  }

  #sourceIs(source) {
    this.#source = source;
    if (this.#readyAt === undefined) return;
    this.#setState(source);
    if (source === 'live' && this.#unsure) this.#start();
  }

  #accept(tick) {
    const interested = this.#interested(tick);
    if (!interested.size) return; // was under way when the last subscription ended
    const key = keyOf(tick);
    const known = this.#known.get(key)?.tick;
    const news = !known || isNewer(tick, known);
    this.#known.set(key, { tick: news ? tick : known, seen: this.#lastRequest });
    if (!news) return;
    tell(interested, 'callback', tick);
    this.#emit('tick', tick);
  }

  #remove(removed) {
    if (!this.#known.delete(keyOf(removed))) return;
    tell(this.#interested(removed), 'onRemoved', removed);
    this.#emit('removed', removed);
  }

  /** A whole snapshot has all that there is: what was known before and is not in it is gone. */
  #snapshot({ req_id, ticks, more }) {
    for (const tick of ticks) this.#accept(tick);
    const asked = this.#requests.get(req_id);
    if (more || !asked) return;
    this.#requests.delete(req_id);
    if (asked.since) return;
    if (this.#source !== 'live') return void (this.#unsure = true);
    for (const { tick: { exchange, symbol }, seen } of this.#known.values()) {
      const matches = key => asked.entries.has(key);
      if (seen < req_id && matchingKeys({ exchange, symbol }).some(matches)) {
        this.#remove({ exchange, symbol });
      }
    }
  }

  #answered({ req_id, ticks }) {
    const { get, symbols } = this.#requests.get(req_id) ?? {};
    if (!this.#requests.delete(req_id)) return;
    get.ticks = get.ticks.concat(ticks);
    get.unanswered -= symbols.length;
    if (get.unanswered === 0 && this.#gets.delete(get)) get.resolve(get.ticks);
  }

  #acknowledged({ req_id, op, results = [] }) {
    if (op === 'auth') {
      if (this.#authenticated) return; // a renewal
      this.#authenticated = true;
      return this.#start();
    }
    const asked = this.#requests.get(req_id);
    if (asked) asked.acknowledged = true;
    for (const { ok, ...refused } of results.filter(result => !result.ok)) {
      const entry = asked?.entries.get(keyOf(refused));
      if (entry && op === 'subscribe') entry.sent = undefined;
      this.#emit('error', { op, req_id, ...refused });
    }
    if (op !== 'unsubscribe' || !this.#requests.delete(req_id)) return;
    for (const entry of asked.entries.values()) this.#dirty.add(entry); // to be forgotten
    this.#flush();
  }

  #refused({ type, ...error }) {
    const asked = this.#requests.get(error.req_id);
    const again = error.code === 'RATE_LIMITED';
    if (asked && !asked.acknowledged) {
      this.#requests.delete(error.req_id);
      if (again) this.#holdBack(0);
      for (const entry of asked.entries?.values() ?? []) {
        entry.sent = again ? NaN : undefined; // NaN differs from whatever is wanted
        if (again) this.#dirty.add(entry);
      }
      if (again) asked.get?.unasked.push(...asked.symbols);
      else if (asked.get) {
        this.#gets.delete(asked.get);
        return asked.get.reject(Object.assign(new Error(error.message), error));
      }
    }
    this.#emit('error', error);
    if (error.req_id !== AUTH_ID) return;
    if (this.#readyAt === undefined) this.#lost(UNAUTHORIZED);
    else this.#start(); // the new token may allow less: asking anew tells what
  }

  /** The local subscriptions that a tick or a removal concerns. */
  #interested(tick) {
    return new Set(matchingKeys(tick).flatMap(key => [...this.#entries.get(key)?.locals ?? []]));
  }

  // What the server is told

  /** Sends what differs from what the server was last told, as far as it may be asked now. */
  #flush() {
    if (this.#readyAt === undefined) return;
    const groups = new Map();
    let someUnwanted = false;
    for (const entry of this.#dirty) {
      const intervals = Array.from(entry.locals, local => local.intervalMs);
      entry.wanted = intervals.length ? Math.min(...intervals) : undefined;
      if (entry.wanted === entry.sent) {
        this.#dirty.delete(entry);
        if (entry.wanted === undefined) this.#entries.delete(entry.key);
        continue;
      }
      if (entry.wanted === undefined) {
        someUnwanted = true;
        entry.sent = NaN; // who comes before the request is sent needs a snapshot
      }
      const group = `${entry.exchange} ${entry.wanted} ${entry.sent >= 0}`;
      groups.set(group, groups.get(group) ?? []).get(group).push(entry);
    }
    // Nothing tells when an unwanted tick changes, so nobody must be given it later.
    for (const [key, { tick }] of someUnwanted ? this.#known : []) {
      if (!this.#interested(tick).size) this.#known.delete(key);
    }
    // What one subscription takes over from another must not be without any in between.
    const ends = ([entry]) => entry.wanted === undefined;
    for (const entries of [...groups.values()].sort((a, b) => ends(a) - ends(b))) {
      while (entries.length && this.#maySend()) this.#request(entries);
    }
    for (const get of this.#gets) {
      while (get.unasked.length && this.#maySend()) {
        const symbols = take(get.unasked, this.#roomForSymbols(), symbol => symbol);
        this.#ask({ op: 'get', exchange: get.exchange, symbols }, { get, symbols });
      }
    }
  }

  /**
   * Subscribes or unsubscribes the first of these, as many as a message may hold.
   *
   * A server leaves out what it is told in `since`. That is only safe where the subscription has
   * been in force all the time, and merely its interval changes: after a reconnect one could not
   * tell what has not changed from what was deleted meanwhile, and asking for the difference would
   * bring as much as the whole snapshot does.
   */
  #request(entries) {
    const batch = take(entries, this.#roomForSymbols(), entry => entry.symbol);
    const [{ exchange, wanted, sent }] = batch;
    const asked = new Map(batch.map(entry => [entry.key, entry]));
    const since = sent >= 0 && exchange !== '*' ? this.#seen(asked) : undefined;
    for (const entry of batch) {
      entry.sent = wanted;
      this.#dirty.delete(entry);
    }
    const op = wanted === undefined ? 'unsubscribe' : 'subscribe';
    const symbols = batch.map(entry => entry.symbol);
    const request = { op, exchange, symbols, interval_ms: wanted, since };
    this.#ask(request, { entries: asked, since });
  }

  /** The numbers of the ticks that this connection has brought of these, as many as fit. */
  #seen(entries) {
    const ticks = [];
    for (const { tick, seen } of this.#known.values()) {
      const matches = key => entries.has(key);
      if (seen && tick.seq && matchingKeys(tick).some(matches)) ticks.push(tick);
    }
    const pairOf = tick => [tick.symbol, tick.seq];
    return Object.fromEntries(take(ticks, this.#limits.message_bytes / 2, pairOf).map(pairOf));
  }

  /** In characters of JSON, which take up to three bytes each; other fields need room too. */
  #roomForSymbols() {
    return this.#limits.message_bytes / 8;
  }

  #ask({ op, ...request }, asked) {
    this.#requests.set(++this.#lastRequest, asked);
    this.#send({ op, req_id: this.#lastRequest, ...request });
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  /** Whether one more request is within the limit; if not, there will be another flush. */
  #maySend() {
    if (this.#budget < 1) return false;
    this.#budget--;
    if (this.#rateTimer === undefined) this.#holdBack(this.#budget);
    return true;
  }

  /** Allows only so many requests until the next window begins. */
  #holdBack(budget) {
    this.#budget = budget;
    clearTimeout(this.#rateTimer);
    this.#rateTimer = setTimeout(() => {
      this.#rateTimer = undefined;
      this.#budget = this.#requestsPerWindow();
      this.#flush();
    }, RATE_WINDOW_MS);
  }

  /** Half of what is allowed, as the server's second may overlap two of these; auth counts too. */
  #requestsPerWindow() {
    return Math.max(1, Math.floor(((this.#limits.requests_per_second ?? Infinity) - 1) / 2));
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const keyOf = ({ exchange, symbol }) => `${exchange} ${symbol}`;
const matchingKeys = ({ exchange: e, symbol: s }) => [`${e} ${s}`, `${e} *`, `* ${s}`, '* *'];

/** The symbols, each once. A request that is too long would end the connection, again and again. */
function namesOf(exchange, symbols) {
  const names = [...new Set([symbols].flat())];
  for (const name of [exchange, ...names]) {
    if (typeof name !== 'string' || name.length > NAME_MAX) {
      throw new TypeError(`exchange and symbols: texts of up to ${NAME_MAX} characters, got ${name}`);
    }
  }
  return names;
}

function checkInterval(ms) {
  if (Number.isInteger(ms) && ms >= 0 && ms <= INTERVAL_MAX_MS) return ms;
  throw new RangeError(`intervalMs: an integer from 0 to ${INTERVAL_MAX_MS}, got ${ms}`);
}

/** Takes from the list's beginning what fits into so many characters of JSON, at least one. */
function take(list, room, valueOf) {
  const tooMany = list.findIndex(item => (room -= JSON.stringify(valueOf(item)).length + 1) < 0);
  return list.splice(0, tooMany < 0 ? list.length : Math.max(1, tooMany));
}

/** Puts a get back to where nothing of it was asked. */
function restart(get) {
  const unanswered = get.symbols.length;
  return Object.assign(get, { unasked: [...get.symbols], unanswered, ticks: [] });
}

/** When a token runs out, in ms since the epoch; undefined when it is no JWT that says so. */
function expiryOf(token) {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(atob(payload)).exp * 1000;
  } catch {
    return undefined;
  }
}

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
      report(error);
    }
  }
}

// Node has no reportError.
const report = globalThis.reportError ?? (error => queueMicrotask(() => { throw error; }));
