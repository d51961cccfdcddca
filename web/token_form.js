// The form of a new token.
import {boxField, el, field, fill} from './dom.js';
import {FilterEditor} from './filter_editor.js';
import {t} from './i18n.js';

const scopes = /** @type {const} */ (['read', 'write', 'admin']);

/** @param {Record<string, unknown>} attributes */
const input = (attributes) => /** @type {HTMLInputElement} */ (el('input', {autocomplete: 'off', spellcheck: 'false', ...attributes}));

/** @param {string} name @param {string} value @param {boolean} [checked] */
const box = (name, value, checked = false) => input({type: 'checkbox', name, value, checked});

export class TokenForm {
  /** @param {(token: Record<string, unknown>) => void} send */
  constructor(send) {
    this.name = input({name: 'name', required: true, maxlength: 64, pattern: '[A-Za-z0-9._\\-]+', autocapitalize: 'none'});
    this.expires = input({name: 'expires', placeholder: t('tokenNever')});
    this.rate = input({name: 'rate', placeholder: t('tokenAnyRate')});
    this.maxBody = input({name: 'max_body', type: 'number', min: 0, placeholder: t('asServer')});
    this.scopes = scopes.map((scope) => box('scope', scope, scope === 'read'));
    /** @type {HTMLInputElement[]} */
    this.collections = [];
    this.collectionBoxes = el('div', {class: 'boxes'});
    this.filter = new FilterEditor();
    this.node = /** @type {HTMLFormElement} */ (el('form', {onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const token = this.get();
      if (token) send(token);
    }},
    el('div', {class: 'fields'}, field(t('tokenName'), this.name, t('tokenNameHint')), field(t('tokenExpires'), this.expires, t('tokenExpiresHint')),
      field(t('tokenRate'), this.rate, t('tokenRateHint')), field(t('tokenMaxBody'), this.maxBody)),
    el('fieldset', {class: 'group'}, el('legend', {}, t('tokenScopes')),
      el('div', {class: 'boxes'}, this.scopes.map((one) => boxField(t(/** @type {any} */ (`scope.${one.value}`)), one)))),
    el('fieldset', {class: 'group'}, el('legend', {}, t('tokenCollections')), el('p', {class: 'hint'}, t('tokenCollectionsHint')), this.collectionBoxes),
    el('fieldset', {class: 'group'}, el('legend', {}, t('tokenFilter')), el('p', {class: 'hint'}, t('tokenFilterHint')), this.filter.node),
    el('div', {class: 'row end'}, el('button', {type: 'submit', class: 'plain'}, t('tokenCreate')))));
  }

  /** @param {string[]} names that can be chosen */
  setCollections(names) {
    const chosen = this.collections.filter((one) => one.checked).map((one) => one.value);
    this.collections = names.map((name) => box('collections', name, chosen.includes(name)));
    fill(this.collectionBoxes, this.collections.map((one) => boxField(one.value, one)));
  }

  clear() {
    this.node.reset();
    this.filter.set(undefined);
  }

  /** The body of POST /v1/tokens; undefined: something is missing, and has the focus. */
  get() {
    const filter = this.filter.get();
    if (filter === false) return undefined;
    const chosen = this.scopes.filter((one) => one.checked).map((one) => one.value);
    this.scopes[0].setCustomValidity(chosen.length > 0 ? '' : t('tokenScopeMissing'));
    if (!this.node.reportValidity()) {
      this.scopes[0].setCustomValidity('');
      return undefined;
    }
    const collections = this.collections.filter((one) => one.checked).map((one) => one.value);
    return {name: this.name.value.trim(), scopes: chosen, expires: this.expires.value.trim() || undefined, rate: this.rate.value.trim() || undefined,
      max_body: this.maxBody.value === '' ? undefined : Number(this.maxBody.value), filter,
      collections: collections.length > 0 ? collections : undefined};
  }
}
