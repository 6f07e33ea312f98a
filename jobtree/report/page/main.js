// Puts the page together.

import { budgetSection } from './budgets.js';
import { changeSection } from './change_section.js';
import { contentionSection } from './contention.js';
import { head } from './data.js';
import { el } from './dom.js';
import { mapSection } from './map_section.js';
import { overviewSection } from './overview.js';
import { payerSection } from './payers.js';
import { priceSection } from './prices.js';
import { reservationSection, runSection } from './runs.js';
import { seriesSection } from './series_section.js';
import { timelineSection } from './timeline_section.js';
import { tipElements } from './tip.js';
import { toolbar } from './toolbar.js';

const sections = [
  overviewSection(), changeSection(), timelineSection(), mapSection(), budgetSection(), payerSection(),
  reservationSection(), contentionSection(), priceSection(), seriesSection(), runSection(),
].filter(Boolean);

document.getElementById('page').append(
  ...toolbar(sections),
  el('main', {}, sections),
  el('footer', {}, `jobtree ${head.version} · inputs `, el('code', { class: 'hash' }, head.inputDigest)),
  ...tipElements(),
);

window.addEventListener('beforeprint', () => {
  for (const one of document.querySelectorAll('details')) one.open = true;
});
