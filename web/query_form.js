// The form of a search: the question, and what can be set for it.
import {boxField, el, field, select} from './dom.js';
import {FilterEditor} from './filter_editor.js';
import {t} from './i18n.js';
import {modes} from './query.js';

/** @typedef {import('./query.js').Query} Query */
/** @typedef {import('./i18n.js').MessageKey} MessageKey */

/** @param {string} name @returns {[string, string]} */
export const modeOption = (name) => [name, t(/** @type {MessageKey} */ (`mode.${name}`))];

/** The choices of a mode; "" is the server's own. */
export const modeOptions = () => /** @type {[string, string][]} */ ([['', t('asServer')], ...modes.map(modeOption)]);

/** Yes, no, or as the server does. */
export const yesNoOptions = () =>
  /** @type {[string, string][]} */ ([['', t('asServer')], ['true', t('yes')], ['false', t('no')]]);

/** @param {Record<string, unknown>} attributes */
const input = (attributes) => /** @type {HTMLInputElement} */ (el('input', {autocomplete: 'off', ...attributes}));

export class QueryForm {
  /** @param {(query: Query) => void} send */
  constructor(send) {
    this.query = input({type: 'search', name: 'query', class: 'question', required: true, 'aria-label': t('question'),
      placeholder: t('questionExample'), enterkeyhint: 'search'});
    this.topK = input({type: 'number', name: 'top_k', min: 1, max: 1000, placeholder: t('asServer')});
    this.mode = select(modeOptions(), '', {name: 'mode'});
    this.rerank = select(yesNoOptions(), '', {name: 'rerank'});
    this.unit = select([['', t('asServer')], ['chunk', t('unitChunk')], ['section', t('unitSection')]], '', {name: 'return'});
    this.minScore = input({type: 'number', name: 'min_score', min: 0, max: 1, step: 'any', placeholder: '0'});
    this.diversity = input({type: 'number', name: 'diversity', min: 0, max: 1, step: 'any', placeholder: '0'});
    this.neighbors = input({type: 'number', name: 'neighbors', min: 0, max: 20, placeholder: '0'});
    this.collapse = input({type: 'checkbox', name: 'collapse'});
    this.foldDuplicates = input({type: 'checkbox', name: 'fold_duplicates'});
    this.filter = new FilterEditor();
    this.filterPanel = el('details', {class: 'panel'}, el('summary', {}, t('filters')), this.filter.node);
    this.morePanel = el('details', {class: 'panel'}, el('summary', {}, t('moreOptions')), this.options());
    this.node = el('form', {class: 'query-form', role: 'search', onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const query = this.get();
      if (query) send(query);
    }},
    el('div', {class: 'ask'}, this.query, el('button', {type: 'submit'}, t('search'))),
    el('div', {class: 'panels'}, this.filterPanel, this.morePanel));
  }

  options() {
    return el('div', {},
      el('div', {class: 'fields'}, field(t('mode'), this.mode), field(t('topK'), this.topK), field(t('rerank'), this.rerank),
        field(t('unit'), this.unit), field(t('minScore'), this.minScore), field(t('diversity'), this.diversity),
        field(t('neighbors'), this.neighbors)),
      el('div', {class: 'boxes'}, boxField(t('collapse'), this.collapse), boxField(t('foldDuplicates'), this.foldDuplicates)));
  }

  /** @param {Query} query */
  set(query) {
    /** @param {unknown} value */
    const text = (value) => (value === undefined ? '' : String(value));
    this.query.value = query.query;
    this.topK.value = text(query.top_k);
    this.mode.value = text(query.mode);
    this.rerank.value = text(query.rerank);
    this.unit.value = text(query.return);
    this.minScore.value = text(query.min_score);
    this.diversity.value = text(query.diversity);
    this.neighbors.value = text(query.neighbors);
    this.collapse.checked = query.collapse === true;
    this.foldDuplicates.checked = query.fold_duplicates === true;
    this.filter.set(query.filter);
    const {query: question, filter, ...more} = query;
    if (filter) this.filterPanel.setAttribute('open', '');
    if (Object.keys(more).length > 0) this.morePanel.setAttribute('open', '');
  }

  /** Undefined: the filter has a fault. @returns {Query | undefined} */
  get() {
    const filter = this.filter.get();
    if (filter === false) {
      this.filterPanel.setAttribute('open', '');
      return undefined;
    }
    /** @param {HTMLInputElement} from */
    const numberIn = (from) => (from.value === '' ? undefined : Number(from.value));
    const query = {
      query: this.query.value.trim(),
      filter,
      top_k: numberIn(this.topK),
      mode: this.mode.value || undefined,
      rerank: this.rerank.value ? this.rerank.value === 'true' : undefined,
      return: this.unit.value || undefined,
      min_score: numberIn(this.minScore),
      diversity: numberIn(this.diversity),
      neighbors: numberIn(this.neighbors),
      collapse: this.collapse.checked || undefined,
      fold_duplicates: this.foldDuplicates.checked || undefined,
    };
    return /** @type {Query} */ (Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)));
  }
}
