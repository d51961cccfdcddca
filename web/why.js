// "Why is this document (not) here?": a document's way through the query on the screen (/v1/why).
import {request} from './api.js';
import {el, field, fill} from './dom.js';
import {scoreTable} from './explain.js';
import {fixed, hasMessage, t} from './i18n.js';
import {faultNode} from './faults.js';

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

/** @param {Query} query */
export function whyPanel(query) {
  const input = /** @type {HTMLInputElement} */ (el('input', {name: 'document_id', required: true, autocomplete: 'off', spellcheck: 'false'}));
  const out = el('div', {role: 'status'});
  const ask = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      fill(out, answerNode(await request('v1/why', {json: {...query, document_id: input.value.trim()}})));
    } catch (error) {
      fill(out, faultNode(error));
    }
  };
  return el('details', {class: 'panel'}, el('summary', {}, t('whyTitle')), el('p', {class: 'hint'}, t('whyHint')),
    el('form', {class: 'row end', onsubmit: ask}, field(t('documentId'), input),
      el('button', {type: 'submit', class: 'plain'}, t('whyAsk'))), out);
}
