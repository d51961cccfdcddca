// The state of the server: facts of /health, and numbers of /metrics as they change.
import {ApiError, request, requestText} from './api.js';
import {Chart} from './chart.js';
import {el, fill} from './dom.js';
import {faultNode} from './faults.js';
import {duration, hasMessage, number, size, t} from './i18n.js';
import {meanLatency, parseMetrics, rate, total} from './metrics.js';

/** @typedef {import('./metrics.js').Sample} Sample */
/** @typedef {import('./router.js').View} View */
/** @typedef {{chart: Chart, value: (now: Sample[], before: Sample[], seconds: number) => number | undefined}} Shown */

const pause = 2000;

/** @param {string} key @param {string} fallback */
const textOr = (key, fallback) => (hasMessage(key) ? t(key) : fallback);

/** @returns {Shown[]} */
function makeCharts() {
  /** @param {string} title @param {(value: number) => string} format @param {Shown['value']} value */
  const chart = (title, format, value) => ({chart: new Chart(title, format), value});
  /** @param {number} value */
  const perSecond = (value) => `${number(value, value < 10 ? 1 : 0)}/s`;
  /** @param {number} value */
  const whole = (value) => number(value, 0);
  return [
    chart(t('chartRequests'), perSecond, (now, before, seconds) => rate(now, before, seconds, 'rappel_http_request_duration_seconds_count') ?? 0),
    chart(t('chartLatency'), (value) => duration(value * 1000), meanLatency),
    chart(t('chartWaiting'), whole, (now) => total(now, 'rappel_http_requests_waiting')),
    chart(t('chartRunning'), whole, (now) => total(now, 'rappel_http_requests_in_flight')),
    chart(t('chartEmbedder'), perSecond, (now, before, seconds) => rate(now, before, seconds, 'rappel_embed_tokens_total')),
    chart(t('chartReranker'), perSecond, (now, before, seconds) => rate(now, before, seconds, 'rappel_rerank_tokens_total')),
    chart(t('chartQueue'), whole, (now) => total(now, 'rappel_queue_tokens')),
    chart(t('chartCpu'), (value) => number(value, 2), (now, before, seconds) => rate(now, before, seconds, 'process_cpu_seconds_total')),
    chart(t('chartMemory'), size, (now) => total(now, 'process_resident_memory_bytes')),
    chart(t('chartDevice'), size, (now) => total(now, 'rappel_device_memory_bytes')),
  ];
}

/** @implements {View} */
export class HealthView {
  constructor() {
    this.charts = makeCharts();
    this.facts = el('div', {class: 'card', 'aria-live': 'off'});
    this.fault = el('div');
    this.all = el('tbody');
    this.button = el('button', {type: 'button', class: 'plain', onclick: () => this.toggle()}, t('pause'));
    this.node = el('div', {},
      el('div', {class: 'head'}, el('h1', {}, t('navHealth')), this.button),
      this.fault, this.facts,
      el('h2', {class: 'part'}, t('healthNumbers')),
      el('div', {class: 'charts'}, this.charts.map(({chart}) => chart.node)),
      el('details', {class: 'panel'}, el('summary', {}, t('healthAll')),
        el('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('healthAll')},
          el('table', {}, el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, t('metricName')), el('th', {scope: 'col'}, t('metricValue')))),
            this.all))));
    /** @type {{samples: Sample[], at: number} | null} */
    this.before = null;
    /** @type {number | undefined} */
    this.timer = undefined;
    this.paused = false;
    this.left = false;
  }

  show() {
    void this.update();
  }

  leave() {
    this.left = true;
    clearTimeout(this.timer);
  }

  toggle() {
    this.paused = !this.paused;
    this.button.textContent = t(this.paused ? 'resume' : 'pause');
    clearTimeout(this.timer);
    if (!this.paused) void this.update();
  }

  async update() {
    let refused = false;
    try {
      this.drawFacts(await request('health', {quiet: true}));
      // The first request may ask for a token, the later ones do not.
      this.drawMetrics(parseMetrics(await requestText('metrics', {quiet: this.before !== null})));
      this.fault.replaceChildren();
    } catch (error) {
      refused = error instanceof ApiError && error.wantsToken;
      fill(this.fault, faultNode(error));
    }
    if (!this.left && !this.paused && !refused) this.timer = setTimeout(() => void this.update(), pause);
  }

  /** @param {Record<string, any>} facts */
  drawFacts(facts) {
    const {status, trouble, collections, ...more} = facts;
    fill(this.facts,
      el('p', {class: `state state-${status}`}, el('span', {class: 'dot', 'aria-hidden': 'true'}), textOr(`status.${status}`, status)),
      trouble ? el('p', {class: 'note'}, trouble) : null,
      el('dl', {class: 'metadata'}, Object.entries(more).flatMap(([name, value]) =>
        [el('dt', {}, textOr(`fact.${name}`, name)), el('dd', {}, value)]),
      collections ? [el('dt', {}, t('navCollections')), el('dd', {}, Object.entries(collections).map(([name, state]) =>
        `${name}: ${textOr(`collectionState.${state}`, state)}`).join(' · '))] : []));
  }

  /** @param {Sample[]} samples */
  drawMetrics(samples) {
    const at = performance.now();
    if (this.before) {
      const {samples: before, at: then} = this.before;
      for (const {chart, value} of this.charts) chart.add(value(samples, before, (at - then) / 1000));
    }
    this.before = {samples, at};
    fill(this.all, samples.filter(({name}) => !name.endsWith('_bucket')).map(({name, labels, value}) =>
      el('tr', {}, el('th', {scope: 'row'}, el('code', {}, name, Object.entries(labels).map(([key, text]) => ` ${key}=${text}`).join(''))),
        el('td', {class: 'figure'}, number(value, 3)))));
  }
}
