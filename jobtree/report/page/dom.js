// Elements without markup: text is always text, attributes are set one by one, nothing is parsed.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined));
  return node;
}

/** An HTML element; attributes that begin with `on` are listeners. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A name that somebody chose: set apart, so that its direction cannot spill over. */
export function name(value, attributes = {}) {
  return el('bdi', { class: 'name', ...attributes }, value);
}

/** Puts new children in place of the old ones. */
export function put(node, ...children) {
  node.replaceChildren(...children.flat(9).filter((child) => child !== null && child !== undefined));
  return node;
}

/** A bar: parts of a whole with a class each; what is above the whole is cut off. */
export function bar(whole, parts, label) {
  const track = el('span', { class: 'bar', role: 'img', 'aria-label': label, title: label });
  let left = whole;
  for (const [amount, kind] of parts) {
    const shown = Math.min(left, amount);
    if (shown <= 0 || whole <= 0) continue;
    const part = el('span', { class: `bar-part ${kind}` });
    part.style.width = `${(100 * shown) / whole}%`;
    track.append(part);
    left -= shown;
  }
  return track;
}

/** A section of the page with a heading that navigation leads to. */
export function section(id, title, lead, ...children) {
  const heading = el('h2', { id: `${id}-title` }, title);
  const told = lead ? el('p', { class: 'lead' }, lead) : null;
  return el('section', { id, 'aria-labelledby': `${id}-title` }, heading, told, ...children);
}

/** What stands where nothing is to be shown: why. */
export function empty(...why) {
  return el('p', { class: 'empty' }, ...why);
}

/** A part that is opened on demand. */
export function more(title, build) {
  const body = el('div', { class: 'more-body' });
  const node = el('details', { class: 'more' }, el('summary', {}, title), body);
  let built = false;
  node.addEventListener('toggle', () => {
    if (node.open && !built) body.append(build());
    built = built || node.open;
  });
  return node;
}
