// The timeline's shapes: pods of one run that sit together at the same time become one block.

import { domains, spans } from './model.js';

/**
 * Blocks by domain: `{start, end, top, bottom, gpus, span, spans}`, where top and bottom are nodes and parts of nodes, counted in `used`.
 * Whole nodes that follow each other are joined, if they hold the same run in the same way for the same time.
 */
export function blocksByDomain() {
  const found = new Map(domains.map((domain) => [domain, []]));
  const groups = new Map();
  for (const span of spans) {
    const key = [span.run.id, span.role, span.start, span.end, span.kind, span.payer].join('|');
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(span);
  }
  for (const group of groups.values()) {
    const pods = group.flatMap((span) => span.pods);
    pods.sort((a, b) => a.node.id - b.node.id || a.slots[0] - b.slots[0]);
    for (const block of joined(pods)) found.get(block.domain).push(block);
  }
  for (const blocks of found.values()) blocks.sort((a, b) => a.start - b.start || a.top - b.top);
  return found;
}

function* joined(pods) {
  let open = null;
  for (const piece of pods.flatMap(pieces)) {
    if (open && open.domain === piece.domain && open.bottom === piece.top) {
      open.bottom = piece.bottom;
      open.gpus += piece.gpus;
    } else {
      if (open) yield open;
      open = piece;
    }
  }
  if (open) yield open;
}

/** Slots of a pod that follow each other, as stretches of its node. */
function pieces(pod) {
  const found = [];
  const { node, slots, span } = pod;
  const size = Math.max(1, node.gpus);
  for (let at = 0; at < slots.length; at += 1) {
    const last = found[found.length - 1];
    if (at && slots[at] === slots[at - 1] + 1) {
      last.bottom = node.row + Math.min(1, (slots[at] + 1) / size);
      last.gpus += 1;
      continue;
    }
    const top = node.row + Math.min(1, slots[at] / size);
    const bottom = node.row + Math.min(1, (slots[at] + 1) / size);
    found.push({ domain: node.domain, start: span.start, end: span.end, top, bottom, gpus: 1, span });
  }
  return found;
}
