/** A tick as on the wire, shared by all callbacks: do not modify it. */
export interface Tick {
  readonly exchange: string;
  readonly symbol: string;
  /** A decimal as text, always exact: `"9.9640"`. So are the other decimals. */
  readonly price: string;
  /** Seconds since the epoch, with fractions. */
  readonly time: number;
  readonly volume?: string | null;
  readonly bid?: string | null;
  readonly ask?: string | null;
  readonly last?: string | null;
  /** Numbers the ticks of a symbol. */
  readonly seq?: number | null;
  /** How many earlier ticks of the symbol were skipped in favour of this one. */
  readonly conflated?: number;
}

export type Timeframe = '1m' | '5m' | '15m' | '30m' | '1h' | '4h' | '1d';

/** A candle as on the wire, shared by all callbacks: do not modify it. */
export interface Bar {
  readonly exchange: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** When it begins: seconds since the epoch. */
  readonly time: number;
  /** A decimal as text, always exact. So are the others. */
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  /** Not there where the bar was made of ticks. */
  readonly volume?: string;
  readonly ticks?: number;
  /** Whether only a correction changes it any more. */
  readonly final: boolean;
  /** It was final and has changed since. */
  readonly corrected?: true;
}

/** Whose ticker was deleted. */
export interface Removed {
  readonly exchange: string;
  readonly symbol: string;
}

/**
 * - `connecting`: the first attempt;
 * - `live`;
 * - `stale`: connected, but the server has lost its source: prices are the last known ones;
 * - `reconnecting`: the connection is lost, or after a sleep not yet sure to be there, or what is
 *   new since then is not told yet: prices are the last known ones;
 * - `closed`: for good.
 */
export type State = 'connecting' | 'live' | 'stale' | 'reconnecting' | 'closed';

export interface StateDetail {
  readonly state: State;
  /** `reconnecting` only: when the next attempt is planned; not there when it begins. */
  readonly retryInMs?: number;
}

export type ErrorCode =
  | 'MALFORMED_MESSAGE'
  | 'UNKNOWN_OP'
  | 'INVALID_ARGUMENT'
  | 'INVALID_SYMBOL'
  | 'NOT_SUBSCRIBED'
  /** Asked for again by itself. */
  | 'RATE_LIMITED'
  /** Asked for again by itself when others have ended. */
  | 'TOO_MANY_SUBSCRIPTIONS'
  /**
   * A token is missing, bad, or has run out, or does not allow that exchange and symbol, which a
   * renewed one is asked for by itself.
   */
  | 'UNAUTHORIZED';

/** What the server has refused; or what it sent that is no message, which ends the connection. */
export interface ErrorDetail {
  readonly code: ErrorCode;
  readonly message: string;
  readonly op?: string;
  readonly req_id?: number | string;
  /** With `symbol`, where it is about one. */
  readonly exchange?: string;
  readonly symbol?: string;
  /** Where it is about candles. */
  readonly timeframe?: Timeframe;
}

/**
 * How the source of an exchange is that the server brings the ticks of. While it is not `live` the
 * prices of that exchange may be old.
 */
export interface SourceDetail {
  readonly exchange: string;
  readonly state: 'connecting' | 'live' | 'silent' | 'maintenance' | 'limited' | 'down';
  /** Seconds since the epoch, with fractions. */
  readonly since: number;
  /** Why; may be empty. */
  readonly reason: string;
}

export interface TickerFeedEventMap {
  state: CustomEvent<StateDetail>;
  /**
   * Each tick that a subscription matches, once. Costs more than a callback, and from the first
   * listener on until the feed is closed, also when that one is removed again.
   */
  tick: CustomEvent<Tick>;
  /** Each deleted ticker that a subscription matches. */
  removed: CustomEvent<Removed>;
  /** Each source with every connection, and then whenever its state is another one. */
  source: CustomEvent<SourceDetail>;
  error: CustomEvent<ErrorDetail>;
}

/** Of any other event: nothing dispatches one, but an `EventTarget` takes it. */
type Listener = ((event: Event) => void) | { handleEvent(event: Event): void };

