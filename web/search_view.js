// The start page: a question, and the chunks that answer it.
import {announce} from './a11y.js';
import {request} from './api.js';
import {el, fill} from './dom.js';
import {dropsText, signalName, stagesText, timesText} from './explain.js';
import {faultNode, isAbort} from './faults.js';
import {duration, hasMessage, t} from './i18n.js';
import {QueryForm} from './query_form.js';
import {parametersOf, queryOf} from './query.js';
import {resultCard} from './result.js';
import {go, here, link} from './router.js';
import {snippets} from './snippets.js';
import {WhyPanel} from './why.js';

/** @typedef {import('./query.js').Query} Query */
/** @typedef {import('./router.js').View} View */

/** @implements {View} */
export class SearchView {
  constructor() {
    this.form = new QueryForm((query) => go(link('search', parametersOf(query))));
    this.answer = el('div');
    // Kept from one answer to the next: a person may be typing there when an answer comes.
    this.why = new WhyPanel();
    this.snippets = el('div');
    this.panels = el('div', {class: 'panels stacked', hidden: true}, this.why.node, this.snippets);
    this.out = el('section', {class: 'results', 'aria-label': t('results')}, this.answer, this.panels);
    this.node = el('div', {}, el('h1', {class: 'visually-hidden'}, t('navSearch')), this.form.node, this.out);
    this.running = new AbortController();
  }

  /** @param {URLSearchParams} parameters */
  show(parameters) {
    const query = queryOf(parameters);
    this.form.set(query);
    this.running.abort();
    if (query.query) void this.search(query);
    else this.drawEmpty();
  }

  leave() {
    this.running.abort();
  }

  drawEmpty() {
    fill(this.answer, el('p', {class: 'empty'}, t('searchEmpty')));
    this.panels.hidden = true;
    setTimeout(() => this.form.query.focus());
  }

  /** @param {Query} query */
  async search(query) {
    this.running = new AbortController();
    this.out.setAttribute('aria-busy', 'true');
    try {
      const answer = await request(here('v1/search'), {json: {...query, explain: true, highlights: true}, signal: this.running.signal});
      this.draw(query, answer);
    } catch (error) {
      if (isAbort(error)) return;
      fill(this.answer, faultNode(error));
    }
    this.out.removeAttribute('aria-busy');
  }

  /** @param {Query} query @param {any} answer */
  draw(query, answer) {
    const count = answer.results.length;
    announce(t('resultsFound', {count}));
    fill(this.answer, this.summary(answer),
      count > 0 ? el('ol', {class: 'cards'}, answer.results.map(
        (/** @type {any} */ result, /** @type {number} */ index) => resultCard(result, index + 1)))
        : el('p', {class: 'empty'}, t('nothingFound')));
    this.why.set(query);
    const open = this.snippets.querySelector('details')?.hasAttribute('open');
    fill(this.snippets, snippets(query));
    if (open) this.snippets.querySelector('details')?.setAttribute('open', '');
    this.panels.hidden = false;
  }

  /** @param {any} answer */
  summary(answer) {
    const {took_ms: took, explain} = answer;
    return el('div', {class: 'summary'},
      el('h2', {}, t('resultsIn', {count: answer.results.length, time: duration(took.total)})),
      explain ? answerPanel(explain) : null,
      answer.results.length > 0 && !answer.answerable ? el('p', {class: 'note'}, t('notAnswerable')) : null,
      answer.degraded.map(degradedNote));
  }
}

/** @param {string} part */
function degradedNote(part) {
  const key = `degraded.${part}`;
  return el('p', {class: 'note'}, hasMessage(key) ? t(key) : part);
}

/**
 * How the answer was made: times, stages, and signals that did not search.
 * @param {any} explain
 */
function answerPanel(explain) {
  const drops = dropsText(explain);
  return el('details', {}, el('summary', {}, t('answerHow')), el('ul', {class: 'hint'},
    el('li', {}, t('stagesMode', {mode: explain.mode}), ', ', timesText(explain)), el('li', {}, stagesText(explain)),
    drops ? el('li', {}, drops) : null,
    explain.lacking.map((/** @type {any} */ one) =>
      el('li', {}, t('signalLacking', {signal: signalName(one.signal), reason: one.reason}))),
    explain.plausibility < 1 ? el('li', {}, t('stagesPlausibility', {factor: explain.plausibility})) : null));
}
