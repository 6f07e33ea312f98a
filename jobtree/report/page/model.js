// Rows linked to each other: runs know their spans, spans their pods, owners their family.

import { head, rows, slotSets, text } from './data.js';

export const PAST = 0;
export const OPEN = 1;
export const PROMISED = 2;

export const owners = rows('owners').map((row) => ({ ...row, name: text(row.name), children: [], weight: 0 }));
for (const owner of owners) {
  owner.parents = owner.parents.map((parent) => owners[parent]);
  for (const parent of owner.parents) parent.children.push(owner);
}

export const domains = rows('domains').map((row) => {
  const [region, cluster, fabric] = [text(row.region), text(row.cluster), text(row.fabric)];
  const title = cluster || fabric ? `${region}/${cluster}/${fabric}` : 'nodes that are gone';
  return { ...row, region, cluster, fabric, title, nodes: [] };
});

export const nodes = rows('nodes').map((row) => {
  const node = { ...row, name: text(row.name), flavor: text(row.flavor), domain: domains[row.domain], pods: [] };
  node.place = node.domain.nodes.push(node) - 1;
  return node;
});

export const runs = rows('runs').map((row) => ({
  ...row,
  key: text(row.key),
  owner: owners[row.owner],
  flavor: text(row.flavor),
  decision: text(row.decision),
  payers: (row.payers || []).map(([payer, gpus, kind]) => ({ payer: text(payer), gpus, class: text(kind) })),
  code: text(row.code),
  why: text(row.why),
  spans: [],
}));

export const envelopes = rows('envelopes').map((row) => ({
  ...row,
  key: text(row.key),
  owner: owners[row.owner],
  flavor: text(row.flavor),
  selector: text(row.selector),
  lends: text(row.lends),
}));
export const envelopeOf = new Map(envelopes.map((envelope) => [envelope.key, envelope]));

export const spans = rows('spans').map((row) => {
  const span = {
    ...row,
    run: runs[row.run],
    role: text(row.role),
    payer: text(row.payer),
    reason: text(row.reason),
    closed: text(row.closed),
    pods: [],
    gpus: 0,
  };
  span.run.spans.push(span);
  return span;
});

for (const row of rows('pods')) {
  const pod = { span: spans[row.span], rank: row.rank, node: nodes[row.node], slots: slotSets[row.slots] };
  pod.span.pods.push(pod);
  pod.span.gpus += pod.slots.length;
  pod.node.pods.push(pod);
}

/** Nodes of each domain that ever hold anything; `row` is their place among these. */
for (const domain of domains) {
  domain.used = domain.nodes.filter((node) => node.pods.length);
  domain.used.forEach((node, at) => { node.row = at; });
}

for (const span of spans) {
  const seconds = Math.max(0, Math.min(span.end, head.end) - Math.max(0, span.start));
  span.run.owner.weight += span.gpus * seconds;
}

export const accounts = rows('accounts').map((row) => ({
  ...row,
  kind: text(row.kind),
  name: text(row.name),
  owner: owners[row.owner],
  members: row.members.map(text),
}));
export const payments = rows('payments').map((row) => ({
  ...row,
  payer: row.payer < 0 ? null : owners[row.payer],
  owner: owners[row.owner],
  class: text(row.class),
}));
export const forecasts = rows('forecasts').map((row) => ({
  ...row,
  run: runs[row.run],
  confidence: text(row.confidence),
  committed: text(row.committed),
  deficit: row.deficit.map(([where, gpus]) => [text(where), gpus]),
  remedies: row.remedies.map(([kind, run, gpus]) => [text(kind), text(run), gpus]),
  conflicts: row.conflicts.map(text),
  odds: row.odds.map(([run, chance]) => [text(run), text(chance)]),
}));
export const cuts = rows('cuts').map((row) => ({
  ...row, unit: text(row.unit), kind: text(row.kind), claim: text(row.claim),
}));
export const lotteries = rows('lotteries').map((row) => ({
  claim: text(row.claim),
  kind: text(row.kind),
  candidates: row.candidates.map(([unit, owner, gpus]) => ({ unit: text(unit), owner: text(owner), gpus })),
  committed: text(row.committed),
  entropy: text(row.entropy),
  seed: text(row.seed),
  drawn: row.drawn.map(text),
  returned: row.returned.map(text),
}));
export const prices = rows('prices').map((row) => ({ ...row, account: text(row.account) }));

/** Instants at which anything begins or ends, ascending, the plan's own among them. */
export const instants = [...new Set([0, ...spans.flatMap((span) => [span.start, span.end])])].sort((a, b) => a - b);

/** The owner and everybody below it in the family. */
export function below(owner) {
  const found = new Set([owner]);
  for (const one of found) for (const child of one.children) found.add(child);
  return found;
}

/** The first ancestor without a parent, along first parents. */
export function rootOf(owner) {
  let here = owner;
  const seen = new Set();
  while (here.parents.length && !seen.has(here)) {
    seen.add(here);
    here = here.parents[0];
  }
  return here;
}

/** What a decision is called. */
export const DECISIONS = new Map([
  ['start', 'starts now'], ['running', 'running'], ['reserve', 'starts later'],
  ['refuse', 'refused'], ['finished', 'finished'], ['over', 'over'],
]);
