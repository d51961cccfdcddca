// A job of the server as a card: its progress, and the fate of each file as it becomes known.
import {announce} from './a11y.js';
import {request} from './api.js';
import {el, fill} from './dom.js';
import {faultText} from './faults.js';
import {hasMessage, t} from './i18n.js';
import {link} from './router.js';

const pause = 1000;
const page = 1000;  // results in one request

/** @param {string} key @param {string} fallback */
const textOr = (key, fallback) => (hasMessage(key) ? t(key) : fallback);

/** @param {any} job */
export const hasEnded = (job) => job.status === 'completed' || job.status === 'cancelled';

/** @param {any} result */
function resultRow(result) {
  const details = [result.detail, ...(result.warnings ?? []),
    ...(result.similar?.length ? [t('similarTo', {ids: result.similar.join(', ')})] : [])].filter(Boolean);
  return el('tr', {class: `file-${result.status}`},
    el('th', {scope: 'row'}, result.id ? el('a', {href: link('documents', {id: result.id})}, result.name ?? result.id) : result.name ?? ''),
    el('td', {}, el('span', {class: 'state-word'}, textOr(`file.${result.status}`, result.status))),
    el('td', {class: 'detail'}, details.map((one) => el('p', {}, one))));
}

export class JobCard {
  /** @param {any} job */
  constructor(job) {
    this.job = job;
    this.read = 0;
    /** @type {number | undefined} */
    this.timer = undefined;
    this.stopped = false;
    this.title = el('h3', {}, t('jobOf', {count: job.total}));
    this.counts = el('p', {class: 'hint'});
    this.progress = /** @type {HTMLProgressElement} */ (el('progress', {max: job.total || 1, value: 0, 'aria-label': t('jobProgress')}));
    this.fault = el('p', {class: 'note', hidden: true});
    this.rows = el('tbody');
    this.table = el('div', {class: 'scroll', tabindex: '0', role: 'group', 'aria-label': t('jobFiles'), hidden: true},
      el('table', {class: 'files'}, el('thead', {}, el('tr', {}, [t('fileName'), t('fileState'), t('fileDetail')].map((head) =>
        el('th', {scope: 'col'}, head)))), this.rows));
    this.cancel = el('button', {type: 'button', class: 'quiet', onclick: () => void this.stopJob()}, t('jobCancel'));
    this.node = el('article', {class: 'card job'}, el('div', {class: 'result-head'}, this.title, this.cancel),
      this.counts, this.progress, this.fault, this.table);
    this.draw();
    void this.follow();
  }

  leave() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Reads what is new, until the job has ended and all of it is read. */
  async follow() {
    const before = hasEnded(this.job);
    try {
      const {results, ...job} = await request(`jobs/${encodeURIComponent(this.job.id)}?offset=${this.read}&limit=${page}`, {quiet: true});
      this.job = job;
      this.read += results.length;
      this.rows.append(...results.map(resultRow));
      this.complain(job.detail);
      this.draw();
      if (!before && hasEnded(job)) announce(`${t('jobOf', {count: job.total})}: ${this.counts.textContent}`);
      if (hasEnded(job) && results.length < page) return;
    } catch (error) {
      this.complain(faultText(error));
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.follow(), hasEnded(this.job) ? 0 : pause);
  }

  /** @param {string | null} text */
  complain(text) {
    this.fault.hidden = !text;
    this.fault.textContent = text ?? '';
  }

  draw() {
    const {status, total, stored, empty, skipped, failed} = this.job;
    const parts = [textOr(`job.${status}`, status), t('jobStored', {count: stored})];
    if (empty > 0) parts.push(t('jobEmpty', {count: empty}));
    if (skipped > 0) parts.push(t('jobSkipped', {count: skipped}));
    if (failed > 0) parts.push(t('jobFailed', {count: failed}));
    fill(this.counts, parts.join(' · '));
    this.progress.max = total || 1;
    this.progress.value = stored + empty + skipped + failed;
    this.progress.hidden = hasEnded(this.job);
    this.cancel.hidden = hasEnded(this.job);
    this.table.hidden = this.read === 0;
  }

  async stopJob() {
    try {
      await request(`jobs/${encodeURIComponent(this.job.id)}`, {method: 'DELETE'});
    } catch (error) {
      this.complain(faultText(error));
    }
  }
}
