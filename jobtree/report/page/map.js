// The machines at an instant: a cell for each node, a square for each slot, coloured by who sits there.

import { hueOf, themed } from './colours.js';
import { num } from './format.js';
import { domains, nodes, PROMISED } from './model.js';
import { matches, state } from './state.js';

const TITLE = 24;
const MARGIN = 6;

/** The layout and the painting of the map; input is elsewhere. */
export function mapScene() {
  const scene = { cards: [], places: new Map(), held: new Map(), instant: null, focus: null };
  const side = slotSide();

  scene.total = (width) => {
    scene.cards = [];
    scene.places.clear();
    let [x, y, tallest] = [MARGIN, 0, 0];
    for (const domain of domains.filter((one) => one.nodes.length)) {
      const card = cardOf(domain, side, Math.max(120, width - 2 * MARGIN));
      if (x > MARGIN && x + card.width > width - MARGIN) [x, y, tallest] = [MARGIN, y + tallest + 18, 0];
      Object.assign(card, { x, y });
      for (const node of domain.nodes) scene.places.set(node, placeOf(card, node));
      scene.cards.push(card);
      x += card.width + 22;
      tallest = Math.max(tallest, card.height);
    }
    return y + tallest + 10;
  };

  scene.draw = (context, width, height, scroll) => {
    seat(scene);
    context.textBaseline = 'middle';
    for (const card of scene.cards) {
      if (card.y + card.height < scroll || card.y > scroll + height) continue;
      heading(scene, card, context, scroll);
      for (const node of card.domain.nodes) drawNode(scene, node, context, scroll);
    }
  };

  scene.hit = (x, y) => {
    for (const [node, place] of scene.places) {
      const [right, below] = [place.x + place.cell.width, place.y + place.cell.height];
      if (x < place.x || y < place.y || x >= right || y >= below) continue;
      const step = place.cell.side + 1;
      const column = Math.min(place.cell.columns - 1, Math.floor((x - place.x - 2) / step));
      const slot = Math.max(0, Math.floor((y - place.y - 2) / step)) * place.cell.columns + Math.max(0, column);
      return { node, slot: Math.min(slot, node.gpus - 1) };
    }
    return null;
  };

  scene.pod = (node, slot) => (seat(scene), scene.held.get(node)?.[slot] || null);
  scene.busy = (domain) => domain.nodes.reduce((sum, node) => sum + (scene.held.get(node) || []).filter(Boolean).length, 0);
  scene.seat = () => seat(scene);
  return scene;
}

/** Many slots are small. */
function slotSide() {
  const slots = nodes.reduce((sum, node) => sum + node.gpus, 0);
  return slots > 6000 ? 5 : slots > 1500 ? 7 : slots > 400 ? 10 : 14;
}

function cellOf(gpus, side) {
  const columns = gpus <= 2 ? gpus : gpus <= 4 ? 2 : gpus <= 8 ? 4 : 8;
  const lines = Math.ceil(gpus / Math.max(1, columns));
  return { side, columns: Math.max(1, columns), width: columns * (side + 1) + 3, height: lines * (side + 1) + 3 };
}

function cardOf(domain, side, most) {
  const cells = domain.nodes.map((node) => cellOf(node.gpus, side));
  const wide = Math.max(...cells.map((cell) => cell.width));
  const tall = Math.max(...cells.map((cell) => cell.height));
  const fits = Math.max(1, Math.floor(most / (wide + 4)));
  const few = domain.nodes.length <= 12 ? domain.nodes.length : 1;
  const columns = Math.min(fits, Math.max(few, Math.ceil(Math.sqrt((domain.nodes.length * (tall + 4) * 2.2) / (wide + 4)))));
  const lines = Math.ceil(domain.nodes.length / columns);
  const least = Math.min(most, Math.round(6.8 * domain.title.length) + 84);
  return {
    domain, cells, columns, wide: wide + 4, tall: tall + 4,
    width: Math.max(least, columns * (wide + 4)), height: TITLE + lines * (tall + 4),
  };
}

function placeOf(card, node) {
  const [column, line] = [node.place % card.columns, Math.floor(node.place / card.columns)];
  return { x: card.x + column * card.wide, y: card.y + TITLE + line * card.tall, cell: card.cells[node.place] };
}

/** Who holds each slot at the instant; a guest stands before the spare that it sits on. */
function seat(scene) {
  if (scene.instant === state.instant) return;
  scene.instant = state.instant;
  scene.held.clear();
  for (const node of nodes) {
    const slots = new Array(node.gpus).fill(null);
    for (const pod of node.pods) {
      if (pod.span.start > state.instant || pod.span.end <= state.instant) continue;
      for (const slot of pod.slots) if (!slots[slot] || pod.span.role === 'Opportunistic') slots[slot] = pod;
    }
    scene.held.set(node, slots);
  }
}

function heading(scene, card, context, scroll) {
  context.fillStyle = themed('--ink');
  context.font = '600 12px system-ui, sans-serif';
  context.textAlign = 'left';
  context.fillText(card.domain.title, card.x, card.y - scroll + TITLE / 2 - 2);
  const wide = context.measureText(card.domain.title).width;
  context.fillStyle = themed('--faint');
  context.font = '12px system-ui, sans-serif';
  const words = `${num(scene.busy(card.domain))} of ${num(card.domain.gpus)}`;
  context.fillText(words, card.x + wide + 8, card.y - scroll + TITLE / 2 - 2);
}

function drawNode(scene, node, context, scroll) {
  const { x, y, cell } = scene.places.get(node);
  const top = y - scroll;
  context.fillStyle = themed('--track');
  context.fillRect(x, top, cell.width, cell.height);
  const slots = scene.held.get(node);
  for (let slot = 0; slot < node.gpus; slot += 1) {
    const at = [
      x + 2 + (slot % cell.columns) * (cell.side + 1), top + 2 + Math.floor(slot / cell.columns) * (cell.side + 1),
    ];
    drawSlot(slots[slot], node, context, at, cell.side);
  }
  if (scene.focus && scene.focus.node === node) {
    context.strokeStyle = themed('--ink');
    context.lineWidth = 2;
    context.strokeRect(x - 1, top - 1, cell.width + 2, cell.height + 2);
  }
}

function drawSlot(pod, node, context, [x, y], side) {
  if (!pod) {
    context.fillStyle = themed(node.usable ? '--free' : '--dead');
    context.fillRect(x, y, side, side);
    return;
  }
  context.globalAlpha = matches(pod.span.run) ? (pod.span.kind === PROMISED ? 0.7 : 1) : 0.12;
  context.fillStyle = hueOf(pod.span);
  context.fillRect(x, y, side, side);
  if (pod.span.role !== 'Active') {
    context.fillStyle = themed('--panel');
    const hole = Math.max(2, Math.round(side * 0.4));
    context.fillRect(x + (side - hole) / 2, y + (side - hole) / 2, hole, hole);
  }
  context.globalAlpha = 1;
}
