import { CANDLES, lastMinutes } from './candles.js';
import { compare } from './decimal.js';

const DRAW_PAUSE_MS = 250;
const RETRY_MS = 5_000;
const LINE_SECONDS = 300;
const CANDLE_WIDTH = 9; // with the room between two
const AXIS_WIDTH = 72;
const MOST_DOTS = 30;
const FONT = 'system-ui, sans-serif';
const FONT_SIZE = 11;
const GAP = 12; // between two labels, and between labels and the edge
const LEVELS = 4;
const LONGEST_LABEL = 20;
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** The time of day in UTC: up to the minutes, or with more characters more of it. */
export const clock = (time, length = 5) =>
  new Date(time * 1000).toISOString().slice(11, 11 + length);

/** The candles and the line of a row's prices, drawn four times a second at most. */
export class Charts {
  #all; #echarts; #loading; #row; #timer;
  #drawnAt = -Infinity;

  constructor() {
    this.#all = [
      new Chart(document.getElementById('candles'), candles),
      new Chart(document.getElementById('line'), line),
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

/** A chart whose points can be read, exact, by pointer and by keyboard: a slider over them. */
class Chart {
  #title; #plot; #reading; #build; #echart; #widthOf; #row; #items; #text; #read;

  constructor(figure, build) {
    this.#title = figure.querySelector('h3');
    this.#plot = figure.querySelector('.plot');
    this.#reading = figure.querySelector('.reading');
    this.#build = build;
  }

  draw(row, echarts) {
    if (!this.#plot.offsetWidth) return; // the panel was closed
    if (!this.#echart) this.#start(echarts);
    if (row !== this.#row) this.#read = undefined;
    this.#row = row;
    const style = getComputedStyle(this.#plot);
    const colour = name => style.getPropertyValue(`--${name}`);
    const width = this.#plot.offsetWidth;
    const { items, text, title, summary, prices, seconds, longestTime, xAxis, series } =
      this.#build(row, colour, width);
    this.#items = items;
    this.#text = text;
    const [low, high] = range(prices);
    const yAxis = levels(Number(low), Number(high), row.fraction);
    const timeWidth = this.#widthOf(longestTime) + GAP;
    const levelWidth = Math.max(...[yAxis.min, yAxis.max].map(yAxis.label).map(this.#widthOf));
    const grid =
      { left: timeWidth / 2, right: levelWidth + GAP, top: GAP, bottom: FONT_SIZE + GAP };
    const fitting = (width - grid.left - grid.right) / timeWidth;
    const step = TIME_STEPS.find(each => seconds / each <= fitting) ?? TIME_STEPS.at(-1);
    this.#echart.setOption(option(grid, xAxis(step), yAxis, series, colour));
    this.#show(this.#read);
    if (this.#title.textContent !== title) this.#title.textContent = title;
    // Who is at it would be told of each tick, and would hear nothing of what it is read for.
    if (document.activeElement === this.#plot) return;
    this.#plot.ariaLabel =
      `${summary}, between ${low} and ${high}. Latest: ${text(items.at(-1))}`;
    this.#tell(items.at(-1));
  }

  #tell(item) {
    const priced = this.#priced;
    this.#plot.ariaValueMin = 0;
    this.#plot.ariaValueMax = priced.length - 1;
    this.#plot.ariaValueNow = priced.indexOf(item);
    this.#plot.ariaValueText = this.#text(item);
  }

  get #priced() {
    return this.#items.filter(({ price, close }) => price ?? close);
  }

  #start(echarts) {
    this.#plot.replaceChildren();
    this.#echart = echarts.init(this.#plot);
    this.#widthOf = text => echarts.format.getTextRect(text, `${FONT_SIZE}px ${FONT}`).width;
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
    const items = this.#priced;
    const last = items.length - 1;
    const at = items.indexOf(this.#read);
    const beside = step => (at < 0 ? last : at + step);
    const to = {
      ArrowLeft: beside(-1), ArrowDown: beside(-1), ArrowRight: beside(1), ArrowUp: beside(1),
      PageDown: Math.max(0, beside(-10)), PageUp: Math.min(last, beside(10)), Home: 0, End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (!items[to]) return;
    this.#point({ seriesIndex: 0, dataIndex: this.#items.indexOf(items[to]) });
    this.#tell(items[to]);
  }
}

function candles(row, colour, width) {
  const first = row.candles[0].minute;
  const last = row.candles.at(-1).minute;
  const fitting = Math.min(CANDLES, Math.floor((width - AXIS_WIDTH) / CANDLE_WIDTH));
  const items = lastMinutes(row.candles, Math.min(fitting, last - first + 1));
  const drawn = items.filter(candle => candle.close);
  return {
    items,
    text: ({ minute, open, high, low, close }) => `${clock(minute * 60)} UTC `
      + (close ? `Open ${open} High ${high} Low ${low} Close ${close}` : 'no tick'),
    title: 'One-minute candles',
    summary: `Candles of one minute, from ${clock(drawn[0].minute * 60)}`
      + ` to ${clock(last * 60)} UTC`,
    prices: drawn.flatMap(({ low, high }) => [low, high]),
    seconds: items.length * 60,
    longestTime: '00:00',
    xAxis: step => ({
      type: 'category',
      data: items.map(({ minute }) => clock(minute * 60)),
      axisLabel: { interval: i => items[i].minute * 60 % step === 0 },
    }),
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
  const last = row.history.at(-1).time;
  const points = row.history.filter(({ time }) => time >= last - LINE_SECONDS);
  const first = points[0].time;
  // What happened while nothing came in is unknown: a place without a price, and a gap in the line.
  const items = points.flatMap((point, i) =>
    (i && point.run !== points[i - 1].run ? [{ time: points[i - 1].time }, point] : [point]));
  const start = Math.min(first, last - 1); // a single tick takes no time
  return {
    items,
    text: ({ time, price }) => `${clock(time, 12)} UTC Price ${price}`,
    title: `Ticks since ${clock(first, 8)} UTC`,
    summary: `Line of the last ${points.length} ticks, since ${clock(first, 8)} UTC`,
    prices: points.map(({ price }) => price),
    seconds: last - start,
    longestTime: '00:00:00',
    xAxis: step => ({
      type: 'value',
      min: start,
      max: last,
      minInterval: step,
      maxInterval: step,
      // There is a label at both ends, too, whatever the step.
      axisLabel: { formatter: time => (time % step ? '' : clock(time, step % 60 ? 8 : 5)) },
    }),
    series: {
      type: 'line',
      step: 'end', // a price holds until the next one
      showSymbol: points.length <= MOST_DOTS,
      symbol: 'circle',
      symbolSize: 4,
      lineStyle: { color: colour('accent'), width: 1.5 },
      itemStyle: { color: colour('accent') },
      data: items.map(({ time, price }) => [time, price ? Number(price) : null]),
    },
  };
}

/** The lowest price and the highest. */
function range(prices) {
  return [1, -1].map(sign => prices.reduce((a, b) => (sign * compare(a, b) > 0 ? b : a)));
}

/**
 * About four steps, from the lowest price or somewhat below it to the highest or somewhat above it.
 * All labels have the digits of a price, as far as a double has them.
 */
export function levels(low, high, fraction) {
  const magnitude = Math.floor(Math.log10(Math.max(Math.abs(low), Math.abs(high)) || 1));
  const digits = Math.min(fraction, 14 - magnitude);
  const step = roundUp(Math.max((high - low) / LEVELS, Number(`1e${-digits}`)));
  const margin = low < high ? 0 : step;
  const min = Math.floor((low - margin) / step) * step;
  const max = Math.ceil((high + margin) / step) * step;
  const plain = level => level.toFixed(Math.min(100, Math.max(0, digits)));
  const short = level => level.toExponential(magnitude - Math.floor(Math.log10(step)));
  const label = Math.max(plain(min).length, plain(max).length) > LONGEST_LABEL ? short : plain;
  return { min, max, step, label };
}

/** To 1, 2 or 5 times a power of ten. */
function roundUp(step) {
  const exponent = Math.floor(Math.log10(step));
  return [1, 2, 5, 10].map(n => Number(`${n}e${exponent}`)).find(n => n >= step * (1 - 1e-9));
}

/** What both charts have in common, with what they do not. */
function option(grid, xAxis, { min, max, step, label }, series, colour) {
  const axisLabel = { color: colour('muted'), fontSize: FONT_SIZE };
  const rule = { lineStyle: { color: colour('line') } };
  return {
    animation: false, // for nobody: live prices would never come to rest
    textStyle: { fontFamily: FONT },
    grid,
    xAxis: {
      ...xAxis,
      axisLabel: { ...axisLabel, ...xAxis.axisLabel },
      axisLine: rule,
      axisTick: { show: false },
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
      min,
      max,
      interval: step,
      position: 'right',
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: rule,
      axisLabel: { ...axisLabel, formatter: label },
    },
    // Without the level that it forgets to assume, ECharts warns when a point is read.
    series: { ...series, silent: true, zlevel: 0 },
  };
}
