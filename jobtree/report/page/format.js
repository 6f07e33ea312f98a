// Numbers, durations and instants as people read them: English and UTC, whatever the browser's locale and zone.

import { head } from './data.js';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const UNITS = [[86400, 'd'], [3600, 'h'], [60, 'm'], [1, 's']];

/** `1,234,567`; takes numbers, and texts of numbers that are too large for one. */
export function num(value) {
  const [whole, fraction] = String(value).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction ? `${grouped}.${fraction}` : grouped;
}

/** `1 GPU`, `2 GPUs`. */
export function count(amount, word) {
  return `${num(amount)} ${word}${amount === 1 ? '' : 's'}`;
}

/** GPU-hours of GPU-seconds, to a tenth below a hundred. */
export function hours(gpuSeconds) {
  const found = gpuSeconds / 3600;
  return num(found < 100 && gpuSeconds % 3600 ? found.toFixed(1) : Math.round(found));
}

/** GPU-hours, and the GPU-seconds that they are exactly. */
export function exactHours(gpuSeconds) {
  return `${hours(gpuSeconds)} GPU-hours (${num(gpuSeconds)} GPU-seconds)`;
}

/** `3d4h`: the two largest units; everything with `whole`. */
export function span(seconds, whole = false) {
  const parts = [];
  let left = Math.abs(seconds);
  for (const [size, unit] of UNITS) {
    const amount = Math.floor(left / size);
    left -= amount * size;
    if (amount) parts.push(`${amount}${unit}`);
    else if (parts.length && !whole) break;
    if (parts.length === 2 && !whole) break;
  }
  return (seconds < 0 ? '-' : '') + (parts.join('') || '0s');
}

/** `now`, `in 3h20m` or `3h20m ago`, seen from the plan's instant. */
export function fromNow(seconds, whole = false) {
  if (seconds === 0) return 'now';
  return seconds > 0 ? `in ${span(seconds, whole)}` : `${span(-seconds, whole)} ago`;
}

function two(value) {
  return String(value).padStart(2, '0');
}

/** `Mon 2 Mar 09:00`, with seconds where they are not zero; the year with `long`. Seconds since the plan's instant. */
export function moment(seconds, long = false) {
  const when = new Date((head.asOf + seconds) * 1000);
  const clock = `${two(when.getUTCHours())}:${two(when.getUTCMinutes())}`;
  const rest = when.getUTCSeconds() || long ? `:${two(when.getUTCSeconds())}` : '';
  const year = long ? ` ${when.getUTCFullYear()}` : '';
  const day = `${DAYS[when.getUTCDay()]} ${when.getUTCDate()} ${MONTHS[when.getUTCMonth()]}`;
  return `${day}${year} ${clock}${rest}${long ? ' UTC' : ''}`;
}

/** A tick of an axis: the day where it begins, the clock otherwise. */
export function tick(seconds) {
  const when = new Date((head.asOf + seconds) * 1000);
  const clock = `${two(when.getUTCHours())}:${two(when.getUTCMinutes())}`;
  const day = `${DAYS[when.getUTCDay()]} ${when.getUTCDate()} ${MONTHS[when.getUTCMonth()]}`;
  return clock === '00:00' && when.getUTCSeconds() === 0 ? day : clock;
}

/** Whole per cents, rounded down, so that only what is full says 100 %. */
export function percent(part, whole) {
  return whole > 0 ? `${Math.floor((100 * part) / whole)} %` : '-';
}
