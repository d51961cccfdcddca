// The view and its parameters are in the part of the address after "#", so that it can be kept, shared and gone back to:
// #/search?query=hot+water

/**
 * @typedef {object} View
 * @property {HTMLElement} node
 * @property {(parameters: URLSearchParams) => void} show called at first, and when only the parameters change
 * @property {() => void} [leave] another view is shown from now on
 */

/** @typedef {{name: string, parameters: URLSearchParams}} Place */

/** @returns {Place} */
export function place() {
  const [, name = '', query = ''] = /^#\/?([^?]*)\??(.*)$/.exec(location.hash) ?? [];
  return {name, parameters: new URLSearchParams(query)};
}

/**
 * @param {string} name
 * @param {Record<string, string> | URLSearchParams} [parameters]
 */
export function link(name, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  return `#/${name}${query ? `?${query}` : ''}`;
}

/** Goes there; the same place is shown again. @param {string} target of link() */
export function go(target) {
  if (location.hash === target) window.dispatchEvent(new HashChangeEvent('hashchange'));
  else location.hash = target;
}
