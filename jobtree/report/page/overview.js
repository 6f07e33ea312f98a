// The first look: how much is in use, who waits, how good the plan is, and what must be known about the page.

import { head } from './data.js';
import { bar, el, name, section } from './dom.js';
import { count, moment, num, percent, span as duration } from './format.js';
import { domains, OPEN, runs, spans } from './model.js';

/** The section. */
export function overviewSection() {
  const cards = [use(), decided(), waits(), proof()];
  return section('overview', 'Overview', null, notes(), el('div', { class: 'cards' }, cards), findings());
}

function card(title, figure, ...words) {
  return el('div', { class: 'card' }, el('h3', {}, title), el('p', { class: 'big' }, figure), words.map((word) => el('p', {}, word)));
}

function use() {
  const all = domains.reduce((sum, domain) => sum + domain.gpus, 0);
  const held = spans.filter((one) => one.kind === OPEN && one.start <= 0 && one.end > 0 && one.role !== 'Opportunistic');
  const used = held.reduce((sum, one) => sum + one.gpus, 0);
  return card('GPUs in use', `${num(used)} of ${num(all)}`, bar(all, [[used, 'plain']], percent(used, all)), `${percent(used, all)} at the plan's instant`);
}

function decided() {
  const of = (...words) => runs.filter((run) => words.includes(run.decision)).length;
  const now = of('start', 'running');
  return card('Runs', num(now), `hold GPUs: ${num(of('start'))} start now, ${num(of('running'))} go on`, `${num(of('reserve'))} start later, ${num(of('refuse'))} refused, ${num(of('finished'))} finished`);
}

function waits() {
  const waiting = runs.filter((run) => run.decision === 'reserve');
  if (!waiting.length) return card('Waiting', 'nobody', 'No run waits for GPUs or budgets.');
  const longest = waiting.reduce((most, run) => (run.wait > most.wait ? run : most));
  const mean = Math.round(waiting.reduce((sum, run) => sum + run.wait, 0) / waiting.length);
  return card('Mean wait of those who wait', el('span', { title: count(mean, 'second') }, duration(mean)), [`longest ${duration(longest.wait)}: `, name(longest.key)]);
}

function proof() {
  const { status, bound, wait, gap, solver } = head.proof;
  const title = `wait ${wait}, bound ${bound || 'none'} GPU-seconds x seconds`;
  const figure = status === 'proven' ? 'proven' : gap ? `within ${gap}\u00a0%` : 'no bound';
  const words = status === 'proven' ? 'No plan makes these runs wait less.' : 'No plan\'s wait is lower by more than that.';
  return card('The plan', el('span', { title }, figure), words, el('span', { class: 'faint' }, solver));
}

function notes() {
  const told = [...head.notes];
  if (head.leftOut) told.push(`${count(head.leftOut, 'older lease')} of the ledger ended before ${moment(head.shownFrom)} and ${head.leftOut === 1 ? 'is' : 'are'} not drawn; budgets count them.`);
  return told.map((words) => el('p', { class: 'notice' }, words));
}

function findings() {
  if (!head.findings.length) return null;
  return el('ul', { class: 'findings' }, head.findings.map(([code, severity, message]) => el('li', { class: severity }, el('code', {}, code), ` ${severity}: `, el('bdi', {}, message))));
}
