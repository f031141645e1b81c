/**
 * Live tickers in web pages and in Node, over the WebSocket feed. Version 1.1, no dependencies, no
 * build step. What is public is described in ticker-feed.d.ts.
 *
 *     import { TickerFeed } from './ticker-feed.js';
 *     const feed = new TickerFeed();                       // of the server that it came from
 *     feed.addEventListener('state', e => console.log(e.detail.state));
 *     const prices = feed.subscribe('binance', ['BTC/USDT', 'ETH/USDT'],
 *       tick => console.log(tick.symbol, tick.price),      // tick.price is a string: "9.9640"
 *       { intervalMs: 250, onRemoved: gone => console.log(gone.symbol, 'is gone') });
 *     feed.subscribe('*', '*', tick => console.log(tick.exchange, tick.symbol));  // everything
 *     feed.subscribeCandles('binance', 'BTC/USDT', '1m', bar => draw(bar), { count: 500 });
 *     prices.setInterval(1000); prices.close(); feed.close();
 *
 * It reconnects by itself and goes on without repeating a tick; what was deleted meanwhile is
 * reported as removed. Ticks of one symbol come in order.
 */

// Bundlers would look for a file `feed` if this were written where it is used.
const MODULE = import.meta.url;

const CONNECT_TIMEOUT_MS = 10_000;
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 10_000;
const STABLE_MS = 5_000; // a connection that lasted this long makes the back-off small again
const RENEW_MIN_MS = 10_000; // also when this clock is ahead, and every token seems to have run out
const TIMEOUT_MAX_MS = 2 ** 31 - 1; // a longer timeout would end at once
const SILENCE_MIN_MS = 10_000; // a network that must send again, or a busy server, may be as slow
const WATCH_MS = 500;
const STOPPED_MS = 3_000; // who has not run for so long was asleep, frozen, or blocked
const PROBE_MS = 1_000;
const WAKING = ['visibilitychange', 'pageshow', 'resume', 'online'];
const MOST_BARS = 1_000; // in a snapshot of candles, of each symbol
const TIMEFRAMES = { '1m': 60, '5m': 300, '15m': 900, '30m': 1_800, '1h': 3_600, '4h': 14_400, '1d': 86_400 };
const AUTH_ID = 0; // the req_id of every auth; those of other requests begin at 1

const STALLED = 4008; // closing codes
const LIMIT_EXCEEDED = 4029;
const UNAUTHORIZED = 4401;

/** One connection to the feed, kept up until it is closed. */
export class TickerFeed extends EventTarget {
  #url; #token; #WebSocket; #socket; #welcomed; #authenticated; #readyAt; #source; #expiresAt;
  #quiet; #patienceMs; #watchdog; #ranAt; #probe; #retryTimer; #renewTimer; #rateTimer;
  #state = 'connecting';
  #attempts = 0;
  #comeBackMs = 0; // the pause before the next attempt where it is not the back-off
  #heartbeatMs = 0;
  #limits = { message_bytes: 65_536, symbols: 1_000 };
  #budget = 0; // how many requests may still be sent in this second
  #behind = false; // whether what is known is of an earlier connection
  #unsure = false; // whether a server without its source has answered, who may not know all
  #lastRequest = 0;
  #requests = new Map(); // req_id → {entries: by key, acknowledged} or {get, ticks}
  #entries = new Map(); // key → {key, exchange, symbol, locals, wanted, sent: in ms, refused,
  //                               timeframe, count, bars: by time, of candles}
  #dirty = new Set(); // entries where the wire may differ from what the locals want
  #gets = new Set(); // {exchange, symbols, asked, resolve, reject}
  #known = new Map(); // key → {tick: that all locals have had, seen: the last request before it,
  //                              locals, epoch: who follows it, as of when}
  #epoch = 0; // counts the times that a local subscription came or went
  #tickListeners = false;

