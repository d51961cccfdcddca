// What the browser remembers: language and theme for good, the token until the tab is closed.

/** @typedef {'language' | 'theme'} Lasting */

/**
 * A browser may forbid storage; nothing is remembered then.
 * @param {() => Storage} storage
 * @param {string} name
 */
function read(storage, name) {
  try {
    return storage().getItem(`rappel.${name}`) ?? '';
  } catch {
    return '';
  }
}

/**
 * @param {() => Storage} storage
 * @param {string} name
 * @param {string} value empty: forgotten
 */
function write(storage, name, value) {
  try {
    if (value) storage().setItem(`rappel.${name}`, value);
    else storage().removeItem(`rappel.${name}`);
  } catch {
    // As if it had not been chosen before, at the next visit.
  }
}

const lasting = () => localStorage;
const session = () => sessionStorage;
let tokenWithoutStorage = '';

/** @param {Lasting} name */
export const setting = (name) => read(lasting, name);

/** @param {Lasting} name @param {string} value */
export const remember = (name, value) => write(lasting, name, value);

export const token = () => read(session, 'token') || tokenWithoutStorage;

/** @param {string} value */
export function setToken(value) {
  tokenWithoutStorage = value;
  write(session, 'token', value);
}

export function applyTheme() {
  const theme = setting('theme');
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
