// Elements as expressions. Text becomes text nodes, never HTML.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * Names that begin with "on" are listeners, `true` is an empty attribute; null, undefined and false are left out.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  append(node, children);
  return node;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...SVGElement} children
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * @param {Element} node
 * @param {(Child | Child[])[]} children
 */
function append(node, children) {
  for (const child of children.flat())
    if (child !== null && child !== undefined && child !== false) node.append(child instanceof Node ? child : String(child));
}

/**
 * Replaces all children.
 * @param {Element} node
 * @param {...(Child | Child[])} children
 */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
}

let lastId = 0;
/** An id that no other element has. @param {string} prefix */
export const newId = (prefix) => `${prefix}-${++lastId}`;

/**
 * A label with its control below.
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [hint]
 */
export function field(label, control, hint) {
  control.id ||= newId('field');
  const note = hint ? el('span', {class: 'hint', id: newId('hint')}, hint) : null;
  if (note) control.setAttribute('aria-describedby', note.id);
  return el('div', {class: 'field'}, el('label', {for: control.id}, label), control, note);
}

/**
 * A box with its label after it.
 * @param {string} label
 * @param {HTMLElement} box
 */
export function boxField(label, box) {
  return el('label', {class: 'box'}, box, el('span', {}, label));
}

/**
 * @param {[value: string, label: string][]} options
 * @param {string} chosen
 * @param {Record<string, unknown>} [attributes]
 */
export function select(options, chosen, attributes = {}) {
  return /** @type {HTMLSelectElement} */ (el('select', attributes,
    options.map(([value, label]) => el('option', {value, selected: value === chosen}, label))));
}

/**
 * A bar of `share` (0 to 1). A picture of a number that the text gives, too.
 * @param {number} share
 * @param {string} [kind] a class of its own
 */
export function bar(share, kind = '') {
  const inner = el('span');
  inner.style.inlineSize = `${Math.round(Math.min(Math.max(share, 0), 1) * 1000) / 10}%`;
  return el('span', {class: `bar ${kind}`.trim(), 'aria-hidden': 'true'}, inner);
}
