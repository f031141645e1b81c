import { SECONDS } from './candles.js';
import { compare, fractionOf } from './decimal.js';

const DRAW_PAUSE_MS = 250;
const RETRY_MS = 5_000;
const LINE_SECONDS = 300;
const CANDLE_WIDTH = 6; // with the room between two
const MOST_DOTS = 30;
const FONT = 'system-ui, sans-serif';
const FONT_SIZE = 11;
const GAP = 12; // between two labels, and between labels and the edge
const LEVELS = 4;
const LONGEST_LABEL = 20;
const VOLUME_SHARE = 0.25; // of the height
const DAY = 86_400;
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600,
  43_200, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 364 * DAY];
const LENGTHS = {
  '1m': 'one minute', '5m': '5 minutes', '15m': '15 minutes', '30m': '30 minutes',
  '1h': 'one hour', '4h': '4 hours', '1d': 'one day',
};

const iso = time => new Date(time * 1000).toISOString();

/** The time of day in UTC: up to the minutes, or with more characters more of it. */
export const clock = (time, length = 5) => iso(time).slice(11, 11 + length);

/** The candles and the line of a ticker, drawn four times a second at most. */
export class Charts {
  #candles = new Chart(document.getElementById('candles'), candles);
  #line = new Chart(document.getElementById('line'), line);
  #echarts; #loading; #timer;
  #drawnAt = -Infinity;

  constructor() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  /** @param {import('./candles.js').Candles} [source] whose bars are shown from now on */
  showCandles(source) {
    this.#show(this.#candles, source);
  }

  /** @param {{history: object[]}} [row] whose prices are shown from now on */
  showLine(row) {
    this.#show(this.#line, row);
  }

