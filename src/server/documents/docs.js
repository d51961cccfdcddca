'use strict';
// Draws the OpenAPI document that stands beside the page, and lets its operations be tried. No library, nothing loaded
// from elsewhere; text of the document and of answers is only ever set as text.

const reading = document.body.dataset.mode === 'read';

function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  Object.assign(node, attributes);
  node.append(...children);
  return node;
}

function resolve(api, schema) {
  while (schema && schema.$ref) schema = schema.$ref.split('/').slice(1).reduce((at, key) => at[key], api);
  return schema || {};
}

function typeName(api, schema) {
  const name = schema.$ref ? schema.$ref.split('/').pop() : null;
  const real = resolve(api, schema);
  if (real.enum) return real.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (real.type === 'array') return 'array of ' + typeName(api, real.items);
  return name || real.format || real.type || 'any';
}

function fieldTable(api, schema) {
  const real = resolve(api, schema);
  const table = element('table', {}, element('tr', {},
    element('th', {textContent: 'Field'}), element('th', {textContent: 'Type'}), element('th', {textContent: 'Default'})));
  for (const [name, field] of Object.entries(real.properties || {})) {
    const required = (real.required || []).includes(name);
    const fallback = required ? 'required' : field.default === undefined ? '' : JSON.stringify(field.default);
    table.append(element('tr', {}, element('td', {}, element('code', {textContent: name})),
      element('td', {textContent: typeName(api, field)}), element('td', {textContent: fallback})));
  }
  return table;
}

// Every schema met on the way down, once.
function nestedSchemas(api, schema, seen = new Map()) {
  const real = resolve(api, schema);
  if (schema.$ref) {
    const name = schema.$ref.split('/').pop();
    if (seen.has(name) || !real.properties) return seen;
    seen.set(name, schema);
  }
  for (const field of Object.values(real.properties || {})) nestedSchemas(api, field, seen);
  if (real.items) nestedSchemas(api, real.items, seen);
  return seen;
}

const examples = {
  '/query': {queries: [{query: 'What did we decide about the roof?', top_k: 3}]},
  '/upsert': {documents: [{id: 'note-1', text: 'The roof will be repaired in May.', metadata: {source: 'chat', author: 'Ada'}}]},
  '/list': {limit: 10, offset: 0},
  '/delete': {ids: ['note-1']},
};

function tryForm(api, path, method, content) {
  const prefix = ((api.servers || [])[0] || {url: ''}).url.replace(/\/$/, '');
  const multipart = 'multipart/form-data' in content;
  const body = element('textarea', {rows: 6, spellcheck: false, value: JSON.stringify(examples[path] || {}, null, 2)});
  const file = element('input', {type: 'file'});
  const metadata = element('input', {type: 'text', placeholder: 'metadata as JSON (optional)'});
  const output = element('pre', {hidden: true});
  const send = async () => {
    const headers = {};
    const token = document.getElementById('token').value.trim();
    if (token) headers.Authorization = 'Bearer ' + token;
    let payload = body.value;
    if (multipart) {
      payload = new FormData();
      if (file.files.length) payload.append('file', file.files[0]);
      if (metadata.value) payload.append('metadata', metadata.value);
    } else {
      headers['Content-Type'] = 'application/json';
    }
    output.hidden = false;
    output.textContent = '...';
    try {
      const started = performance.now();
      const answer = await fetch(prefix + path, {method: method.toUpperCase(), headers, body: payload});
      let text = await answer.text();
      try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* shown as it is */ }
      output.textContent = `${answer.status} ${answer.statusText} (${Math.round(performance.now() - started)} ms)\n${text}`;
    } catch (error) {
      output.textContent = String(error);
    }
  };
  const inputs = multipart ? [file, metadata] : [body];
  return element('div', {}, ...inputs, element('p', {}, element('button', {textContent: 'Send', onclick: send})), output);
}

function drawOperation(api, path, method, operation) {
  const content = (operation.requestBody || {}).content || {};
  const box = element('details', {}, element('summary', {},
    element('span', {className: 'method', textContent: method.toUpperCase()}), element('code', {textContent: path}),
    ' ' + (operation.summary || '')));
  if (operation.description) box.append(element('p', {textContent: operation.description}));
  for (const [type, media] of Object.entries(content)) {
    box.append(element('p', {}, 'Body: ', element('code', {textContent: type})));
    const root = resolve(api, media.schema);
    if (!nestedSchemas(api, media.schema).size) box.append(fieldTable(api, root));
    for (const [name, schema] of nestedSchemas(api, media.schema))
      box.append(element('p', {}, element('code', {textContent: name})), fieldTable(api, schema));
  }
  if (!reading) box.append(tryForm(api, path, method, content));
  return box;
}

async function main() {
  const operations = document.getElementById('operations');
  const address = document.querySelector('a[href="openapi.json"]').href;
  const api = await (await fetch(address)).json();
  document.getElementById('about').textContent = api.info.description || '';
  operations.replaceChildren();
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, operation] of Object.entries(methods))
      operations.append(drawOperation(api, path, method, operation));
  if (reading) for (const box of operations.children) box.open = true;
}

main().catch((error) => { document.getElementById('operations').textContent = 'openapi.json could not be shown: ' + error; });
