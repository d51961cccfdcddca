// Requests to the server that has sent the page, with the token of this session.
import {token} from './settings.js';

/**
 * @typedef {object} Call
 * @property {string} [method] default: GET, or POST with a body
 * @property {unknown} [json] the body
 * @property {AbortSignal} [signal]
 * @property {boolean} [quiet] a refusal asks nobody for a token
 */

/** A request that the server has refused, or that did not reach it (status 0). */
export class ApiError extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }

  /** Whether another token would help. */
  get wantsToken() {
    return this.status === 401 || (this.status === 403 && this.message === 'Not authenticated');
  }
}

/** @type {(error: ApiError) => Promise<boolean>} */
let askForToken = async () => false;

/**
 * `ask` is called when the server wants a token; true: there is one now.
 * @param {typeof askForToken} ask
 */
export function whenTokenIsWanted(ask) {
  askForToken = ask;
}

/** The address of a path of the API; the page may lie below a prefix. @param {string} path "v1/search" */
export const address = (path) => new URL(path, document.baseURI).href;

/** @returns {Record<string, string>} */
export const authorization = () => (token() ? {Authorization: `Bearer ${token()}`} : {});

/**
 * The JSON of an answer. Throws ApiError, or the AbortError of `signal`.
 * @param {string} path
 * @param {Call} [call]
 * @returns {Promise<any>}
 */
export async function request(path, call = {}) {
  return JSON.parse(await requestText(path, call));
}

/**
 * @param {string} path
 * @param {Call} [call]
 * @returns {Promise<string>}
 */
export async function requestText(path, call = {}) {
  for (;;) {
    const response = await send(path, call);
    const text = await response.text();
    if (response.ok) return text;
    const error = errorOf(response.status, text);
    if (!error.wantsToken || call.quiet || !(await askForToken(error))) throw error;
  }
}

/** @param {string} path @param {Call} call */
async function send(path, call) {
  const headers = authorization();
  if (call.json !== undefined) headers['Content-Type'] = 'application/json';
  try {
    return await fetch(address(path), {
      method: call.method ?? (call.json === undefined ? 'GET' : 'POST'),
      headers,
      body: call.json === undefined ? undefined : JSON.stringify(call.json),
      signal: call.signal,
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, '');
  }
}

/**
 * The server's reason: a sentence, or a list of {loc, msg}.
 * @param {number} status
 * @param {string} text
 */
export function errorOf(status, text) {
  let detail;
  try {
    ({detail} = JSON.parse(text));
  } catch {
    detail = text;
  }
  if (Array.isArray(detail))
    detail = detail.map((one) => `${one.loc.filter((/** @type {unknown} */ part) => part !== 'body').join('.')}: ${one.msg}`).join('; ');
  return new ApiError(status, typeof detail === 'string' && detail ? detail : `HTTP ${status}`);
}
