// Failed requests as text for people.
import {ApiError} from './api.js';
import {el} from './dom.js';
import {t} from './i18n.js';

/** @param {unknown} error */
export function faultText(error) {
  if (!(error instanceof ApiError)) return t('faultInternal', {detail: String(error)});
  if (error.status === 0) return t('faultUnreachable');
  if (error.wantsToken) return t('faultToken');
  return t('faultRefused', {status: String(error.status), detail: error.message});
}

/** @param {unknown} error */
export const faultNode = (error) => el('p', {class: 'fault', role: 'alert'}, faultText(error));

/** Of a request that a newer one has replaced. @param {unknown} error */
export const isAbort = (error) => error instanceof DOMException && error.name === 'AbortError';
