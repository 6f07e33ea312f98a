// Who pays for whom: a matrix of those who pay for others, and every pair in a table.

import { bar, el, empty, name, section } from './dom.js';
import { count, exactHours, hours, num } from './format.js';
import { payments } from './model.js';
import { onChange, state } from './state.js';
import { table } from './table.js';

const MOST = 10;
const KINDS = new Map([['Owned', 'owned'], ['Shared', 'shared'], ['Borrowed', 'borrowed'], ['Unfunded', 'unfunded']]);

/** The section. */
export function payerSection() {
  const lead = 'Rows pay, columns run. GPU-hours count what is spent and what is planned; GPUs are those at the plan\'s instant.';
  if (!payments.length) return section('payers', 'Who pays for whom', null, empty('Nobody pays for anything: no run holds or is promised GPUs, and the ledger is empty.'));
  return section('payers', 'Who pays for whom', lead, matrix(), pairTable());
}

function total(row) {
  return row.spent + row.planned;
}

function matrix() {
  const others = payments.filter((row) => row.payer && row.payer !== row.owner && total(row) + row.now + row.later > 0);
  if (!others.length) return empty('Everybody pays for runs of their own only: nothing is shared in a family, and nothing is lent.');
  const most = others.reduce((found, row) => Math.max(found, total(row)), 1);
  const [shown, columns] = largest(others);
  const left = others.filter((row) => !shown.includes(row.payer) || !columns.includes(row.owner)).length;
  const corner = el('th', { scope: 'col' }, 'pays');
  const grid = el(
    'table', { class: 'matrix' },
    el('caption', {}, 'GPU-hours that owners pay for runs of others'),
    el('thead', {}, el('tr', {}, corner, columns.map((owner) => el('th', { scope: 'col' }, name(short(owner.name), { title: owner.name }))))),
    el('tbody', {}, shown.map((payer) => el(
      'tr', {}, el('th', { scope: 'row' }, name(payer.name)),
      columns.map((owner) => cell(others.filter((row) => row.payer === payer && row.owner === owner), most)),
    ))),
  );
  const note = left > 0 ? el('p', { class: 'hint' }, `${count(left, 'smaller payment')} not shown here; the table below has all.`) : null;
  return el('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': 'Matrix of payers' }, grid, note);
}

/** Payers and users of the largest payments, as many of each as fit. */
function largest(pairs) {
  const [payers, users] = [new Set(), new Set()];
  for (const row of [...pairs].sort((a, b) => total(b) - total(a) || a.id - b.id)) {
    if ((payers.has(row.payer) || payers.size < MOST) && (users.has(row.owner) || users.size < MOST)) {
      payers.add(row.payer);
      users.add(row.owner);
    }
  }
  return [[...payers], [...users]];
}

/** The last parts of an owner's path. */
function short(owner) {
  const parts = owner.split(':');
  return parts.length > 2 ? `…${parts.slice(-2).join(':')}` : owner;
}

function cell(rows, most) {
  if (!rows.length) return el('td', { class: 'number blank' }, el('span', { class: 'unseen' }, 'nothing'));
  const told = rows.map((row) => `${row.class}: ${num(row.now)} GPUs now, ${num(row.later)} promised, ${exactHours(total(row))}`).join('; ');
  const sum = rows.reduce((all, row) => all + total(row), 0);
  const parts = rows.map((row) => [total(row), KINDS.get(row.class) || 'plain']);
  return el('td', { class: 'number', title: told, tabindex: 0, 'aria-label': told }, el('span', {}, hours(sum)), bar(most, parts, told));
}

function pairTable() {
  const exact = (seconds) => el('span', { title: `${num(seconds)} GPU-seconds` }, hours(seconds));
  const grid = table('Every payer and every user', [
    { title: 'Pays', cell: (row) => (row.payer ? name(row.payer.name) : 'nobody'), sort: (row) => (row.payer ? row.payer.name : '') },
    { title: 'For runs of', cell: (row) => name(row.owner.name), sort: (row) => row.owner.name },
    { title: 'Class', cell: (row) => el('span', { class: `tag ${KINDS.get(row.class) || ''}` }, row.class), sort: (row) => row.class },
    { title: 'GPUs now', cell: (row) => num(row.now), sort: (row) => row.now, number: true },
    { title: 'Promised', cell: (row) => num(row.later), sort: (row) => row.later, number: true },
    { title: 'Spent GPU-h', cell: (row) => exact(row.spent), sort: (row) => row.spent, number: true },
    { title: 'Planned GPU-h', cell: (row) => exact(row.planned), sort: (row) => row.planned, number: true },
  ], () => payments.filter((row) => !state.within || state.within.has(row.owner) || state.within.has(row.payer)), { sorted: { at: 6, down: true } });
  onChange((what) => { if (what === 'filter') grid.renew(); });
  return grid;
}
