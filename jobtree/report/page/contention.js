// What this plan took from whom, and the lotteries that it held.

import { el, empty, more, name, section } from './dom.js';
import { count, num } from './format.js';
import { cuts, lotteries } from './model.js';
import { table } from './table.js';

const REPLAY = 'jobtree verify --lottery';
const KINDS = new Map([
  ['ReclaimUnfunded', 'unfunded work yields'], ['DropSpare', 'spares yield'],
  ['Shrink', 'elastic width yields'], ['Lottery', 'a lottery decided'],
]);

/** The section. */
export function contentionSection() {
  if (!cuts.length && !lotteries.length) {
    return section('contention', 'Cuts and lotteries', null, empty('Nobody was cut: no claim that is due with this plan lacked GPUs. Reservations above say who may have to yield later.'));
  }
  return section('contention', 'Cuts and lotteries', 'Who yielded with this plan, for which claim, and how a lottery chose.', cutTable(), lotteries.map(lottery));
}

function cutTable() {
  return table('Cuts of this plan', [
    { title: 'Unit', cell: (cut) => name(cut.unit), sort: (cut) => cut.unit },
    { title: 'How', cell: (cut) => KINDS.get(cut.kind) || cut.kind, sort: (cut) => cut.kind },
    { title: 'GPUs', cell: (cut) => num(cut.gpus), sort: (cut) => cut.gpus, number: true },
    { title: 'For', cell: (cut) => name(cut.claim), sort: (cut) => cut.claim },
    { title: 'Draw', cell: (cut) => (cut.draw === null ? '' : ordinal(cut.draw + 1)), sort: (cut) => cut.draw, number: true },
  ], () => cuts, { none: 'A lottery was held, and everything that it drew was returned.' });
}

function lottery(draw) {
  const drawn = new Map(draw.drawn.map((unit, at) => [unit, at + 1]));
  const returned = new Set(draw.returned);
  const fate = (unit) => {
    if (!drawn.has(unit)) return 'not drawn';
    return `drawn ${ordinal(drawn.get(unit))}${returned.has(unit) ? ', returned' : ''}`;
  };
  const facts = [
    ['seed', el('code', { class: 'hash' }, draw.seed || 'none was needed')], ['entropy', el('code', { class: 'hash' }, draw.entropy)],
    ['committed', el('code', { class: 'hash' }, draw.committed)], ['replay', el('code', {}, REPLAY)],
  ];
  return el(
    'article', { class: 'card' },
    el('h3', {}, 'Lottery for ', name(draw.claim)),
    el('p', {}, `${count(draw.drawn.length, 'unit')} drawn among ${count(draw.candidates.length, 'candidate')} (${KINDS.get(draw.kind) || draw.kind}).`),
    el('dl', { class: 'terms' }, facts.map(([term, told]) => [el('dt', {}, term), el('dd', {}, told)])),
    more('Candidates and draws', () => table(`Candidates of the lottery for ${draw.claim}`, [
      { title: 'Unit', cell: (unit) => name(unit.unit), sort: (unit) => unit.unit },
      { title: 'Owner', cell: (unit) => name(unit.owner), sort: (unit) => unit.owner },
      { title: 'GPUs', cell: (unit) => num(unit.gpus), sort: (unit) => unit.gpus, number: true },
      { title: 'Draw', cell: (unit) => fate(unit.unit), sort: (unit) => drawn.get(unit.unit) || 1e9 },
    ], () => draw.candidates)),
  );
}

function ordinal(number) {
  const ends = new Map([[1, 'st'], [2, 'nd'], [3, 'rd']]);
  const end = number % 100 > 10 && number % 100 < 14 ? 'th' : ends.get(number % 10) || 'th';
  return `${number}${end}`;
}
