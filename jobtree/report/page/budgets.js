// Budgets: the family as a tree, each owner's envelopes and caps, and how they are used up.

import { bar, el, empty, name, put, section } from './dom.js';
import { count, exactHours, hours, moment, num, percent } from './format.js';
import { accounts, below, envelopeOf, envelopes, owners } from './model.js';
import { lineChart } from './linechart.js';
import { onChange, state } from './state.js';
import { table } from './table.js';

const PARTS = [['Owned', 'owned'], ['Shared', 'shared'], ['Borrowed', 'borrowed'], ['Unfunded', 'unfunded']];

/** The section: tree, chart of the account that is chosen, and the table of all envelopes. */
export function budgetSection() {
  const lead = 'GPUs at once and GPU-hours of every envelope, at the plan\'s instant and over time. Choose a line to see how it is used up.';
  if (!envelopes.length) return section('budgets', 'Budgets', null, empty('No budget has an envelope, so nobody can pay for a run.'));
  const place = el('div', { class: 'burn', 'aria-live': 'polite' });
  const tree = el('div', { class: 'tree-frame', tabindex: 0, role: 'region', 'aria-label': 'Budgets by family' });
  const choose = (account, button) => {
    for (const other of tree.querySelectorAll('[aria-pressed="true"]')) other.setAttribute('aria-pressed', 'false');
    button?.setAttribute('aria-pressed', 'true');
    put(place, burn(account));
  };
  const renew = () => put(tree, treeOf(choose));
  renew();
  onChange((what) => { if (what === 'filter') renew(); });
  put(place, burn(busiest()));
  return section('budgets', 'Budgets', lead, key(), el('div', { class: 'split' }, tree, place), envelopeTable());
}

function busiest() {
  const ranked = accounts.filter((account) => account.kind === 'envelope' && account.curve.length > 3);
  return ranked.sort((a, b) => b.curve[b.curve.length - 1] - a.curve[a.curve.length - 1])[0] || accounts[0];
}

function key() {
  return el('ul', { class: 'legend' }, PARTS.map(([word, kind]) => el(
    'li', {}, el('span', { class: `patch bar-part ${kind}`, 'aria-hidden': 'true' }), word,
  )));
}

function treeOf(choose) {
  const kept = state.within;
  const tops = owners.filter((owner) => (kept ? owner === state.owner : !owner.parents.length));
  const list = tops.filter(hasBudget).map((owner) => branch(owner, choose, new Set()));
  return list.length ? el('ul', { class: 'tree' }, list) : empty('None of these owners has a budget.');
}

function hasBudget(owner) {
  const family = below(owner);
  return accounts.some((account) => family.has(account.owner));
}

function branch(owner, choose, above) {
  const own = accounts.filter((account) => account.owner === owner && account.kind !== 'borrow limit of');
  const deeper = new Set(above).add(owner);
  const children = owner.children.filter((child) => !deeper.has(child) && hasBudget(child));
  return el(
    'li', {},
    el('span', { class: 'owner' }, name(owner.name)),
    own.length ? el('ul', { class: 'accounts' }, own.map((account) => line(account, choose))) : null,
    children.length ? el('ul', {}, children.map((child) => branch(child, choose, deeper))) : null,
  );
}

function line(account, choose) {
  const [held, spent, all] = at(account);
  const title = account.kind === 'envelope' ? account.name : `${account.kind} ${account.name}`;
  const gpus = account.gpus === null ? `${num(held)} GPUs` : `${num(held)} of ${num(account.gpus)} GPUs`;
  const seconds = account.cap === null ? `${hours(all)} GPU-h` : `${hours(all)} of ${hours(account.cap)} GPU-h`;
  const button = el(
    'button', { type: 'button', class: 'account', 'aria-pressed': 'false', title: `${exactHours(spent)} spent, ${exactHours(all - spent)} planned`, onclick: () => choose(account, button) },
    name(title, { class: 'name grow' }), bars(account, held), el('span', { class: 'figure-text' }, gpus), el('span', { class: 'figure-text faint' }, seconds),
  );
  return el('li', {}, button);
}

/** GPUs at the plan's instant, GPU-seconds up to it, and up to the end of everything. */
function at(account) {
  const { curve } = account;
  for (let index = 0; index < curve.length; index += 3) {
    if (curve[index] === 0) return [curve[index + 1], curve[index + 2], curve[curve.length - 1]];
  }
  return [0, 0, curve.length ? curve[curve.length - 1] : 0];
}

