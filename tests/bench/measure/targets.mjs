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

/**
 * @typedef {object} Target
 * @property {string} us which way of ours
 * @property {Readonly<Record<string, number>>} times how many times a tool's time ours must fit into
 * @property {number} peak MB of all processes
 */

const MB = 1e6;
/** Connections and packets alone; with content but no hashes of files; with everything. @type {Readonly<Record<string, readonly Target[]>>} */
export const TARGETS = {
  mixed: [
    { us: 'us-headers', times: { tshark: 8, nfpcapd: 0.7 }, peak: 500 },
    { us: 'us-no-hashes', times: { suricata: 2, tshark: 6, 'tshark-fields': 20 }, peak: 700 },
    { us: 'us', times: { suricata: 1.5 }, peak: 700 },
  ],
  small: [
    { us: 'us-headers', times: { tshark: 20, nfpcapd: 2 }, peak: 600 },
    { us: 'us', times: { suricata: 3, tshark: 12 }, peak: 700 },
  ],
};
const GROWTH_TIME = 11;

/**
 * @param {string} capture profile's name
 * @param {Results} results
 * @returns {Verdict[]} a row for each target of this capture
 */
export function verdicts(capture, results) {
  return (TARGETS[capture] ?? []).flatMap(({ us: name, times, peak }) => {
    const us = results[name];
    const rows = Object.entries(times).map(([tool, least]) => {
      const other = results[tool];
      const row = `${name} against ${tool}`;
      const target = `≥ ${least} ×`;
      if (us === undefined || other === undefined)
        return { capture, row, target, figure: 'not measured', met: null };
      const ratio = other.seconds.median / us.seconds.median;
      return { capture, row, target, figure: `${ratio.toFixed(2)} ×`, met: ratio >= least };
    });
    return [
      ...rows,
      {
        capture,
        row: `${name}: peak memory`,
        target: `≤ ${peak} MB`,
        figure: us === undefined ? 'not measured' : `${(us.peak_bytes.max / MB).toFixed(0)} MB`,
        met: us === undefined ? null : us.peak_bytes.max <= peak * MB,
      },
    ];
  });
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
