// The named tokens: what each allows, making and revoking them (docs/http-api.md#tokens).
import {announce, focusOn} from './a11y.js';
import {request} from './api.js';
import {codeBlock} from './clipboard.js';
import {confirmed, dialogOf} from './dialogs.js';
import {el, fill} from './dom.js';
import {faultNode} from './faults.js';
import {date, size, t} from './i18n.js';
import {LoadedView, cardTable} from './loaded_view.js';
import {TokenForm} from './token_form.js';

/** @typedef {import('./router.js').View} View */

/** @param {any} token */
function limitsOf(token) {
  const limits = [];
  if (token.collections) limits.push(t('limitCollections', {names: token.collections.join(', ')}));
  if (token.filter) limits.push(t('limitFilter', {filter: JSON.stringify(token.filter)}));
  if (token.rate) limits.push(t('limitRate', {rate: token.rate}));
  if (token.max_body) limits.push(t('limitBody', {size: size(token.max_body)}));
  return limits;
}

/** @param {any} token */
function expiryOf(token) {
  if (!token.expires_at) return t('tokenNever');
  const expired = new Date(token.expires_at).getTime() <= Date.now();
  return expired ? t('tokenExpired', {date: date(token.expires_at)}) : date(token.expires_at);
}

/** The secret, once. @param {string} name @param {string} secret */
function showSecret(name, secret) {
  const close = el('button', {type: 'button', onclick: () => dialog.close()}, t('done'));
  const dialog = dialogOf(t('tokenMade', {name}), el('p', {}, t('tokenOnce')), codeBlock(t('token'), secret),
    el('div', {class: 'row end'}, close));
  dialog.classList.add('wide');
  return new Promise((resolve) => {
    dialog.addEventListener('close', resolve);
    dialog.showModal();
    /** @type {HTMLElement | null} */ (dialog.querySelector('.snippet button'))?.focus();
  });
}

/** @implements {View} */
export class TokensView extends LoadedView {
  constructor() {
    super();
    this.heading = el('h1', {}, t('navTokens'));
    this.fault = el('div');
    this.form = new TokenForm((token) => void this.create(token));
    this.panel = el('details', {class: 'panel', hidden: true}, el('summary', {}, t('tokenNew')), this.fault, this.form.node);
    this.node = el('div', {}, this.heading, el('p', {class: 'hint'}, t('tokensHint')), this.out, this.panel);
  }

  /** @param {AbortSignal} signal */
  async read(signal) {
    const {tokens} = await request('v1/tokens', {signal});
    this.draw(tokens);
    this.panel.hidden = false;
    const {collections} = await request('v1/collections', {signal, quiet: true});
    this.form.setCollections(collections.map((/** @type {any} */ one) => one.name));
  }

  /** A server may have tokens and no collections. @param {unknown} error */
  failed(error) {
    if (this.panel.hidden) super.failed(error);
  }

  /** @param {any[]} tokens */
  draw(tokens) {
    if (tokens.length === 0) {
      fill(this.out, el('p', {class: 'empty'}, t('tokensNone')));
      return;
    }
    const heads = ['tokenName', 'tokenScopes', 'tokenLimits', 'tokenExpires', 'columnActions'];
    fill(this.out, cardTable(t('navTokens'), 'tokens', heads, tokens.map((token) => this.row(token))));
  }

  /** @param {any} token */
  row(token) {
    const {name} = token;
    return el('tr', {'data-name': name},
      el('th', {scope: 'row'}, name, el('p', {class: 'sample'}, t('tokenMadeOn', {date: date(token.created_at)}))),
      el('td', {}, token.scopes.split(',').join(', ')),
      el('td', {class: 'limits'}, limitsOf(token).map((limit) => el('p', {}, limit))),
      el('td', {}, expiryOf(token)),
      el('td', {}, el('button', {type: 'button', class: 'quiet', 'aria-label': t('tokenRevokeOf', {name}),
        onclick: () => void this.revoke(name)}, t('tokenRevoke'))));
  }

  /** @param {Record<string, unknown>} wanted */
  async create(wanted) {
    this.fault.replaceChildren();
    try {
      const {name, token} = await request('v1/tokens', {json: wanted});
      this.form.clear();
      await showSecret(name, token);
      announce(t('tokenMade', {name}));
    } catch (error) {
      fill(this.fault, faultNode(error));
      this.form.name.focus();
      return;
    }
    await this.load();
    focusOn(this.heading);
  }

  /** @param {string} name */
  async revoke(name) {
    const revoked = await confirmed({title: t('tokenRevokeTitle', {name}), text: t('tokenRevokeText'), action: t('tokenRevoke')},
      () => request(`v1/tokens/${encodeURIComponent(name)}`, {method: 'DELETE'}));
    if (!revoked) return;
    announce(t('tokenRevoked', {name}));
    await this.load();
    focusOn(this.heading);
  }
}
