// Filters as rows of (key, operator, value), and as the JSON of the API (docs/http-api.md#filters).

/** @typedef {{key: string, operator: string, value: string}} Row */

/** In the order in which they are offered. */
export const operators = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$prefix', '$contains', '$exists'];

// Fields that the server stores as text: "3" in them is no number.
const texts = ['document_id', 'source', 'source_id', 'url', 'author', 'filename', 'created_at', 'start_date', 'end_date'];
// Members whose value has no operators.
const bounds = ['start_date', 'end_date'];

/**
 * Numbers and true and false count as such, unless they are quoted or the key has texts only.
 * @param {string} key
 * @param {string} text
 */
export function valueOf(key, text) {
  const trimmed = text.trim();
  if (/^".*"$/.test(trimmed)) return trimmed.slice(1, -1);
  if (texts.includes(key)) return trimmed;
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

/** @param {string} key @param {unknown} value */
function textOf(key, value) {
  const text = String(value);
  return typeof value === 'string' && valueOf(key, text) !== value ? `"${text}"` : text;
}

/** @param {Row} row */
function conditionOf({key, operator, value}) {
  if (operator === '$exists') return {[key]: {$exists: value.trim() !== 'false'}};
  const typed = valueOf(key, value);
  return {[key]: operator === '$eq' ? typed : {[operator]: typed}};
}

/**
 * Rows without a key do not count. Nothing: there is no condition.
 * @param {Row[]} rows
 * @returns {Record<string, unknown> | undefined}
 */
export function filterOf(rows) {
  const conditions = rows.filter((row) => row.key.trim()).map((row) => conditionOf({...row, key: row.key.trim()}));
  if (conditions.length === 0) return undefined;
  const keys = new Set(conditions.flatMap((condition) => Object.keys(condition)));
  return keys.size === conditions.length ? Object.assign({}, ...conditions) : {$and: conditions};
}

/**
 * Null: rows cannot say it.
 * @param {Record<string, unknown> | undefined} filter
 * @returns {Row[] | null}
 */
export function rowsOf(filter) {
  if (!filter) return [];
  const names = Object.keys(filter);
  const parts = names.length === 1 && names[0] === '$and' && Array.isArray(filter.$and) ? filter.$and : [filter];
  const rows = [];
  for (const part of parts) {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return null;
    for (const [key, value] of Object.entries(part)) {
      const row = rowOf(key, value);
      if (!row) return null;
      rows.push(row);
    }
  }
  return rows;
}

/**
 * @param {string} key
 * @param {unknown} value
 * @returns {Row | null}
 */
function rowOf(key, value) {
  if (key.startsWith('$')) return null;
  if (['string', 'number', 'boolean'].includes(typeof value)) return {key, operator: '$eq', value: textOf(key, value)};
  if (typeof value !== 'object' || value === null || Array.isArray(value) || bounds.includes(key)) return null;
  const [[operator, operand] = ['', null], ...more] = Object.entries(value);
  if (more.length > 0 || !operators.includes(operator) || typeof operand === 'object') return null;
  return {key, operator, value: textOf(key, operand)};
}

/**
 * The filter of a text, or a message of the browser. Empty text: no filter.
 * @param {string} text
 * @returns {{filter?: Record<string, unknown>, fault?: string}}
 */
export function parseFilter(text) {
  if (!text.trim()) return {};
  try {
    const filter = JSON.parse(text);
    if (typeof filter === 'object' && filter !== null && !Array.isArray(filter)) return {filter};
    return {fault: '{}'};
  } catch (error) {
    return {fault: /** @type {Error} */ (error).message};
  }
}
