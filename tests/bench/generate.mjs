/**
 * Makes the benchmark's captures, or takes them from the cache under .cache/bench/.
 *
 *     node tests/bench/generate.mjs --profile mixed --size 50M --out /tmp/sample.pcap
 * @import { CaptureFacts, CaptureOptions } from './generator/capture.mjs'
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GENERATOR_VERSION, writeCapture } from './generator/capture.mjs';
import { PROFILES } from './generator/profiles.mjs';

export const CACHE = join(dirname(fileURLToPath(import.meta.url)), '../../.cache/bench');
const UNITS = { '': 1, K: 1e3, M: 1e6, G: 1e9 };

/**
 * @param {string} text such as 50M or 1.5G
 * @returns {number} bytes, of 1,000s
 * @throws {Error} with one clear sentence where it is no size
 */
export function parseSize(text) {
  const match = /^(\d+(?:\.\d+)?)([KMG]?)B?$/i.exec(text);
  const unit = UNITS[/** @type {keyof typeof UNITS} */ ((match?.[2] ?? '').toUpperCase())];
  const size = match?.[1] === undefined ? 0 : Math.round(Number(match[1]) * unit);
  if (size < 100_000)
    throw new Error(`"${text}" is no size of a capture; write a number with K, M or G, at least 100K`);
  return size;
}

/**
 * @param {string} text
 * @param {string} option
 * @param {number} least
 * @returns {number}
 * @throws {Error} with one clear sentence
 */
export function wholeNumber(text, option, least) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${option} ${text}: write a whole number, at least ${least}`);
  return value;
}

/** @param {string} text @param {string} option @returns {number} @throws {Error} with one clear sentence */
export function positive(text, option) {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new Error(`${option} ${text}: write a number above 0`);
  return value;
}

/** @param {number} bytes @returns {string} the shortest exact form */
export function formatSize(bytes) {
  for (const [unit, factor] of [
    /** @type {const} */ (['G', 1e9]),
    /** @type {const} */ (['M', 1e6]),
    /** @type {const} */ (['K', 1e3]),
  ])
    if (bytes >= factor && bytes % (factor / 10) === 0) return `${bytes / factor}${unit}`;
  return String(bytes);
}

/**
 * @param {Partial<CaptureOptions> & { profile: keyof typeof PROFILES }} wanted size or connections decide the other where one is missing
 * @returns {CaptureOptions}
 */
export function captureOptions(wanted) {
  const each = PROFILES[wanted.profile].bytesPerConnection;
  const size = wanted.size ?? Math.round((wanted.connections ?? 45_000) * each);
  return {
    profile: wanted.profile,
    size,
    connections: wanted.connections ?? Math.max(10, Math.round(size / each)),
    seed: wanted.seed ?? 1,
    speed: wanted.speed ?? 1,
    nanoseconds: wanted.nanoseconds ?? false,
  };
}

/**
 * @param {CaptureOptions} options
 * @returns {{ path: string, facts: CaptureFacts, fresh: boolean }} a capture in the cache, made if it is not there
 */
export function cachedCapture(options) {
  mkdirSync(CACHE, { recursive: true });
  const more = (options.speed === 1 ? '' : `-x${options.speed}`) + (options.nanoseconds ? '-ns' : '');
  const path = join(
    CACHE,
    `${options.profile}-${formatSize(options.size)}-c${options.connections}-seed${options.seed}-v${GENERATOR_VERSION}${more}.pcap`,
  );
  const facts = `${path}.json`;
  if (existsSync(path) && existsSync(facts)) {
    /** @type {CaptureFacts} */
    const known = JSON.parse(readFileSync(facts, 'utf8'));
    return { path, facts: known, fresh: false };
  }
  const made = writeCapture(`${path}.part`, options);
  writeFileSync(facts, `${JSON.stringify(made, null, 2)}\n`);
  renameSync(`${path}.part`, path);
  return { path, facts: made, fresh: true };
}

const HELP = `Usage: node tests/bench/generate.mjs [options]
  --profile mixed|small   kind of traffic (default mixed)
  --size SIZE             bytes of the capture, such as 50M or 1G (default: what the connections need)
  --connections N         connections (default: what the size gives)
  --seed N                another capture of the same kind (default 1)
  --speed N               connections begin N times as often, in a shorter time (default 1: 1G in 20 minutes)
  --ns                    times in nanoseconds instead of microseconds
  --out FILE              write there instead of into the cache
Prints the path and what the capture holds.`;

function main() {
  const { values } = parseArgs({
    options: {
      profile: { type: 'string', default: 'mixed' },
      size: { type: 'string' },
      connections: { type: 'string' },
      seed: { type: 'string', default: '1' },
      speed: { type: 'string', default: '1' },
      ns: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const { profile } = values;
  if (profile !== 'mixed' && profile !== 'small')
    throw new Error(`There is no profile "${profile}"; choose mixed or small`);
  const connections =
    values.connections === undefined ? undefined : wholeNumber(values.connections, '--connections', 1);
  const options = captureOptions({
    profile,
    ...(values.size === undefined ? {} : { size: parseSize(values.size) }),
    ...(connections === undefined ? {} : { connections }),
    seed: wholeNumber(values.seed, '--seed', 0),
    speed: positive(values.speed, '--speed'),
    nanoseconds: values.ns,
  });
  const began = performance.now();
  const { path, facts } =
    values.out === undefined
      ? cachedCapture(options)
      : { path: values.out, facts: writeCapture(values.out, options) };
  console.log(path);
  console.log(JSON.stringify(facts));
  console.error(`${((performance.now() - began) / 1000).toFixed(1)} s`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  }
}
