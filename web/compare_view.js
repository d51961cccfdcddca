// The same question with two settings, side by side, with the differences marked.
import {announce} from './a11y.js';
import {request} from './api.js';
import {el, field, fill, select} from './dom.js';
import {scoreBadge} from './explain.js';
import {faultNode, isAbort} from './faults.js';
import {FilterEditor} from './filter_editor.js';
import {duration, t} from './i18n.js';
import {placeOf, titleOf} from './place.js';
import {modeOptions, yesNoOptions} from './query_form.js';
import {parametersOf, queryOf} from './query.js';
import {textNode} from './result.js';
import {go, here, link} from './router.js';

/** @typedef {import('./router.js').View} View */
/** @typedef {import('./query.js').Query} Query */

const sides = ['a', 'b'];
const usual = 10;  // results

/** The settings of one side. */
class Side {
  /** @param {string} name */
  constructor(name) {
    this.mode = select(modeOptions(), '');
    this.rerank = select(yesNoOptions(), '');
    this.depth = /** @type {HTMLInputElement} */ (el('input', {type: 'number', min: 1, max: 1000, placeholder: t('asServer')}));
    this.diversity = /** @type {HTMLInputElement} */ (el('input', {type: 'number', min: 0, max: 1, step: 'any', placeholder: '0'}));
    this.node = el('fieldset', {class: 'card'}, el('legend', {}, t('side', {name: name.toUpperCase()})),
      el('div', {class: 'fields'}, field(t('mode'), this.mode), field(t('rerank'), this.rerank), field(t('rerankDepth'), this.depth),
        field(t('diversity'), this.diversity)));
  }

  /** @param {Query} query */
  set(query) {
    this.mode.value = query.mode ?? '';
    this.rerank.value = query.rerank === undefined ? '' : String(query.rerank);
    this.depth.value = String(query.rerank_depth ?? '');
    this.diversity.value = String(query.diversity ?? '');
  }

  /** @returns {Record<string, string>} */
  get() {
    const all = {mode: this.mode.value, rerank: this.rerank.value, rerank_depth: this.depth.value, diversity: this.diversity.value};
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  }
}

/**
 * How the place of a result differs from that of the other side.
 * @param {number} rank from 0
 * @param {number} other -1: it is not there
 */
function changeNode(rank, other) {
  if (other < 0) return el('span', {class: 'change only'}, t('changeOnly'));
  if (other === rank) return el('span', {class: 'change'}, t('changeNone'));
  const up = other > rank;
  return el('span', {class: up ? 'change up' : 'change down'}, t(up ? 'changeUp' : 'changeDown', {count: Math.abs(other - rank)}));
}

/** @implements {View} */
export class CompareView {
  constructor() {
    this.query = /** @type {HTMLInputElement} */ (el('input', {type: 'search', class: 'question', name: 'query', required: true,
      'aria-label': t('question'), placeholder: t('questionExample'), autocomplete: 'off'}));
    this.topK = /** @type {HTMLInputElement} */ (el('input', {type: 'number', min: 1, max: 100, value: usual}));
    this.filter = new FilterEditor();
    this.panel = el('details', {class: 'panel'}, el('summary', {}, t('filtersAndNumber')),
      el('div', {class: 'fields'}, field(t('topK'), this.topK)), this.filter.node);
    /** @type {Record<string, Side>} */
    this.sides = Object.fromEntries(sides.map((name) => [name, new Side(name)]));
    this.out = el('section', {class: 'results', 'aria-label': t('results')});
    this.node = el('div', {}, el('h1', {class: 'visually-hidden'}, t('navCompare')),
      el('form', {role: 'search', onsubmit: (/** @type {Event} */ event) => this.send(event)},
        el('div', {class: 'ask'}, this.query, el('button', {type: 'submit'}, t('compare'))),
        el('div', {class: 'pair'}, sides.map((name) => this.sides[name].node)),
        el('div', {class: 'panels'}, this.panel)), this.out);
    this.running = new AbortController();
  }

  /** @param {Event} event */
  send(event) {
    event.preventDefault();
    const filter = this.filter.get();
    if (filter === false) return;
    const parameters = parametersOf({query: this.query.value.trim(), filter, top_k: Number(this.topK.value) || usual});
    for (const name of sides)
      for (const [member, value] of Object.entries(this.sides[name].get())) parameters.set(`${name}.${member}`, value);
    go(link('compare', parameters));
  }

  /** The query of one side. @param {URLSearchParams} parameters @param {string} name */
  queryOf(parameters, name) {
    const own = new URLSearchParams();
    for (const [member, value] of parameters)
      if (!member.includes('.')) own.set(member, value);
      else if (member.startsWith(`${name}.`)) own.set(member.slice(name.length + 1), value);
    return queryOf(own);
  }

  /** @param {URLSearchParams} parameters */
  show(parameters) {
    this.running.abort();
    this.running = new AbortController();
    const queries = sides.map((name) => this.queryOf(parameters, name));
    const {query, filter, top_k: topK} = queries[0];
    this.query.value = query;
    this.filter.set(filter);
    this.topK.value = String(topK ?? usual);
    if (filter) this.panel.setAttribute('open', '');
    sides.forEach((name, index) => this.sides[name].set(queries[index]));
    if (query) void this.search(queries);
    else fill(this.out, el('p', {class: 'empty'}, t('compareEmpty')));
  }

  leave() {
    this.running.abort();
  }

  /** @param {Query[]} queries */
  async search(queries) {
    this.out.setAttribute('aria-busy', 'true');
    try {
      const answers = [];
      // One after the other: together, each would slow the other down.
      for (const query of queries)
        answers.push(await request(here('v1/search'), {json: {...query, highlights: true}, signal: this.running.signal}));
      this.draw(answers);
    } catch (error) {
      if (isAbort(error)) return;
      fill(this.out, faultNode(error));
    }
    this.out.removeAttribute('aria-busy');
  }

  /** @param {any[]} answers */
  draw(answers) {
    const ids = answers.map((answer) => answer.results.map((/** @type {any} */ result) => result.id));
    const both = ids[0].filter((/** @type {string} */ id) => ids[1].includes(id)).length;
    const text = ids[0].join() === ids[1].join() ? t('compareEqual') : t('compareBoth', {count: both, a: ids[0].length, b: ids[1].length});
    announce(text);
    fill(this.out, el('p', {class: 'summary'}, text), el('div', {class: 'pair'}, answers.map((answer, side) =>
      el('section', {'aria-label': t('side', {name: sides[side].toUpperCase()})},
        el('h2', {}, `${sides[side].toUpperCase()} · ${t('resultsIn', {count: ids[side].length, time: duration(answer.took_ms.total)})}`),
        el('ol', {class: 'cards'}, answer.results.map((/** @type {any} */ result, /** @type {number} */ rank) =>
          this.card(result, rank, ids[1 - side].indexOf(result.id))))))));
  }

  /** @param {any} result @param {number} rank @param {number} other */
  card(result, rank, other) {
    const place = placeOf(result.metadata);
    return el('li', {class: `card result${other < 0 ? ' differs' : ''}`},
      el('div', {class: 'result-head'}, el('h3', {}, el('span', {class: 'rank', 'aria-hidden': 'true'}, `${rank + 1}`),
        el('a', {href: link('documents', {id: result.document_id, chunk: result.id})}, titleOf(result.metadata, result.document_id))),
      scoreBadge(result.score)),
      el('p', {class: 'place'}, changeNode(rank, other), place ? ` · ${place}` : null), textNode(result));
  }
}
