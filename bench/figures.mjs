// What a script has measured, a line of JSON for each figure on standard output. Everything else it says goes to standard error.

import { quantile } from '../tests/browser/senses.mjs';

/** The seconds for which each load is measured. */
export const seconds = Number(process.argv[2] ?? 10);

export function figure(what, value, target = '') {
  console.log(JSON.stringify({ what, value, target }));
}

/** A figure of milliseconds. */
export function spread(what, values, target) {
  const [p50, p95] = [0.5, 0.95].map((fraction) => quantile(values, fraction).toFixed(0));
  figure(what, `p50 ${p50} ms, p95 ${p95} ms, n ${values.length}`, target);
}

export const say = (what) => console.error(`▸ ${what}`);
