// A chart of lines over time, in SVG. The crosshair stops only where something is known exactly.

import { hue, onTheme } from './colours.js';
import { el, more, name, put, svg } from './dom.js';
import { moment, tick } from './format.js';
import { table } from './table.js';
import { ticks } from './timeline_view.js';
import { hideTip, showTip } from './tip.js';

const SIZE = { left: 56, right: 12, top: 12, bottom: 24 };

/**
 * `lines` are {name, points: [[seconds, value]], steps, dashed}, points ascending; `limit` is {value, name} or null.
 * `short(value)` writes a tick, a round number of `unit`s; `exact(value)` an exact value.
 */
export function lineChart({ title, lines, limit = null, short, exact, unit = 1, height = 190 }) {
  const picture = svg('svg', { class: 'chart', tabindex: 0, role: 'img', 'aria-label': described(title, lines, limit, exact) });
  const frame = el('div', { class: 'chart-frame' }, picture);
  const chart = { lines, limit, short, exact, unit, height, title, picture, frame, at: null, instants: allInstants(lines) };
  picture.addEventListener('pointermove', (event) => point(chart, event));
  picture.addEventListener('pointerleave', () => { hideTip(); chart.at = null; cross(chart); });
  picture.addEventListener('keydown', (event) => { if (key(chart, event)) event.preventDefault(); });
  picture.addEventListener('blur', () => { hideTip(); chart.at = null; cross(chart); });
  new ResizeObserver(() => paint(chart)).observe(frame);
  onTheme(() => paint(chart));
  return el(
    'figure', { class: 'figure' },
    el('figcaption', {}, el('strong', {}, title), keyOf(lines, limit, exact)), frame, asTable(chart),
  );
}

function described(title, lines, limit, exact) {
  const ends = lines.filter((line) => line.points.length).map((line) => {
    const most = line.points.reduce((found, [, value]) => Math.max(found, value), 0);
    return `${line.name}: at most ${exact(most)}`;
  });
  const told = limit ? `; ${limit.name}: ${exact(limit.value)}` : '';
  return `${title}. ${ends.join('; ') || 'no values'}${told}. Arrow keys go through the instants.`;
}

function allInstants(lines) {
  return [...new Set(lines.flatMap((line) => line.points.map(([instant]) => instant)))].sort((a, b) => a - b);
}

function keyOf(lines, limit, exact) {
  const items = lines.map((line, at) => {
    const patch = el('span', { class: 'line-patch', 'aria-hidden': 'true' });
    const renew = () => { patch.style.borderTopColor = hue(at); };
    patch.style.borderTopStyle = line.dashed ? 'dashed' : 'solid';
    renew();
    onTheme(renew);
    return el('li', {}, patch, name(line.name));
  });
  if (limit) {
    const patch = el('span', { class: 'line-patch cap', 'aria-hidden': 'true' });
    items.push(el('li', {}, patch, `${limit.name}: ${exact(limit.value)}`));
  }
  return el('ul', { class: 'legend' }, items);
}

function scales(chart) {
  const width = chart.frame.clientWidth || 600;
  const first = chart.instants[0] || 0;
  const last = Math.max(first + 60, chart.instants[chart.instants.length - 1] || 0);
  const values = chart.lines.flatMap((line) => line.points.map(([, value]) => value));
  const top = Math.max(1, ...(chart.limit ? [chart.limit.value] : []), values.reduce((a, b) => Math.max(a, b), 0)) * 1.06;
  const [inner, tall] = [width - SIZE.left - SIZE.right, chart.height - SIZE.top - SIZE.bottom];
  return {
    width, first, last, top, inner, tall,
    x: (instant) => SIZE.left + ((instant - first) / (last - first)) * inner,
    y: (value) => SIZE.top + tall - (value / top) * tall,
  };
}

function paint(chart) {
  const scale = scales(chart);
  chart.scale = scale;
  chart.picture.setAttribute('viewBox', `0 0 ${scale.width} ${chart.height}`);
  chart.picture.setAttribute('height', chart.height);
  const parts = [frames(chart, scale)];
  if (chart.limit) {
    const y = scale.y(chart.limit.value);
    parts.push(svg('line', { class: 'cap-line', x1: SIZE.left, x2: scale.width - SIZE.right, y1: y, y2: y }));
  }
  chart.lines.forEach((line, at) => {
    const attributes = { class: 'data-line', d: path(line, scale), stroke: hue(at) };
    if (line.dashed) attributes['stroke-dasharray'] = '5 4';
    parts.push(svg('path', attributes));
  });
  chart.cursor = svg('g', { class: 'cursor' });
  put(chart.picture, parts, chart.cursor);
  cross(chart);
}

