// What views share that load one thing from the server whenever they are shown.
import {el, fill} from './dom.js';
import {faultNode, isAbort} from './faults.js';
import {t} from './i18n.js';

/** A newer load ends an older one. Subclasses have `node`, a View's, and read(). */
export class LoadedView {
  constructor() {
    this.out = el('div');
    this.running = new AbortController();
  }

  show() {
    void this.load();
  }

  leave() {
    this.running.abort();
  }

  async load() {
    this.running.abort();
    this.running = new AbortController();
    try {
      await this.read(this.running.signal);
    } catch (error) {
      if (!isAbort(error)) this.failed(error);
    }
  }

  /** Asks the server and draws the answer. @param {AbortSignal} signal @returns {Promise<void>} */
  read(signal) {
    return Promise.reject(signal.reason);
  }

  /** @param {unknown} error of read() */
  failed(error) {
    fill(this.out, faultNode(error));
  }
}

/**
 * A table in a card that scrolls by keyboard, too. Each head is a key of messages.
 * @param {string} label
 * @param {string} name its class
 * @param {string[]} heads
 * @param {HTMLElement[]} rows
 */
export function cardTable(label, name, heads, rows) {
  return el('div', {class: 'card flush scroll', tabindex: '0', role: 'region', 'aria-label': label},
    el('table', {class: name},
      el('thead', {}, el('tr', {}, heads.map((head) => el('th', {scope: 'col'}, t(/** @type {any} */ (head)))))),
      el('tbody', {}, rows)));
}
