/** The search for literals alone: MB/s of processor time over packets' payloads, what it finds beside a plain search, and YARA where it is installed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { spawnSync } from 'node:child_process';
import { build } from 'rolldown';
import { CACHE } from './generate.mjs';
import { literals, payloads } from './generator/payloads.mjs';
import { measure } from './measure/process.mjs';
import { CHECKOUT } from './measure/tools.mjs';

/** @import { Literal } from './generator/payloads.mjs' */
/** @typedef {{ search(bytes: Uint8Array, from: number, to: number): number, readonly hits: Uint32Array }} Set */
/** @typedef {{ literals: number, mb_per_s: number, typescript_mb_per_s: number, hits: number, yara_mb_per_s: number | null }} Figures */

const SIZE = 32_000_000;
/** Bytes of a packet's payload. */
const PIECE = 1_400;
const PASSES = 8;
/** Packets in which every literal is looked for by `indexOf` too. */
const COMPARED = 400;

/** @returns {Promise<new (literals: readonly Uint8Array[], nocase: readonly boolean[], wasm?: boolean) => Set>} */
async function literalSet() {
  const dir = join(CACHE, 'literal-set');
  await build({
    input: { 'literal-set': join(CHECKOUT, 'src/lib/analysis/rules/matcher/literal-set.hot.ts') },
    platform: 'node',
    logLevel: 'silent',
    output: { dir, format: 'esm', entryFileNames: '[name].mjs' },
  });
  return (await import(pathToFileURL(join(dir, 'literal-set.mjs')).href)).LiteralSet;
}

/** @param {Set} set @param {Uint8Array} bytes @returns {number} literals found, counted once a packet */
function searched(set, bytes) {
  let hits = 0;
  for (let at = 0; at < bytes.length; at += PIECE)
    hits += set.search(bytes, at, Math.min(bytes.length, at + PIECE));
  return hits;
}

/** @param {Set} set @param {Uint8Array} bytes @returns {number} MB/s, the best of some passes: other processes make it slower, nothing makes it faster */
function speed(set, bytes) {
  let best = 0;
  for (let pass = 0; pass < PASSES; pass++) {
    const began = process.cpuUsage();
    searched(set, bytes);
    const { user, system } = process.cpuUsage(began);
    best = Math.max(best, bytes.length / (user + system));
  }
  return Math.round(best);
}

/** @param {Uint8Array} bytes @returns {Buffer} with small letters for capitals */
const folded = (bytes) => Buffer.from(bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte)));

/** Throws where the set finds anything else than `indexOf` does. @param {Set} set @param {readonly Literal[]} all @param {Buffer} bytes */
function compare(set, all, bytes) {
  const sought = all.map(({ bytes: literal, nocase }) => (nocase ? folded(literal) : Buffer.from(literal)));
  for (let packet = 0; packet < COMPARED; packet++) {
    // From all over the payloads.
    const at = PIECE * Math.floor((packet * Math.floor(bytes.length / PIECE)) / COMPARED);
    const piece = bytes.subarray(at, at + PIECE);
    const small = folded(piece);
    const wanted = sought.flatMap((literal, i) =>
      (all[i]?.nocase ? small : piece).includes(literal) ? [i] : [],
    );
    const found = [...set.hits.subarray(0, set.search(bytes, at, at + piece.length))].sort((a, b) => a - b);
    if (found.join() !== wanted.join())
      throw new Error(`In the packet at ${at} were found ${found.join()}, and there are ${wanted.join()}`);
  }
}

/** @param {Uint8Array} bytes */
const escaped = (bytes) => [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

/** @param {string} dir @param {readonly Literal[]} all @param {string} path @param {string} empty @returns {Promise<number | null>} MB/s of YARA, which looks for the first place of each literal alone */
async function yara(dir, all, path, empty) {
  const text = all.map(
    ({ bytes, nocase }, i) =>
      `rule r${i} { strings: $a = "${escaped(bytes)}"${nocase ? ' nocase' : ''} condition: $a }`,
  );
  const [rules, compiled] = [join(dir, 'rules.yar'), join(dir, 'rules.yarc')];
  writeFileSync(rules, text.join('\n'));
  const made = spawnSync('yarac', ['-w', rules, compiled]);
  if (made.error !== undefined) return null;
  if (made.status !== 0) throw new Error(`yarac ended with ${made.status}: ${String(made.stderr)}`);
  let best = Infinity;
  for (let pass = 0; pass < 3; pass++) {
    const runs = [];
    for (const file of [path, empty])
      runs.push(
        await measure('yara', ['-C', '-f', '-c', '-w', compiled, file], { cwd: dir, limitSeconds: 600 }),
      );
    best = Math.min(best, (runs[0]?.cpu_s ?? 0) - (runs[1]?.cpu_s ?? 0));
  }
  return Math.round(SIZE / 1e6 / best);
}

/** @param {number} seed @returns {Promise<Figures[]>} */
export async function searchFigures(seed) {
  const LiteralSet = await literalSet();
  const dir = mkdtempSync(join(tmpdir(), 'coldwire-bench-search-'));
  try {
    const [path, empty] = [join(dir, 'payloads'), join(dir, 'empty')];
    writeFileSync(empty, '');
    const figures = [];
    for (const count of [200, 1_000, 10_000]) {
      const all = literals(count, seed);
      const bytes = payloads(SIZE, seed, all);
      writeFileSync(path, bytes);
      const of = /** @type {const} */ ([all.map((one) => one.bytes), all.map(({ nocase }) => nocase)]);
      const set = new LiteralSet(...of);
      const plain = new LiteralSet(...of, false);
      compare(set, all, bytes);
      compare(plain, all, bytes);
      const found = {
        literals: count,
        mb_per_s: speed(set, bytes),
        typescript_mb_per_s: speed(plain, bytes.subarray(0, SIZE / 8)),
        hits: searched(set, bytes),
        yara_mb_per_s: await yara(dir, all, path, empty),
      };
      figures.push(found);
    }
    return figures;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** @param {Figures} figures */
export const searchLine = ({ literals: count, mb_per_s, typescript_mb_per_s, hits, yara_mb_per_s }) =>
  [
    `${String(count).padStart(6)} literals: ${mb_per_s} MB/s`,
    `${typescript_mb_per_s} without WebAssembly`,
    yara_mb_per_s === null
      ? 'yara is not installed'
      : `yara ${yara_mb_per_s} (${(mb_per_s / yara_mb_per_s).toFixed(1)} times as fast)`,
    `${hits} found, counted once a packet`,
  ].join(', ');
