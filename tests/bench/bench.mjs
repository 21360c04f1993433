/**
 * Coldwire against the tools that people use for the same question, on captures that anyone can make again.
 * `--help` says how; README.md beside this file says what the figures mean.
 * @import { CaptureFacts } from './generator/capture.mjs'
 * @import { Results, Verdict } from './measure/targets.mjs'
 * @import { Timing, Tool } from './measure/tools.mjs'
 */
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  CACHE,
  cachedCapture,
  captureOptions,
  formatSize,
  parseSize,
  positive,
  wholeNumber,
} from './generate.mjs';
import { measure } from './measure/process.mjs';
import { median, spread } from './measure/statistics.mjs';
import { growthVerdicts, verdicts } from './measure/targets.mjs';
import { CHECKOUT, TOOLS } from './measure/tools.mjs';

const HELP = `Usage: npm run bench -- [options]
  --size SIZE[,SIZE…]   bytes of the mixed capture (default 1G; the small-packet one is 0.3 of it);
                        further sizes are measured with us alone, against the first: --size 1G,10G
  --rounds N            interleaved rounds (default 5)
  --captures LIST       mixed,small (default both)
  --only LIST           ${TOOLS.map((tool) => tool.name).join(',')} (default all that are installed)
  --seed N              other captures of the same kinds (default 1)
  --speed N             captures in which connections begin N times as often (default 10: 1G in 2 minutes)
  --limit SECONDS       a tool that takes longer is stopped and left out (default 600)
  --json FILE           write all figures there
Exit status: 0 measured, whether targets are met or not; 1 something failed; 2 wrong usage.`;

/** @typedef {'mixed' | 'small'} Profile */
/** @typedef {{ wall_s: number, cpu_s: number, peak_bytes: number, samples: number } & Timing} Round */
/** @typedef {{ capture: Profile, size: number, facts: CaptureFacts, rounds: Record<string, Round[]>, results: Results }} Scene */
/** @typedef {{ sizes: number[], rounds: number, captures: Profile[], tools: Tool[], seed: number, speed: number, limit: number, json: string | undefined }} Options */

/** @returns {Options | null} null: only help was asked for */
function options() {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: '1G' },
      rounds: { type: 'string', default: '5' },
      captures: { type: 'string', default: 'mixed,small' },
      only: { type: 'string' },
      seed: { type: 'string', default: '1' },
      speed: { type: 'string', default: '10' },
      limit: { type: 'string', default: '600' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const only = values.only?.split(',');
  for (const name of only ?? [])
    if (!TOOLS.some((tool) => tool.name === name))
      throw new Error(`--only ${name}: choose among ${TOOLS.map((tool) => tool.name).join(', ')}`);
  const captures = values.captures.split(',').map((name) => {
    if (name !== 'mixed' && name !== 'small')
      throw new Error(`--captures ${name}: choose among mixed, small`);
    return name;
  });
  return {
    sizes: values.size.split(',').map(parseSize),
    rounds: wholeNumber(values.rounds, '--rounds', 1),
    captures,
    tools: TOOLS.filter((tool) => only === undefined || only.includes(tool.name)),
    seed: wholeNumber(values.seed, '--seed', 0),
    speed: positive(values.speed, '--speed'),
    limit: wholeNumber(values.limit, '--limit', 1),
    json: values.json,
  };
}

/** Reads a file to its end, so that the first tool does not pay for the disk. @param {string} path */
function warm(path) {
  const block = Buffer.alloc(1 << 20);
  const fd = openSync(path, 'r');
  while (readSync(fd, block) > 0);
  closeSync(fd);
}

/**
 * @param {Tool} tool @param {string} capture @param {number} limit seconds
 * @returns {Promise<Round | string>} a sentence where it failed
 */
