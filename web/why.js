// "Why is this document (not) here?": a document's way through the query on the screen (/v1/why).
import {request} from './api.js';
import {el, field, fill} from './dom.js';
import {scoreTable} from './explain.js';
import {fixed, hasMessage, t} from './i18n.js';
import {faultNode} from './faults.js';
import {here} from './router.js';

/** @typedef {import('./query.js').Query} Query */

/**
 * In the language of the page if the reason is known, else as the server says it.
 * @param {any} answer
 */
export function whyText(answer) {
  const key = `why.${answer.reason}`;
  const unnamed = answer.reason === 'text-condition' && answer.condition === null;
  if (!hasMessage(key) || unnamed) return answer.sentence;
  const score = answer.score === null ? '–' : fixed(answer.score);
  const needed = answer.needed === null ? '–' : fixed(answer.needed);
  const {place, condition, result_id: result} = answer;
  return t(key, {place: place ?? 0, condition: condition ?? '', result: result ?? '', score, needed});
}

/** @param {any} answer */
function answerNode(answer) {
  return el('div', {class: `why why-${answer.reason}`}, el('p', {}, whyText(answer)),
    answer.explain ? scoreTable(answer.explain, answer.score) : null,
    answer.chunk_id ? el('p', {class: 'hint'}, t('whyChunk', {id: answer.chunk_id})) : null);
}

export class WhyPanel {
  constructor() {
    /** @type {Query} */
    this.query = {query: ''};
    this.input = /** @type {HTMLInputElement} */ (el('input', {name: 'document_id', required: true, autocomplete: 'off', spellcheck: 'false'}));
    this.out = el('div', {role: 'status'});
    this.node = el('details', {class: 'panel'}, el('summary', {}, t('whyTitle')), el('p', {class: 'hint'}, t('whyHint')),
      el('form', {class: 'row end', onsubmit: (/** @type {Event} */ event) => void this.ask(event)}, field(t('documentId'), this.input),
        el('button', {type: 'submit', class: 'plain'}, t('whyAsk'))), this.out);
  }

  /** The query that is asked about; what is typed stays. @param {Query} query */
  set(query) {
    if (JSON.stringify(query) === JSON.stringify(this.query)) return;
    this.query = query;
    this.out.replaceChildren();  // the reason was that of the query before
  }

  /** @param {Event} event */
  async ask(event) {
    event.preventDefault();
    const {query} = this;
    let node;
    try {
      node = answerNode(await request(here('v1/why'), {json: {...query, document_id: this.input.value.trim()}}));
    } catch (error) {
      node = faultNode(error);
    }
    if (query === this.query) fill(this.out, node);
  }
}
