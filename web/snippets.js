// The query on the screen as a command and as a program.
import {address} from './api.js';
import {codeBlock} from './clipboard.js';
import {el} from './dom.js';
import {t} from './i18n.js';
import {here} from './router.js';

/** @typedef {import('./query.js').Query} Query */

/** @param {string} text For sh, between single quotes. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @param {Query} query */
export function curlOf(query) {
  return `curl -s ${quoted(address(here('v1/search')))} \\\n  -H "Authorization: Bearer $BEARER_TOKEN" \\\n` +
    `  -H 'Content-Type: application/json' \\\n  -d ${quoted(JSON.stringify(query))}\n`;
}

/**
 * A literal of Python.
 * @param {unknown} value of JSON
 * @returns {string}
 */
export function pythonLiteral(value) {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${pythonLiteral(one)}`).join(', ')}}`;
  return JSON.stringify(value);
}

/** @param {Query} query */
export function pythonOf(query) {
  return `import json, os, urllib.request

query = ${pythonLiteral(query)}
request = urllib.request.Request(
    ${JSON.stringify(address(here('v1/search')))}, json.dumps(query).encode(),
    {"Authorization": "Bearer " + os.environ.get("BEARER_TOKEN", ""),
     "Content-Type": "application/json"})
with urllib.request.urlopen(request) as answer:
    for result in json.load(answer)["results"]:
        print(f'{result["score"]:.3f}', result["document_id"], result["text"][:100])
`;
}

/** @param {Query} query */
export const snippets = (query) =>
  el('details', {class: 'panel'}, el('summary', {}, t('snippets')),
    codeBlock('curl', curlOf(query)), codeBlock('Python', pythonOf(query)));
