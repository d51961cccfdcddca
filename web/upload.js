// Sending files: one job of POST /jobs/ingest for all files of one choice (docs/http-api.md#jobs).
import {ApiError, address, authorization, errorOf} from './api.js';
import {here} from './router.js';

/** @typedef {{pii: string, extractMetadata: boolean, force: boolean, metadata: string}} UploadOptions metadata: JSON or empty */

/** @param {UploadOptions} options */
function pathOf({pii, extractMetadata, force}) {
  const parameters = new URLSearchParams();
  if (pii) parameters.set('pii', pii);
  if (extractMetadata) parameters.set('extract_metadata', 'true');
  if (force) parameters.set('force', 'true');
  const query = parameters.toString();
  return `jobs/ingest${query ? `?${query}` : ''}`;
}

/**
 * The job that the server has made. XMLHttpRequest, because fetch tells nothing of the progress of a body.
 * @param {File[]} files
 * @param {UploadOptions} options
 * @param {(sent: number, all: number) => void} progress bytes
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
export function sendFiles(files, options, progress, signal) {
  const form = new FormData();
  if (options.metadata) form.append('metadata', options.metadata);
  for (const file of files) form.append('file', file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', address(here(pathOf(options))));
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => progress(event.loaded, event.total);
    request.onload = () => (request.status < 300 ? resolve(JSON.parse(request.responseText))
      : reject(errorOf(request.status, request.responseText)));
    request.onerror = () => reject(new ApiError(0, ''));
    request.onabort = () => reject(new DOMException('', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}

/**
 * The files that were dropped, also those in folders.
 * @param {DataTransfer} dropped
 * @returns {Promise<File[]>}
 */
export async function droppedFiles(dropped) {
  // The list is empty once the event is over: entries first, then their files. What a program dropped has no entry.
  const items = Array.from(dropped.items, (item) => ({entry: item.webkitGetAsEntry(), file: item.getAsFile()}));
  const files = await Promise.all(items.map(({entry, file}) => (entry ? filesIn(entry) : [file])));
  return files.flat().filter((file) => file !== null);
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<File[]>}
 */
async function filesIn(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject))];
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const files = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return files;
    for (const inner of some) files.push(...(await filesIn(inner)));
  }
}
