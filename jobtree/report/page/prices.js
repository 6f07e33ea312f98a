// Prices of the certificate: what one more GPU-hour would save, somewhere, at some time (docs/certificate.md).

import { head } from './data.js';
import { el, empty, name, section } from './dom.js';
import { count, moment, num, span as duration } from './format.js';
import { lineChart } from './linechart.js';
import { domains, prices } from './model.js';
import { table } from './table.js';

const MOST = 6;

/** The section. */
export function priceSection() {
  const { searched } = head.proof;
  if (!prices.length) {
    const why = searched
      ? `The proof of this plan has no prices: a solver searched all there is for ${count(searched, 'run')}, and found the least wait.`
      : 'The proof of this plan has no prices: nothing waits for GPUs or budgets that are scarce.';
    return section('prices', 'Prices', null, empty(why));
  }
  const { given } = head.proof;
  const taken = given ? ` ${count(given, 'run')} whose place contention decides are taken as given.` : '';
  const lead = 'A price says what one more GPU-hour would save there and then: by how long an hour of one GPU\'s waiting work could start earlier. '
    + 'It is a marginal value, good for the next few GPU-hours and no forecast for many. No price: more would save nothing.' + taken;
  const scarce = prices.map(priced).sort((a, b) => b.peak - a.peak);
  return section('prices', 'Prices', lead, chart('Machines', scarce.filter((one) => !one.account)), chart('Budgets', scarce.filter((one) => one.account)), priceTable(scarce));
}

/** A price with its points, its highest value and when that is. */
function priced(row) {
  const points = Array.from({ length: row.steps.length / 2 }, (_, at) => [row.steps[2 * at], row.steps[2 * at + 1] + row.charged]);
  const all = points.length ? points : [[0, row.charged]];
  const peak = all.reduce((found, [, value]) => Math.max(found, value), row.charged);
  const when = all.find(([, value]) => value === peak);
  return { ...row, points: all, peak, when: when ? when[0] : 0, title: row.account || places(row) };
}

function places(row) {
  const shown = row.domains.slice(0, 2).map(([domain]) => (domain < 0 ? 'gone' : domains[domain].title));
  const left = row.domains.length - shown.length;
  return `${shown.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

function chart(title, found) {
  const dear = found.filter((one) => one.peak > 0).slice(0, MOST);
  if (!dear.length) return el('p', { class: 'empty' }, `${title}: none has a price.`);
  const more = found.length > dear.length ? `, the ${dear.length} dearest of ${found.length}` : '';
  const peak = dear[0].peak;
  return lineChart({
    unit: [86400, 3600, 60].find((size) => peak >= 2 * size) || 1,
    title: `${title}${more}: what one more GPU-hour saves`,
    lines: dear.map((one) => ({ name: one.title, points: one.points, steps: true })),
    short: (value) => duration(value),
    exact: (value) => `${duration(value, true)} earlier (${num(value)} seconds)`,
    height: 220,
  });
}

function priceTable(found) {
  return table('All prices', [
    { title: 'Of', cell: (one) => name(one.title), sort: (one) => one.title },
    { title: 'Nodes', cell: (one) => (one.nodes ? num(one.nodes) : ''), sort: (one) => one.nodes, number: true },
    { title: 'Highest', cell: (one) => el('span', { title: `${num(one.peak)} seconds` }, duration(one.peak)), sort: (one) => one.peak, number: true },
    { title: 'From', cell: (one) => moment(one.when), sort: (one) => one.when },
    { title: 'For each GPU-hour charged', cell: (one) => (one.account ? duration(one.charged) : ''), sort: (one) => one.charged, number: true },
  ], () => found, { sorted: { at: 2, down: true } });
}
