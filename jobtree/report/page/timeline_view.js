// Which time and how tall: the view of the timeline, with its zoom and its limits.

import { head } from './data.js';

const HOUR = 3600;
const STEPS = [
  60, 300, 900, 1800, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 7 * 24 * HOUR, 14 * 24 * HOUR,
  28 * 24 * HOUR, 91 * 24 * HOUR,
];

/** The view over [first, last] seconds from the plan's instant; `start` and `end` are what is seen. */
export function timeView(first, last) {
  const view = { start: first, end: last };
  const least = 60;

  function set(start, end) {
    const length = Math.min(last - first, Math.max(least, end - start));
    view.start = Math.min(Math.max(first, start), last - length);
    view.end = view.start + length;
  }

  return {
    view,
    /** Zooms by a factor around an instant; below 1 is closer. */
    zoom(factor, around) {
      const left = (around - view.start) * factor;
      const length = (view.end - view.start) * factor;
      set(around - left, around - left + length);
    },
    /** Moves by a share of what is seen. */
    pan(share) {
      const by = (view.end - view.start) * share;
      set(view.start + by, view.end + by);
    },
    move: set,
    fit() {
      set(first, last);
    },
    x: (instant, left, width) => left + ((instant - view.start) / (view.end - view.start)) * (width - left),
    instant: (x, left, width) => view.start + ((x - left) / (width - left)) * (view.end - view.start),
  };
}

/** Instants of ticks in a view that leave each other `room` pixels: whole hours and days in UTC. */
export function ticks(view, pixels, room) {
  const second = pixels / (view.end - view.start);
  const step = STEPS.find((size) => size * second >= room) || STEPS[STEPS.length - 1];
  const found = [];
  const shift = head.asOf % step;
  for (let at = Math.ceil((view.start + shift) / step) * step - shift; at <= view.end; at += step) found.push(at);
  return found;
}

/** The end of the first view: most of what holds GPUs is over by then, and a long tail does not squeeze it. */
export function firstEnd(spans, last) {
  const ends = spans.filter((one) => one.end > 0).map((one) => [one.end, one.gpus]).sort((a, b) => a[0] - b[0]);
  let left = 0.95 * ends.reduce((sum, [, gpus]) => sum + gpus, 0);
  const found = ends.find(([, gpus]) => { left -= gpus; return left <= 0; });
  return found && found[0] < 0.6 * last ? Math.round(found[0] * 1.15) : last;
}

/** The seconds that the page spans, with a little room on both sides. */
export function wholeTime(instants) {
  const first = Math.min(0, instants[0]);
  const last = Math.max(3600, instants[instants.length - 1]);
  const room = Math.max(60, Math.round((last - first) * 0.015));
  return [first - room, last + room];
}
