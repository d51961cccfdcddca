// The collections: what is in each, which one is in force, making and dropping them.
import {announce, focusOn} from './a11y.js';
import {request} from './api.js';
import {refreshCollections} from './collection_picker.js';
import {confirmed} from './dialogs.js';
import {el, field, fill} from './dom.js';
import {faultNode} from './faults.js';
import {number, size, t} from './i18n.js';
import {LoadedView, cardTable} from './loaded_view.js';
import {collection, go, linkIn} from './router.js';

/** @typedef {import('./router.js').View} View */
/** @typedef {{name: string, description: string, documents?: number, chunks?: number, bytes?: number}} Collection */

/** @param {Record<string, unknown>} attributes */
const input = (attributes) => /** @type {HTMLInputElement} */ (el('input', {autocomplete: 'off', ...attributes}));

/** @param {number | undefined} value @param {(value: number) => string} format */
const figure = (value, format) => (value === undefined ? '–' : format(value));

/** @implements {View} */
export class CollectionsView extends LoadedView {
  constructor() {
    super();
    this.heading = el('h1', {}, t('navCollections'));
    this.fault = el('div');
    this.name = input({name: 'name', required: true, maxlength: 64, pattern: '[a-z0-9][a-z0-9_\\-]*', autocapitalize: 'none', spellcheck: 'false'});
    this.description = input({name: 'description', maxlength: 512});
    this.tokens = input({name: 'chunk_tokens', type: 'number', min: 16, max: 8192, placeholder: t('asServer')});
    this.overlap = input({name: 'chunk_overlap', type: 'number', min: 0, max: 4096, placeholder: t('asServer')});
    this.node = el('div', {}, this.heading, el('p', {class: 'hint'}, t('collectionsHint')), this.out, this.form());
  }

  form() {
    return el('details', {class: 'panel'}, el('summary', {}, t('collectionNew')), this.fault,
      el('form', {onsubmit: (/** @type {Event} */ event) => void this.create(event)},
        el('div', {class: 'fields'}, field(t('collectionName'), this.name, t('collectionNameHint')),
          field(t('collectionDescription'), this.description),
          field(t('chunkTokens'), this.tokens, t('chunkTokensHint')), field(t('chunkOverlap'), this.overlap)),
        el('div', {class: 'row end'}, el('button', {type: 'submit', class: 'plain'}, t('collectionCreate')))));
  }

  /** @param {AbortSignal} signal */
  async read(signal) {
    const {collections} = await request('v1/collections?counts=true', {signal});
    this.draw(collections);
    void refreshCollections();
  }

  /** @param {Collection[]} collections */
  draw(collections) {
    const heads = ['collectionName', 'columnDocuments', 'columnChunks', 'columnSize', 'columnActions'];
    fill(this.out, cardTable(t('navCollections'), 'collections', heads, collections.map((one) => this.row(one))));
  }

  /** @param {Collection} one */
  row(one) {
    const {name, description, documents, chunks, bytes} = one;
    const inForce = name === (collection() || 'default');
    return el('tr', {'aria-current': inForce ? 'true' : null, 'data-name': name},
      el('th', {scope: 'row'}, el('a', {href: linkIn(name, 'search')}, name), inForce ? el('span', {class: 'badge'}, t('collectionInForce')) : null,
        description ? el('p', {class: 'sample'}, description) : null),
      el('td', {class: 'figure'}, figure(documents, (value) => number(value, 0))),
      el('td', {class: 'figure'}, figure(chunks, (value) => number(value, 0))),
      el('td', {class: 'figure'}, figure(bytes, size)),
      el('td', {}, el('div', {class: 'actions'},
        inForce ? null : el('button', {type: 'button', class: 'quiet', 'aria-label': t('collectionUseOf', {name}),
          onclick: () => go(linkIn(name, 'collections'))}, t('collectionUse')),
        name === 'default' ? null : el('button', {type: 'button', class: 'quiet', 'aria-label': t('collectionDropOf', {name}),
          onclick: () => void this.drop(one)}, t('collectionDrop')))));
  }

  /** @param {Event} event */
  async create(event) {
    event.preventDefault();
    /** @param {HTMLInputElement} from */
    const numberIn = (from) => (from.value === '' ? undefined : Number(from.value));
    const name = this.name.value.trim();
    this.fault.replaceChildren();
    try {
      await request('v1/collections', {json: {name, description: this.description.value.trim(), chunk_tokens: numberIn(this.tokens),
        chunk_overlap: numberIn(this.overlap)}});
    } catch (error) {
      fill(this.fault, faultNode(error));
      this.name.focus();
      return;
    }
    /** @type {HTMLFormElement} */ (event.target).reset();
    announce(t('collectionCreated', {name}));
    await this.load();
    /** @type {HTMLElement | null} */ (this.out.querySelector(`[data-name="${CSS.escape(name)}"] a`))?.focus();
  }

  /** @param {Collection} one */
  async drop({name, documents}) {
    const text = documents === undefined ? t('collectionDropText') : t('collectionDropCount', {count: documents});
    const dropped = await confirmed({title: t('collectionDropTitle', {name}), text, action: t('collectionDrop'), word: name,
      wordLabel: t('collectionDropWord', {name})},
    () => request(`v1/collections/${encodeURIComponent(name)}?${new URLSearchParams({confirm: name})}`, {method: 'DELETE'}));
    if (!dropped) return;
    announce(t('collectionDropped', {name}));
    if (collection() === name) {
      go(linkIn('default', 'collections'));
      return;
    }
    await this.load();
    focusOn(this.heading);
  }
}
