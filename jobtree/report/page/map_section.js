// The map with its instant: a slider through everything that begins or ends, and the same in a table.

import { el, empty, more, name, put, section } from './dom.js';
import { count, fromNow, moment, num, percent } from './format.js';
import { legendList } from './legend.js';
import { domains, instants, nodes } from './model.js';
import { mapScene } from './map.js';
import { blockLines } from './run_words.js';
import { change, matches, onChange, state } from './state.js';
import { reveal, surface } from './surface.js';
import { table } from './table.js';
import { hideTip, showTip } from './tip.js';

const KEYS = 'Arrow keys go from node to node, Page Up and Page Down to the instant before and after.';

/** The section, with nothing but a reason where there are no machines. */
export function mapSection() {
  if (!nodes.length) {
    return section('machines', 'Machines', null, empty('The inputs have no node, and no lease names one.'));
  }
  const scene = mapScene();
  const parts = { scene };
  parts.view = surface({
    label: 'Machines by domain: who sits on each node at the chosen instant',
    keys: KEYS,
    total: scene.total,
    draw: scene.draw,
    on: {
      hover: (x, y, event) => {
        const found = scene.hit(x, y);
        if (found) tell(parts, found, event.clientX, event.clientY);
        else hideTip();
      },
      key: (event) => key(parts, event),
    },
  });
  onChange(parts.view.renew);
  const lead = 'A cell is a node and a square is a GPU; empty squares are free, those with a hole are spares or their guests.';
  return section('machines', 'Machines', lead, slider(), parts.view.node, legendList(), seatTable(scene));
}

function tell(parts, { node, slot }, x, y, aloud = false) {
  const pod = parts.scene.pod(node, slot);
  const title = `${node.name}#${slot}`;
  const about = [['node', `${count(node.gpus, 'GPU')} of ${node.flavor || 'unknown flavor'}${node.usable ? '' : ', takes no new pods'}`]];
  if (!pod) {
    showTip(x, y, title, [...about, 'Free at this instant.'], aloud);
    return;
  }
  const block = { span: pod.span, gpus: pod.slots.length };
  const rank = ['pod', `group ${pod.span.group}, ${pod.span.role === 'Spare' ? 'spare' : 'rank'} ${pod.rank}`];
  showTip(x, y, title, [['run', pod.span.run.key], rank, ...about, ...blockLines(block)], aloud);
}

function key(parts, event) {
  const { scene, view } = parts;
  const moves = new Map([['ArrowLeft', -1], ['ArrowRight', 1]]);
  if (event.key === 'PageUp' || event.key === 'PageDown') {
    step(event.key === 'PageUp' ? -1 : 1);
    return true;
  }
  const here = scene.focus ? nodes.indexOf(scene.focus.node) : -1;
  const card = scene.focus ? scene.cards.find((one) => one.domain === scene.focus.node.domain) : null;
  if (card) moves.set('ArrowUp', -card.columns).set('ArrowDown', card.columns);
  if (!moves.has(event.key)) return event.key === 'ArrowDown' && !card ? focusOn(parts, nodes[0]) : false;
  const next = nodes[Math.max(0, Math.min(nodes.length - 1, here < 0 ? 0 : here + moves.get(event.key)))];
  return focusOn(parts, next, view);
}

function focusOn(parts, node) {
  const { scene, view } = parts;
  const held = Array.from({ length: node.gpus }, (_, slot) => slot).find((slot) => scene.pod(node, slot)) || 0;
  scene.focus = { node, slot: held };
  const place = scene.places.get(node);
  reveal(view.scroller, place.y, place.y + place.cell.height, 30);
  view.renew();
  const box = view.canvas.getBoundingClientRect();
  const y = box.top + place.y + place.cell.height - view.scroller.scrollTop;
  requestAnimationFrame(() => tell(parts, scene.focus, box.left + place.x, y, true));
  return true;
}

function step(by) {
  const at = place(state.instant);
  const next = Math.max(0, Math.min(instants.length - 1, at + by));
  change('instant', { instant: instants[next] });
}

/** The last event that is not after an instant. */
function place(instant) {
  let [low, high] = [0, instants.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (instants[middle] <= instant) low = middle;
    else high = middle - 1;
  }
  return low;
}

function slider() {
  const range = el('input', {
    type: 'range', min: 0, max: instants.length - 1, step: 1, id: 'instant', 'aria-label': 'Instant shown',
    oninput: () => change('instant', { instant: instants[Number(range.value)] }),
  });
  const told = el('output', { for: 'instant', class: 'instant' });
  const renew = () => {
    range.value = place(state.instant);
    const words = `${moment(state.instant, true)}, ${state.instant === 0 ? "the plan's instant" : fromNow(state.instant)}`;
    range.setAttribute('aria-valuetext', words);
    put(told, words);
  };
  onChange((what) => { if (what === 'instant') renew(); });
  renew();
  const button = (words, label, act) => el('button', { type: 'button', title: label, 'aria-label': label, onclick: act }, words);
  return el(
    'div', { class: 'controls', role: 'group', 'aria-label': 'Instant of the map' },
    button('‹', 'The event before', () => step(-1)),
    range,
    button('›', 'The event after', () => step(1)),
    button('Plan', "The plan's instant", () => change('instant', { instant: 0 })),
    told,
  );
}

function seatTable(scene) {
  return more('The same as a table', () => {
    const grid = table('Who sits where at the chosen instant', [
      { title: 'Domain', cell: (row) => name(row.domain.title), sort: (row) => row.domain.id },
      { title: 'Run', cell: (row) => (row.run ? name(row.run.key) : 'free'), sort: (row) => (row.run ? row.run.key : '') },
      { title: 'Owner', cell: (row) => (row.run ? name(row.run.owner.name) : ''), sort: (row) => (row.run ? row.run.owner.name : '') },
      { title: 'Nodes', cell: (row) => num(row.nodes.size), sort: (row) => row.nodes.size, number: true },
      { title: 'GPUs', cell: (row) => num(row.gpus), sort: (row) => row.gpus, number: true },
      { title: 'Share', cell: (row) => percent(row.gpus, row.domain.gpus), sort: (row) => row.gpus / row.domain.gpus, number: true },
    ], () => seats(scene));
    onChange((what) => { if (what !== 'colours') grid.renew(); });
    return grid;
  });
}

function seats(scene) {
  scene.seat();
  const found = [];
  for (const domain of domains) {
    const rows = new Map();
    for (const node of domain.nodes) {
      for (const pod of scene.held.get(node)) {
        const run = pod ? pod.span.run : null;
        if (run ? !matches(run) : !node.usable) continue;
        if (!rows.has(run)) rows.set(run, { domain, run, nodes: new Set(), gpus: 0 });
        rows.get(run).nodes.add(node);
        rows.get(run).gpus += 1;
      }
    }
    found.push(...[...rows.values()].sort((a, b) => b.gpus - a.gpus));
  }
  return found;
}
