/** How many bars are kept: with those that a panel begins with. */
export const BARS = 500;

/** How long the bars of a timeframe are, in seconds. */
export const SECONDS =
  { '1m': 60, '5m': 300, '15m': 900, '30m': 1800, '1h': 3600, '4h': 14_400, '1d': 86_400 };

const PAUSE_MS = 150; // somebody may go through the rows, faster than is good for the server
const LOADING_MS = 1_000;
const NONE = 'No candles yet. They appear here as they come in.';
const REFUSED = {
  INVALID_ARGUMENT: 'This server keeps no candles.',
  UNAUTHORIZED: 'The token does not allow these candles.',
};

/** Puts a bar to its place, oldest first, instead of what was known of its time. */
export function put(bars, bar) {
  const at = bars.findLastIndex(({ time }) => time <= bar.time);
  if (bars[at]?.time === bar.time) bars[at] = bar;
  else bars.splice(at + 1, 0, bar);
  if (bars.length > BARS) bars.shift();
}

/** The candles of a ticker as the server has them, until they are closed. */
export class Candles {
  bars = [];
  /** What there is to say while there are no bars. */
  note = 'Loading…';
  #name; #feed; #changed; #subscription; #timer;

  /** @param changed called with each bar, and when there is something to say */
  constructor(feed, { exchange, symbol }, timeframe, changed) {
    this.#name = { exchange, symbol, timeframe };
    this.#feed = feed;
    this.#changed = changed;
    this.#timer = setTimeout(() => this.#subscribe(), PAUSE_MS);
  }

  get timeframe() {
    return this.#name.timeframe;
  }

  #subscribe() {
    const { exchange, symbol, timeframe } = this.#name;
    const take = bar => this.#take(bar);
    try {
      this.#subscription =
        this.#feed.subscribeCandles(exchange, symbol, timeframe, take, { count: BARS });
      this.#timer = setTimeout(() => this.#say(NONE), LOADING_MS);
    } catch ({ message }) { // a fragment may hold any name
      this.#say(`There are no candles: ${message}.`);
    }
  }

  #take(bar) {
    put(this.bars, bar);
    this.#say('');
  }

  #say(note) {
    clearTimeout(this.#timer);
    this.note = note;
    this.#changed();
  }

  /** Takes what the feed tells of a request for candles, also of others than these. */
  refused({ op, code, message, ...about }) {
    if (op === 'unsubscribe' || code === 'RATE_LIMITED') return; // which is asked for again
    const isOther = ([key, value]) => key in about && about[key] !== value;
    if (Object.entries(this.#name).some(isOther)) return;
    this.#say(REFUSED[code] ?? `The server gives no candles: ${message}.`);
  }

  close() {
    clearTimeout(this.#timer);
    this.#subscription?.close();
  }
}
