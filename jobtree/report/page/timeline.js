// The timeline: a band for each domain, a row for each node, a block for each run that sits there.

import { blocksByDomain } from './blocks.js';
import { hueOf, inkOn, themed } from './colours.js';
import { count, num, tick } from './format.js';
import { domains, instants, OPEN, PAST, PROMISED, spans } from './model.js';
import { matches, state } from './state.js';
import { firstEnd, ticks, timeView, wholeTime } from './timeline_view.js';

const AXIS = 26;
const TITLE = 22;
const GAP = 10;
const CUT = /^(RandomPreempt|ReclaimUnfunded|ReclaimedBySpare|Shrink|DropSpare)/;

/** The layout and the painting of the timeline; input is elsewhere. */
export function timelineScene() {
  const blocks = blocksByDomain();
  const time = timeView(...wholeTime(instants));
  const [first, end] = [Math.min(0, instants[0]), firstEnd(spans, time.view.end)];
  time.move(first - 0.015 * (end - first), end);
  const scene = { time, row: rowHeight(), bands: [], focus: null, left: 0 };
  const shown = domains.filter((domain) => domain.nodes.length);

  scene.total = (width) => {
    scene.left = width < 560 ? 0 : 6;
    scene.bands = [];
    let top = AXIS + 4;
    for (const domain of shown) {
      const height = domain.used.length ? domain.used.length * scene.row : 6;
      scene.bands.push({ domain, top: top + TITLE, height, blocks: blocks.get(domain) });
      top += TITLE + height + GAP;
    }
    return top;
  };

  scene.draw = (context, width, height, scroll) => {
    context.font = '12px system-ui, sans-serif';
    context.textBaseline = 'middle';
    grid(scene, context, width, height);
    for (const band of scene.bands) {
      if (band.top + band.height < scroll || band.top - TITLE > scroll + height) continue;
      drawBand(scene, band, context, width, scroll);
    }
    lines(scene, context, width, height);
    for (const band of scene.bands) heading(band, context, scroll);
    axis(scene, context, width);
  };

  scene.hit = (x, y, width) => {
    const instant = time.instant(x, scene.left, width);
    for (const band of scene.bands) {
      if (y < band.top || y >= band.top + band.height) continue;
      const row = (y - band.top) / scene.row;
      const here = band.blocks.filter((one) => one.start <= instant && instant < one.end && one.top <= row && row < one.bottom);
      return here.find((one) => one.span.role === 'Opportunistic') || here[0] || null;
    }
    return null;
  };

  scene.place = (block, width) => {
    const band = scene.bands.find((one) => one.domain === block.domain);
    const x = Math.max(scene.left, time.x(block.start, scene.left, width));
    return { x, top: band.top + block.top * scene.row, bottom: band.top + block.bottom * scene.row };
  };

  scene.ordered = () => scene.bands.flatMap((band) => band.blocks.filter((one) => matches(one.span.run)));
  return scene;
}

/** Fewer nodes have taller rows. */
function rowHeight() {
  const nodes = domains.reduce((sum, domain) => sum + domain.used.length, 0);
  return Math.max(4, Math.min(20, Math.round(1800 / Math.max(1, nodes))));
}

function grid(scene, context, width, height) {
  context.strokeStyle = themed('--grid');
  context.lineWidth = 1;
  context.beginPath();
  for (const instant of ticks(scene.time.view, width, 84)) {
    const x = Math.round(scene.time.x(instant, scene.left, width)) + 0.5;
    context.moveTo(x, AXIS);
    context.lineTo(x, height);
  }
  context.stroke();
}

function axis(scene, context, width) {
  context.fillStyle = themed('--panel');
  context.fillRect(0, 0, width, AXIS);
  context.fillStyle = themed('--line');
  context.fillRect(0, AXIS - 1, width, 1);
  context.textAlign = 'left';
  for (const instant of ticks(scene.time.view, width, 84)) {
    const words = tick(instant);
    const x = scene.time.x(instant, scene.left, width) + 4;
    const near = marked().some(([at]) => Math.abs(scene.time.x(at, scene.left, width) + 16 - x - 24) < 56);
    if (near) continue;
    context.fillStyle = themed(words.includes(':') ? '--faint' : '--ink');
    context.fillText(words, x, AXIS / 2);
  }
  flags(scene, context, width);
}

/** The plan's instant, and the one that the map shows. */
function marked() {
  const plan = [0, '--accent', 'plan'];
  return state.instant === 0 ? [plan] : [plan, [state.instant, '--ink', 'map']];
}

function lines(scene, context, width, height) {
  for (const [instant, colour] of marked()) {
    const x = Math.round(scene.time.x(instant, scene.left, width)) + 0.5;
    context.strokeStyle = themed(colour);
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, AXIS);
    context.lineTo(x, height);
    context.stroke();
  }
}

function flags(scene, context, width) {
  for (const [instant, colour, words] of marked()) {
    const x = scene.time.x(instant, scene.left, width);
    if (x < 0 || x > width) continue;
    const wide = context.measureText(words).width + 10;
    const left = Math.min(width - wide, Math.max(0, x - 2));
    context.fillStyle = themed(colour);
    context.fillRect(left, 4, wide, AXIS - 8);
    context.fillStyle = themed('--panel');
    context.fillText(words, left + 5, AXIS / 2 + 0.5);
  }
}

