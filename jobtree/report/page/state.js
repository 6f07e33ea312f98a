// What the reader has chosen. Parts of the page draw anew when it changes.

import { below } from './model.js';

const listeners = [];
export const state = { owner: null, query: '', instant: 0, colours: 'owner', within: null };

/** Calls back after every change, with what was changed: `filter`, `instant` or `colours`. */
export function onChange(listener) {
  listeners.push(listener);
}

/** Changes the state, and tells everybody. */
export function change(what, values) {
  Object.assign(state, values);
  if (what === 'filter') state.within = state.owner ? below(state.owner) : null;
  for (const listener of listeners) listener(what);
}

/** Whether the reader has narrowed the runs down. */
export function isFiltered() {
  return state.owner !== null || state.query !== '';
}

/** Whether a run is among those that the reader asked for: by owner and all below it, and by words of its name. */
export function matches(run) {
  if (state.within && !state.within.has(run.owner)) return false;
  if (!state.query) return true;
  const words = `${run.key} ${run.owner.name} ${run.flavor}`.toLowerCase();
  return state.query.split(/\s+/).every((word) => words.includes(word));
}
