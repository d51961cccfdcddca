// A block of code with a button that copies it.
import {announce} from './a11y.js';
import {el} from './dom.js';
import {t} from './i18n.js';

/** @param {HTMLElement} code */
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent ?? '');
    return true;
  } catch {
    // Not a secure context, such as http:// on another machine: the older way.
    getSelection()?.selectAllChildren(code);
    return document.execCommand('copy');
  }
}

/** @param {string} name @param {string} text */
export function codeBlock(name, text) {
  const code = el('pre', {tabindex: '0', role: 'region', 'aria-label': name}, text);
  const button = el('button', {type: 'button', class: 'quiet', 'aria-label': t('copyOf', {name}), onclick: async () => {
    const said = t((await copy(code)) ? 'copied' : 'copyFailed');
    announce(said);
    button.textContent = said;
    setTimeout(() => { button.textContent = t('copy'); }, 2000);
  }}, t('copy'));
  return el('div', {class: 'snippet'}, el('div', {class: 'snippet-head'}, el('span', {}, name), button), code);
}