function heading(band, context, scroll) {
  context.font = '600 12px system-ui, sans-serif';
  context.lineJoin = 'round';
  context.lineWidth = 4;
  context.strokeStyle = themed('--panel');
  context.fillStyle = themed('--ink');
  const { domain } = band;
  const idle = domain.nodes.length - domain.used.length;
  const rest = !domain.used.length ? ', nothing leased or promised' : idle ? `, ${count(idle, 'idle node')} left out` : '';
  const words = `${domain.title}  ·  ${num(domain.gpus)} GPUs${rest}`;
  context.strokeText(words, 8, band.top - scroll - TITLE / 2);
  context.fillText(words, 8, band.top - scroll - TITLE / 2);
  context.font = '12px system-ui, sans-serif';
}

function drawBand(scene, band, context, width, scroll) {
  const top = band.top - scroll;
  context.fillStyle = themed('--track');
  context.fillRect(0, top, width, band.height);
  scene.labels = [];
  for (const block of band.blocks) {
    const x = scene.time.x(block.start, scene.left, width);
    const end = scene.time.x(block.end, scene.left, width);
    if (end < 0 || x > width) continue;
    const box = [Math.max(-2, x), top + block.top * scene.row, Math.min(width + 2, end), top + block.bottom * scene.row];
    drawBlock(scene, block, context, box);
  }
  if (scene.row >= 7 && band.blocks.length) rules(scene, band, context, [top, width]);
}

function rules(scene, band, context, [top, width]) {
  context.strokeStyle = themed('--rule');
  context.lineWidth = 1;
  context.beginPath();
  for (let at = 1; at < band.domain.used.length; at += 1) {
    const y = Math.round(top + at * scene.row) + 0.5;
    context.moveTo(0, y);
    context.lineTo(width, y);
  }
  context.globalAlpha = 0.35;
  context.stroke();
  context.globalAlpha = 1;
}

function drawBlock(scene, block, context, [x, top, end, bottom]) {
  const { span } = block;
  const colour = hueOf(span);
  const wide = Math.max(1, end - x - (end - x > 4 ? 1 : 0));
  const tall = Math.max(1, bottom - top - (bottom - top > 3 ? 1 : 0));
  const strength = span.kind === OPEN ? 1 : span.kind === PROMISED ? 0.55 : 0.3;
  context.globalAlpha = matches(span.run) ? strength : 0.1;
  context.fillStyle = colour;
  context.fillRect(x, top, wide, tall);
  context.globalAlpha = matches(span.run) ? 1 : 0.15;
  if (span.role !== 'Active') hatch(context, [x, top, wide, tall]);
  if (span.kind === PROMISED && wide > 3 && tall > 2) outline(context, colour, [x, top, wide, tall], [4, 3]);
  if (CUT.test(span.closed)) cutMark(context, [x, top, wide, tall]);
  if (scene.focus === block) outline(context, themed('--ink'), [x, top, wide, tall], [], 2.5);
  if (wide > 46 && tall > 10 && matches(span.run)) label(scene, context, block, [x, top, wide, tall]);
  context.globalAlpha = 1;
}

/** A lease that was taken from its run ends with a red edge. */
function cutMark(context, [x, y, wide, tall]) {
  context.fillStyle = themed('--bad');
  context.fillRect(x + wide - 3, y, 3, tall);
}

function outline(context, colour, [x, y, wide, tall], dashes, thick = 1) {
  context.strokeStyle = colour;
  context.lineWidth = thick;
  context.setLineDash(dashes);
  context.strokeRect(x + 0.5, y + 0.5, wide - 1, tall - 1);
  context.setLineDash([]);
}

function hatch(context, [x, y, wide, tall]) {
  context.save();
  context.beginPath();
  context.rect(x, y, wide, tall);
  context.clip();
  context.strokeStyle = themed('--panel');
  context.lineWidth = 1;
  context.beginPath();
  const last = Math.min(wide, 4000);
  for (let at = -tall; at < last; at += 6) {
    context.moveTo(x + at, y + tall);
    context.lineTo(x + at + tall, y);
  }
  context.stroke();
  context.restore();
}

function label(scene, context, block, [x, top, wide, tall]) {
  const { run, kind } = block.span;
  const left = Math.max(x, 0) + 5;
  const room = x + wide - left - 4;
  const words = fit(context, run.key, room);
  if (!words) return;
  const y = top + Math.min(tall / 2, tall > 30 ? 12 : tall / 2) + 0.5;
  const right = left + context.measureText(words).width;
  if (scene.labels.some((one) => left < one.right && one.left < right && Math.abs(one.y - y) < 12)) return;
  scene.labels.push({ left, right, y });
  context.fillStyle = kind === OPEN ? inkOn(hueOf(block.span)) : themed('--ink');
  if (kind === PAST) context.globalAlpha *= 0.8;
  context.fillText(words, left, y);
}

/** As much of a text as fits; nothing if that is next to nothing. */
function fit(context, words, room) {
  const wide = context.measureText(words).width;
  if (wide <= room) return words;
  const letters = Math.floor((words.length * (room - 8)) / wide);
  return letters < 4 ? '' : `${words.slice(0, letters)}…`;
}
