// The timeline with its controls: pointer, wheel and keyboard, and the same in a table.

import { el, empty, more, name, section } from './dom.js';
import { moment, num, span as duration } from './format.js';
import { legendList } from './legend.js';
import { OPEN, PAST, PROMISED, spans } from './model.js';
import { blockLines } from './run_words.js';
import { change, matches, onChange } from './state.js';
import { reveal, surface } from './surface.js';
import { table } from './table.js';
import { timelineScene } from './timeline.js';
import { hideTip, showTip } from './tip.js';

const KEYS = 'Left and right arrows pan, plus and minus zoom, 0 shows everything, up and down arrows scroll, '
  + 'N and P go to the next and the previous run, Enter shows the machines at its start.';
const KINDS = new Map([[PAST, 'over'], [OPEN, 'leased'], [PROMISED, 'promised']]);

/** The section, with nothing but a reason where there are no leases. */
export function timelineSection() {
  const lead = 'Each row is a node. Solid blocks are leases, dashed ones are reservations, pale ones are over, hatched ones are spares and their guests. A red edge is a cut.';
  if (!spans.length) {
    return section('timeline', 'Timeline', null, empty('There is nothing to draw: the plan holds no lease and no reservation, and the ledger has none of late.'));
  }
  const scene = timelineScene();
  const parts = { scene, width: () => parts.view.canvas.clientWidth, dragging: null };
  parts.view = surface({
    label: 'Timeline of leases and reservations by domain and node',
    keys: KEYS,
    total: scene.total,
    draw: scene.draw,
    on: {
      hover: (x, y, event) => hover(parts, x, y, event),
      press: (x, y, event) => press(parts, x, event),
      key: (event) => key(parts, event),
    },
  });
  wheel(parts);
  onChange(parts.view.renew);
  return section('timeline', 'Timeline', lead, controls(parts), parts.view.node, legendList(), spanTable());
}

function controls(parts) {
  const { scene, view } = parts;
  const button = (words, label, act) => el('button', {
    type: 'button', 'aria-label': label, title: label, onclick: () => { act(); view.renew(); },
  }, words);
  const middle = () => (scene.time.view.start + scene.time.view.end) / 2;
  const taller = (by) => () => { scene.row = Math.max(3, Math.min(40, Math.round(scene.row * by + (by > 1 ? 1 : -1)))); };
  return el(
    'div', { class: 'controls', role: 'group', 'aria-label': 'View of the timeline' },
    button('−', 'Zoom out', () => scene.time.zoom(1.6, middle())),
    button('+', 'Zoom in', () => scene.time.zoom(1 / 1.6, middle())),
    button('‹', 'Earlier', () => scene.time.pan(-0.25)),
    button('›', 'Later', () => scene.time.pan(0.25)),
    button('Fit', 'Show the whole time', () => scene.time.fit()),
    button('Rows −', 'Lower rows', taller(0.8)),
    button('Rows +', 'Taller rows', taller(1.25)),
    el('span', { class: 'hint' }, 'Click the chart and the wheel zooms; Ctrl and the wheel zooms at once; drag to move.'),
  );
}

function hover(parts, x, y, event) {
  if (parts.dragging && event.buttons) {
    const { start, end, from } = parts.dragging;
    const by = ((from - x) / parts.width()) * (end - start);
    parts.scene.time.move(start + by, end + by);
    parts.view.renew();
    hideTip();
    return;
  }
  parts.dragging = null;
  const block = parts.scene.hit(x, y, parts.width());
  if (block) showTip(event.clientX, event.clientY, block.span.run.key, blockLines(block));
  else hideTip();
}

function press(parts, x, event) {
  const { start, end } = parts.scene.time.view;
  parts.dragging = { start, end, from: x };
  parts.view.canvas.setPointerCapture(event.pointerId);
}

function wheel(parts) {
  const { canvas, renew } = parts.view;
  canvas.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && document.activeElement !== canvas) return;
    event.preventDefault();
    const x = event.clientX - canvas.getBoundingClientRect().left;
    const around = parts.scene.time.instant(x, parts.scene.left, parts.width());
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) parts.scene.time.pan(Math.sign(event.deltaX) * 0.08);
    else parts.scene.time.zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, around);
    renew();
  }, { passive: false });
}

function key(parts, event) {
  const { scene, view } = parts;
  const { time } = scene;
  const middle = (time.view.start + time.view.end) / 2;
  const acts = new Map([
    ['ArrowLeft', () => time.pan(-0.1)], ['ArrowRight', () => time.pan(0.1)],
    ['+', () => time.zoom(1 / 1.4, middle)], ['=', () => time.zoom(1 / 1.4, middle)], ['-', () => time.zoom(1.4, middle)],
    ['0', () => time.fit()], ['Home', () => time.fit()],
    ['ArrowUp', () => { view.scroller.scrollTop -= 60; }], ['ArrowDown', () => { view.scroller.scrollTop += 60; }],
    ['n', () => step(parts, 1)], ['p', () => step(parts, -1)],
    ['Enter', () => scene.focus && change('instant', { instant: scene.focus.start })],
  ]);
  const act = event.ctrlKey || event.metaKey || event.altKey ? null : acts.get(event.key);
  if (!act) return false;
  act();
  view.renew();
  return true;
}

function step(parts, by) {
  const { scene, view } = parts;
  const blocks = scene.ordered();
  if (!blocks.length) return;
  const at = blocks.indexOf(scene.focus);
  const next = at < 0 ? (by > 0 ? 0 : blocks.length - 1) : (at + by + blocks.length) % blocks.length;
  scene.focus = blocks[next];
  const { start, end } = scene.time.view;
  if (scene.focus.start > end || scene.focus.end < start) {
    const room = (end - start) / 4;
    scene.time.move(scene.focus.start - room, scene.focus.start - room + (end - start));
  }
  const place = scene.place(scene.focus, parts.width());
  reveal(view.scroller, place.top, place.bottom, 60);
  requestAnimationFrame(() => tell(parts));
}

function tell(parts) {
  const { scene, view } = parts;
  const place = scene.place(scene.focus, parts.width());
  const box = view.canvas.getBoundingClientRect();
  const y = box.top + place.bottom - view.scroller.scrollTop;
  showTip(box.left + place.x, Math.min(y, window.innerHeight - 40), scene.focus.span.run.key, blockLines(scene.focus), true);
}

function spanTable() {
  return more('The same as a table', () => {
    const grid = table('Leases and reservations', [
      { title: 'Run', cell: (one) => name(one.run.key), sort: (one) => one.run.key },
      { title: 'Owner', cell: (one) => name(one.run.owner.name), sort: (one) => one.run.owner.name },
      { title: 'Kind', cell: (one) => KINDS.get(one.kind), sort: (one) => one.kind },
      { title: 'Role', cell: (one) => one.role, sort: (one) => one.role },
      { title: 'GPUs', cell: (one) => num(one.gpus), sort: (one) => one.gpus, number: true },
      { title: 'From', cell: (one) => moment(one.start), sort: (one) => one.start },
      { title: 'For', cell: (one) => duration(one.end - one.start), sort: (one) => one.end - one.start, number: true },
      { title: 'Paid by', cell: (one) => (one.payer ? name(one.payer) : 'nobody'), sort: (one) => one.payer },
      { title: 'Ended', cell: (one) => one.closed, sort: (one) => one.closed },
    ], () => spans.filter((one) => matches(one.run)), { sorted: { at: 5, down: false } });
    onChange((what) => { if (what === 'filter') grid.renew(); });
    return grid;
  });
}
