// One document: its metadata, and its chunks with their borders.
import {request} from './api.js';
import {el, fill} from './dom.js';
import {faultNode, isAbort} from './faults.js';
import {number, t} from './i18n.js';
import {removeLater} from './pending_removal.js';
import {placeOf, titleOf} from './place.js';
import {factLine, metadataTable} from './result.js';
import {go, here, link} from './router.js';

const pageSize = 100;

export class DocumentPage {
  /**
   * @param {string} id
   * @param {string | null} chunk the id of a chunk to be shown first
   * @param {AbortSignal} signal
   */
  constructor(id, chunk, signal) {
    this.id = id;
    this.chunk = chunk;
    this.signal = signal;
    this.heading = el('h1', {}, id);
    this.about = el('div');
    this.chunks = el('ol', {class: 'chunks'});
    this.more = el('button', {type: 'button', class: 'plain', hidden: true, onclick: () => void this.load(this.next)}, t('moreChunks'));
    this.next = 0;
    this.node = el('article', {}, el('p', {}, el('a', {href: link('documents')}, t('allDocuments'))), this.heading, this.about,
      this.chunks, this.more);
    void this.load(0);
  }

  /** @param {number} offset */
  async load(offset) {
    try {
      const path = here(`v1/chunks?${new URLSearchParams({document_id: this.id, offset: String(offset), limit: String(pageSize)})}`);
      const document = await request(path, {signal: this.signal});
      if (offset === 0) this.drawAbout(document);
      this.chunks.append(...document.chunks.map((/** @type {any} */ chunk) => this.chunkNode(chunk)));
      this.next = offset + document.chunks.length;
      this.more.hidden = document.chunks.length === 0 || this.next >= document.chunk_count;
      this.find();
    } catch (error) {
      if (!isAbort(error)) fill(this.about, faultNode(error));
    }
  }

  /** The chunk that was asked for may be further on. */
  find() {
    if (this.chunk === null) return;
    const found = this.chunks.querySelector('[aria-current]');
    if (found) {
      found.scrollIntoView({block: 'center'});
      this.chunk = null;
    } else if (!this.more.hidden) {
      void this.load(this.next);
    }
  }

  /** @param {any} document */
  drawAbout(document) {
    const title = titleOf(document.metadata, this.id);
    this.heading.textContent = title;
    fill(this.about, factLine(document.metadata), el('p', {class: 'hint'}, `${this.id} · ${t('chunksOf', {count: document.chunk_count})}`),
      el('details', {}, el('summary', {}, t('metadata')), metadataTable(document.metadata)),
      el('div', {class: 'row'}, el('button', {type: 'button', class: 'danger', onclick: () => {
        removeLater(this.id, title, () => undefined);
        go(link('documents'));
      }}, t('removeDocument'))));
  }

  /** @param {any} chunk */
  chunkNode(chunk) {
    const place = placeOf(chunk.place);
    return el('li', {class: 'chunk', 'aria-current': chunk.id === this.chunk},
      el('p', {class: 'chunk-head'}, el('span', {}, chunk.id), place ? el('span', {}, place) : null,
        el('span', {}, t('characters', {first: number(chunk.begin), last: number(chunk.end)}))),
      el('p', {class: 'text'}, chunk.text));
  }
}
