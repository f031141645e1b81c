import {
  TickerFeed,
  type State,
  type Subscription,
  type Tick,
  type TickerFeedOptions,
} from 'fullon-ticker-feed';
import { WebSocket as Given } from 'ws';

const [url = '', exchange = ''] = process.argv.slice(2);

const options: TickerFeedOptions = 'WebSocket' in globalThis ? {} : { WebSocket: Given };
const feed = new TickerFeed(url, options);

feed.addEventListener('state', ({ detail: { state, retryInMs } }) => {
  const named: State = state;
  if (retryInMs === undefined) console.log(named);
});
feed.addEventListener('tick', ({ detail }) => console.log('event', detail.price));
feed.addEventListener('error', ({ detail }) => console.log(detail.code, detail.symbol ?? ''));

const show = (tick: Tick): void => {
  const bid: string | null | undefined = tick.bid;
  console.log('tick', tick.symbol, tick.price, bid ?? 'no bid');
};
const prices: Subscription = feed.subscribe(exchange, ['BTC/USDT'] as const, show, {
  intervalMs: 100,
  onRemoved: ({ symbol }) => {
    console.log('removed', symbol);
    prices.close();
    feed.close();
  },
});
const known: Tick[] = await feed.get(exchange, '*');
console.log('got', known.length, known[0]?.price);