// Their names are the DOM's, which programs for Node do not know.
type ListenerOptions = Parameters<EventTarget['addEventListener']>[2];
type RemovalOptions = Parameters<EventTarget['removeEventListener']>[2];

export interface TickerFeedOptions {
  /**
   * For servers that want one. A function is called for every connection, and again when three
   * quarters of the time have passed that its token, a JWT with `exp`, has left: the new one takes
   * over without a new connection. While a fixed token is refused, the feed tries again only at
   * its longest pause (10 s), with an `error` event each time.
   */
  token?: string | (() => string | Promise<string>);
  /** For runtimes without a global one, such as Node before 22: that of the package `ws`. */
  WebSocket?: new (url: string) => any;
}

export interface SubscribeOptions {
  /**
   * At most one tick per symbol in that time, the latest; 0, the default: every tick. An integer
   * up to 3,600,000. Subscriptions to the same share one on the wire, at the smallest interval, so
   * a callback may be called more often than its own interval asks for.
   */
  intervalMs?: number;
  /** Called when a ticker was deleted, also when that was while there was no connection. */
  onRemoved?: (removed: Removed) => void;
}

export interface CandleOptions {
  /** How many bars to begin with, 0 to 1,000; 100, if it is not there. */
  count?: number;
  /** The latest of each bar at most once in that time; 0, the default: every change. */
  intervalMs?: number;
}

export interface Subscription {
  /** Changes the interval at once; no tick gets lost or comes twice. */
  setInterval(intervalMs: number): void;
  /** Ends this subscription. */
  close(): void;
}

/**
 * One connection to the feed. It reconnects by itself, with growing pauses, until it is closed, and
 * goes on where it was: no tick comes twice or goes back in time, and what was deleted meanwhile is
 * reported as removed. After a sleep of the machine, or of a tab, it is `live` again only when the
 * server has answered. In Node an open feed keeps the process running.
 */
export class TickerFeed extends EventTarget {
  /**
   * Connects.
   *
   * @param url such as `wss://host/feed`; the default is `feed` beside this module, where it came
   *     from the server, also from below a path of a proxy. Bundled, or in Node, it has to be told
   */
  constructor(url?: string, options?: TickerFeedOptions);

  readonly state: State;

  /**
   * Calls back with the current tick of everything that matches, then with every later one; never
   * before it returns. A callback that throws is reported as an uncaught error, and keeps no other
   * from its tick.
   *
   * @param exchange a name, or `"*"` for all
   * @param symbols one or several, or `"*"` for all, also for those that appear later
   * @throws when the feed is closed or an argument does not fit
   */
  subscribe(
    exchange: string,
    symbols: string | readonly string[],
    callback: (tick: Tick) => void,
    options?: SubscribeOptions,
  ): Subscription;

  /**
   * Calls back with the latest bars of each symbol, oldest first, then with each bar that changes:
   * the running one, and those that are corrected. After a reconnect it goes on without a hole, and
   * without repeating a bar that is as it was.
   *
   * @param symbols one or several, not `"*"`
   * @throws when the feed is closed or an argument does not fit
   */
  subscribeCandles(
    exchange: string,
    symbols: string | readonly string[],
    timeframe: Timeframe,
    callback: (bar: Bar) => void,
    options?: CandleOptions,
  ): Subscription;

  /**
   * The current ticks of what matches, once. Without a connection it waits for one. What does not
   * exist is not in the answer.
   *
   * @returns fails with an `Error` that has the server's {@link ErrorDetail.code} if it refuses
   */
  get(exchange: string, symbols: string | readonly string[]): Promise<Tick[]>;

  /** Ends all subscriptions and the connection, for good. */
  close(): void;

  addEventListener<K extends keyof TickerFeedEventMap>(
    type: K,
    listener: (event: TickerFeedEventMap[K]) => void,
    options?: ListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: Listener | null,
    options?: ListenerOptions,
  ): void;
  removeEventListener<K extends keyof TickerFeedEventMap>(
    type: K,
    listener: (event: TickerFeedEventMap[K]) => void,
    options?: RemovalOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: Listener | null,
    options?: RemovalOptions,
  ): void;
}
