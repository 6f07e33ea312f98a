// A canvas that shows part of something taller: it scrolls, is sharp on every screen, and draws when it must.

import { el } from './dom.js';
import { onTheme } from './colours.js';
import { hideTip } from './tip.js';

/**
 * A scrolling frame with a canvas. `draw(context, width, height, scroll)` paints what is seen; `total(width)` is the
 * height of everything. `on` holds listeners: `hover(x, y, event)` in coordinates of everything, `leave`, `key`, `press`.
 */
export function surface({ label, keys, draw, total, on }) {
  const canvas = el('canvas', { tabindex: 0, role: 'application', 'aria-label': label, 'aria-description': keys });
  const spacer = el('div', { class: 'surface-spacer' });
  const frame = el('div', { class: 'surface' }, canvas, spacer);
  const context = canvas.getContext('2d');
  let asked = false;

  function paint() {
    asked = false;
    const width = frame.clientWidth;
    if (!width) return;
    const all = total(width);
    const most = Math.max(260, Math.min(720, Math.round(window.innerHeight * 0.72)));
    const height = Math.min(all, most);
    frame.style.height = `${height + frame.offsetHeight - frame.clientHeight}px`;
    spacer.style.height = `${Math.max(0, all - height)}px`;
    const scale = window.devicePixelRatio || 1;
    resize(canvas, frame.clientWidth, height, scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context, frame.clientWidth, height, frame.scrollTop);
  }

  function renew() {
    if (!asked) requestAnimationFrame(paint);
    asked = true;
  }

  function at(event) {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top + frame.scrollTop];
  }

  canvas.addEventListener('pointermove', (event) => on.hover(...at(event), event));
  canvas.addEventListener('pointerleave', () => { hideTip(); on.leave?.(); });
  canvas.addEventListener('pointerdown', (event) => on.press?.(...at(event), event));
  canvas.addEventListener('keydown', (event) => { if (on.key(event)) event.preventDefault(); });
  canvas.addEventListener('blur', hideTip);
  frame.addEventListener('scroll', () => { hideTip(); renew(); }, { passive: true });
  new ResizeObserver(renew).observe(frame);
  onTheme(() => { paint(); renew(); });
  return { node: frame, canvas, renew, scroller: frame };
}

function resize(canvas, width, height, scale) {
  const [wide, tall] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide || canvas.height !== tall) [canvas.width, canvas.height] = [wide, tall];
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

/** Scrolls so that a stretch of everything is seen below `margin`. */
export function reveal(frame, top, bottom, margin = 0) {
  if (top - margin < frame.scrollTop) frame.scrollTop = Math.max(0, top - margin);
  else if (bottom > frame.scrollTop + frame.clientHeight) frame.scrollTop = bottom - frame.clientHeight + 8;
}
