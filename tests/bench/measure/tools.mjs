/** What is measured, and what it is measured against. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
/** @import { Measured } from './process.mjs' */

export const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url));
const COLDWIRE = join(CHECKOUT, 'bin/coldwire.js');
/** What `coldwire ingest` stands on once it is built. */
const ENGINE = join(CHECKOUT, 'dist');

/**
 * @typedef {object} Timing
 * @property {number} seconds the figure that is compared
 * @property {Record<string, number>} [phases] what the tool itself reports, in seconds or as counted
 */

/**
 * @typedef {object} Tool
 * @property {string} name as `--only` takes it
 * @property {string} what
 * @property {string} command
 * @property {(capture: string, scratch: string) => string[]} args `scratch` is an empty directory that is removed afterwards
 * @property {(run: Measured) => Timing} timing
 * @property {() => string | null} missing why it cannot be run; null: it can
 */

/** @param {Measured} run @returns {Timing} */
const wall = (run) => ({ seconds: run.wall_s });

/** @param {string} command @returns {string | null} */
function notInstalled(command) {
  // Every tool here prints something, whatever it thinks of the option; only an absent one fails to start.
  const { error } = spawnSync(command, ['-h'], { stdio: 'ignore' });
  return error === undefined ? null : `${command} is not installed`;
}

/** @returns {string | null} */
function notBuilt() {
  return existsSync(COLDWIRE) && existsSync(ENGINE) ? null : 'Coldwire is not built: run npm run build';
}

/**
 * @param {string} stdout of `coldwire ingest --json`
 * @returns {Timing} from a capture in the object store to a sealed input; the import stands beside it
 * @throws {Error} where the last line is not the report
 */
export function ingestTiming(stdout) {
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  /** @type {unknown} */
  let report = null;
  try {
    report = JSON.parse(last);
  } catch {
    // Reported below, with the line itself.
  }
  /** @type {Record<string, number>} */
  const phases = {};
  for (const [key, value] of Object.entries(report ?? {})) if (typeof value === 'number') phases[key] = value;
  const { total_s, import_s } = phases;
  if (total_s === undefined || import_s === undefined)
    throw new Error(
      `The last line of coldwire ingest --json has no total_s and import_s: ${last.slice(0, 200)}`,
    );
  return { seconds: total_s - import_s, phases };
}

/** @param {string} name @param {string} what @param {Tool['args']} args @returns {Tool} */
function reference(name, what, args) {
  return { name, what, command: name, args, timing: wall, missing: () => notInstalled(name) };
}

/** @param {string} name @param {string} what @param {string[]} options of `coldwire ingest` @returns {Tool} */
function ingest(name, what, ...options) {
  return {
    name,
    what,
    command: process.execPath,
    args: (capture, scratch) => [
      COLDWIRE,
      'ingest',
      capture,
      '--case',
      'bench',
      '--data',
      scratch,
      '--json',
      ...options,
    ],
    timing: (run) => ingestTiming(run.stdout),
    missing: notBuilt,
  };
}

/** Ten fields of five protocols, as somebody would ask for them who wants records. */
const TSHARK_FIELDS = [
  'frame.number',
  'frame.time_epoch',
  'ip.src',
  'ip.dst',
  'tcp.srcport',
  'udp.srcport',
  'dns.qry.name',
  'http.host',
  'http.request.uri',
  'tls.handshake.extensions_server_name',
];

/** @type {readonly Tool[]} */
export const TOOLS = [
  ingest('us', 'coldwire ingest, without the import'),
  ingest('us-no-hashes', 'the same without hashes of files', '--file-hashes', 'none'),
  ingest('us-headers', 'the same without content: connections and packets', '--protocols', 'no'),
  {
    name: 'read',
    what: 'coldwire read, NDJSON',
    command: process.execPath,
    args: (capture, scratch) => [COLDWIRE, 'read', capture, '--out', join(scratch, 'out'), '--quiet'],
    timing: wall,
    missing: notBuilt,
  },
  reference('tshark', '-q -z conv,tcp -z conv,udp', (capture) => [
    '-r',
    capture,
    '-q',
    '-z',
    'conv,tcp',
    '-z',
    'conv,udp',
  ]),
  {
    ...reference('tshark-fields', '-T fields, ten of them', (capture) => [
      '-r',
      capture,
      '-T',
      'fields',
      ...TSHARK_FIELDS.flatMap((field) => ['-e', field]),
    ]),
    command: 'tshark',
    missing: () => notInstalled('tshark'),
  },
  reference('nfpcapd', 'flows to nfdump files', (capture, scratch) => ['-r', capture, '-w', scratch]),
  reference('softflowd', 'NetFlow to the discard port of loopback', (capture, scratch) => [
    '-r',
    capture,
    '-n',
    '127.0.0.1:9',
    '-p',
    join(scratch, 'pid'),
    '-c',
    'none',
  ]),
  reference('argus', 'flow records to a file', (capture, scratch) => [
    '-r',
    capture,
    '-w',
    join(scratch, 'argus.out'),
  ]),
  reference('suricata', 'no rules, EVE on', (capture, scratch) => [
    '-r',
    capture,
    '-l',
    scratch,
    '-S',
    '/dev/null',
    '-k',
    'none',
  ]),
];