function frames(chart, scale) {
  const step = niceStep(scale.top / 4 / chart.unit) * chart.unit;
  const parts = [];
  for (let value = 0; value <= scale.top; value += step) {
    const y = scale.y(value);
    parts.push(svg('line', { class: 'grid-line', x1: SIZE.left, x2: scale.width - SIZE.right, y1: y, y2: y }));
    parts.push(svg('text', { class: 'tick', x: SIZE.left - 8, y: y + 4, 'text-anchor': 'end' }, chart.short(value)));
  }
  for (const instant of ticks({ start: scale.first, end: scale.last }, scale.inner, 96)) {
    const x = scale.x(instant);
    const anchor = x > scale.width - 30 ? 'end' : 'middle';
    parts.push(svg('text', { class: 'tick', x, y: chart.height - 6, 'text-anchor': anchor }, tick(instant)));
  }
  if (scale.first <= 0 && scale.last >= 0) {
    const x = scale.x(0);
    parts.push(svg('line', { class: 'now-line', x1: x, x2: x, y1: SIZE.top, y2: SIZE.top + scale.tall }));
  }
  return svg('g', { 'aria-hidden': 'true' }, parts);
}

/** 1, 2 or 5 times a power of ten, from 1 on. */
function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) || power;
}

function path(line, scale) {
  let words = '';
  let before = null;
  for (const [instant, value] of line.points) {
    const [x, y] = [scale.x(instant).toFixed(1), scale.y(value).toFixed(1)];
    if (before === null) words += `M${x} ${y}`;
    else words += line.steps ? `H${x}V${y}` : `L${x} ${y}`;
    before = value;
  }
  return before !== null && line.steps ? `${words}H${scale.x(scale.last).toFixed(1)}` : words;
}

function point(chart, event) {
  const box = chart.picture.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * chart.scale.width;
  const gaps = chart.instants.map((instant) => Math.abs(chart.scale.x(instant) - x));
  chart.at = gaps.indexOf(Math.min(...gaps));
  cross(chart);
  tell(chart, event.clientX, event.clientY, false);
}

function key(chart, event) {
  const moves = new Map([['ArrowLeft', -1], ['ArrowRight', 1], ['Home', -1e9], ['End', 1e9]]);
  if (!moves.has(event.key) || !chart.instants.length) return false;
  const here = chart.at === null ? chart.instants.findIndex((instant) => instant >= 0) : chart.at + moves.get(event.key);
  chart.at = Math.max(0, Math.min(chart.instants.length - 1, here));
  cross(chart);
  const box = chart.picture.getBoundingClientRect();
  const x = box.left + (chart.scale.x(chart.instants[chart.at]) / chart.scale.width) * box.width;
  tell(chart, x, box.top + SIZE.top, true);
  return true;
}

function cross(chart) {
  if (!chart.cursor) return;
  put(chart.cursor);
  if (chart.at === null) return;
  const x = chart.scale.x(chart.instants[chart.at]);
  chart.cursor.append(svg('line', { class: 'cross', x1: x, x2: x, y1: SIZE.top, y2: SIZE.top + chart.scale.tall }));
}

/** The value of a line at one of the chart's instants: its last one up to then; null where it has none there. */
function valueAt(line, instant) {
  let found = null;
  for (const [at, value] of line.points) {
    if (at > instant) break;
    if (at === instant || line.steps) found = value;
  }
  return found;
}

function tell(chart, x, y, aloud) {
  const instant = chart.instants[chart.at];
  const told = chart.lines.map((line) => [line.name, valueAt(line, instant)]).filter(([, value]) => value !== null);
  const values = told.map(([title, value]) => [title, chart.exact(value)]);
  if (chart.limit) values.push([chart.limit.name, chart.exact(chart.limit.value)]);
  showTip(x, y, moment(instant, true), values, aloud);
}

function asTable(chart) {
  return more('The same as a table', () => table(chart.title, [
    { title: 'Instant', cell: (instant) => moment(instant), sort: (instant) => instant },
    ...chart.lines.map((line) => ({
      title: line.name,
      number: true,
      cell: (instant) => { const value = valueAt(line, instant); return value === null ? '' : chart.exact(value); },
    })),
  ], () => chart.instants));
}
