// Files from this computer: dropped or chosen, sent as a job, with the fate of each file.
import {announce} from './a11y.js';
import {request} from './api.js';
import {boxField, el, field, fill, select} from './dom.js';
import {faultNode, isAbort} from './faults.js';
import {parseFilter} from './filter.js';
import {size, t} from './i18n.js';
import {JobCard} from './job_card.js';
import {droppedFiles, sendFiles} from './upload.js';

/** @typedef {import('./router.js').View} View */

/** @implements {View} */
export class UploadView {
  constructor() {
    /** @type {JobCard[]} */
    this.cards = [];
    this.input = /** @type {HTMLInputElement} */ (el('input', {type: 'file', multiple: true, class: 'visually-hidden', tabindex: '-1',
      'aria-hidden': 'true', onchange: () => {
        void this.send(Array.from(this.input.files ?? []));
        this.input.value = '';
      }}));
    this.drop = el('div', {class: 'drop'}, el('p', {}, t('dropHere')),
      el('button', {type: 'button', onclick: () => this.input.click()}, t('chooseFiles')), this.input,
      el('p', {class: 'hint'}, t('dropHint')));
    this.metadata = /** @type {HTMLTextAreaElement} */ (el('textarea', {rows: 2, class: 'code', spellcheck: 'false'}));
    this.pii = select([['', t('piiOff')], ['report', t('piiReport')], ['skip', t('piiSkip')], ['redact', t('piiRedact')]], '');
    this.extract = /** @type {HTMLInputElement} */ (el('input', {type: 'checkbox'}));
    this.force = /** @type {HTMLInputElement} */ (el('input', {type: 'checkbox'}));
    this.fault = el('div');
    this.list = el('div', {class: 'cards'});
    this.node = el('div', {}, el('h1', {}, t('navUpload')), this.drop, this.options(), this.fault,
      el('h2', {class: 'part'}, t('jobs')), this.list);
    this.listen();
    this.left = false;
  }

  options() {
    return el('details', {class: 'panel'}, el('summary', {}, t('uploadOptions')),
      field(t('uploadMetadata'), this.metadata, t('uploadMetadataHint')),
      el('div', {class: 'fields'}, field(t('pii'), this.pii)),
      el('div', {class: 'boxes'}, boxField(t('extractMetadata'), this.extract), boxField(t('uploadForce'), this.force)));
  }

  listen() {
    const over = (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      this.drop.classList.add('over');
    };
    this.drop.addEventListener('dragenter', over);
    this.drop.addEventListener('dragover', over);
    this.drop.addEventListener('dragleave', () => this.drop.classList.remove('over'));
    this.drop.addEventListener('drop', (event) => {
      event.preventDefault();
      this.drop.classList.remove('over');
      if (event.dataTransfer) void droppedFiles(event.dataTransfer).then((files) => this.send(files));
    });
  }

  show() {
    void this.showJobs();
  }

  leave() {
    this.left = true;
    for (const card of this.cards) card.leave();
  }

  /** The jobs that the server still knows. */
  async showJobs() {
    try {
      const {jobs} = await request('jobs');
      if (this.left) return;
      for (const job of jobs.slice(0, 20)) this.add(job, false);
      if (jobs.length === 0) fill(this.list, el('p', {class: 'empty'}, t('jobsNone')));
    } catch (error) {
      fill(this.fault, faultNode(error));
    }
  }

  /** @param {any} job @param {boolean} first */
  add(job, first) {
    const card = new JobCard(job);
    this.cards.push(card);
    this.list.querySelector('.empty')?.remove();
    if (first) this.list.prepend(card.node);
    else this.list.append(card.node);
  }

  /** Undefined: the metadata has a fault, which is shown. */
  readOptions() {
    const {filter: metadata, fault} = parseFilter(this.metadata.value);
    if (fault) {
      fill(this.fault, el('p', {class: 'fault', role: 'alert'}, t('filterFault', {fault})));
      return undefined;
    }
    return {pii: this.pii.value, extractMetadata: this.extract.checked, force: this.force.checked,
      metadata: metadata ? JSON.stringify(metadata) : ''};
  }

  /** @param {File[]} files */
  async send(files) {
    const options = this.readOptions();
    if (files.length === 0 || !options) return;
    this.fault.replaceChildren();
    const stop = new AbortController();
    const bytes = el('span', {class: 'hint'});
    const progress = /** @type {HTMLProgressElement} */ (el('progress', {max: 1, value: 0, 'aria-label': t('sending', {count: files.length})}));
    const node = el('article', {class: 'card job'}, el('div', {class: 'result-head'}, el('h3', {}, t('sending', {count: files.length})),
      el('button', {type: 'button', class: 'quiet', onclick: () => stop.abort()}, t('cancel'))), bytes, progress);
    this.list.prepend(node);
    try {
      const job = await sendFiles(files, options, (sent, all) => {
        progress.max = all;
        progress.value = sent;
        bytes.textContent = t('sentOf', {sent: size(sent), all: size(all)});
      }, stop.signal);
      announce(t('sentAll', {count: files.length}));
      node.remove();
      this.add(job, true);
    } catch (error) {
      node.remove();
      if (!isAbort(error)) fill(this.fault, faultNode(error));
    }
  }
}
