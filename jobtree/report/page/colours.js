// Colours: of the theme, from the style sheet, and of owners, families and classes of payment.
// The eight hues can be told apart with the common kinds of colour blindness (after Okabe and Ito, and Tol).

import { owners, rootOf } from './model.js';
import { state } from './state.js';

const LIGHT = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#7a5fb5', '#8a7000'];
const DARK = ['#4aa3df', '#f0b429', '#2fbf94', '#e19bc4', '#86cdf5', '#f08650', '#a892e0', '#c4ab3c'];
const CLASSES = new Map([['Owned', 0], ['Shared', 2], ['Borrowed', 1], ['Unfunded', 5]]);
const printed = window.matchMedia('print');
const prefersDark = window.matchMedia('(prefers-color-scheme: dark)');

/** Whether the page is dark at the moment: paper never is. */
export function isDark() {
  if (printed.matches) return false;
  const chosen = document.documentElement.getAttribute('data-theme');
  return chosen ? chosen === 'dark' : prefersDark.matches;
}

/** Calls back whenever colours may have changed. */
export function onTheme(listener) {
  for (const query of [printed, prefersDark]) query.addEventListener('change', listener);
  new MutationObserver(listener).observe(document.documentElement, { attributeFilter: ['data-theme'] });
}

const known = new Map();
onTheme(() => known.clear());

/** A colour of the style sheet, such as `--ink`; asked for once for each look of the page. */
export function themed(variable) {
  if (!known.has(variable)) known.set(variable, getComputedStyle(document.documentElement).getPropertyValue(variable).trim());
  return known.get(variable);
}

/** The hue of a number; grey beyond the eighth. */
export function hue(number) {
  const hues = isDark() ? DARK : LIGHT;
  return number >= 0 && number < hues.length ? hues[number] : isDark() ? '#7d8794' : '#98a1ac';
}

function ranked(of) {
  const weights = new Map();
  for (const owner of owners) weights.set(of(owner), (weights.get(of(owner)) || 0) + owner.weight);
  const heavy = [...weights].filter(([, weight]) => weight > 0).sort((a, b) => b[1] - a[1] || a[0].id - b[0].id);
  return new Map(heavy.map(([owner], at) => [owner, at]));
}

const byOwner = ranked((owner) => owner);
const byFamily = ranked(rootOf);
state.colours = byOwner.size > LIGHT.length && byFamily.size > 1 ? 'family' : 'owner';

function ranks() {
  return state.colours === 'family' ? byFamily : byOwner;
}

function classOf(span) {
  const told = span.run.payers.find((share) => share.payer === span.payer);
  const found = CLASSES.get(told ? told.class : span.payer ? '' : 'Unfunded');
  return found === undefined ? 99 : found;
}

/** The hue of a span: of its run's owner or family, or of who pays, as the reader chose. */
export function hueOf(span) {
  if (state.colours === 'class') return hue(classOf(span));
  return hue(hueNumber(span.run.owner));
}

function hueNumber(owner) {
  const found = ranks().get(state.colours === 'family' ? rootOf(owner) : owner);
  return found === undefined ? 99 : found;
}

/** What the legend says: [hue, words]. */
export function legend() {
  if (state.colours === 'class') {
    return [...CLASSES].map(([word, number]) => [hue(number), word]).concat([[hue(99), 'not said by the plan']]);
  }
  const shown = [...ranks()].slice(0, LIGHT.length).map(([owner, at]) => [hue(at), owner.name]);
  const others = ranks().size - shown.length;
  return others > 0 ? [...shown, [hue(99), `${others} others`]] : shown;
}

/** Black or white, whichever reads better on a colour. */
export function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  return light > 0.179 ? '#0b0f14' : '#ffffff';
}
