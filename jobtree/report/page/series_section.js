// What a simulation found: GPUs in use and waiting over time, a line for each policy.

import { head, series, text } from './data.js';
import { el, put, section } from './dom.js';
import { count, num } from './format.js';
import { lineChart } from './linechart.js';
import { onChange, state } from './state.js';
import { table } from './table.js';

/** The section; none without a series. */
export function seriesSection() {
  if (!series) return null;
  const body = el('div', {});
  const renew = () => put(body, charts(), sumTable());
  renew();
  onChange((what) => { if (what === 'filter') renew(); });
  const lead = `A simulation from ${series.from} to ${series.until}, seed ${series.seed}: the same load under each policy. The owner chosen above narrows the lines to its GPUs.`;
  return section('series', 'Simulation', lead, body);
}

function points(policy, values) {
  return policy.at.map((at, place) => [series.start - head.asOf + at, values[place]]);
}

function values(policy, kind) {
  if (!state.owner) return kind === 'inUse' ? policy.inUse : policy.waitingGpus;
  const own = policy.owners.filter((row) => [...state.within].some((owner) => owner.name === text(row.owner)));
  return policy.at.map((_, place) => own.reduce((sum, row) => sum + row[kind][place], 0));
}

function charts() {
  const { policies } = series;
  const lines = (of) => policies.map((policy) => ({ name: text(policy.name), points: points(policy, of(policy)), steps: true }));
  const usable = { name: 'usable', points: points(policies[0], policies[0].usable), steps: true, dashed: true };
  const gpus = (value) => count(value, 'GPU');
  const whose = state.owner ? ` of ${state.owner.name}` : '';
  return [
    lineChart({ title: `GPUs in use${whose}`, lines: [...lines((policy) => values(policy, 'inUse')), usable], short: num, exact: gpus, height: 220 }),
    lineChart({ title: `GPUs waited for${whose}`, lines: lines((policy) => values(policy, 'waiting')), short: num, exact: gpus, height: 220 }),
    state.owner ? null : lineChart({ title: 'Runs that wait', lines: lines((policy) => policy.waitingRuns), short: num, exact: (value) => count(value, 'run'), height: 180 }),
  ];
}

/** The mean of a step function over the time of the series, weighted by how long each value holds. */
function mean(policy, of) {
  const end = Date.parse(series.until) / 1000 - series.start;
  const length = (place) => (place + 1 < policy.at.length ? policy.at[place + 1] : end) - policy.at[place];
  const sum = of.reduce((all, value, place) => all + value * length(place), 0);
  return sum / Math.max(1, end - policy.at[0]);
}

function sumTable() {
  const share = (policy) => (100 * mean(policy, values(policy, 'inUse'))) / Math.max(1e-9, mean(policy, policy.usable));
  return table('Means over the time of the simulation', [
    { title: 'Policy', cell: (policy) => text(policy.name), sort: (policy) => text(policy.name) },
    { title: 'In use', cell: (policy) => `${share(policy).toFixed(1)} %`, sort: share, number: true },
    { title: 'GPUs in use', cell: (policy) => num(mean(policy, values(policy, 'inUse')).toFixed(1)), sort: (policy) => mean(policy, values(policy, 'inUse')), number: true },
    { title: 'GPUs waited for', cell: (policy) => num(mean(policy, values(policy, 'waiting')).toFixed(1)), sort: (policy) => mean(policy, values(policy, 'waiting')), number: true },
  ], () => series.policies);
}
