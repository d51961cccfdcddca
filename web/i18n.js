// Texts of the chosen language, and numbers and dates as it writes them.
import {en} from './messages_en.js';
import {fr} from './messages_fr.js';
import {remember, setting} from './settings.js';

/** @typedef {keyof typeof en} MessageKey */

/** @type {Record<string, Record<MessageKey, string>>} */
const messages = {en, fr};

/** Each by its own name. @type {[string, string][]} */
export const languages = [['en', 'English'], ['fr', 'Français']];

let chosen = 'en';

/** The language that was chosen, or the first of the browser's that there is. */
export function initLanguage() {
  const wanted = [setting('language'), ...navigator.languages.map((name) => name.slice(0, 2))];
  apply(wanted.find((name) => name in messages) ?? 'en');
}

/** @param {string} name */
export function setLanguage(name) {
  remember('language', name);
  apply(name);
}

/** @param {string} name */
function apply(name) {
  chosen = name;
  document.documentElement.lang = name;
}

export const language = () => chosen;

/**
 * The message of a key. "{name}" in it becomes the value of that name, numbers as the language writes them; with
 * `count`, "one|other" is the form for it.
 * @param {MessageKey} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  let text = messages[chosen][key];
  if (typeof values.count === 'number') {
    const [one, other = one] = text.split('|');
    text = new Intl.PluralRules(chosen).select(values.count) === 'one' ? one : other;
  }
  return text.replace(/\{(\w+)\}/g, (all, name) => {
    const value = values[name];
    return value === undefined ? all : typeof value === 'number' ? number(value) : value;
  });
}

/** @param {string} key Whether there is a message. @returns {key is MessageKey} */
export const hasMessage = (key) => key in en;

/** @param {number} value @param {number} [digits] after the point, at most */
export const number = (value, digits = 2) =>
  new Intl.NumberFormat(chosen, {maximumFractionDigits: digits}).format(value);

/** Exactly so many digits, for columns. @param {number} value @param {number} [digits] */
export const fixed = (value, digits = 3) =>
  new Intl.NumberFormat(chosen, {minimumFractionDigits: digits, maximumFractionDigits: digits}).format(value);

/** @param {number} bytes */
export function size(bytes) {
  const units = chosen === 'fr' ? ['o', 'Ko', 'Mo', 'Go', 'To'] : ['B', 'KB', 'MB', 'GB', 'TB'];
  let step = 0;
  while (bytes >= 1024 && step < units.length - 1) {
    bytes /= 1024;
    ++step;
  }
  return `${number(bytes, bytes < 10 && step > 0 ? 1 : 0)}\u00a0${units[step]}`;
}

/** @param {number} ms */
export const duration = (ms) => (ms < 1000 ? `${number(ms, ms < 10 ? 1 : 0)}\u00a0ms` : `${number(ms / 1000, 1)}\u00a0s`);

/** A date of ISO 8601 for people; other texts stay as they are. @param {string} text */
export function date(text) {
  const day = /^\d{4}-\d{2}-\d{2}/.exec(text);
  if (!day) return text;
  const [year, month, dayOfMonth] = day[0].split('-').map(Number);
  const when = new Date(Date.UTC(year, month - 1, dayOfMonth));
  return Number.isNaN(when.getTime()) ? text : new Intl.DateTimeFormat(chosen, {dateStyle: 'medium', timeZone: 'UTC'}).format(when);
}
