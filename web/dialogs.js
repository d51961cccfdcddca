// The two dialogs: settings, and the token that the server wants.
import {boxField, el, field, select} from './dom.js';
import {language, languages, setLanguage, t} from './i18n.js';
import {applyTheme, remember, setToken, setting, token} from './settings.js';

/** @param {string} title @param {(HTMLElement | null)[]} content */
function dialogOf(title, ...content) {
  const heading = el('h2', {id: 'dialog-title'}, title);
  const dialog = /** @type {HTMLDialogElement} */ (el('dialog', {'aria-labelledby': heading.id}, heading, content));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  return dialog;
}

function tokenField() {
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

/** @param {() => void} redraw called when language or token may have changed */
export function openSettings(redraw) {
  const {input, node} = tokenField();
  const names = select(languages, language());
  const themes = select([['', t('themeAuto')], ['light', t('themeLight')], ['dark', t('themeDark')]], setting('theme'),
    {onchange: (/** @type {any} */ event) => { remember('theme', event.target.value); applyTheme(); }});
  const dialog = dialogOf(t('settings'),
    el('form', {onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      setToken(input.value.trim());
      if (names.value !== language()) setLanguage(names.value);
      dialog.close();
      redraw();
    }}, field(t('language'), names), field(t('theme'), themes), node,
    el('div', {class: 'row end'}, el('button', {type: 'submit'}, t('done')))));
  dialog.showModal();
}
