// The choice of the collection in force, in the header. It is shown where there are several, or where the address names one.
import {request} from './api.js';
import {el, fill, select} from './dom.js';
import {t} from './i18n.js';
import {collection, go, linkIn, place} from './router.js';

const node = el('span', {class: 'picker'});
/** As the server listed them last; the token may see them. @type {string[]} */
let names = [];

function draw() {
  const now = collection() || 'default';
  const all = names.includes(now) ? names : [...names, now];
  if (all.length < 2 && now === 'default') {
    node.replaceChildren();
    return;
  }
  const choice = select(all.map((name) => /** @type {[string, string]} */ ([name, name])), now, {
    'aria-label': t('collectionChoice'), name: 'collection', onchange: (/** @type {any} */ event) => {
      const {name, parameters} = place();
      // An id of one collection means nothing in another one.
      for (const own of ['id', 'chunk', 'offset']) parameters.delete(own);
      go(linkIn(event.target.value, name, parameters));
    }});
  fill(node, choice);
}

/** The control, as the address has it now. */
export function collectionPicker() {
  draw();
  return node;
}

/**
 * Asks the server which collections there are. /health tells them to those who may know, and refuses nobody, so that a page without
 * a token asks for none.
 */
export async function refreshCollections() {
  try {
    const {collections = {}} = await request('health', {quiet: true});
    names = Object.keys(collections);
    if (names.includes('...')) names = await allNames();
    draw();
  } catch {
    // The views say what is wrong.
  }
}

/** @returns {Promise<string[]>} */
async function allNames() {
  const {collections} = await request('v1/collections', {quiet: true});
  return collections.map((/** @type {{name: string}} */ one) => one.name);
}
