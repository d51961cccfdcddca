// Removal that can be taken back: the server is asked after a pause, unless the user takes it back before. A page that is
// closed meanwhile removes nothing.
import {announce} from './a11y.js';
import {request} from './api.js';
import {el} from './dom.js';
import {faultText} from './faults.js';
import {t} from './i18n.js';
import {collection, here} from './router.js';

const pause = 10_000;

/** Notes with their buttons, once in the page. */
export const notes = el('section', {class: 'notes'});

/** @type {Set<string>} */
const pending = new Set();

/** Whether the document of the collection in force is to be removed soon. @param {string} id */
export const isPending = (id) => pending.has(keyOf(id));

/** @param {string} id */
const keyOf = (id) => `${collection()}/${id}`;

window.addEventListener('beforeunload', (event) => {
  if (pending.size > 0) event.preventDefault();
});

/**
 * @param {string} id of a document
 * @param {string} title
 * @param {() => void} changed called when the document is removed, and when it stays
 */
export function removeLater(id, title, changed) {
  // Another collection may be in force when the time is over.
  const key = keyOf(id), path = here('delete');
  pending.add(key);
  const text = el('span', {}, t('removing', {title}));
  const undo = el('button', {type: 'button', class: 'quiet', onclick: () => {
    clearTimeout(timer);
    end(t('removalUndone', {title}));
  }}, t('undo'));
  const note = el('div', {class: 'toast'}, text, undo);
  /** @param {string} said */
  const end = (said) => {
    pending.delete(key);
    note.remove();
    announce(said);
    changed();
  };
  const timer = setTimeout(async () => {
    undo.remove();
    try {
      await request(path, {json: {ids: [id]}});
      end(t('removed', {title}));
    } catch (error) {
      pending.delete(key);
      text.textContent = faultText(error);
      note.append(el('button', {type: 'button', class: 'quiet', onclick: () => note.remove()}, t('close')));
      changed();
    }
  }, pause);
  notes.setAttribute('aria-label', t('notices'));
  notes.append(note);
  announce(t('removing', {title}));
  undo.focus();
}
