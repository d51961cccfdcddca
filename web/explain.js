// Scores and their parts as bars with numbers, from the `explain` members of an answer.
import {bar, el} from './dom.js';
import {duration, fixed, hasMessage, number, t} from './i18n.js';

/**
 * @typedef {{signal: string, rank: number | null, score: number, part: number, weight: number}} Signal
 * @typedef {{signals: Signal[], fused_rank: number | null, fused_score: number, colbert_rank: number | null, colbert_score: number | null, rerank_rank: number | null, rerank_score: number | null, rank: number | null}} Explanation
 */

/** @param {string} name */
export function signalName(name) {
  const key = `signal.${name}`;
  return hasMessage(key) ? t(key) : name;
}

/** @param {number} score */
export const scoreBadge = (score) => el('span', {class: 'score'}, bar(score), el('span', {class: 'number'}, fixed(score, 3)));

/** @param {number | null} rank */
const rankText = (rank) => (rank === null ? '–' : number(rank));

/**
 * @param {string} name
 * @param {number | null} rank
 * @param {string} raw
 * @param {number} part 0 to 1
 * @param {string} weight
 * @param {string} [kind]
 */
function partRow(name, rank, raw, part, weight, kind = '') {
  return el('tr', {class: kind},
    el('th', {scope: 'row'}, name), el('td', {class: 'figure'}, rankText(rank)), el('td', {class: 'figure'}, raw),
    el('td', {class: 'bar-cell'}, bar(part, kind), el('span', {class: 'number'}, fixed(part, 3))),
    el('td', {class: 'figure'}, weight));
}

/**
 * A table of the parts of a score. The last row is the score itself.
 * @param {Explanation} explanation
 * @param {number | null} score
 */
export function scoreTable(explanation, score) {
  const rows = explanation.signals.map((signal) =>
    partRow(signalName(signal.signal), signal.rank, number(signal.score, 3), signal.part, fixed(signal.weight, 2)));
  rows.push(partRow(t('scoreFused'), explanation.fused_rank, '', explanation.fused_score, '', 'sum'));
  if (explanation.colbert_score !== null)
    rows.push(partRow(t('signal.colbert'), explanation.colbert_rank, '', explanation.colbert_score, ''));
  if (explanation.rerank_score !== null)
    rows.push(partRow(t('scoreReranker'), explanation.rerank_rank, '', explanation.rerank_score, ''));
  if (score !== null) rows.push(partRow(t('scoreFinal'), explanation.rank, '', score, '', 'sum'));
  const heads = [t('scoreSignal'), t('scoreRank'), t('scoreRaw'), t('scorePart'), t('scoreWeight')];
  return el('div', {class: 'scroll', tabindex: '0', role: 'group', 'aria-label': t('scoreParts')},
    el('table', {class: 'parts'}, el('thead', {}, el('tr', {}, heads.map((head) => el('th', {scope: 'col'}, head)))),
      el('tbody', {}, rows)));
}

/**
 * How the whole query was answered.
 * @param {any} explain the member of the answer
 */
export function stagesText(explain) {
  const {found, kept, reranked, unread, below_min_score: below} = explain.stages;
  const parts = [t('stagesFound', {count: found}), t('stagesKept', {count: kept})];
  if (reranked > 0) parts.push(t('stagesReranked', {count: reranked}));
  if (unread > 0) parts.push(t('stagesUnread', {count: unread}));
  if (below > 0) parts.push(t('stagesBelow', {count: below}));
  return parts.join(' → ');
}

/**
 * The time of each stage that took some, in order.
 * @param {any} explain the member of the answer
 */
export function timesText(explain) {
  return Object.entries(explain.stages_ms).filter(([, time]) => time > 0)
    .map(([stage, time]) => `${t(`stage.${stage}`)} ${duration(time)}`).join(', ');
}

/**
 * The candidates that each stage dropped, by reason; '' if none did.
 * @param {any} explain the member of the answer
 */
export function dropsText(explain) {
  return explain.dropped.map((/** @type {any} */ drop) =>
    t('stageDrop', {count: drop.count, stage: t(`stage.${drop.stage}`), reason: t(`drop.${drop.reason}`)})).join(', ');
}
