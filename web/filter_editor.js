// The editor of a filter: a row per condition, or the JSON itself.
import {focusOn} from './a11y.js';
import {el, field, fill, newId, select} from './dom.js';
import {filterOf, operators, parseFilter, rowsOf} from './filter.js';
import {t} from './i18n.js';

/** @typedef {import('./filter.js').Row} Row */
/** @typedef {import('./i18n.js').MessageKey} MessageKey */

const emptyRow = () => ({key: '', operator: '$eq', value: ''});
const keys = ['source', 'author', 'created_at', 'filename', 'document_id', 'url', 'start_date', 'end_date'];

export class FilterEditor {
  constructor() {
    /** @type {Row[]} */
    this.rows = [emptyRow()];
    this.asJson = false;
    this.list = el('datalist', {id: newId('keys')}, keys.map((key) => el('option', {value: key})));
    this.json = /** @type {HTMLTextAreaElement} */ (el('textarea', {rows: 4, spellcheck: 'false', class: 'code'}));
    this.fault = el('p', {class: 'fault', id: newId('fault'), hidden: true});
    this.body = el('div', {class: 'filter-rows'});
    this.node = el('div', {class: 'filter-editor'}, this.body, this.fault);
    this.draw();
  }

  /**
   * The editor stays as it is, with its focus, if it has this filter already.
   * @param {Record<string, unknown> | undefined} filter
   */
  set(filter) {
    const current = this.asJson ? parseFilter(this.json.value).filter : filterOf(this.rows);
    if (JSON.stringify(current) === JSON.stringify(filter)) return;
    const rows = rowsOf(filter);
    this.asJson = rows === null;
    this.rows = rows && rows.length > 0 ? rows : [emptyRow()];
    this.json.value = filter ? JSON.stringify(filter, null, 1) : '';
    this.draw();
  }

  /**
   * The filter; false: the JSON has a fault, which is shown and has the focus now.
   * @returns {Record<string, unknown> | undefined | false}
   */
  get() {
    if (!this.asJson) return filterOf(this.rows);
    const {filter, fault} = parseFilter(this.json.value);
    this.complain(fault);
    if (fault) this.json.focus();
    return fault ? false : filter;
  }

  /** @param {string | undefined} fault */
  complain(fault) {
    this.fault.hidden = !fault;
    this.fault.textContent = fault ? t('filterFault', {fault}) : '';
    if (fault) this.json.setAttribute('aria-invalid', 'true');
    else this.json.removeAttribute('aria-invalid');
  }

  switchKind() {
    if (this.asJson) {
      const {filter, fault} = parseFilter(this.json.value);
      const rows = fault ? null : rowsOf(filter);
      this.complain(fault ?? (rows ? undefined : t('filterNoRows')));
      if (!rows) return;
      this.rows = rows.length > 0 ? rows : [emptyRow()];
    } else {
      const filter = filterOf(this.rows);
      this.json.value = filter ? JSON.stringify(filter, null, 1) : '';
    }
    this.asJson = !this.asJson;
    this.draw();
    focusOn(this.body.querySelector('input, textarea'));
  }

  draw() {
    const change = el('button', {type: 'button', class: 'quiet', onclick: () => this.switchKind()},
      t(this.asJson ? 'filterAsRows' : 'filterAsJson'));
    if (this.asJson) {
      this.json.setAttribute('aria-errormessage', this.fault.id);
      fill(this.body, field(t('filterJson'), this.json, t('filterJsonHint')), el('div', {class: 'row'}, change));
      return;
    }
    const add = el('button', {type: 'button', class: 'quiet', onclick: () => this.addRow()}, t('filterAdd'));
    fill(this.body, this.list, this.rows.map((row, index) => this.rowNode(row, index)),
      el('p', {class: 'hint'}, t('filterHint')), el('div', {class: 'row'}, add, change));
  }

  /** @param {Row} row @param {number} index */
  rowNode(row, index) {
    const count = index + 1;
    const key = el('input', {value: row.key, list: this.list.id, 'aria-label': t('filterKey', {number: count}),
      placeholder: t('filterKeyExample'), autocomplete: 'off', spellcheck: 'false',
      oninput: (/** @type {any} */ event) => { row.key = event.target.value; }});
    const names = operators.map((name) => /** @type {[string, string]} */ ([name, t(/** @type {MessageKey} */ (`op${name}`))]));
    const operator = select(names, row.operator, {'aria-label': t('filterOperator', {number: count}),
      onchange: (/** @type {any} */ event) => { row.operator = event.target.value; }});
    const value = el('input', {value: row.value, 'aria-label': t('filterValue', {number: count}), autocomplete: 'off',
      spellcheck: 'false', oninput: (/** @type {any} */ event) => { row.value = event.target.value; }});
    const remove = el('button', {type: 'button', class: 'quiet icon', 'aria-label': t('filterRemove', {number: count}),
      onclick: () => this.removeRow(index)}, '×');
    return el('div', {class: 'filter-row', role: 'group', 'aria-label': t('filterCondition', {number: count})},
      key, operator, value, remove);
  }

  addRow() {
    this.rows.push(emptyRow());
    this.draw();
    /** @type {HTMLElement} */ (this.body.querySelector('.filter-row:last-of-type input'))?.focus();
  }

  /** @param {number} index */
  removeRow(index) {
    this.rows.splice(index, 1);
    if (this.rows.length === 0) this.rows.push(emptyRow());
    this.draw();
    /** @type {HTMLElement} */ (this.body.querySelector('.filter-row input'))?.focus();
  }
}
