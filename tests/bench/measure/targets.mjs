/**
 * The targets of the benchmark, judged by medians of one run.
 * @import { Spread } from './statistics.mjs'
 */

/**
 * @typedef {object} Result of one tool on one capture
 * @property {Spread} seconds
 * @property {Spread} peak_bytes
 */

/** @typedef {Record<string, Result>} Results by tool */

/**
 * @typedef {object} Verdict
 * @property {string} capture
 * @property {string} row
 * @property {string} target
 * @property {string} figure
 * @property {boolean | null} met null: not measured
 */

const MB = 1e6;
/** @type {Readonly<Record<string, { tshark: number, nfpcapd: number, peak: number }>>} */
export const TARGETS = {
  mixed: { tshark: 8, nfpcapd: 0.7, peak: 500 },
  small: { tshark: 20, nfpcapd: 2, peak: 600 },
};
const GROWTH_TIME = 11;

/**
 * @param {string} capture profile's name
 * @param {Results} results
 * @returns {Verdict[]} a row for each target of this capture
 */
export function verdicts(capture, results) {
  const target = TARGETS[capture];
  if (target === undefined) return [];
  const us = results.us;
  /** @param {'tshark' | 'nfpcapd'} tool @param {string} row @returns {Verdict} */
  const against = (tool, row) => {
    const other = results[tool];
    const text = `≥ ${target[tool]} ×`;
    if (us === undefined || other === undefined)
      return { capture, row, target: text, figure: 'not measured', met: null };
    const ratio = other.seconds.median / us.seconds.median;
    return { capture, row, target: text, figure: `${ratio.toFixed(2)} ×`, met: ratio >= target[tool] };
  };
  return [
    against('tshark', 'against tshark conv'),
    against('nfpcapd', 'against nfpcapd'),
    {
      capture,
      row: 'peak memory, all processes',
      target: `≤ ${target.peak} MB`,
      figure: us === undefined ? 'not measured' : `${(us.peak_bytes.max / MB).toFixed(0)} MB`,
      met: us === undefined ? null : us.peak_bytes.max <= target.peak * MB,
    },
  ];
}

/**
 * A capture ten times as long: memory within what the rounds of the short one reached, time at most eleven times.
 * @param {number} factor how many times longer
 * @param {Result | undefined} short
 * @param {Result | undefined} long
 * @returns {Verdict[]}
 */
export function growthVerdicts(factor, short, long) {
  const capture = `mixed × ${factor}`;
  const timeTarget = `≤ ${(GROWTH_TIME * factor) / 10} ×`;
  if (short === undefined || long === undefined)
    return [{ capture, row: 'time and memory', target: timeTarget, figure: 'not measured', met: null }];
  const time = long.seconds.median / short.seconds.median;
  return [
    {
      capture,
      row: 'time',
      target: timeTarget,
      figure: `${time.toFixed(2)} ×`,
      met: time <= (GROWTH_TIME * factor) / 10,
    },
    {
      capture,
      row: 'peak memory',
      target: `≤ ${(short.peak_bytes.max / MB).toFixed(0)} MB`,
      figure: `${(long.peak_bytes.median / MB).toFixed(0)} MB`,
      met: long.peak_bytes.median <= short.peak_bytes.max,
    },
  ];
}