  #show(chart, source) {
    chart.source = source;
    if (!source) return;
    this.#load();
    const pause = this.#drawnAt + DRAW_PAUSE_MS - performance.now();
    this.#timer ??= setTimeout(() => this.#draw(), pause);
  }

  #draw() {
    this.#timer = clearTimeout(this.#timer);
    if (!this.#echarts) return;
    this.#drawnAt = performance.now();
    for (const chart of [this.#candles, this.#line]) chart.draw(this.#echarts);
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

/**
 * A chart whose points can be read, exact, by pointer and by keyboard: a slider over them. It draws
 * the latest, as many as fit; what is older comes by the same keys, by dragging, or by the wheel.
 */
class Chart {
  /** What is drawn from now on. */
  source;
  #figure; #title; #plot; #note; #reading; #build; #echart; #widthOf; #levelWidth; #drawn;
  #text; #read;
  #items = [];
  #first = 0; // of those that are drawn, the index in the items
  #count = 0; // how many of them are
  #until; // the time of the last one
  #isBack = false; // whether it was left where it is, before the latest

  constructor(figure, build) {
    this.#figure = figure;
    this.#title = figure.querySelector('h3');
    this.#plot = figure.querySelector('.plot');
    this.#note = figure.querySelector('.note');
    this.#reading = figure.querySelector('.reading');
    this.#build = build;
  }

  draw(echarts) {
    if (!this.source || !this.#figure.offsetWidth) return; // the panel was closed
    if (this.source !== this.#drawn) [this.#read, this.#isBack] = [undefined, false];
    this.#drawn = this.source;
    const { note, items, text, title, summary, slot, fraction, longestTime, plot } =
      this.#build(this.source);
    this.#say(note);
    if (note) return;
    if (!this.#echart) this.#start(echarts);
    this.#items = items;
    this.#text = text;
    const style = getComputedStyle(this.#plot);
    const colour = name => style.getPropertyValue(`--${name}`);
    const { offsetWidth: width, offsetHeight: height } = this.#plot;
    const [low, high] = range(items);
    const { min, max, label } = levels(Number(low), Number(high), fraction);
    const timeWidth = this.#widthOf(longestTime) + GAP;
    this.#levelWidth = Math.max(...[min, max].map(label).map(this.#widthOf));
    const grid = {
      left: timeWidth / 2,
      right: this.#levelWidth + GAP,
      top: GAP,
      bottom: FONT_SIZE + GAP,
    };
    const room = width - grid.left - grid.right;
    const shown = this.#choose(slot ? Math.max(1, Math.floor(room / slot)) : Infinity);
    const yAxis = levels(...range(shown).map(Number), fraction);
    this.#echart.setOption(
      option(grid, height, yAxis, plot(shown, Math.floor(room / timeWidth), colour), colour));
    this.#show(this.#read);
    if (this.#title.textContent !== title) this.#title.textContent = title;
    // Who is at it would be told of each tick, and would hear nothing of what it is read for.
    if (document.activeElement === this.#plot) return;
    this.#plot.ariaLabel =
      `${summary}, between ${low} and ${high}. Latest: ${text(items.at(-1))}`;
    this.#tell(items.at(-1));
  }

  /** In the place of the plot, where there is nothing to draw. */
  #say(note = '') {
    if (!this.#note) return;
    if (this.#note.textContent !== note) this.#note.textContent = note;
    this.#plot.hidden = Boolean(note);
    if (note) this.#reading.textContent = '';
  }

  /** Of the items those that are drawn: the latest, or those that somebody looks at. */
  #choose(fitting) {
    const items = this.#items;
    const isSame = item => item.time === this.#read.time && priceOf(item);
    if (this.#read && !items.includes(this.#read)) this.#read = items.find(isSame); // as it is now
    this.#count = Math.min(fitting, items.length);
    const end = this.#isBack || this.#read
      ? items.findLastIndex(({ time }) => time <= this.#until) + 1 : items.length;
    this.#first = Math.max(0, end - this.#count);
    const shown = items.slice(this.#first, this.#first + this.#count);
    this.#until = shown.at(-1).time;
    return shown;
  }

  /** Draws those that end with that one, as far as there are any. */
  #goTo(last) {
    const end = this.#items.length - 1;
    this.#until = this.#items[Math.min(end, Math.max(this.#count - 1, last))].time;
    this.draw();
  }

  #tell(item) {
    const priced = this.#priced;
    this.#plot.ariaValueMin = 0;
    this.#plot.ariaValueMax = priced.length - 1;
    this.#plot.ariaValueNow = priced.indexOf(item);
    this.#plot.ariaValueText = this.#text(item);
  }

  get #priced() {
    return this.#items.filter(priceOf);
  }

  get #last() {
    return this.#first + this.#count - 1;
  }

  #start(echarts) {
    this.#plot.replaceChildren();
    this.#echart = echarts.init(this.#plot);
    this.#widthOf = text => echarts.format.getTextRect(text, `${FONT_SIZE}px ${FONT}`).width;
    this.#echart.on('updateAxisPointer',
      ({ dataIndex }) => this.#show(this.#items[this.#first + dataIndex]));
    this.#plot.addEventListener('keydown', event => this.#step(event));
    this.#plot.addEventListener('blur', () => this.#point({ currTrigger: 'leave' }));
    this.#drag();
    new ResizeObserver(() => {
      if (!this.#plot.offsetWidth) return;
      this.#echart.resize();
      this.draw();
    }).observe(this.#plot);
  }

  /** Shows what is at that place as text, and its level, else the latest as text. */
  #show(item) {
    this.#read = item;
    this.#reading.textContent = this.#text(item ?? this.#items.at(-1));
    const price = priceOf(item);
    const label = { formatter: price && this.#widthOf(price) <= this.#levelWidth ? price : '' };
    const data = price ? [{ yAxis: Number(price), label }] : [];
    this.#echart.setOption({ series: [{ markLine: { data } }] });
  }

  #point(where) {
    this.#echart.dispatchAction({ type: 'updateAxisPointer', ...where });
  }

  #step(event) {
    const items = this.#priced;
    const last = items.length - 1;
    const at = items.indexOf(this.#read);
    const beside = step => (at < 0 ? items.indexOf(this.#items[this.#last]) : at + step);
    const to = {
      ArrowLeft: beside(-1), ArrowDown: beside(-1), ArrowRight: beside(1), ArrowUp: beside(1),
      PageDown: Math.max(0, beside(-10)), PageUp: Math.min(last, beside(10)), Home: 0, End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (!items[to]) return;
    this.#read = items[to];
    const place = this.#items.indexOf(items[to]);
    if (place > this.#last) this.#goTo(place);
    if (place < this.#first) this.#goTo(place + this.#count - 1);
    this.#point({ seriesIndex: 0, dataIndex: place - this.#first });
    this.#tell(items[to]);
  }

  /** Goes back, and forth again, by a pointer that draws the plot with it, and by the wheel. */
  #drag() {
    let from;
    let wheeled = 0;
    const width = () => this.#plot.offsetWidth / this.#count;
    const leave = last => {
      this.#isBack = last < this.#items.length - 1;
      this.#goTo(last);
    };
    this.#plot.addEventListener('pointerdown', ({ button, clientX: x, pointerId }) => {
      if (button || this.#count === this.#items.length) return;
      from = { x, last: this.#last };
      this.#plot.setPointerCapture(pointerId);
    });
    this.#plot.addEventListener('pointermove', ({ clientX: x }) => {
      if (from) leave(from.last + Math.round((from.x - x) / width()));
    });
    this.#plot.addEventListener('lostpointercapture', () => { from = undefined; });
    this.#plot.addEventListener('wheel', event => {
      const by = event.shiftKey && event.deltaY || event.deltaX;
      if (!by || this.#count === this.#items.length) return;
      event.preventDefault();
      wheeled += by;
      const bars = Math.trunc(wheeled / width());
      wheeled -= bars * width();
      if (bars) leave(this.#last + bars);
    }, { passive: false });
  }
}

/** What an item is read at; nothing at a gap. */
const priceOf = item => item?.price ?? item?.close;

function candles({ bars, timeframe, note }) {
  if (note) return { note };
  const length = timeframe === '1d' ? 10 : 16;
  const when = ({ time }) => iso(time).slice(0, length).replace('T', ' ');
  return {
    items: [...bars], // those of before the next draw, whatever comes meanwhile
    text: bar => `${when(bar)} UTC Open ${bar.open} High ${bar.high} Low ${bar.low}`
      + ` Close ${bar.close}${bar.volume ? ` Volume ${bar.volume}` : ''}`
      + (bar.final ? bar.corrected ? ' (corrected)' : '' : ' (running)'),
    title: 'Candles',
    summary: `${bars.length === 1 ? `1 candle of ${LENGTHS[timeframe]}, `
      : `${bars.length} candles of ${LENGTHS[timeframe]}, from ${when(bars[0])} to `}`
      + `${when(bars.at(-1))} UTC`,
    slot: CANDLE_WIDTH,
    fraction: Math.max(...bars.flatMap(
      ({ open, high, low, close }) => [open, high, low, close].map(fractionOf))),
    longestTime: '00:00',
    plot: (shown, fitting, colour) => {
      const labels = timesOf(shown, SECONDS[timeframe], fitting);
      return {
        xAxis: {
          type: 'category',
          data: shown.map(when),
          axisLabel: { interval: i => Boolean(labels[i]), formatter: (_, i) => labels[i] },
        },
        series: {
          type: 'candlestick',
          barMaxWidth: 12,
          itemStyle: { // hollow and full, for those who do not see the colours
            color: colour('surface'),
            color0: colour('down'),
            borderColor: colour('up'),
            borderColor0: colour('down'),
          },
          data: shown.map(({ open, close, low, high, final }) => ({
            value: [open, close, low, high].map(Number),
            itemStyle: final ? undefined : { borderType: [3, 2], opacity: 0.7 },
          })),
        },
        volumes: shown.map(({ volume }) => (volume ? Number(volume) : '-')),
      };
    },
  };
}

/** The labels of bars: times, or the date where a day begins; nothing where there is none. */
function timesOf(bars, seconds, fitting) {
  const step = TIME_STEPS.find(each => bars.length * seconds / each <= fitting) ?? TIME_STEPS.at(-1);
  const isFirst = (i, stretch) => (i
    ? Math.floor(bars[i].time / stretch) > Math.floor(bars[i - 1].time / stretch)
    : bars[i].time % stretch === 0);
  let next = 0;
  return bars.map(({ time }, i) => {
    if (i < next || !isFirst(i, step)) return '';
    next = i + bars.length / fitting; // where bars are missing, two may begin soon after another
    return isFirst(i, DAY) ? iso(time).slice(5, 10) : clock(time);
  });
}

function line(row) {
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
    fraction: row.fraction,
    longestTime: '00:00:00',
    plot: (shown, fitting, colour) => {
      const step = TIME_STEPS.find(each => (last - start) / each <= fitting) ?? TIME_STEPS.at(-1);
      return {
        xAxis: {
          type: 'value',
          min: start,
          max: last,
          minInterval: step,
          maxInterval: step,
          // There is a label at both ends, too, whatever the step.
          axisLabel: { formatter: time => (time % step ? '' : clock(time, step % 60 ? 8 : 5)) },
        },
        series: {
          type: 'line',
          step: 'end', // a price holds until the next one
          showSymbol: points.length <= MOST_DOTS,
          symbol: 'circle',
          symbolSize: 4,
          lineStyle: { color: colour('accent'), width: 1.5 },
          itemStyle: { color: colour('accent') },
          data: shown.map(({ time, price }) => [time, price ? Number(price) : null]),
        },
      };
    },
  };
}

/** The lowest price and the highest. */
function range(items) {
  const prices = items.flatMap(({ price, low, high }) => [price, low, high].filter(Boolean));
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
function option(grid, height, { min, max, step, label }, { xAxis, series, volumes }, colour) {
  const axisLabel = { color: colour('muted'), fontSize: FONT_SIZE };
  const rule = { lineStyle: { color: colour('line') } };
  const times = {
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
  };
  const prices = {
    type: 'value',
    min,
    max,
    interval: step,
    position: 'right',
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: rule,
    axisLabel: { ...axisLabel, formatter: label },
  };
  // Without the level that it forgets to assume, ECharts warns when a point is read.
  const common = { silent: true, zlevel: 0 };
  const markLine = {
    silent: true,
    z: 10, // above the labels of the axis
    symbol: 'none',
    lineStyle: { color: colour('muted'), type: 'solid', width: 1 },
    label: {
      position: 'end',
      distance: 3,
      padding: [2, 5],
      fontSize: FONT_SIZE,
      color: colour('surface'),
      backgroundColor: colour('muted'),
    },
  };
  const main = { ...series, ...common, markLine };
  const both = {
    animation: false, // for nobody: live prices would never come to rest
    textStyle: { fontFamily: FONT },
  };
  if (!volumes) return { ...both, grid, xAxis: times, yAxis: prices, series: main };
  const known = volumes.filter(volume => volume !== '-');
  const below = known.length ? Math.round((height - grid.top - grid.bottom) * VOLUME_SHARE) : 0;
  return {
    ...both,
    axisPointer: { link: [{ xAxisIndex: 'all' }] },
    grid: [
      { ...grid, bottom: grid.bottom + below },
      { ...grid, top: height - grid.bottom - below, show: false },
    ],
    xAxis: [{ ...times, axisLabel: { show: false } }, { ...times, gridIndex: 1 }],
    yAxis: [prices, { gridIndex: 1, show: false, min: 0, max: Math.max(...known) || 1 }],
    series: [main, {
      ...common,
      type: 'bar',
      xAxisIndex: 1,
      yAxisIndex: 1,
      barMaxWidth: 12,
      itemStyle: { color: colour('muted'), opacity: 0.5 },
      data: volumes,
    }],
  };
}
