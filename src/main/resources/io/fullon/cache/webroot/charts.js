import { CANDLES, lastMinutes } from './candles.js';
import { compare, fractionOf } from './decimal.js';

const DRAW_PAUSE_MS = 250;
const RETRY_MS = 5_000;
const LINE_SECONDS = 300;
const CANDLE_WIDTH = 9; // with the room between two
const AXIS_WIDTH = 72;
const FEWEST_CANDLES = 15; // fewer would stand too far apart
const MOST_DOTS = 30;

/** The time of day in UTC: up to the minutes, or with more characters more of it. */
export const clock = (time, length = 5) =>
  new Date(time * 1000).toISOString().slice(11, 11 + length);

/** The candles and the line of a row's prices, drawn four times a second at most. */
export class Charts {
  #all; #echarts; #loading; #row; #timer;
  #drawnAt = -Infinity;

  /** @param {(text: string) => void} announce is given what is read by keyboard */
  constructor(announce) {
    this.#all = [
      new Chart(document.getElementById('candles'), candles, announce),
      new Chart(document.getElementById('line'), line, announce),
    ];
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  /** @param {{candles: object[], history: object[]}} [row] whose prices are shown from now on */
  show(row) {
    this.#row = row;
    if (!row) return;
    this.#load();
    const pause = this.#drawnAt + DRAW_PAUSE_MS - performance.now();
    this.#timer ??= setTimeout(() => this.#draw(), pause);
  }

  #draw() {
    this.#timer = clearTimeout(this.#timer);
    if (!this.#row || !this.#echarts) return;
    this.#drawnAt = performance.now();
    for (const chart of this.#all) chart.draw(this.#row, this.#echarts);
  }

  // Only for those who look at a chart: it is many times larger than all the rest.
  #load() {
    this.#loading ??= import('./echarts-5.3.1.js').then(echarts => {
      this.#echarts = echarts;
      this.#draw();
    }, error => {
      console.warn('The charts could not be loaded:', error);
      setTimeout(() => { this.#loading = undefined; }, RETRY_MS); // with the next tick
    });
  }
}

/** A chart whose points can be read, exact, by pointer and by keyboard. */
class Chart {
  #plot; #reading; #build; #announce; #echart; #row; #items; #text; #read;

  constructor(figure, build, announce) {
    this.#plot = figure.querySelector('.plot');
    this.#reading = figure.querySelector('.reading');
    this.#build = build;
    this.#announce = announce;
  }

