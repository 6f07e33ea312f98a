// The words beside the pointer, or beside what the keyboard is on; said aloud for who listens.

import { el, put } from './dom.js';

const box = el('div', { class: 'tip', role: 'presentation', hidden: true });
const said = el('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });

/** The two elements that belong at the end of the page. */
export function tipElements() {
  return [box, said];
}

/** Shows lines at a point of the window. The first is a title; others are [label, value] or a text. */
export function showTip(x, y, title, lines, aloud = false) {
  const told = lines.filter((line) => line !== null);
  put(
    box,
    el('strong', {}, title),
    el('dl', {}, told.map((line) => (Array.isArray(line)
      ? [el('dt', {}, line[0]), el('dd', {}, line[1])]
      : [el('dd', { class: 'wide' }, line)]))),
  );
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const left = x + 16 + width > window.innerWidth ? x - width - 12 : x + 16;
  const top = y + 16 + height > window.innerHeight ? y - height - 12 : y + 16;
  box.style.left = `${Math.max(4, left)}px`;
  box.style.top = `${Math.max(4, top)}px`;
  if (aloud) say([title, ...told.map((line) => (Array.isArray(line) ? line.join(': ') : line))].join('. '));
}

/** Takes the words away. */
export function hideTip() {
  box.hidden = true;
}

/** Says something aloud. */
function say(words) {
  said.textContent = words;
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hideTip();
});
window.addEventListener('scroll', hideTip, { passive: true });
