// All runs with their decisions, and the reservations with their countdowns, deficits and odds.

import { head } from './data.js';
import { el, empty, name, section } from './dom.js';
import { count, fromNow, moment, num, span as duration } from './format.js';
import { DECISIONS, forecasts, runs } from './model.js';
import { matches, onChange } from './state.js';
import { table } from './table.js';

/** Every run. */
export function runSection() {
  if (!runs.length) return section('runs', 'Runs', null, empty('There are no runs: neither the plan nor the ledger names one.'));
  const grid = table('All runs', [
    { title: 'Run', cell: (run) => name(run.key), sort: (run) => run.key },
    { title: 'Owner', cell: (run) => name(run.owner.name), sort: (run) => run.owner.name },
    { title: 'Decision', cell: (run) => el('span', { class: `tag ${run.decision}` }, DECISIONS.get(run.decision)), sort: (run) => run.decision },
    { title: 'GPUs', cell: gpus, sort: (run) => run.width, number: true },
    { title: 'Starts', cell: (run) => (run.start === null ? '' : moment(run.start)), sort: (run) => run.start },
    { title: 'Waits', cell: (run) => (run.wait === null ? '' : el('span', { title: count(run.wait, 'second') }, duration(run.wait))), sort: (run) => run.wait, number: true },
    { title: 'Until', cell: (run) => (run.end === null ? '' : moment(run.end)), sort: (run) => run.end },
    { title: 'Paid by', cell: payers, wide: true },
    { title: 'Why', cell: (run) => (run.why ? [el('code', {}, run.code), ' ', el('bdi', {}, run.why)] : ''), wide: true },
  ], () => runs.filter(matches), { none: 'No run is called so, or belongs to this owner.' });
  onChange((what) => { if (what === 'filter') grid.renew(); });
  return section('runs', 'Runs', null, grid);
}

function gpus(run) {
  if (run.width === null) return '';
  const spares = (run.held || 0) - run.width;
  return spares > 0 ? el('span', { title: `${num(run.width)} and ${num(spares)} spare` }, `${num(run.width)} +${num(spares)}`) : num(run.width);
}

function payers(run) {
  return run.payers.map((share, at) => [
    at ? ', ' : '', share.payer ? name(share.payer) : 'nobody', ` ${num(share.gpus)}`,
    share.class === 'Owned' ? '' : ` ${share.class.toLowerCase()}`,
  ]);
}

/** Reservations: what was promised, and how sure it is. */
export function reservationSection() {
  if (!forecasts.length) return section('reservations', 'Reservations', null, empty('Nobody waits: every run of the plan has started, is over, or was refused.'));
  const clock = { live: false };
  const since = () => (clock.live ? Math.floor(Date.now() / 1000) - head.asOf : 0);
  const left = (row) => {
    const seconds = row.run.start - since();
    return clock.live && seconds < 0 ? `due ${fromNow(seconds)}` : fromNow(seconds);
  };
  const columns = [
    { title: 'Run', cell: (row) => name(row.run.key), sort: (row) => row.run.key },
    { title: 'GPUs', cell: (row) => gpus(row.run), sort: (row) => row.run.width, number: true },
    { title: 'Starts', cell: (row) => moment(row.run.start), sort: (row) => row.run.start },
    { title: 'Countdown', cell: (row) => el('span', { title: `${num(row.run.wait)} seconds after the plan's instant` }, left(row)), sort: (row) => row.run.start, number: true },
    { title: 'Kind', cell: kind, sort: (row) => row.confidence },
    { title: 'Lacks', cell: (row) => row.deficit.map(([where, amount], at) => [at ? ', ' : '', `${num(amount)} GPUs in `, name(where)]), wide: true, when: (row) => row.deficit.length },
    { title: 'Who may yield, and odds', cell: odds, wide: true, when: (row) => row.conflicts.length || row.remedies.length },
    { title: 'Why it waits', cell: (row) => [el('code', {}, row.run.code), ' ', el('bdi', {}, row.run.why)], wide: true },
  ].filter((column) => !column.when || forecasts.some(column.when));
  const grid = table('All reservations', columns, () => forecasts.filter((row) => matches(row.run)), { sorted: { at: 2, down: false }, none: 'No reservation is called so, or belongs to this owner.' });
  onChange((what) => { if (what === 'filter') grid.renew(); });
  const lead = 'Counted from the plan\'s instant, not from now. A firm start needs nobody to yield; a contended one says who may, and the odds of each.';
  return section('reservations', 'Reservations', lead, live(clock, grid), grid);
}

function kind(row) {
  const tag = el('span', { class: `tag ${row.confidence}` }, row.confidence);
  if (row.natural === row.run.start) return tag;
  return [tag, el('div', { class: 'hint' }, `without cuts ${moment(row.natural)}`)];
}

function live(clock, grid) {
  const mark = el('span', { class: 'live', hidden: true }, 'Live: counted from this computer\'s clock.');
  let timer = null;
  const toggle = (event) => {
    clock.live = event.target.checked;
    mark.hidden = !clock.live;
    clearInterval(timer);
    if (clock.live) timer = setInterval(grid.renew, 1000);
    grid.renew();
  };
  return el('p', { class: 'controls' }, el('label', {}, el('input', { type: 'checkbox', onchange: toggle }), ' Count down live'), mark);
}

function odds(row) {
  if (!row.conflicts.length && !row.remedies.length) return '';
  const chances = new Map(row.odds);
  const remedies = row.remedies.map(([kind, run, amount]) => el(
    'li', {}, name(run), `: ${kind}, ${count(amount, 'GPU')}`, chances.has(run) ? `, ${chances.get(run)}` : '',
  ));
  const named = new Set(row.remedies.map(([, run]) => run));
  const others = row.conflicts.filter((run) => !named.has(run));
  const rest = others.map((run) => el('li', {}, name(run), chances.has(run) ? `: ${chances.get(run)}` : ': may yield'));
  const fixed = row.committed ? el('li', { class: 'hint' }, 'candidates committed as ', el('code', { class: 'hash' }, row.committed)) : null;
  return el('ul', { class: 'plain' }, remedies, rest, fixed);
}
