// Help for screen readers and keyboards: announcements, and where the focus goes.
import {el} from './dom.js';

const polite = el('div', {class: 'visually-hidden', role: 'status', 'aria-live': 'polite'});

/** The region of announcements, once in the page. */
export const announcer = polite;

/**
 * Says a text. An equal text is said again.
 * @param {string} text
 */
export function announce(text) {
  polite.textContent = '';
  setTimeout(() => { polite.textContent = text; }, 50);
}

/**
 * For headings and regions that are no controls.
 * @param {HTMLElement | null} node
 */
export function focusOn(node) {
  if (!node) return;
  if (!node.hasAttribute('tabindex')) node.setAttribute('tabindex', '-1');
  node.focus();
}