async function once(tool, capture, limit) {
  const scratch = join(CACHE, `run-${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  try {
    const run = await measure(tool.command, tool.args(capture, scratch), {
      cwd: CHECKOUT,
      limitSeconds: limit,
    });
    if (run.overran) return `took longer than ${limit} s`;
    if (run.exit !== 0)
      return `ended with ${run.exit ?? 'a signal'}: ${run.stderr.trim().split('\n').at(-1) ?? ''}`;
    const { wall_s, cpu_s, peak_bytes, samples } = run;
    return { wall_s, cpu_s, peak_bytes, samples, ...tool.timing(run) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {Profile} capture @param {number} size bytes @param {Tool[]} tools @param {Options} o
 * @param {(sentence: string) => void} failed
 * @returns {Promise<Scene>}
 */
async function play(capture, size, tools, o, failed) {
  const { path, facts } = cachedCapture(
    captureOptions({ profile: capture, size, seed: o.seed, speed: o.speed }),
  );
  console.log(
    `\n${capture} ${formatSize(size)}: ${facts.packets.toLocaleString('en')} packets, ${facts.connections.toLocaleString('en')} connections`,
  );
  warm(path);
  /** @type {Record<string, Round[]>} */
  const rounds = {};
  const playing = new Set(tools);
  for (let round = 0; round < o.rounds; round++) {
    // Each round begins with another tool: none always follows the same one.
    const order = tools.map((_, i) => tools[(i + round) % tools.length]);
    for (const tool of order) {
      if (tool === undefined || !playing.has(tool)) continue;
      const result = await once(tool, path, o.limit);
      if (typeof result === 'string') {
        failed(`${tool.name} on ${capture} ${formatSize(size)} ${result}`);
        playing.delete(tool);
        delete rounds[tool.name];
      } else {
        (rounds[tool.name] ??= []).push(result);
        process.stderr.write(
          `  round ${round + 1}: ${tool.name} ${result.seconds.toFixed(2)} s, ${(result.peak_bytes / 1e6).toFixed(0)} MB\n`,
        );
      }
    }
  }
  /** @type {Results} */
  const results = {};
  for (const [name, list] of Object.entries(rounds))
    results[name] = {
      seconds: spread(list.map((r) => r.seconds)),
      peak_bytes: spread(list.map((r) => r.peak_bytes)),
    };
  return { capture, size, facts, rounds, results };
}

/** @param {Scene} scene */
function print(scene) {
  const us = scene.results.us?.seconds.median;
  console.log(
    `\n${scene.capture} ${formatSize(scene.size)}`.padEnd(17),
    '  median s    min–max s    CPU s   peak MB  time ÷ ours',
  );
  for (const tool of TOOLS) {
    const result = scene.results[tool.name];
    const rounds = scene.rounds[tool.name];
    if (result === undefined || rounds === undefined) continue;
    const { seconds, peak_bytes } = result;
    const imported = rounds.flatMap((r) => (r.phases?.import_s === undefined ? [] : [r.phases.import_s]));
    console.log(
      `  ${tool.name}`.padEnd(14),
      seconds.median.toFixed(2).padStart(10),
      `${seconds.min.toFixed(2)}–${seconds.max.toFixed(2)}`.padStart(14),
      median(rounds.map((r) => r.cpu_s))
        .toFixed(2)
        .padStart(8),
      (peak_bytes.max / 1e6).toFixed(0).padStart(9),
      (us === undefined ? '–' : (seconds.median / us).toFixed(2)).padStart(9),
      `  ${tool.what}${imported.length > 0 ? `; import ${median(imported).toFixed(2)} s beside it` : ''}`,
    );
  }
}

/** @param {Options} o @returns {Promise<boolean>} whether nothing failed */
async function main(o) {
  /** @type {string[]} */
  const failures = [];
  /** @param {string} sentence */
  const failed = (sentence) => {
    failures.push(sentence);
    console.error(sentence);
  };
  const tools = o.tools.filter((tool) => {
    const why = tool.missing();
    if (why !== null) console.log(`${tool.name} skipped: ${why}.`);
    return why === null;
  });
  const [first = 1e9, ...longer] = o.sizes;
  /** @type {Scene[]} */
  const scenes = [];
  for (const capture of o.captures)
    scenes.push(await play(capture, capture === 'mixed' ? first : Math.round(first * 0.3), tools, o, failed));
  const us = tools.filter((tool) => tool.name === 'us');
  const short = scenes.find((scene) => scene.capture === 'mixed');
  /** @type {Verdict[]} */
  const rows = scenes.flatMap((scene) => verdicts(scene.capture, scene.results));
  for (const size of longer) {
    const scene = await play('mixed', size, us, o, failed);
    scenes.push(scene);
    rows.push(...growthVerdicts(size / first, short?.results.us, scene.results.us));
  }
  scenes.forEach(print);
  console.log('');
  for (const { capture, row, target, figure, met } of rows)
    console.log(
      `  ${capture.padEnd(11)} ${row.padEnd(36)} ${target.padEnd(11)} ${figure.padEnd(13)} ${met === null ? '' : met ? 'met' : 'NOT MET'}`,
    );
  if (o.json !== undefined) {
    const machine = {
      cores: cpus().length,
      processor: cpus()[0]?.model ?? '',
      memory_bytes: totalmem(),
      node: process.version,
    };
    writeFileSync(
      o.json,
      `${JSON.stringify({ at: new Date().toISOString(), machine, seed: o.seed, speed: o.speed, scenes, targets: rows, failures }, null, 2)}\n`,
    );
  }
  return failures.length === 0;
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => {
    rmSync(join(CACHE, `run-${process.pid}`), { recursive: true, force: true });
    process.exit(130);
  });

/** @type {Options | null} */
let chosen = null;
try {
  chosen = options();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(2);
}
if (chosen === null) console.log(HELP);
else process.exitCode = (await main(chosen)) ? 0 : 1;
