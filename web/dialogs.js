// Dialogs: the token that the server wants, and confirmations.
import {boxField, el, field, fill} from './dom.js';
import {faultNode} from './faults.js';
import {t} from './i18n.js';
import {setToken, token} from './settings.js';

/**
 * A dialog, which is removed when it is closed. Not shown yet.
 * @param {string} title
 * @param {(HTMLElement | null)[]} content
 */
export function dialogOf(title, ...content) {
  const heading = el('h2', {id: 'dialog-title'}, title);
  const dialog = /** @type {HTMLDialogElement} */ (el('dialog', {'aria-labelledby': heading.id}, heading, content));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  return dialog;
}

export function tokenField() {
  const input = /** @type {HTMLInputElement} */ (el('input', {type: 'password', autocomplete: 'off', spellcheck: 'false', value: token()}));
  const show = el('input', {type: 'checkbox', onchange: (/** @type {any} */ event) => {
    input.type = event.target.checked ? 'text' : 'password';
  }});
  return {input, node: el('div', {}, field(t('token'), input, t('tokenHint')), boxField(t('tokenShow'), show))};
}

/**
 * True: there is a token now.
 * @param {string} reason shown above the field
 * @returns {Promise<boolean>}
 */
export function askToken(reason) {
  const {input, node} = tokenField();
  input.required = true;
  let given = false;
  const dialog = dialogOf(t('tokenTitle'), el('p', {}, reason),
    el('form', {onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      setToken(input.value.trim());
      given = true;
      dialog.close();
    }}, node, el('div', {class: 'row end'},
      el('button', {type: 'button', class: 'plain', onclick: () => dialog.close()}, t('cancel')),
      el('button', {type: 'submit'}, t('tokenUse')))));
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(given));
    dialog.showModal();
    input.focus();
  });
}

/**
 * Asks before something that cannot be undone, and does it while the dialog is open, so that a refusal is shown there. True: it is
 * done.
 * @param {{title: string, text: string, action: string, word?: string, wordLabel?: string}} words `word` must be typed if given
 * @param {() => Promise<unknown>} act
 * @returns {Promise<boolean>}
 */
export function confirmed({title, text, action, word = '', wordLabel = ''}, act) {
  const input = /** @type {HTMLInputElement} */ (el('input', {autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none'}));
  const submit = /** @type {HTMLButtonElement} */ (el('button', {type: 'submit', class: 'danger', disabled: word !== ''}, action));
  input.addEventListener('input', () => { submit.disabled = input.value !== word; });
  const cancel = el('button', {type: 'button', class: 'plain', onclick: () => dialog.close()}, t('cancel'));
  const fault = el('div');
  let done = false;
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = true;
    try {
      await act();
      done = true;
      dialog.close();
    } catch (error) {
      fill(fault, faultNode(error));
      submit.disabled = false;
    }
  };
  const dialog = dialogOf(title, el('p', {}, text), fault,
    el('form', {onsubmit: send}, word ? field(wordLabel, input) : null, el('div', {class: 'row end'}, cancel, submit)));
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(done));
    dialog.showModal();
    (word ? input : cancel).focus();
  });
}
