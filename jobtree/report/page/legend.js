// The colours of runs, in words; the same under the timeline and under the map.

import { legend, onTheme } from './colours.js';
import { el, name, put } from './dom.js';
import { onChange } from './state.js';

/** What the colours mean. */
export function legendList() {
  const list = el('ul', { class: 'legend', 'aria-label': 'Colours' });
  const renew = () => put(list, legend().map(([colour, words]) => {
    const patch = el('span', { class: 'patch', 'aria-hidden': 'true' });
    patch.style.backgroundColor = colour;
    return el('li', {}, patch, name(words));
  }));
  renew();
  onChange((what) => { if (what === 'colours') renew(); });
  onTheme(renew);
  return list;
}
