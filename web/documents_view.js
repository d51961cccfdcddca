// The stored documents: a list that can be filtered, and one document with its chunks.
import {focusOn} from './a11y.js';
import {request} from './api.js';
import {el, fill} from './dom.js';
import {DocumentPage} from './document_page.js';
import {faultNode, isAbort} from './faults.js';
import {FilterEditor} from './filter_editor.js';
import {date, number, t} from './i18n.js';
import {isPending, removeLater} from './pending_removal.js';
import {titleOf} from './place.js';
import {queryOf} from './query.js';
import {go, here, link} from './router.js';

/** @typedef {import('./router.js').View} View */

const pageSize = 50;

/** @implements {View} */
export class DocumentsView {
  constructor() {
    this.filter = new FilterEditor();
    this.out = el('div');
    this.panel = el('details', {class: 'panel'}, el('summary', {}, t('filters')),
      el('form', {onsubmit: (/** @type {Event} */ event) => this.apply(event)}, this.filter.node,
        el('div', {class: 'row end'}, el('button', {type: 'submit', class: 'plain'}, t('applyFilter')))));
    this.list = el('div', {}, el('h1', {}, t('navDocuments')), this.panel, this.out);
    this.node = el('div');
    this.running = new AbortController();
    this.parameters = new URLSearchParams();
  }

  /** @param {Event} event */
  apply(event) {
    event.preventDefault();
    const filter = this.filter.get();
    if (filter !== false) go(link('documents', filter ? {filter: JSON.stringify(filter)} : {}));
  }

  /** @param {URLSearchParams} parameters */
  show(parameters) {
    this.running.abort();
    this.running = new AbortController();
    this.parameters = parameters;
    const id = parameters.get('id');
    if (id !== null) {
      const page = new DocumentPage(id, parameters.get('chunk'), this.running.signal);
      fill(this.node, page.node);
      focusOn(page.node.querySelector('h1'));
      return;
    }
    const {filter} = queryOf(parameters);
    this.filter.set(filter);
    if (filter) this.panel.setAttribute('open', '');
    fill(this.node, this.list);
    void this.load(filter, Math.max(Number(parameters.get('offset')) || 0, 0));
  }

  leave() {
    this.running.abort();
  }

  /**
   * @param {Record<string, unknown> | undefined} filter
   * @param {number} offset
   */
  async load(filter, offset) {
    this.out.setAttribute('aria-busy', 'true');
    try {
      const page = await request(here('list'), {json: {filter, offset, limit: pageSize}, signal: this.running.signal});
      this.draw(page, offset);
    } catch (error) {
      if (isAbort(error)) return;
      fill(this.out, faultNode(error));
    }
    this.out.removeAttribute('aria-busy');
  }

  /** @param {any} page @param {number} offset */
  draw(page, offset) {
    const documents = page.documents.filter((/** @type {any} */ one) => !isPending(one.document_id));
    if (documents.length === 0) {
      fill(this.out, el('p', {class: 'empty'}, t(this.parameters.get('filter') ? 'documentsNoneMatch' : 'documentsNone')));
      return;
    }
    const heads = [t('documentTitle'), t('documentAuthor'), t('documentDate'), t('documentChunks')];
    fill(this.out, el('p', {class: 'hint part', role: 'status'}, t('documentsShown',
      {first: offset + 1, last: offset + page.documents.length, total: page.total})),
    el('div', {class: 'scroll card flush', tabindex: '0', role: 'region', 'aria-label': t('navDocuments')},
      el('table', {class: 'documents'}, el('thead', {}, el('tr', {}, heads.map((head) => el('th', {scope: 'col'}, head)),
        el('th', {scope: 'col'}, el('span', {class: 'visually-hidden'}, t('documentActions'))))),
      el('tbody', {}, documents.map((/** @type {any} */ one) => this.row(one))))),
    this.pager(page, offset));
  }

  /** @param {any} document of /list */
  row({document_id: id, chunk_count: chunks, metadata, sample_text: sample}) {
    const title = titleOf(metadata, id);
    return el('tr', {},
      el('th', {scope: 'row'}, el('a', {href: link('documents', {id})}, title), el('p', {class: 'sample'}, sample)),
      el('td', {}, metadata.author ?? ''), el('td', {class: 'figure'}, metadata.created_at ? date(metadata.created_at) : ''),
      el('td', {class: 'figure'}, number(chunks)),
      el('td', {}, el('button', {type: 'button', class: 'quiet', 'aria-label': t('removeOf', {title}),
        onclick: () => this.remove(id, title)}, t('remove'))));
  }

  /** @param {string} id @param {string} title */
  remove(id, title) {
    const again = () => {
      if (this.node.contains(this.list)) this.show(this.parameters);
    };
    removeLater(id, title, again);
    again();
  }

  /** @param {any} page @param {number} offset */
  pager(page, offset) {
    /** @param {number} to @param {string} text */
    const button = (to, text) => {
      const parameters = new URLSearchParams(this.parameters);
      parameters.set('offset', String(to));
      return el('a', {class: 'pager', href: link('documents', parameters)}, text);
    };
    const next = offset + page.documents.length;
    return el('nav', {class: 'row', 'aria-label': t('pages')},
      offset > 0 ? button(Math.max(offset - pageSize, 0), t('pageBefore')) : null,
      next < page.total ? button(next, t('pageNext')) : null);
  }
}
