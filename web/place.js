// The place of a chunk in its document, and the document's name, for people.
import {t} from './i18n.js';

/** @typedef {Record<string, any>} Metadata */

/** The members that a place has; the rest of a chunk's metadata is the document's. */
export const placeMembers = ['inner_file', 'page', 'last_page', 'page_label', 'last_page_label', 'slide', 'last_slide', 'message', 'sheet',
  'row', 'last_row', 'columns', 'chapter', 'section', 'last_section', 'begin', 'end'];

/** @param {Metadata} metadata @param {string} documentId */
export function titleOf(metadata, documentId) {
  const title = metadata.title ?? metadata.filename ?? metadata.source_id ?? documentId;
  return typeof title === 'string' && title ? title : documentId;
}

/**
 * @param {any} first
 * @param {any} last
 */
const range = (first, last) => (last === undefined || last === null || last === first ? String(first) : `${first}–${last}`);

/**
 * "page 12 · section 3.2"; empty if nothing is known.
 * @param {Metadata} metadata
 */
export function placeOf(metadata) {
  const {inner_file: inner, chapter, section, sheet, message} = metadata;
  const parts = [];
  if (inner) parts.push(String(inner));
  if (typeof metadata.page === 'number')
    parts.push(t('placePage', {range: range(metadata.page_label ?? metadata.page, metadata.last_page_label ?? metadata.last_page)}));
  if (typeof metadata.slide === 'number') parts.push(t('placeSlide', {range: range(metadata.slide, metadata.last_slide)}));
  if (typeof message === 'number') parts.push(t('placeMessage', {range: String(message)}));
  if (sheet) parts.push(t('placeSheet', {name: String(sheet)}));
  if (typeof metadata.row === 'number') parts.push(t('placeRow', {range: range(metadata.row, metadata.last_row)}));
  if (chapter) parts.push(String(chapter));
  if (section) parts.push(String(section));
  return parts.join(' · ');
}

/**
 * Only addresses of the web become links: a document must not bring a script.
 * @param {unknown} url
 */
export function webAddress(url) {
  if (typeof url !== 'string') return '';
  try {
    const {protocol, href} = new URL(url);
    return protocol === 'https:' || protocol === 'http:' ? href : '';
  } catch {
    return '';
  }
}