  draw(row, echarts) {
    if (!this.#plot.offsetWidth) return; // the panel was closed
    if (!this.#echart) this.#start(echarts);
    if (row !== this.#row) this.#read = undefined;
    this.#row = row;
    const style = getComputedStyle(this.#plot);
    const colour = name => style.getPropertyValue(`--${name}`);
    const { items, text, summary, xAxis, series } =
      this.#build(row, colour, this.#plot.offsetWidth);
    this.#items = items;
    this.#text = text;
    this.#echart.setOption(option(xAxis, series, colour, fractionOf(row.tick.price)));
    this.#show(this.#read);
    this.#plot.ariaLabel = `${summary} Latest: ${text(items.at(-1))}`;
  }

  #start(echarts) {
    this.#plot.replaceChildren();
    this.#echart = echarts.init(this.#plot);
    this.#echart.on('updateAxisPointer', ({ dataIndex }) => this.#show(this.#items[dataIndex]));
    this.#plot.addEventListener('keydown', event => this.#step(event));
    this.#plot.addEventListener('blur', () => this.#point({ currTrigger: 'leave' }));
    new ResizeObserver(() => {
      if (!this.#plot.offsetWidth) return;
      this.#echart.resize();
      this.draw(this.#row);
    }).observe(this.#plot);
  }

  /** Shows what is at that place as text, else the latest. */
  #show(item) {
    this.#read = item;
    this.#reading.textContent = this.#text(item ?? this.#items.at(-1));
  }

  #point(where) {
    this.#echart.dispatchAction({ type: 'updateAxisPointer', ...where });
  }

  #step(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = this.#items.filter(({ price, close }) => price ?? close);
    const at = items.indexOf(this.#read);
    const item = items[at < 0 ? items.length - 1 : at + step];
    if (!item) return;
    this.#point({ seriesIndex: 0, dataIndex: this.#items.indexOf(item) });
    this.#announce(this.#reading.textContent);
  }
}

function candles(row, colour, width) {
  const first = row.candles[0].minute;
  const last = row.candles.at(-1).minute;
  const fitting = Math.min(CANDLES, Math.floor((width - AXIS_WIDTH) / CANDLE_WIDTH));
  const wanted = Math.max(FEWEST_CANDLES, last - first + 1);
  const items = lastMinutes(row.candles, Math.min(fitting, wanted));
  const drawn = items.filter(candle => candle.close);
  return {
    items,
    text: ({ minute, open, high, low, close }) => `${clock(minute * 60)} UTC `
      + (close ? `Open ${open} High ${high} Low ${low} Close ${close}` : 'no tick'),
    summary: `Candles of one minute, from ${clock(drawn[0].minute * 60)}`
      + ` to ${clock(last * 60)} UTC, ${range(drawn.flatMap(({ low, high }) => [low, high]))}.`,
    xAxis: { type: 'category', data: items.map(({ minute }) => clock(minute * 60)) },
    series: {
      type: 'candlestick',
      barMaxWidth: 12,
      itemStyle: { // hollow and full, for those who do not see the colours
        color: colour('surface'),
        color0: colour('down'),
        borderColor: colour('up'),
        borderColor0: colour('down'),
      },
      data: items.map(({ open, close, low, high }) =>
        (close ? [open, close, low, high].map(Number) : '-')),
    },
  };
}

function line(row, colour) {
  const since = row.history.at(-1).time - LINE_SECONDS;
  const points = row.history.filter(({ time }) => time >= since);
  // What happened while nothing came in is unknown: a place without a price, and a gap in the line.
  const items = points.flatMap((point, i) =>
    (i && point.run !== points[i - 1].run ? [{ time: point.time }, point] : [point]));
  return {
    items,
    text: ({ time, price }) => `${clock(time, 12)} UTC Price ${price}`,
    summary: `Line of the last ${points.length} ticks, since ${clock(points[0].time, 8)} UTC,`
      + ` ${range(points.map(({ price }) => price))}.`,
    xAxis: {
      type: 'time',
      axisLabel: { formatter: ms => clock(ms / 1000, 8).replace(/(?<=:..):00$/, '') },
    },
    series: {
      type: 'line',
      showSymbol: points.length <= MOST_DOTS,
      symbol: 'circle',
      symbolSize: 4,
      lineStyle: { color: colour('accent'), width: 1.5 },
      itemStyle: { color: colour('accent') },
      data: items.map(({ time, price }) => [time * 1000, price ? Number(price) : null]),
    },
  };
}

function range(prices) {
  const [low, high] = [1, -1].map(sign =>
    prices.reduce((a, b) => (sign * compare(a, b) > 0 ? b : a)));
  return `between ${low} and ${high}`;
}

/** What both charts have in common, with what they do not. */
function option(xAxis, series, colour, fraction) {
  const axisLabel = { color: colour('muted'), fontSize: 11, hideOverlap: true };
  const rule = { lineStyle: { color: colour('line') } };
  return {
    animation: false, // for nobody: live prices would never come to rest
    useUTC: true,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    grid: { left: 24, right: 0, top: 8, bottom: 0, containLabel: true },
    xAxis: {
      ...xAxis,
      axisLabel: { ...axisLabel, ...xAxis.axisLabel },
      axisLine: rule,
      axisTick: rule,
      splitLine: { show: false },
      axisPointer: {
        show: true,
        snap: true,
        animation: false,
        label: { show: false },
        lineStyle: { color: colour('muted'), type: 'solid' },
      },
    },
    yAxis: {
      type: 'value',
      scale: true,
      position: 'right',
      splitNumber: 4,
      splitLine: rule,
      axisLabel: { ...axisLabel, formatter: value => level(value, fraction) },
    },
    // Without the level that it forgets to assume, ECharts warns when a point is read.
    series: { ...series, silent: true, zlevel: 0 },
  };
}

/** A level of the axis, which is round: short, and without an exponent where it is small. */
function level(value, fraction) {
  const text = String(Number(value.toPrecision(10)));
  return text.includes('e-') ? value.toFixed(Math.min(fraction + 1, 100)) : text;
}
