/**
 * Rules: alerts and time of a thousand of Suricata's over the mixed capture, beside Suricata where it is installed, and the search for
 * literals alone.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { cachedCapture, captureOptions, formatSize, parseSize, wholeNumber } from './generate.mjs';
import { writeRules } from './generator/rules.mjs';
import { measure } from './measure/process.mjs';
import { CHECKOUT } from './measure/tools.mjs';
import { searchFigures, searchLine } from './search.mjs';

const HELP = `Usage: node tests/bench/rules.mjs [options]
  --size SIZE     bytes of the mixed capture (default 100M)
  --rules N       rules (default 1000)
  --seed N        other rules of the same kinds (default 1)
  --limit S       seconds for one reading (default 600)
  --search        the search for literals alone
  --json FILE     write all figures there
Alerts of Suricata and ours are compared rule by rule where suricata is installed.`;

/** @param {string} scratch @returns {Promise<{ alerts: Map<string, number>, wall_s: number, cpu_s: number }>} @param {string} capture @param {string | null} rules @param {number} limitSeconds */
async function ours(scratch, capture, rules, limitSeconds) {
  const out = join(scratch, rules === null ? 'bare' : 'ruled');
  const args = [
    join(CHECKOUT, 'bin/coldwire.js'),
    'read',
    '--quiet',
    '--detectors',
    'none',
    '--out',
    out,
    capture,
  ];
  if (rules !== null) args.push('--rules', rules);
  const run = await measure(process.execPath, args, { cwd: scratch, limitSeconds });
  if (run.exit !== 0) throw new Error(`coldwire read ended with ${String(run.exit)}: ${run.stderr.trim()}`);
  const alerts = rules === null ? new Map() : counted(join(out, 'alert.ndjson'), (line) => line.rule_id);
  return { alerts, wall_s: run.wall_s, cpu_s: run.cpu_s };
}

/** @param {string} path @param {(line: any) => string | undefined} idOf @returns {Map<string, number>} */
function counted(path, idOf) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // No alert, no file.
  }
  for (const line of text.split('\n')) {
    const id = line === '' ? undefined : idOf(JSON.parse(line));
    if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** @param {string} scratch @param {string} capture @param {string} rules @param {number} limitSeconds */
async function suricata(scratch, capture, rules, limitSeconds) {
  if (spawnSync('suricata', ['-V'], { stdio: 'ignore' }).error !== undefined) return null;
  const out = join(scratch, 'suricata');
  mkdirSync(out);
  const run = await measure(
    'suricata',
    ['-r', capture, '-S', rules, '-l', out, '-k', 'none', '--runmode', 'single'],
    { cwd: scratch, limitSeconds },
  );
  if (run.exit !== 0)
    throw new Error(`suricata ended with ${String(run.exit)}: ${run.stderr.trim().slice(-500)}`);
  const alerts = counted(join(out, 'eve.json'), (line) =>
    line.event_type === 'alert' ? String(line.alert.signature_id) : undefined,
  );
  return { alerts, wall_s: run.wall_s, cpu_s: run.cpu_s };
}

/** @param {Map<string, number>} a @param {Map<string, number>} b @returns {string[]} */
function differences(a, b) {
  return [...new Set([...a.keys(), ...b.keys()])]
    .sort()
    .filter((id) => a.get(id) !== b.get(id))
    .map((id) => `  sid ${id}: ours ${a.get(id) ?? 0}, Suricata ${b.get(id) ?? 0}`);
}

/** @param {number} seed */
async function searches(seed) {
  const found = await searchFigures(seed);
  for (const figures of found) console.log(searchLine(figures));
  return found;
}

async function main() {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: '100M' },
      rules: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      limit: { type: 'string', default: '600' },
      search: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const seed = wholeNumber(values.seed, '--seed', 0);
  if (values.search) {
    const found = await searches(seed);
    if (values.json) writeFileSync(values.json, `${JSON.stringify({ searches: found }, null, 2)}\n`);
    return;
  }
  const limit = wholeNumber(values.limit, '--limit', 1);
  const count = wholeNumber(values.rules, '--rules', 1);
  const { path: capture, facts } = cachedCapture(
    captureOptions({ profile: 'mixed', size: parseSize(values.size), speed: 10 }),
  );
  const scratch = mkdtempSync(join(tmpdir(), 'coldwire-bench-rules-'));
  try {
    const rules = join(scratch, 'bench.rules');
    writeFileSync(rules, writeRules(count, seed));
    console.log(`${formatSize(parseSize(values.size))} mixed, ${facts.packets} packets, ${count} rules`);
    const bare = await ours(scratch, capture, null, limit);
    const ruled = await ours(scratch, capture, rules, limit);
    const theirs = await suricata(scratch, capture, rules, limit);
    const total = [...ruled.alerts.values()].reduce((a, b) => a + b, 0);
    const line = (/** @type {string} */ name, /** @type {{ wall_s: number, cpu_s: number }} */ run) =>
      console.log(
        `${name.padEnd(28)} ${run.wall_s.toFixed(2)} s, ${run.cpu_s.toFixed(2)} s of processor time`,
      );
    line('coldwire, no rules', bare);
    line(`coldwire, ${total} alerts`, ruled);
    if (theirs) {
      line(`suricata, ${[...theirs.alerts.values()].reduce((a, b) => a + b, 0)} alerts`, theirs);
      const different = differences(ruled.alerts, theirs.alerts);
      console.log(
        different.length === 0
          ? 'The same alerts, rule by rule.'
          : `Rules that differ:\n${different.join('\n')}`,
      );
    } else console.log('suricata is not installed: nothing to compare with.');
    const found = await searches(seed);
    if (values.json)
      writeFileSync(
        values.json,
        `${JSON.stringify({ bare, ruled: { ...ruled, alerts: Object.fromEntries(ruled.alerts) }, suricata: theirs && { ...theirs, alerts: Object.fromEntries(theirs.alerts) }, searches: found }, null, 2)}\n`,
      );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

await main();
