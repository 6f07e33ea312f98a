// The head of the page: what it shows, where to go, who to look for, and how it looks.

import { isDark } from './colours.js';
import { head } from './data.js';
import { el, name, put } from './dom.js';
import { moment, num } from './format.js';
import { owners, runs } from './model.js';
import { change, isFiltered, matches, onChange, state } from './state.js';

/** The head; `sections` are the elements that navigation leads to. */
export function toolbar(sections) {
  const title = el(
    'div', { class: 'title' },
    el('h1', {}, name(head.fleet)),
    el('p', {}, 'As of ', el('time', { datetime: new Date(head.asOf * 1000).toISOString() }, moment(0, true))),
  );
  const links = sections.map((node) => el('a', { href: `#${node.id}` }, node.querySelector('h2').textContent));
  return [
    el('a', { class: 'skip', href: '#overview' }, 'To the content'),
    el('header', { class: 'page-head' }, title, themeButton()),
    el('div', { class: 'bar-top' }, el('nav', { 'aria-label': 'Sections' }, links), filters()),
  ];
}

function filters() {
  const search = el('input', { type: 'search', placeholder: 'Search runs', 'aria-label': 'Search runs', maxlength: 200 });
  const chosen = el('select', { 'aria-label': 'Owner' }, el('option', { value: '' }, 'All owners'), owners.map((owner) => el('option', { value: owner.id }, owner.name)));
  const colours = el('select', { 'aria-label': 'Colours' }, [['owner', 'By owner'], ['family', 'By family'], ['class', 'By class of payment']].map(([value, words]) => el('option', { value, selected: value === state.colours }, words)));
  const told = el('output', { class: 'hint', 'aria-live': 'polite' });
  search.addEventListener('input', () => change('filter', { query: search.value.trim().toLowerCase() }));
  chosen.addEventListener('change', () => change('filter', { owner: chosen.value === '' ? null : owners[Number(chosen.value)] }));
  colours.addEventListener('change', () => change('colours', { colours: colours.value }));
  const clear = el('button', { type: 'button', hidden: true }, 'Clear');
  clear.addEventListener('click', () => {
    [search.value, chosen.value] = ['', ''];
    change('filter', { owner: null, query: '' });
    search.focus();
  });
  onChange((what) => {
    if (what !== 'filter') return;
    clear.hidden = !isFiltered();
    put(told, isFiltered() ? `${num(runs.filter(matches).length)} of ${num(runs.length)} runs` : '');
  });
  return el('div', { class: 'filters', role: 'search' }, search, chosen, colours, clear, told);
}

function themeButton() {
  const button = el('button', { type: 'button', class: 'theme' });
  const renew = () => {
    put(button, isDark() ? 'Light' : 'Dark');
    button.setAttribute('aria-label', isDark() ? 'Switch to light colours' : 'Switch to dark colours');
  };
  button.addEventListener('click', () => {
    document.documentElement.setAttribute('data-theme', isDark() ? 'light' : 'dark');
    renew();
  });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', renew);
  renew();
  return button;
}
