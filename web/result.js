// One result of a search as a card.
import {el, newId} from './dom.js';
import {scoreBadge, scoreTable} from './explain.js';
import {marked} from './highlight.js';
import {date, t} from './i18n.js';
import {placeMembers, placeOf, titleOf, webAddress} from './place.js';
import {link} from './router.js';

/** @typedef {import('./place.js').Metadata} Metadata */

// Longer texts are shown in part at first.
const longText = 900;

/** @param {any} result */
export function textNode(result) {
  const text = el('p', {class: 'text', id: newId('text')}, marked(result.text, result.highlights ?? [], result.best_sentence));
  if (result.text.length <= longText) return text;
  text.classList.add('folded');
  const button = el('button', {type: 'button', class: 'quiet', 'aria-expanded': 'false', 'aria-controls': text.id, onclick: () => {
    const folded = text.classList.toggle('folded');
    button.setAttribute('aria-expanded', String(!folded));
    button.textContent = t(folded ? 'showAll' : 'showLess');
  }}, t('showAll'));
  return el('div', {}, text, button);
}

/** @param {Metadata} metadata What is worth a line: source, author, date, address. */
export function factLine(metadata) {
  const facts = [];
  if (metadata.source) facts.push(String(metadata.source));
  if (metadata.author) facts.push(String(metadata.author));
  if (metadata.created_at) facts.push(date(String(metadata.created_at)));
  const url = webAddress(metadata.url);
  return el('p', {class: 'facts'}, facts.join(' · '), url && facts.length > 0 ? ' · ' : null,
    url ? el('a', {href: url, rel: 'noopener noreferrer', target: '_blank'}, url) : null);
}

/** The metadata that has no line of its own. @param {Metadata} metadata */
export function metadataTable(metadata) {
  const rows = Object.entries(metadata).filter(([name, value]) => value !== null && !placeMembers.includes(name));
  return el('dl', {class: 'metadata'}, rows.flatMap(([name, value]) =>
    [el('dt', {}, name), el('dd', {}, typeof value === 'string' ? value : JSON.stringify(value))]));
}

/** @param {any} result */
function notes(result) {
  const texts = [];
  if (result.hidden) texts.push(t('resultHidden', {count: result.hidden}));
  if (result.duplicates) texts.push(t('resultDuplicates', {ids: result.duplicates.join(', ')}));
  if (result.shortened) texts.push(t('resultShortened'));
  return texts.map((text) => el('p', {class: 'hint'}, text));
}

/**
 * @param {any} result of /v1/search with explain and highlights
 * @param {number} rank from 1
 */
export function resultCard(result, rank) {
  const title = titleOf(result.metadata, result.document_id);
  const place = placeOf(result.metadata);
  return el('li', {class: 'card result'},
    el('div', {class: 'result-head'},
      el('h3', {}, el('span', {class: 'rank', 'aria-hidden': 'true'}, `${rank}`),
        el('a', {href: link('documents', {id: result.document_id, chunk: result.id})}, title)),
      el('span', {class: 'score-of'}, el('span', {class: 'visually-hidden'}, t('score')), scoreBadge(result.score))),
    place ? el('p', {class: 'place'}, place) : null,
    textNode(result), notes(result), factLine(result.metadata),
    el('div', {class: 'result-more'},
      result.explain ? el('details', {}, el('summary', {}, t('scoreHow')), scoreTable(result.explain, result.score)) : null,
      el('details', {}, el('summary', {}, t('metadata')),
        el('p', {class: 'hint'}, t('chunkIs', {id: result.id})), metadataTable(result.metadata))));
}
