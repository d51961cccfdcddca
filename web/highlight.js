// Text with marked ranges. Ranges count code points, as the API does; JavaScript's own indexes count UTF-16 units.
import {el} from './dom.js';

/** @typedef {[begin: number, end: number]} Range half-open */

/**
 * Nodes of the text: each highlight a <mark>, the best sentence a span around its part.
 * @param {string} text
 * @param {Range[]} highlights ascending, apart
 * @param {Range} [best]
 * @returns {Node[]}
 */
export function marked(text, highlights, best) {
  const points = Array.from(text);
  const [begin, end] = best ?? [points.length, points.length];
  const sentence = markedPart(points, highlights, begin, end);
  return [
    ...markedPart(points, highlights, 0, begin),
    ...(sentence.length > 0 ? [el('span', {class: 'best'}, sentence)] : []),
    ...markedPart(points, highlights, end, points.length),
  ];
}

/**
 * @param {string[]} points
 * @param {Range[]} highlights
 * @param {number} begin
 * @param {number} end
 */
function markedPart(points, highlights, begin, end) {
  /** @type {Node[]} */
  const nodes = [];
  let at = begin;
  /** @param {number} to @param {boolean} inMark */
  const advance = (to, inMark) => {
    if (to <= at) return;
    const part = points.slice(at, to).join('');
    nodes.push(inMark ? el('mark', {}, part) : document.createTextNode(part));
    at = to;
  };
  for (const [from, to] of highlights) {
    if (to <= begin || from >= end) continue;
    advance(Math.max(from, begin), false);
    advance(Math.min(to, end), true);
  }
  advance(end, false);
  return nodes;
}