  constructor(url = new URL('feed', MODULE).href.replace(/^http/, 'ws'),
    { token, WebSocket = globalThis.WebSocket } = {}) {
    super();
    if (!WebSocket) throw new TypeError('no WebSocket here: pass { WebSocket }');
    this.#url = url;
    this.#token = token;
    this.#WebSocket = WebSocket;
    this.#connect();
    for (const sign of WAKING) globalThis.addEventListener?.(sign, this.#wake);
  }

  get state() {
    return this.#state;
  }

  /**
   * An event for each tick costs more than all the rest: only for those who may listen. Who has left
   * again is not noticed: `once`, `signal`, and the same one twice take more code than it is worth.
   */
  addEventListener(type, ...more) {
    if (type === 'tick') this.#tickListeners = true;
    super.addEventListener(type, ...more);
  }

  /** Subscriptions to the same are one on the wire, at the smallest interval. */
  subscribe(exchange, symbols, callback, { intervalMs = 0, onRemoved = () => {} } = {}) {
    this.#checkOpen();
    const names = namesOf(exchange, symbols);
    checkFunctions({ callback, onRemoved });
    const local = { callback, onRemoved, intervalMs: checkInterval(intervalMs), ready: false };
    this.#epoch++;
    const entries = names.map(symbol => {
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
        if (this.#followers(tick).has(local)) tell([local], 'callback', tick);
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
        this.#epoch++;
        for (const entry of entries) entry.locals.delete(local);
      },
    };
  }

  /** The bars of symbols: the latest ones, then each that changes. */
  subscribeCandles(exchange, symbols, timeframe, callback, { count = 100, intervalMs = 0 } = {}) {
    this.#checkOpen();
    const names = namesOf(exchange, symbols);
    if ([exchange, ...names].includes('*')) throw new TypeError('candles: no *');
    if (!TIMEFRAMES[timeframe]) {
      throw new TypeError(`timeframe: one of ${Object.keys(TIMEFRAMES)}, got ${timeframe}`);
    }
    if (!Number.isInteger(count) || count < 0 || count > MOST_BARS) {
      throw new RangeError(`count: an integer from 0 to ${MOST_BARS}, got ${count}`);
    }
    checkFunctions({ callback });
    const local = { callback, intervalMs: checkInterval(intervalMs), ready: false };
    const entries = names.map(symbol => {
      const key = `${keyOf({ exchange, symbol })} ${timeframe}`;
      const entry = this.#entries.get(key)
        ?? { key, exchange, symbol, timeframe, count: -1, bars: new Map(), locals: new Set() };
      this.#entries.set(key, entry);
      entry.locals.add(local);
      if (count > entry.count) {
        entry.count = count;
        entry.raised = true; // asks again: the server has more
        if (entry.sent !== undefined) entry.sent = NaN;
      }
      return entry;
    });
    const changed = () => {
      for (const entry of entries) this.#dirty.add(entry);
      queueMicrotask(() => this.#flush());
    };
    queueMicrotask(() => {
      local.ready = true; // not before: what arrives while a callback subscribes would come twice
      for (const { bars, locals } of entries) {
        if (!locals.has(local)) continue;
        const known = [...bars.values()].sort((a, b) => a.time - b.time);
        for (const bar of count ? known.slice(-count) : []) tell([local], 'callback', bar);
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

  async get(exchange, symbols) {
    this.#checkOpen();
    const names = namesOf(exchange, symbols);
    const answers = [];
    while (names.length) {
      answers.push(new Promise((resolve, reject) => {
        this.#gets.add({ exchange, symbols: this.#take(names), resolve, reject });
      }));
    }
    this.#flush();
    return (await Promise.all(answers)).flat();
  }

  close() {
    for (const sign of WAKING) globalThis.removeEventListener?.(sign, this.#wake);
    clearTimeout(this.#retryTimer);
    this.#disconnect();
    this.#epoch++;
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
    for (const entry of this.#entries.values()) entry.sent = undefined;
    socket.onopen = ifCurrent(() => this.#token && this.#authenticate());
    socket.onmessage = ifCurrent(({ data }) => this.#hear(data));
    socket.onerror = ifCurrent(() => this.#lost()); // Node 20 tells no more of a failed attempt
    socket.onclose = ifCurrent(({ code, reason }) => {
      if (code === UNAUTHORIZED) this.#emit('error', { code: 'UNAUTHORIZED', message: reason });
      this.#lost(code);
    });
    this.#ranAt = Date.now();
    this.#watch();
  }

  // Gives the connection up when nothing comes for too long. Counts steps and reads no clock: after
  // a blocked main thread or a sleep, what has arrived meanwhile must be looked at first. In a tab
  // out of sight a step may take a minute, and each of them looks like a sleep.
  #watch() {
    this.#quiet = 0;
    this.#patienceMs = CONNECT_TIMEOUT_MS;
    this.#watchdog = setInterval(() => {
      const stopped = this.#wasStopped();
      if (++this.#quiet > this.#patienceMs / WATCH_MS) this.#lost();
      else if (stopped) this.#doubt();
    }, WATCH_MS);
  }

  /** Whether nothing of this has run for so long that a laptop slept or a tab was held back. */
  #wasStopped() {
    const now = Date.now(); // the other clock may stand still in a sleep
    const stopped = now - this.#ranAt > STOPPED_MS;
    this.#ranAt = now;
    return stopped;
  }

  #wake = () => {
    if (this.#retryTimer !== undefined) this.#retry();
    else if (this.#wasStopped()) this.#doubt();
  };

  /** After a stop what arrives may be old: prices are not live until the server has answered. */
  #doubt() {
    if (this.#welcomed && this.#readyAt === undefined) return;
    if (this.#patienceMs !== PROBE_MS) this.#quiet = 0; // else it is still the same silence
    this.#patienceMs = PROBE_MS;
    if (!this.#welcomed) return;
    this.#probe = ++this.#lastRequest;
    this.#socket.send(JSON.stringify({ op: 'ping', req_id: this.#probe }));
    this.#setState('reconnecting');
  }

  #trust() {
    this.#probe = undefined;
    this.#patienceMs = this.#silenceMs;
    this.#sourceIs(this.#source);
  }

  get #silenceMs() {
    return Math.max(SILENCE_MIN_MS, 3 * this.#heartbeatMs);
  }

  #disconnect() {
    clearInterval(this.#watchdog);
    clearTimeout(this.#renewTimer);
    this.#rateTimer = clearTimeout(this.#rateTimer);
    const socket = this.#socket;
    this.#socket = this.#welcomed = this.#readyAt = this.#probe = undefined;
    this.#behind = false;
    socket?.close(); // of which Node 20 may tell at once, as of an error
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
      socket.send(JSON.stringify({ op: 'auth', req_id: AUTH_ID, token }));
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

  #hear(data) {
    this.#quiet = 0;
    if (this.#wasStopped()) this.#doubt();
    try {
      this.#receive(JSON.parse(data));
      if (this.#behind) this.#catchUp();
    } catch ({ message }) { // nothing that a listener throws gets here
      this.#emit('error', { code: 'MALFORMED_MESSAGE', message: `from the server: ${message}` });
      this.#lost();
    }
  }

  #receive(frame) {
    if (this.#probe !== undefined && frame.req_id === this.#probe) this.#trust();
    switch (frame.type) {
      case 'welcome': return this.#welcome(frame);
      case 'heartbeat': case 'feed': return this.#sourceIs(frame.feed ?? frame.state);
      case 'update': for (const tick of frame.ticks) this.#accept(tick, isNewer); return;
      case 'snapshot': return this.#snapshot(frame);
      case 'removed': return frame.symbols.forEach(removed => this.#remove(removed));
      case 'ticks': return this.#answered(frame);
      case 'ohlcv': return this.#candles(frame);
      case 'ack': return this.#acknowledged(frame);
      case 'error': return this.#refused(frame);
      case 'source': return this.#sourceOf(frame);
      case 'shutdown': this.#comeBackMs = frame.reconnect_after_ms;
    }
  }

  #welcome({ heartbeat_ms, feed, sources, limits }) {
    this.#welcomed = true;
    Object.assign(this.#limits, limits);
    this.#budget = this.#requestsPerSecond;
    this.#source = feed;
    this.#heartbeatMs = heartbeat_ms;
    this.#patienceMs = this.#silenceMs;
    for (const source of sources ?? []) this.#sourceOf(source);
    this.#start();
  }

  #sourceOf({ exchange, state, since, reason }) {
    this.#emit('source', { exchange, state, since, reason });
  }

  /** Asks for everything, as soon as that is allowed. */
  #start() {
    if (!this.#welcomed || !this.#authenticated) return;
    if (this.#readyAt === undefined) this.#behind = this.#known.size > 0 || this.#knowsBars;
    this.#readyAt ??= performance.now();
    this.#unsure = false;
    this.#requests.clear();
    this.#dirty = new Set(this.#entries.values());
    // Of what nobody wants any more, the end may still have to be told.
    for (const entry of this.#dirty) {
      entry.sent = entry.locals.size || entry.sent === undefined ? undefined : NaN;
    }
    for (const get of this.#gets) get.asked = false;
    if (!this.#behind) this.#setState(this.#source);
    this.#flush();
  }

  get #knowsBars() {
    return [...this.#entries.values()].some(({ bars }) => bars?.size);
  }

  /** Prices of before are not live until the server has told all that is different. */
  #catchUp() {
    if (this.#dirty.size || [...this.#requests.values()].some(({ entries }) => entries)) return;
    this.#behind = false;
    this.#sourceIs(this.#source);
  }

  #sourceIs(source) {
    this.#source = source;
    if (this.#readyAt === undefined || this.#behind || this.#probe !== undefined) return;
    this.#setState(source);
    if (source === 'live' && this.#unsure) this.#start();
  }

  #accept(tick, isNews) {
    const key = keyOf(tick);
    let known = this.#known.get(key);
    if (known?.epoch !== this.#epoch) {
      const locals = this.#followers(tick);
      if (!locals.size) return; // was under way when the last subscription ended
      known = Object.assign(known ?? {}, { locals, epoch: this.#epoch });
      this.#known.set(key, known);
    }
    known.seen = this.#lastRequest;
    if (known.tick && !isNews(tick, known.tick)) return;
    known.tick = tick;
    tell(known.locals, 'callback', tick);
    if (this.#tickListeners) this.#emit('tick', tick);
  }

  #remove(removed) {
    if (!this.#known.delete(keyOf(removed))) return;
    tell(this.#followers(removed), 'onRemoved', removed);
    this.#emit('removed', removed);
  }

  // What was known before and is not in a snapshot is gone, unless the request has said that it has
  // it: what is the same is left out then, and what is gone comes as removed.
  #snapshot({ req_id, ticks, more }) {
    const isNews = this.#source === 'live' ? isOther : isNewer;
    for (const tick of ticks) this.#accept(tick, isNews);
    const asked = this.#requests.get(req_id);
    if (more || !asked) return;
    this.#requests.delete(req_id);
    if (this.#source !== 'live') this.#unsure = true;
    for (const { tick: { exchange, symbol }, seen } of this.#unsure ? [] : this.#known.values()) {
      const matching = matchingKeys({ exchange, symbol }).some(key => asked.entries.has(key));
      if (matching && seen < req_id) this.#remove({ exchange, symbol });
    }
  }

  /** What is as it was known, after a reconnect or for who came first, is not told again. */
  #candles({ req_id, bars, snapshot, more }) {
    for (const bar of bars) {
      const entry = this.#entries.get(`${keyOf(bar)} ${bar.timeframe}`);
      if (!entry?.locals.size || sameBar(bar, entry.bars.get(bar.time))) continue;
      if (snapshot && bar.time < entry.oldest) continue; // who asks for a time may get earlier ones
      entry.bars.set(bar.time, bar);
      if (entry.bars.size > 2 * MOST_BARS) forgetOldest(entry.bars);
      tell(entry.locals, 'callback', bar);
    }
    if (snapshot && !more) this.#requests.delete(req_id);
  }

  /** Reports as removed what no subscription matches but the one that was refused. */
  #forget({ key }) {
    for (const { tick: { exchange, symbol } } of this.#known.values()) {
      const keys = matchingKeys({ exchange, symbol });
      const followed = keys.some(other => this.#entries.get(other)?.sent >= 0);
      if (keys.includes(key) && !followed) this.#remove({ exchange, symbol });
    }
  }

  #answered({ req_id, ticks, more }) {
    const asked = this.#requests.get(req_id);
    asked?.ticks?.push(ticks);
    if (more) return;
    this.#requests.delete(req_id);
    if (this.#gets.delete(asked?.get)) asked.get.resolve(asked.ticks.flat());
  }

  #acknowledged({ req_id, op, results = [] }) {
    if (op === 'auth') {
      if (this.#authenticated) return this.#askAgain('UNAUTHORIZED', Infinity); // a renewal
      this.#authenticated = true;
      return this.#start();
    }
    const asked = this.#requests.get(req_id);
    if (asked) asked.acknowledged = true;
    for (const { ok, ...refused } of results.filter(result => !result.ok)) {
      const entry = asked?.entries.get(keyOf(refused));
      const unmet = op === 'subscribe' && entry;
      if (unmet) Object.assign(entry, { sent: undefined, refused: refused.code });
      this.#emit('error', { op, req_id, ...ofCandles(asked), ...refused });
      if (unmet) this.#forget(entry);
    }
    if (op !== 'unsubscribe' || !this.#requests.delete(req_id)) return;
    for (const entry of asked.entries.values()) this.#dirty.add(entry); // to be forgotten
    this.#flush();
    this.#askAgain('TOO_MANY_SUBSCRIPTIONS', results.filter(({ ok }) => ok).length);
  }

  /** Asks for so many of those that were refused for that reason, which may not hold any more. */
  #askAgain(code, count) {
    const refused = [...this.#entries.values()].filter(
      entry => entry.refused === code && entry.sent === undefined && entry.locals.size);
    for (const entry of refused.slice(0, count)) this.#dirty.add(entry);
    this.#flush();
  }

  #refused({ type, ...error }) {
    const asked = this.#requests.get(error.req_id);
    const again = error.code === 'RATE_LIMITED';
    if (asked && !asked.acknowledged) {
      this.#requests.delete(error.req_id);
      if (again) this.#pause();
      for (const entry of asked.entries?.values() ?? []) {
        entry.sent = again ? NaN : undefined; // NaN differs from whatever is wanted
        entry.refused = error.code;
        if (again) this.#dirty.add(entry);
      }
      if (asked.get) asked.get.asked = false;
      if (!again && this.#gets.delete(asked.get)) {
        return asked.get.reject(Object.assign(new Error(error.message), error));
      }
    } else if (asked?.timeframe && !again) {
      this.#requests.delete(error.req_id); // a server without candles gives no snapshot
    }
    this.#emit('error', { ...error, ...ofCandles(asked) });
    if (error.req_id !== AUTH_ID) return;
    if (this.#readyAt === undefined) this.#lost(UNAUTHORIZED);
    else this.#start(); // the new token may allow less: asking anew tells what
  }

  /** The local subscriptions that a tick or a removal concerns. */
  #followers(tick) {
    return new Set(matchingKeys(tick).flatMap(key => [...this.#entries.get(key)?.locals ?? []]));
  }

  // What the server is told

  /** Sends what differs from what the server was last told, as far as it may be asked now. */
  #flush() {
    if (this.#readyAt === undefined) return;
    const groups = new Map();
    for (const entry of this.#dirty) {
      const intervals = Array.from(entry.locals, local => local.intervalMs);
      entry.wanted = intervals.length ? Math.min(...intervals) : undefined;
      if (entry.wanted === entry.sent) {
        this.#dirty.delete(entry);
        if (entry.wanted === undefined) this.#entries.delete(entry.key);
        continue;
      }
      // Who comes before the end is sent needs a snapshot: what comes meanwhile reaches nobody.
      if (entry.wanted === undefined) entry.sent = NaN;
      const group = `${entry.exchange} ${entry.wanted} ${entry.timeframe}`;
      groups.set(group, groups.get(group) ?? []).get(group).push(entry);
    }
    // Ends come last: what one subscription takes over from another must not be without any.
    const ends = ([entry]) => entry.wanted === undefined;
    const ordered = [...groups.values()].sort((a, b) => ends(a) - ends(b));
    // Nothing tells when an unwanted tick changes, so nobody must be given it later.
    for (const [key, { tick }] of ordered.some(ends) ? this.#known : []) {
      if (!this.#followers(tick).size) this.#known.delete(key);
    }
    for (const entries of ordered) {
      while (entries.length && this.#mayAsk()) this.#request(entries);
    }
    for (const get of this.#gets) {
      if (get.asked || !this.#mayAsk()) continue;
      get.asked = true;
      this.#ask({ op: 'get', exchange: get.exchange, symbols: get.symbols }, { get, ticks: [] });
    }
  }

  /** Subscribes or unsubscribes the first of these, as many as a message may hold. */
  #request(entries) {
    const batch = this.#take(entries);
    const [{ exchange, wanted, timeframe }] = batch;
    for (const entry of batch) {
      entry.sent = wanted;
      entry.refused = undefined;
      this.#dirty.delete(entry);
    }
    const op = wanted === undefined ? 'unsubscribe' : 'subscribe';
    const symbols = batch.map(entry => entry.symbol);
    const asked = { timeframe, entries: new Map(batch.map(entry => [keyOf(entry), entry])) };
    if (timeframe) {
      const count = wanted === undefined ? undefined : Math.max(...batch.map(barsToAsk));
      if (wanted === undefined) for (const entry of batch) entry.bars.clear();
      const channel = 'ohlcv';
      return this.#ask({ op, channel, exchange, symbols, timeframe, count, interval_ms: wanted }, asked);
    }
    const since = op === 'subscribe' && exchange !== '*' ? this.#since(asked.entries) : undefined;
    this.#ask({ op, exchange, symbols, interval_ms: wanted, since }, asked);
  }

  /** The numbers of the ticks that it has of what a request asks for, as far as there is room. */
  #since(entries) {
    let room = this.#limits.message_bytes / 2;
    const since = {};
    for (const known of this.#known.values()) {
      const { tick: { exchange, symbol, seq } } = known;
      if (!seq || !entries.has(`${exchange} ${symbol}`) && !entries.has(`${exchange} *`)) continue;
      if ((room -= bytesOf(JSON.stringify(symbol)) + 18) < 0) break; // colon, comma, 16 digits
      since[symbol] = seq;
      known.seen = this.#lastRequest + 1;
    }
    return room < this.#limits.message_bytes / 2 ? since : undefined;
  }

  /** Takes from the list's beginning as many symbols as a request may have. */
  #take(list) {
    // Half of it is for what the client has already; the other fields need room too.
    let room = this.#limits.message_bytes / 4;
    const sizeOf = item => bytesOf(JSON.stringify(item.symbol ?? item)) + 1;
    const tooMany = list.findIndex((item, i) => i === this.#limits.symbols || (room -= sizeOf(item)) < 0);
    return list.splice(0, tooMany < 0 ? list.length : Math.max(1, tooMany));
  }

  #ask({ op, ...request }, asked) {
    const req_id = ++this.#lastRequest;
    this.#requests.set(req_id, asked);
    this.#socket.send(JSON.stringify({ op, req_id, ...request }));
  }

  /** Takes a request from what may be sent in this second, which begins with the first. */
  #mayAsk() {
    this.#rateTimer ??= setTimeout(() => {
      this.#rateTimer = undefined;
      this.#budget = this.#requestsPerSecond;
      this.#flush();
    }, 1_000);
    return this.#budget > 0 && this.#budget-- > 0;
  }

  /** Sends nothing for a second. */
  #pause() {
    this.#rateTimer = clearTimeout(this.#rateTimer);
    this.#budget = 0;
    this.#mayAsk();
  }

  // Half of the limit, as the server's second overlaps two of ours; authentication counts too.
  get #requestsPerSecond() {
    return Math.max(1, Math.floor(((this.#limits.requests_per_second ?? Infinity) - 1) / 2));
  }

  #emit(type, detail) {
    this.dispatchEvent(new DetailEvent(type, { detail }));
  }
}

const keyOf = ({ exchange, symbol }) => `${exchange} ${symbol}`;
const matchingKeys = ({ exchange: e, symbol: s }) => [`${e} ${s}`, `${e} *`, `* ${s}`, '* *'];

/** What an error tells of the request, if it was for candles. */
const ofCandles = asked => asked?.timeframe && { timeframe: asked.timeframe };

/** As many bars as are wanted, or as there may be new ones since the last that is known. */
function barsToAsk(entry) {
  const { timeframe, count, bars, raised } = entry;
  const isNew = raised || !bars.size;
  entry.raised = false;
  entry.oldest = isNew ? -Infinity : Math.min(...bars.keys());
  if (isNew) return count;
  const seconds = Date.now() / 1_000 - Math.max(...bars.keys());
  return Math.min(MOST_BARS, Math.max(count, Math.ceil(seconds / TIMEFRAMES[timeframe]) + 2));
}

function sameBar(bar, known) {
  return known && JSON.stringify(bar) === JSON.stringify(known);
}

function forgetOldest(bars) {
  const times = [...bars.keys()].sort((a, b) => a - b);
  for (const time of times.slice(0, -MOST_BARS)) bars.delete(time);
}

const encoder = new TextEncoder();
/** What limits messages: in them a character has up to four bytes. */
const bytesOf = text => encoder.encode(text).length;
/** In code points, as the server counts; a text that is far too long is not even looked at. */
const isName = name => typeof name === 'string' && name.length <= 128 && /^\S{1,64}$/u.test(name);

/** The symbols, each once. A request that is too long would end the connection, again and again. */
function namesOf(exchange, symbols) {
  const names = [...new Set([symbols].flat())];
  if ([exchange, ...names].every(isName)) return names;
  throw new TypeError('exchange and symbols must be texts of 1 to 64 characters without spaces');
}

function checkFunctions(functions) {
  for (const [name, value] of Object.entries(functions)) {
    if (typeof value !== 'function') throw new TypeError(`${name}: a function, got ${value}`);
  }
}

function checkInterval(ms) {
  if (Number.isInteger(ms) && ms >= 0 && ms <= 3_600_000) return ms;
  throw new RangeError(`intervalMs: an integer from 0 to 3600000, got ${ms}`);
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
  return differs(tick, known);
}

// What a server with its source has is what there is: the ticker may have been deleted and made
// anew. Only numbers tell that a tick is old, of a server that lags behind.
function isOther(tick, known) {
  if (tick.seq && known.seq) return isNewer(tick, known);
  return tick.time !== known.time || differs(tick, known);
}

function differs(tick, known) {
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

// Node 18 has no CustomEvent.
const DetailEvent = globalThis.CustomEvent ?? class extends Event {
  constructor(type, { detail }) {
    super(type);
    this.detail = detail;
  }
};

// Node has no reportError.
const report = globalThis.reportError ?? (error => queueMicrotask(() => { throw error; }));
