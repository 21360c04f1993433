/**
 * Nanoseconds a packet for each stage of the hot path, ours beside the same loop in C.
 * @import { CaptureFacts } from './generator/capture.mjs'
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { CACHE, cachedCapture, captureOptions, formatSize, parseSize } from './generate.mjs';
import { CHECKOUT } from './measure/tools.mjs';

const SOURCE = fileURLToPath(new URL('hot.c', import.meta.url));
const STAGES = join(CHECKOUT, 'dist/engine/hot-stages.js');
const HELP = `Usage: npm run bench:hot -- [options]
  --size SIZE     bytes of the mixed capture (default 300M; the small-packet one is 0.3 of it)
  --captures LIST mixed,small (default both)
  --passes N      the best of so many counts (default 5)
  --json FILE     write all figures there`;

/** @typedef {{ stage: string, packets: number, ns_per_packet: number }} Stage */

/** @returns {string | null} path of the compiled loop; null, with a line that says why, where it cannot be had */
function compiled() {
  mkdirSync(CACHE, { recursive: true });
  const binary = join(CACHE, 'hot');
  if (existsSync(binary) && statSync(binary).mtimeMs > statSync(SOURCE).mtimeMs) return binary;
  const { error, status, stderr } = spawnSync('cc', ['-O2', '-Wall', '-o', binary, SOURCE], {
    encoding: 'utf8',
  });
  if (error === undefined && status === 0) return binary;
  console.log(
    `The loop in C is skipped: ${error === undefined ? stderr.trim().split('\n').at(0) : 'there is no compiler (cc)'}.`,
  );
  return null;
}

/**
 * @param {string} binary @param {string} capture @param {number} passes @param {CaptureFacts} facts
 * @returns {Stage[]} what each level costs beyond the one before
 */
function inC(binary, capture, passes, facts) {
  const { stdout, status, stderr } = spawnSync(binary, [capture, String(passes)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The loop in C ended with ${status}: ${stderr.trim()}`);
  let before = 0;
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      /** @type {{ stage: string, packets: number, seconds: number }} */
      const level = JSON.parse(line);
      if (level.packets !== facts.packets)
        throw new Error(`The loop in C saw ${level.packets} packets of ${facts.packets}`);
      const ns = (level.seconds * 1e9) / level.packets;
      const stage = { stage: level.stage, packets: level.packets, ns_per_packet: ns - before };
      before = ns;
      return stage;
    });
}

/** @returns {Promise<((path: string) => Promise<Stage[]>) | null>} null, with a line that says why, where it is not built */
async function ours() {
  if (!existsSync(STAGES)) {
    console.log('Our stages are skipped: dist/engine/hot-stages.js is missing; run npm run build.');
    return null;
  }
  /** @type {{ measureStages: (path: string) => Promise<Stage[]> }} */
  const { measureStages } = await import(pathToFileURL(STAGES).href);
  return measureStages;
}

/** @param {(path: string) => Promise<Stage[]>} measureStages @param {string} path @param {number} passes @returns {Promise<Stage[]>} the best of each stage */
async function best(measureStages, path, passes) {
  /** @type {Map<string, Stage>} */
  const stages = new Map();
  for (let i = 0; i < passes; i++)
    for (const stage of await measureStages(path)) {
      const known = stages.get(stage.stage);
      if (known === undefined || stage.ns_per_packet < known.ns_per_packet) stages.set(stage.stage, stage);
    }
  return [...stages.values()];
}

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '300M' },
    captures: { type: 'string', default: 'mixed,small' },
    passes: { type: 'string', default: '5' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(HELP);
else {
  const passes = Math.max(1, Math.floor(Number(values.passes)) || 1);
  const size = parseSize(values.size);
  const binary = compiled();
  const measureStages = await ours();
  /** @type {{ capture: string, packets: number, c: Stage[], typescript: Stage[] }[]} */
  const report = [];
  for (const profile of /** @type {const} */ (['mixed', 'small'])) {
    if (!values.captures.split(',').includes(profile)) continue;
    const { path, facts } = cachedCapture(
      captureOptions({ profile, size: profile === 'mixed' ? size : Math.round(size * 0.3) }),
    );
    const c = binary === null ? [] : inC(binary, path, passes, facts);
    const typescript = measureStages === null ? [] : await best(measureStages, path, passes);
    report.push({ capture: profile, packets: facts.packets, c, typescript });
    console.log(
      `\n${profile} ${formatSize(facts.bytes)}: ${facts.packets.toLocaleString('en')} packets, ns a packet, best of ${passes}`,
    );
    console.log('  stage       TypeScript         C   ratio');
    const names = [...new Set([...typescript, ...c].map((stage) => stage.stage))];
    for (const name of names) {
      const mine = typescript.find((stage) => stage.stage === name)?.ns_per_packet;
      const theirs = c.find((stage) => stage.stage === name)?.ns_per_packet;
      const ratio =
        mine === undefined || theirs === undefined || theirs <= 0 ? '–' : (mine / theirs).toFixed(2);
      console.log(
        `  ${name.padEnd(10)} ${(mine?.toFixed(1) ?? '–').padStart(11)} ${(theirs?.toFixed(1) ?? '–').padStart(9)} ${ratio.padStart(7)}`,
      );
    }
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
}
