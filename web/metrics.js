// The text of /metrics (Prometheus text format 0.0.4), and what the charts show of it.

/** @typedef {{name: string, labels: Record<string, string>, value: number}} Sample */

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** @param {string} text */
const unescaped = (text) => text.replace(/\\(.)/g, (_, one) => (one === 'n' ? '\n' : one));

/**
 * Lines that are no samples are left out.
 * @param {string} text
 * @returns {Sample[]}
 */
export function parseMetrics(text) {
  const samples = [];
  for (const one of text.split('\n')) {
    const found = one.startsWith('#') ? null : line.exec(one);
    if (!found) continue;
    const labels = Object.fromEntries([...(found[2] ?? '').matchAll(label)].map(([, name, value]) => [name, unescaped(value)]));
    samples.push({name: found[1], labels, value: Number(found[3].replace('Inf', 'Infinity'))});
  }
  return samples;
}

// This page and its kind ask for them; they would hide the requests that matter.
const watching = ['/metrics', '/health', '/ready'];

/**
 * The sum of a family's samples; undefined: there is none.
 * @param {Sample[]} samples
 * @param {string} name
 */
export function total(samples, name) {
  const values = samples.filter((sample) => sample.name === name &&
    !watching.includes(sample.labels.route ?? '')).map((sample) => sample.value);
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) : undefined;
}

/**
 * Growth per second between two states of a counter; a restart of the server counts as none.
 * @param {Sample[]} now
 * @param {Sample[]} before
 * @param {number} seconds
 * @param {string} name
 */
export function rate(now, before, seconds, name) {
  const last = total(now, name);
  if (last === undefined) return undefined;
  return Math.max(last - (total(before, name) ?? 0), 0) / seconds;
}

/**
 * Mean seconds of the requests that ended between the two states; 0: none did.
 * @param {Sample[]} now
 * @param {Sample[]} before
 */
export function meanLatency(now, before) {
  const count = rate(now, before, 1, 'rappel_http_request_duration_seconds_count') ?? 0;
  return count > 0 ? (rate(now, before, 1, 'rappel_http_request_duration_seconds_sum') ?? 0) / count : 0;
}
