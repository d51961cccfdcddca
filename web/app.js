// The frame of all pages: header, navigation, and the view that the address names.
import {announcer, focusOn} from './a11y.js';
import {whenTokenIsWanted} from './api.js';
import {collectionPicker, refreshCollections} from './collection_picker.js';
import {CollectionsView} from './collections_view.js';
import {CompareView} from './compare_view.js';
import {askToken} from './dialogs.js';
import {DocumentsView} from './documents_view.js';
import {el, fill} from './dom.js';
import {initLanguage, t} from './i18n.js';
import {HealthView} from './health_view.js';
import {notes} from './pending_removal.js';
import {link, place} from './router.js';
import {SearchView} from './search_view.js';
import {applyTheme, token} from './settings.js';
import {SettingsView} from './settings_view.js';
import {TokensView} from './tokens_view.js';
import {UploadView} from './upload_view.js';

/** @typedef {import('./i18n.js').MessageKey} MessageKey */

/** The first one is the start page. @type {{name: string, title: MessageKey, make: () => import('./router.js').View}[]} */
const views = [
  {name: 'search', title: 'navSearch', make: () => new SearchView()},
  {name: 'compare', title: 'navCompare', make: () => new CompareView()},
  {name: 'documents', title: 'navDocuments', make: () => new DocumentsView()},
  {name: 'upload', title: 'navUpload', make: () => new UploadView()},
  {name: 'collections', title: 'navCollections', make: () => new CollectionsView()},
  {name: 'tokens', title: 'navTokens', make: () => new TokensView()},
  {name: 'health', title: 'navHealth', make: () => new HealthView()},
  {name: 'settings', title: 'settings', make: () => new SettingsView(redraw)},
];

const header = el('header', {class: 'top'});
const main = el('main', {id: 'main'});
const footer = el('footer');
/** @type {{name: string, collection: string, view: import('./router.js').View} | null} */
let current = null;

function drawFrame() {
  const {name} = viewOf(place().name);
  fill(header,
    el('a', {class: 'brand', href: link(views[0].name)}, el('img', {src: 'console/icon.svg', alt: '', width: 24, height: 24}), 'rappel'),
    el('nav', {'aria-label': t('navigation')}, el('ul', {}, views.map((view) =>
      el('li', {}, el('a', {href: link(view.name), 'aria-current': view.name === name ? 'page' : null}, t(view.title)))))),
    collectionPicker());
  fill(footer, el('span', {}, `rappel ${document.body.dataset.version}`),
    el('a', {href: 'docs'}, t('apiDocs')), el('a', {href: 'health'}, '/health'));
}

/** @param {string} name */
const viewOf = (name) => views.find((view) => view.name === name) ?? views[0];

function show() {
  const {name: wanted, collection, parameters} = place();
  const {name, title, make} = viewOf(wanted);
  document.title = collection ? `${t(title)} – ${collection} – rappel` : `${t(title)} – rappel`;
  const changed = current?.name !== name || current.collection !== collection;
  if (changed) {
    const first = current === null;
    current?.view.leave?.();
    // The focus stays on the choice of a collection in the header.
    const choosing = document.activeElement?.getAttribute('name') === 'collection';
    current = {name, collection, view: make()};
    fill(main, current.view.node);
    drawFrame();
    if (choosing) /** @type {HTMLElement | null} */ (header.querySelector('select'))?.focus();
    else if (!first) focusOn(main.querySelector('h1'));
  }
  current?.view.show(parameters);
}

function redraw() {
  current?.view.leave?.();
  current = null;
  drawSkip();
  show();
  focusOn(main.querySelector('h1'));
  void refreshCollections();
}

const skip = el('a', {class: 'skip', href: '#main', onclick: (/** @type {Event} */ event) => {
  event.preventDefault();  // the part after "#" is the view
  focusOn(main);
}});
const drawSkip = () => fill(skip, t('skip'));

initLanguage();
applyTheme();
drawSkip();
document.body.replaceChildren(skip, header, main, footer, notes, announcer);
/** Requests that are refused together ask once. @type {Promise<boolean> | null} */
let asking = null;
whenTokenIsWanted(() => {
  asking ??= askToken(t(token() ? 'tokenWrong' : 'tokenMissing')).finally(() => {
    asking = null;
    void refreshCollections();
  });
  return asking;
});
window.addEventListener('hashchange', show);
show();
void refreshCollections();
