// A search as the body of /v1/search, and as parameters of the page's address.

/**
 * The members that the form can set; absent ones take the server's defaults.
 * @typedef {object} Query
 * @property {string} query
 * @property {Record<string, unknown>} [filter]
 * @property {number} [top_k]
 * @property {string} [mode]
 * @property {boolean} [rerank]
 * @property {number} [rerank_depth]
 * @property {string} [return]
 * @property {number} [min_score]
 * @property {number} [diversity]
 * @property {number} [neighbors]
 * @property {boolean} [collapse]
 * @property {boolean} [fold_duplicates]
 */

export const modes = ['hybrid', 'min-max', 'rrf', 'bge-m3', 'dense', 'sparse', 'lexical'];

/** @type {Record<string, (text: string) => unknown>} */
const readers = {
  query: (text) => text,
  filter: readObject,
  top_k: Number,
  mode: (text) => text,
  rerank: (text) => text === 'true',
  rerank_depth: Number,
  return: (text) => text,
  min_score: Number,
  diversity: Number,
  neighbors: Number,
  collapse: (text) => text === 'true',
  fold_duplicates: (text) => text === 'true',
};

/** @param {string} text */
function readObject(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {URLSearchParams} parameters
 * @returns {Query}
 */
export function queryOf(parameters) {
  /** @type {Record<string, unknown>} */
  const query = {query: ''};
  for (const [name, read] of Object.entries(readers)) {
    const text = parameters.get(name);
    const value = text === null || text === '' ? undefined : read(text);
    if (value !== undefined) query[name] = value;
  }
  return /** @type {Query} */ (query);
}

/** @param {Query} query */
export function parametersOf(query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  return parameters;
}