function bars(account, held) {
  const envelope = account.kind === 'envelope' ? envelopeOf.get(account.name) : null;
  const whole = account.gpus === null ? Math.max(1, held) : account.gpus;
  const parts = envelope && envelope.Owned !== null ? PARTS.map(([word, kind]) => [envelope[word], kind]) : [[held, 'plain']];
  const told = envelope ? PARTS.map(([word]) => `${word} ${num(envelope[word] || 0)}`).join(', ') : `${num(held)} GPUs`;
  return bar(whole, parts, `${told}; limit ${account.gpus === null ? 'none' : num(account.gpus)}`);
}

/** Two charts of one account: GPUs at once, and GPU-hours, each against its limit. */
function burn(account) {
  const points = (place) => Array.from({ length: account.curve.length / 3 }, (_, row) => [account.curve[3 * row], account.curve[3 * row + place]]);
  const title = account.kind === 'envelope' ? account.name : `${account.kind} ${account.name}`;
  const members = account.members.length
    ? el('p', { class: 'lead' }, `A limit over ${count(account.members.length, 'envelope')}: `, account.members.slice(0, 12).map((one, place) => [place ? ', ' : '', name(one)]), account.members.length > 12 ? ` and ${num(account.members.length - 12)} more` : '')
    : null;
  if (!account.curve.length) {
    return [el('h3', {}, name(title)), members, terms(account), empty('Nothing is charged to it: no lease, reservation or line of the ledger names it.')];
  }
  const limit = (value) => (value === null ? null : { value, name: 'limit' });
  return [
    el('h3', {}, name(title)), members, terms(account),
    lineChart({ title: 'GPUs at once', lines: [{ name: 'leased and promised', points: points(1), steps: true }], limit: limit(account.gpus), short: num, exact: (value) => count(value, 'GPU') }),
    account.kind === 'borrow limit of' ? null : lineChart({ title: 'GPU-hours charged', lines: [{ name: 'spent, then planned', points: points(2), steps: false }], limit: limit(account.cap), unit: 3600, short: hours, exact: exactHours }),
  ];
}

function terms(account) {
  const envelope = account.kind === 'envelope' ? envelopeOf.get(account.name) : null;
  if (!envelope) return null;
  const bounds = `${envelope.start === null ? 'open' : moment(envelope.start)} to ${envelope.end === null ? 'open' : moment(envelope.end)}`;
  return el('dl', { class: 'terms' }, [
    ['owner', name(envelope.owner.name)], ['for', `${envelope.flavor}, ${envelope.selector}`], ['window', bounds],
    ['family', envelope.shared ? 'may use what is unused' : 'not shared'], ['lends', envelope.lends || 'to nobody'],
  ].map(([term, told]) => [el('dt', {}, term), el('dd', {}, told)]));
}

function envelopeTable() {
  const used = (one) => (one.Owned === null ? null : one.Owned + one.Shared + one.Borrowed + one.Unfunded);
  const told = (value, words) => (value === null ? '' : words(value));
  const exact = (value) => told(value, (seconds) => el('span', { title: `${num(seconds)} GPU-seconds` }, hours(seconds)));
  const grid = table('Envelopes as the plan says', [
    { title: 'Envelope', cell: (one) => name(one.key), sort: (one) => one.key },
    { title: 'GPUs now', cell: (one) => told(used(one), num), sort: used, number: true },
    { title: 'Limit', cell: (one) => num(one.concurrency), sort: (one) => one.concurrency, number: true },
    { title: 'Used', cell: (one) => told(used(one), (value) => percent(value, one.concurrency)), sort: (one) => used(one) / one.concurrency, number: true },
    { title: 'Lent, shared', cell: (one) => told(one.Owned, () => num(one.Shared + one.Borrowed)), sort: (one) => one.Shared + one.Borrowed, number: true },
    { title: 'Spent GPU-h', cell: (one) => exact(one.spent), sort: (one) => one.spent, number: true },
    { title: 'Planned GPU-h', cell: (one) => exact(one.planned), sort: (one) => one.planned, number: true },
    { title: 'Cap GPU-h', cell: (one) => (one.cap === null ? 'none' : exact(one.cap)), sort: (one) => one.cap, number: true },
    { title: 'Lends', cell: (one) => one.lends || 'no', sort: (one) => one.lends },
  ], () => envelopes.filter((one) => !state.within || state.within.has(one.owner)), { sorted: { at: 6, down: true } });
  onChange((what) => { if (what === 'filter') grid.renew(); });
  return grid;
}
