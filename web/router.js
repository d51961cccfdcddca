// The view, its collection and its parameters are in the part of the address after "#", so that it can be kept, shared and gone
// back to:
//
//   #/search?query=hot+water              the default collection
//   #/c/notes/search?query=hot+water      the collection "notes", as in the addresses of the API

/**
 * @typedef {object} View
 * @property {HTMLElement} node
 * @property {(parameters: URLSearchParams) => void} show called at first, and when only the parameters change
 * @property {() => void} [leave] another view is shown from now on
 */

/** `collection` is empty for the default one. @typedef {{collection: string, name: string, parameters: URLSearchParams}} Place */

/** @returns {Place} */
export function place() {
  const [, name = '', query = ''] = /^#\/?([^?]*)\??(.*)$/.exec(location.hash) ?? [];
  const parameters = new URLSearchParams(query);
  // Nothing else is the name of a collection, and a name such as ".." would lead to another path.
  const [, collection, inner] = /^c\/([a-z0-9][a-z0-9_-]{0,63})(?:\/(.*))?$/.exec(name) ?? [];
  if (collection === undefined) return {collection: '', name, parameters};
  return {collection: collection === 'default' ? '' : collection, name: inner ?? '', parameters};
}

/** The collection in force; empty: the default one. */
export const collection = () => place().collection;

/**
 * A place of the collection in force.
 * @param {string} name
 * @param {Record<string, string> | URLSearchParams} [parameters]
 */
export const link = (name, parameters = {}) => linkIn(collection(), name, parameters);

/**
 * @param {string} collection
 * @param {string} name
 * @param {Record<string, string> | URLSearchParams} [parameters]
 */
export function linkIn(collection, name, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  return `#/${inCollection(collection, name)}${query ? `?${query}` : ''}`;
}

/** A path of the API for the collection. @param {string} collection @param {string} path "v1/search" */
export const inCollection = (collection, path) =>
  (collection && collection !== 'default' ? `c/${collection}/${path}` : path);

/** A path of the API for the collection in force. @param {string} path "v1/search" */
export const here = (path) => inCollection(collection(), path);

/** Goes there; the same place is shown again. @param {string} target of link() */
export function go(target) {
  if (location.hash === target) window.dispatchEvent(new HashChangeEvent('hashchange'));
  else location.hash = target;
}
