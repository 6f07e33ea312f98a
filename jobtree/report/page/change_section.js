// What the working tree changes against a base: the plan diff, where one was asked for.

import { diff, head } from './data.js';
import { el, empty, name, section } from './dom.js';
import { count, hours, moment, num, span as duration } from './format.js';
import { DECISIONS } from './model.js';
import { onChange, state } from './state.js';
import { table } from './table.js';

/** The section; none without a comparison. */
export function changeSection() {
  if (!diff) return null;
  const lead = `What ${diff.head} does against ${diff.base}, both planned as of ${diff.instant}.`;
  const again = el('p', { class: 'hint' }, 'The same in a terminal: ', el('code', {}, diff.command));
  if (!diff.runs.length) return section('change', 'Change', lead, empty(`Nothing changes for any of ${num(diff.unchanged)} runs.`), again);
  return section('change', 'Change', lead, facts(), runTable(), approvals(), editTable(), again);
}

function facts() {
  const waited = Number(diff.waitedGpuSeconds);
  const words = waited === 0 ? 'as much waiting as before' : `${hours(Math.abs(waited))} GPU-hours ${waited > 0 ? 'more' : 'less'} waiting`;
  return el('p', {}, el('strong', {}, `${count(diff.changed, 'run')} changed, ${num(diff.harmed)} for the worse`), `, ${num(diff.unchanged)} as before; ${words}${diff.withinGap ? ', within what the plan cannot tell apart' : ''}.`);
}

function stateWords(side) {
  if (!side) return 'not there';
  if (side.at === null) return DECISIONS.get(side.decision) || side.decision;
  const wait = side.waitSeconds === null ? '' : side.waitSeconds === 0 ? ', now' : `, in ${duration(side.waitSeconds)}`;
  const when = moment(Date.parse(side.at) / 1000 - head.asOf);
  return `${DECISIONS.get(side.decision) || side.decision}, ${when}${wait}${side.width === null ? '' : `, ${count(side.width, 'GPU')}`}`;
}

function runTable() {
  const asked = (row) => (!state.within || [...state.within].some((owner) => owner.name === row.owner))
    && (!state.query || state.query.split(/\s+/).every((word) => `${row.run} ${row.owner}`.toLowerCase().includes(word)));
  const grid = table('Runs that change', [
    { title: 'Run', cell: (row) => name(row.run), sort: (row) => row.run },
    { title: 'For', cell: (row) => el('span', { class: `tag ${row.harm ? 'harm' : 'good'}` }, row.harm ? 'the worse' : 'no worse'), sort: (row) => (row.harm ? 0 : 1) },
    { title: 'What', cell: (row) => row.effects.join(', '), sort: (row) => row.effects.join(', '), wide: true },
    { title: 'Before', cell: (row) => stateWords(row.before), sort: (row) => row.before && row.before.at, wide: true },
    { title: 'After', cell: (row) => stateWords(row.after), sort: (row) => row.after && row.after.at, wide: true },
    { title: 'Waits more, GPU-h', cell: (row) => el('span', { title: `${num(row.waitedGpuSeconds)} GPU-seconds` }, signed(Number(row.waitedGpuSeconds))), sort: (row) => Number(row.waitedGpuSeconds), number: true },
    { title: 'Which file alone', cell: (row) => row.edits.map((path, at) => [at ? ', ' : '', name(path)]), wide: true },
  ], () => diff.runs.filter(asked), { sorted: { at: 1, down: false } });
  onChange((what) => { if (what === 'filter') grid.renew(); });
  return grid;
}

function signed(seconds) {
  return seconds < 0 ? `−${hours(-seconds)}` : `${seconds > 0 ? '+' : ''}${hours(seconds)}`;
}

function approvals() {
  if (!diff.approvals.length) return null;
  return table('Approvals that it needs', [
    { title: 'Owner', cell: (row) => name(row.owner), sort: (row) => row.owner },
    { title: 'Because', cell: (row) => row.reasons.join('; '), wide: true },
    { title: 'Who can give it', cell: (row) => row.approvers.map((one, at) => [at ? ', ' : '', name(one)]), wide: true },
  ], () => diff.approvals);
}

function editTable() {
  return table('Changed files', [
    { title: 'File', cell: (row) => name(row.path), sort: (row) => row.path },
    { title: 'Change', cell: (row) => row.change, sort: (row) => row.change },
    { title: 'Alone it moves', cell: (row) => (row.refusal ? name(row.refusal) : row.moved === null ? 'not tried alone' : count(row.moved.length, 'run')), wide: true },
    { title: 'Waits more, GPU-h', cell: (row) => (row.waitedGpuSeconds === null ? '' : signed(Number(row.waitedGpuSeconds))), number: true },
  ], () => diff.edits);
}
