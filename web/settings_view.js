// The settings: those of this page, which the browser keeps, and those that the server runs with.
import {request} from './api.js';
import {tokenField} from './dialogs.js';
import {el, field, fill, select} from './dom.js';
import {language, languages, setLanguage, t} from './i18n.js';
import {LoadedView, cardTable} from './loaded_view.js';
import {applyTheme, remember, setToken, setting} from './settings.js';

/** @typedef {import('./router.js').View} View */
/** @typedef {{name: string, group: string, value: string, where: string, is_default: boolean, is_secret: boolean, help: string}} Setting */

/** @param {Setting} one */
const textOf = (one) => `${one.name} ${one.group} ${one.value} ${one.where} ${one.help}`.toLowerCase();

/** @implements {View} */
export class SettingsView extends LoadedView {
  /** @param {() => void} redraw called when language or token may have changed */
  constructor(redraw) {
    super();
    this.redraw = redraw;
    /** @type {Setting[]} */
    this.settings = [];
    this.wanted = /** @type {HTMLInputElement} */ (el('input', {type: 'search', name: 'settings', autocomplete: 'off', oninput: () => this.draw()}));
    this.given = /** @type {HTMLInputElement} */ (el('input', {type: 'checkbox', onchange: () => this.draw()}));
    this.count = el('p', {class: 'hint', role: 'status'});
    this.server = el('div', {hidden: true},
      el('div', {class: 'row end'}, field(t('settingsSearch'), this.wanted),
        el('label', {class: 'box'}, this.given, el('span', {}, t('settingsGiven')))), this.count);
    this.node = el('div', {}, el('h1', {}, t('settings')), el('h2', {class: 'part'}, t('settingsPage')), this.form(),
      el('h2', {class: 'part'}, t('settingsServer')), el('p', {class: 'hint'}, t('settingsServerHint')), this.server, this.out);
  }

  form() {
    const {input, node} = tokenField();
    const names = select(languages, language(), {name: 'language'});
    const themes = select([['', t('themeAuto')], ['light', t('themeLight')], ['dark', t('themeDark')]], setting('theme'),
      {name: 'theme', onchange: (/** @type {any} */ event) => { remember('theme', event.target.value); applyTheme(); }});
    return el('form', {class: 'card own', onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      setToken(input.value.trim());
      if (names.value !== language()) setLanguage(names.value);
      this.redraw();
    }},
    el('div', {class: 'fields'}, field(t('language'), names), field(t('theme'), themes)), node,
    el('div', {class: 'row end'}, el('button', {type: 'submit'}, t('apply'))));
  }

  /** @param {AbortSignal} signal */
  async read(signal) {
    // Without a token the settings of the page are still there.
    ({settings: this.settings} = await request('v1/settings', {signal, quiet: true}));
    this.server.hidden = false;
    this.draw();
  }

  draw() {
    const words = this.wanted.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = this.settings.filter((one) => (!this.given.checked || !one.is_default) && words.every((word) => textOf(one).includes(word)));
    this.count.textContent = t('settingsShown', {count: shown.length});
    const heads = ['settingName', 'settingValue', 'settingWhere', 'settingMeaning'];
    fill(this.out, shown.length === 0 ? null : cardTable(t('settingsServer'), 'settings', heads, shown.map(settingRow)));
  }
}

/** @param {Setting} one */
function settingRow(one) {
  return el('tr', {class: one.is_default ? null : 'given', 'data-name': one.name},
    el('th', {scope: 'row'}, el('code', {}, one.name), el('p', {class: 'sample'}, one.group)),
    el('td', {}, one.value ? el('code', {}, one.value) : el('span', {class: 'hint'}, t('settingEmpty'))),
    el('td', {}, one.is_default ? t('settingDefault') : one.where),
    el('td', {class: 'meaning'}, one.help));
}
