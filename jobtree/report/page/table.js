// Tables: a page of rows at a time, sorted by any column, numbers to the right.

import { el, put } from './dom.js';
import { num } from './format.js';

const PAGE = 12;

function compare(one, other) {
  if (one === other) return 0;
  if (one === null || one === undefined) return 1;
  if (other === null || other === undefined) return -1;
  return one < other ? -1 : 1;
}

/**
 * A table of `rows()`. A column has a title, `cell(row)`, and maybe `sort(row)`, `number` and `wide`.
 * Returns the element, with a method `renew` to show what `rows()` is by then.
 */
export function table(caption, columns, rows, { none = 'Nothing to show.', sorted = null } = {}) {
  const body = el('tbody');
  const foot = el('p', { class: 'table-foot' });
  let order = sorted;
  let shown = PAGE;
  const headings = columns.map((column, at) => heading(column, () => sortBy(at)));
  const grid = el('table', {}, el('caption', {}, caption), el('thead', {}, el('tr', {}, headings)), body);
  const frame = el('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': caption }, grid);
  const node = el('div', { class: 'table-block' }, frame, foot);

  function sortBy(at) {
    order = { at, down: order && order.at === at ? !order.down : Boolean(columns[at].number) };
    renew();
  }

  function ordered() {
    const found = [...rows()];
    const by = order && columns[order.at].sort;
    if (by) found.sort((a, b) => (order.down ? -1 : 1) * compare(by(a), by(b)));
    return found;
  }

  function renew() {
    const found = ordered();
    const page = found.slice(0, shown);
    put(body, page.map((row) => el('tr', {}, columns.map((column, at) => cell(column, row, at)))));
    if (!found.length) body.append(el('tr', {}, el('td', { colspan: columns.length, class: 'none' }, none)));
    headings.forEach((one, at) => mark(one, columns[at], order && order.at === at ? order : null));
    put(foot, foots(found.length, page.length));
  }

  function foots(all, there) {
    if (all <= PAGE) return [];
    const words = el('span', {}, `${num(there)} of ${num(all)}`);
    if (there === all) return [words];
    const on = (amount) => () => { shown = amount; renew(); };
    return [
      words,
      el('button', { type: 'button', onclick: on(shown + 50) }, 'Show more'),
      el('button', { type: 'button', onclick: on(all) }, 'Show all'),
    ];
  }

  node.renew = renew;
  renew();
  return node;
}

function heading(column, onclick) {
  const label = column.sort ? el('button', { type: 'button', onclick }, column.title) : column.title;
  return el('th', { scope: 'col', class: column.number ? 'number' : null }, label);
}

function mark(one, column, order) {
  if (!column.sort) return;
  one.setAttribute('aria-sort', order ? (order.down ? 'descending' : 'ascending') : 'none');
}

function cell(column, row, at) {
  const kinds = [column.number ? 'number' : '', column.wide ? 'wide' : ''].filter(Boolean).join(' ');
  const found = column.cell(row);
  const content = found === null || found === undefined || found === '' ? el('span', { class: 'faint' }, '–') : found;
  if (at === 0) return el('th', { scope: 'row', class: kinds || null }, content);
  return el('td', { class: kinds || null }, content);
}
