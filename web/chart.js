// A small chart of the last minutes of one number. The number is text; the line is a picture for the eye alone.
import {el, svg} from './dom.js';
import {t} from './i18n.js';

const points = 90;
const width = 240;
const height = 48;

export class Chart {
  /**
   * @param {string} title
   * @param {(value: number) => string} format
   */
  constructor(title, format) {
    this.format = format;
    /** @type {number[]} */
    this.values = [];
    this.now = el('span', {class: 'chart-now'}, '–');
    this.most = el('span', {class: 'hint'});
    this.line = svg('polyline', {class: 'chart-line', points: ''});
    this.area = svg('polygon', {class: 'chart-area', points: ''});
    this.node = el('figure', {class: 'card chart'}, el('figcaption', {}, title),
      el('div', {class: 'chart-head'}, this.now, this.most),
      svg('svg', {viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true'}, this.area, this.line));
    this.node.hidden = true;
  }

  /** @param {number | undefined} value undefined: the server does not tell it */
  add(value) {
    if (value === undefined) return;
    this.node.hidden = false;
    this.values = [...this.values, value].slice(-points);
    const most = Math.max(...this.values);
    this.now.textContent = this.format(value);
    this.most.textContent = t('chartMost', {value: this.format(most)});
    const step = width / (points - 1);
    const first = width - (this.values.length - 1) * step;
    const places = this.values.map((one, index) =>
      `${(first + index * step).toFixed(1)},${(height - 2 - (most > 0 ? one / most : 0) * (height - 6)).toFixed(1)}`);
    this.line.setAttribute('points', places.join(' '));
    this.area.setAttribute('points', `${first.toFixed(1)},${height} ${places.join(' ')} ${width},${height}`);
  }
}
